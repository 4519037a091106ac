"""What a change is expected to cost, over the API."""

from __future__ import annotations

import pytest

from cmdb.model.change import Effect, Target
from tests.builders import a_change, a_server, a_service, depends


@pytest.fixture
def client(house):
    """A viewer of a change that restarts the database of a shop."""
    estate = (a_service("shop"), a_server("db"), *depends("shop", "db"))
    return house(*estate, a_change(Target("db", Effect.RESTART, 0, 10))).client("viewer")


def test_the_answer_is_the_consequence_and_what_it_rests_on(client):
    """At a revision, with the names of all CIs in it."""
    answer = client.get("/api/v1/changes/CHG-1/consequence")

    assert answer.status_code == 200
    assert (answer.json["revision"], answer.json["change"], answer.json["notified"]) == (1, "CHG-1", False)
    assert answer.json["names"] == {"db": "db", "shop": "shop"}
    found = answer.json["consequence"]
    p_fail = found["p_fail"]
    assert (p_fail["mean"], p_fail["is_prior"], p_fail["incident_share"]) == (0.2, True, 0.5)
    assert 0 < p_fail["low"] < 0.2 < p_fail["high"] < 1
    assert sum(service["loss"] for service in found["services"]) == found["expected_loss"]
    assert client.get("/api/v1/changes/CHG-1/consequence").data == answer.data


def test_what_is_supposed_is_a_parameter(client):
    """True or false, and nothing else."""
    told = client.get("/api/v1/changes/CHG-1/consequence?notified=true").json
    assert told["notified"] is True
    assert client.get("/api/v1/changes/CHG-1/consequence?notified=perhaps").status_code == 422
    assert client.get("/api/v1/changes/CHG-1/consequence?when=now").status_code == 422
    assert client.get("/api/v1/changes/CHG-9/consequence").status_code == 404
