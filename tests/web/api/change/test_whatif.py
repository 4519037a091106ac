"""What if over the API: of a change and of one that nobody raised, and what is refused."""

from __future__ import annotations

import pytest

from cmdb.model.change import ChangeState
from tests.builders import a_change, a_server, a_service, a_window, needs

SHOP = (a_service("shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
TARGETS = [{"ci": "web1"}, {"ci": "web2"}]
WINDOW = {"start": "2026-03-02T22:00Z", "end": "2026-03-02T23:00Z"}


@pytest.fixture
def client(house):
    """A viewer of a shop on one of two servers, and a change of one beside a draft of the other."""
    draft = a_change("web2", id="CHG-2", window=a_window("2026-03-02T22:30Z"), state=ChangeState.DRAFT)
    empty = a_change(id="CHG-3", state=ChangeState.DRAFT)
    return house(*SHOP, a_change("web1", id="CHG-1"), draft, empty).client("viewer")


def test_what_would_help_a_change(client):
    """The smallest move out of the conflict first, then a spare; all fields are there."""
    answer = client.get("/api/v1/changes/CHG-1/whatif").json
    first = answer["measures"][0]
    assert (first["kind"], first["size"]) == ("move", 30)
    assert first["move"]["from"].startswith("2026-03-02T21:30:00")
    assert (first["move"]["beside"], first["roll"], first["left_out"]) == (["CHG-2"], None, None)
    assert answer["plan"]["beside"] == ["CHG-2"]
    assert [service["outcome"] for service in answer["services"]] == ["DOWN"]


def test_an_alternative(client):
    """In another window the shop only loses its spare."""
    answer = client.get("/api/v1/changes/CHG-1/whatif?from=2026-03-03T22:00Z").json
    assert [(s["outcome"], s["outcome_then"]) for s in answer["services"]] == [("DOWN", "REDUNDANCY_LOST")]


def test_a_change_that_nobody_raised(client):
    """The same measures; nothing is written by asking."""
    answer = client.post("/api/v1/whatif", json={"targets": TARGETS, "window": WINDOW, "without": ["web1"]}).json
    assert answer["change"] is None
    assert {measure["kind"] for measure in answer["measures"]} >= {"roll", "leave_out", "spare"}
    assert [service["outcome_then"] for service in answer["services"]] == ["DOWN"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/window", "/targets"]),
        ({"targets": [{"ci": "web9"}], "window": WINDOW}, ["/targets/0/ci"]),
        ({"targets": TARGETS, "window": {**WINDOW, "end": "2026-03-02T21:00Z"}}, ["/window/end"]),
        ({"targets": TARGETS, "window": WINDOW, "without": ["db"]}, ["/without/0"]),
        ({"targets": TARGETS, "window": WINDOW, "when": 1}, ["/when"]),
    ],
)
def test_what_can_not_be_asked(client, body, pointers):
    """Every fault with its place."""
    refused = client.post("/api/v1/whatif", json=body)
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json["errors"]] == pointers


def test_a_change_without_targets_or_none_at_all(client):
    """What lacks is named; an unknown change is not found."""
    refused = client.get("/api/v1/changes/CHG-3/whatif")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/targets")
    assert client.get("/api/v1/changes/CHG-9/whatif").status_code == 404
