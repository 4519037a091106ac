"""The chance that a change fails over the API: the same as at the command line; models are kept once."""

from __future__ import annotations

import pytest

from tests.builders import a_change, a_server

CHANGE = "/api/v1/changes/CHG-9/chance-of-failure"


@pytest.fixture
def people(house):
    """A change manager and a viewer, and a change of one server."""
    home = house(a_server("web1"), a_change("web1", id="CHG-9"))
    return home.client("change_manager"), home.client("viewer")


def test_without_an_outcome_it_is_the_wide_prior(people):
    """Every figure a door shows, and parts whose sum is the log-odds of the mean."""
    _, viewer = people
    answer = viewer.get(CHANGE)

    assert answer.status_code == 200
    found = answer.json
    assert found["mean"] == pytest.approx(0.2)
    assert found["low"] < 0.05 < 0.6 < found["high"]
    assert (found["method"], found["outcomes"], found["alike"]) == ("pooled", 0, None)
    assert [part["name"] for part in found["contributions"]] == ["organisation"]


def test_a_model_is_kept_once_and_can_be_read(people):
    """Learning again without an outcome more answers with the model that is there."""
    manager, viewer = people
    first, again = (manager.post("/api/v1/failure-models") for _ in range(2))

    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    model = first.json["id"]
    assert viewer.get(f"/api/v1/failure-models/{model}").json["digest"] == first.json["digest"]
    assert viewer.post("/api/v1/failure-models").status_code == 403


def test_what_is_not_there(people):
    """An unknown change or model is 404."""
    _, viewer = people
    assert viewer.get(CHANGE.replace("CHG-9", "CHG-404")).status_code == 404
    assert viewer.get("/api/v1/failure-models/PFM-404").status_code == 404
