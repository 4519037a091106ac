"""Joint conflicts over the API: the same answer as everywhere, and what is refused."""

from __future__ import annotations

import pytest

from tests.builders import a_change, a_server, a_service, a_window, an_incident, needs

SHOP = (a_service("shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))


@pytest.fixture
def client(house):
    """A viewer of a shop on one of two servers, with a change of each that overlap by half an hour."""
    changes = [a_change("web1", id="CHG-1"), a_change("web2", id="CHG-2", window=a_window("2026-03-02T22:30Z"))]
    return house(*SHOP, *changes, an_incident("web1", id="INC-1")).client("viewer")


def test_who_stops_what_together(client):
    """The changes with each other, and the incident of one server with the change of the other."""
    answer = client.get("/api/v1/calendar/conflicts?from=2026-03-02T12:00Z").json
    assert [(each["changes"], each["incidents"], each["services"]) for each in answer["conflicts"]] == [
        (["CHG-1", "CHG-2"], [], ["shop"]),
        (["CHG-2"], ["INC-1"], ["shop"]),
    ]
    first = answer["conflicts"][0]
    assert first["from"].startswith("2026-03-02T22:30:00")
    assert [(move["change"], move["minutes"], move["frees"]) for move in first["moves"]] == [
        ("CHG-1", -30, "all"),
        ("CHG-2", 30, "this"),
    ]
    plain = client.get("/api/v1/calendar/conflicts?from=2026-03-02T12:00Z&moves=false&state=approved&down=web2").json
    assert [(each["incidents"], each["standing"]) for each in plain["conflicts"]] == [(["INC-1"], ["web2"])]


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("from=soon", 422, "/from"),
        ("from=2026-03-02T22:00Z&to=2026-03-02T21:00Z", 422, "/to"),
        ("state=done", 422, None),
        ("down=web9", 404, None),
    ],
)
def test_bad_questions(client, query, status, pointer):
    """A problem with its place."""
    refused = client.get(f"/api/v1/calendar/conflicts?{query}")
    assert refused.status_code == status
    assert pointer is None or [fault["pointer"] for fault in refused.json["errors"]] == [pointer]
