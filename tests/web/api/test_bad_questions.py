"""Wrong or extreme input at the routes of impact: refused with its place, or answered; never a hang."""

from __future__ import annotations

import pytest

from tests.builders import a_server, a_service, depends, needs


@pytest.fixture
def client(house):
    """A viewer of a shop on one of two web servers that share a switch, and of a service that needs nothing."""
    return house(
        a_service("shop"),
        a_service("lonely"),
        *(a_server(name, unavailability=0.01) for name in ("web1", "web2", "switch")),
        *needs("shop", 1, "web1", "web2"),
        *depends("web1", "switch"),
        *depends("web2", "switch"),
        a_service("mesh"),
        *needs("mesh", 1, "web1", "web2", group="a"),
        *needs("mesh", 1, "web2", "switch", group="b"),
        *needs("mesh", 1, "web1", "switch", group="c"),
    ).client("viewer")


def test_a_service_without_dependencies_has_answers(client):
    """Nothing but itself stops it."""
    assert client.get("/api/v1/services/lonely/single-points").json["now"] == []
    assert client.get("/api/v1/services/lonely/outage").json["method"] == "exact"
    assert client.get("/api/v1/services/lonely/risk-groups").json["count"] == 0
    assert client.get("/api/v1/impact?ci=lonely").json["services"][0]["outcome"] == "DOWN"


def test_a_service_that_has_failed_itself_is_down(client):
    """Its outage is certain, and no further failure is needed."""
    assert client.get("/api/v1/services/shop/outage?down=shop").json["probability"] == 1.0
    assert client.get("/api/v1/services/shop/single-points?down=shop").json["down"] is True
    assert client.get("/api/v1/services/shop/risk-groups?down=shop").json["smallest"] == 0


@pytest.mark.parametrize("window", ["-1", "nan", "inf", "-inf", "1e400"])
def test_a_window_that_has_no_length_is_refused(client, window):
    """At its place."""
    refused = client.get(f"/api/v1/services/shop/outage?window={window}")
    assert (refused.status_code, [fault["pointer"] for fault in refused.json["errors"]]) == (422, ["/window"])


@pytest.mark.parametrize("window", ["0", "1e300"])
def test_a_window_of_no_time_or_of_for_ever_is_answered(client, window):
    """The probability stays one."""
    answer = client.get(f"/api/v1/services/shop/outage?window={window}").json
    assert 0.0 <= answer["low"] <= answer["probability"] <= answer["high"] <= 1.0


def test_a_budget_of_zero_gives_bounds_and_says_so(client):
    """And one below zero is refused."""
    outage, whole = (client.get(f"/api/v1/services/mesh/outage{more}").json for more in ("?budget=0", ""))
    assert (outage["method"], whole["method"]) == ("bounds", "exact")
    assert outage["low"] <= whole["probability"] <= outage["high"] == outage["probability"]
    groups = client.get("/api/v1/services/mesh/risk-groups?budget=0").json
    assert (groups["count"], groups["count_method"]) == (None, "budget_spent")
    for what in ("outage", "risk-groups"):
        refused = client.get(f"/api/v1/services/shop/{what}?budget=-1")
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/budget")


def test_unknown_ids_are_all_named_with_the_nearest(client):
    """One look over the estate: case and punctuation, a slip of the hand, and those that have nothing near."""
    refused = client.post("/api/v1/impact", json={"cis": ["WEB-1", "swtich", "no such thing"]})
    assert refused.status_code == 404
    assert (refused.json["count"], refused.json["ids"]) == (3, ["WEB-1", "no such thing", "swtich"])
    assert refused.json["nearest"] == {"WEB-1": ["web1"], "swtich": ["switch"]}
    for path in ("/services/shp/outage", "/services/shp/risk-groups", "/services/shp/single-points"):
        assert client.get(f"/api/v1{path}").json["nearest"] == {"shp": ["shop"]}
    assert client.get("/api/v1/criticality?ci=shp").json["nearest"] == {"shp": ["shop"]}
    assert client.get("/api/v1/calendar/conflicts?down=shp").json["nearest"] == {"shp": ["shop"]}
    asked = client.post("/api/v1/questions", json={"question": "outage", "service": "shp"})
    assert (asked.status_code, asked.json["nearest"]) == (404, {"shp": ["shop"]})


def test_a_hundred_thousand_unknown_ids_are_counted_and_the_answer_stays_small(client):
    """The first thousand are listed and names are looked for twenty; how many there are is said."""
    refused = client.post("/api/v1/impact", json={"cis": [f"web{number}x" for number in range(100_000)]})
    assert (refused.status_code, refused.json["count"], len(refused.json["ids"])) == (404, 100_000, 1000)
    assert len(refused.json["nearest"]) <= 20
    assert refused.json["title"].endswith("and 99,980 more")
    assert len(refused.data) < 100_000


def test_a_target_that_is_named_often_counts_once(client):
    """A hundred thousand times the same CI is one CI."""
    answer = client.post("/api/v1/impact", json={"cis": ["web1"] * 100_000})
    assert answer.json["failed"] == ["web1"]
