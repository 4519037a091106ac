"""Service hours, service levels and the scale of losses over the API."""

from __future__ import annotations

import pytest

from tests.builders import a_server, a_service

HOURS = {"zone": "Europe/Berlin", "weekly": ["mon-fri 08:00-18:00"], "holidays": ["DE-BY"]}
LEVEL = {"availability": 99.9, "hours": "office", "rate": {"amount": "1200.50", "per": "hour", "currency": "EUR"}}
NONE = {"If-Match": '"0"'}


@pytest.fixture
def client(house):
    """A change manager, who may set all three."""
    return house(a_service("shop"), a_server("web1")).client("change_manager")


def seen(answer):
    return {"If-Match": answer.headers["ETag"]}


def test_a_calendar_is_put_shown_and_expanded(client):
    """Its version is its tag; the same expansion again writes nothing."""
    url = "/api/v1/service-hours/office"
    made = client.put(url, json=HOURS, headers=NONE)

    assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
    assert made.json["weekly"] == [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "18:00"}]
    assert client.get(url).json == made.json
    years = client.get(f"{url}/years").json["rows"]
    assert [year["year"] for year in years] == [2025, 2026, 2027, 2028]
    more = client.post(f"{url}/expand", json={"years": [2030]})
    assert (more.status_code, more.json["rows"][0]["id"]) == (200, "office/2030")
    assert client.get("/api/v1/service-hours").json["rows"][0]["id"] == "office"
    assert client.put(url, json=HOURS, headers=NONE).status_code == 412
    assert client.put(url, json=HOURS).status_code == 428
    again = client.put(url, json={**HOURS, "holidays": []}, headers=seen(made))
    assert again.headers["ETag"] == '"2"'
    assert client.get(f"{url}?at=2").json["holidays"] == ["DE-BY"]


def test_a_level_is_put_and_shown(client):
    """As a whole; what it was stays readable."""
    client.put("/api/v1/service-hours/office", json=HOURS, headers=NONE)
    url = "/api/v1/service-levels/shop"
    made = client.put(url, json=LEVEL, headers=NONE)

    assert made.json == {
        "service": "shop",
        "availability": 99.9,
        "period": "month",
        "zone": "UTC",
        "hours": "office",
        "maintenance_minutes": 0,
        "longest_interruption": None,
        "rate": {"amount": "1200.50", "per": "hour", "currency": "EUR"},
    }
    changed = client.put(url, json={"availability": 99.5, "period": "year"}, headers=seen(made))
    assert (changed.json["rate"], changed.json["period"]) == (None, "year")
    assert client.get("/api/v1/service-levels").json == {"rows": [changed.json], "next": None}


def test_the_scale_is_shown_and_set(client):
    """A part of it at a time."""
    first = client.get("/api/v1/loss-scale")

    assert (first.json["version"], first.headers["ETag"]) == (0, '"0"')
    made = client.put("/api/v1/loss-scale", json={"minute_values": {"EUR": "250"}}, headers=seen(first))
    assert made.json["scale"]["minute_values"] == {"EUR": "250"}
    assert client.get("/api/v1/loss-scale").json == {"version": 1, "scale": made.json["scale"]}
    assert client.put("/api/v1/loss-scale", json={"half_at": 1}, headers=seen(first)).status_code == 412


@pytest.mark.parametrize(
    ("path", "body", "pointers"),
    [
        ("service-hours/office", {"zone": "Mars", "weekly": ["x"]}, {"/zone", "/weekly/0"}),
        ("service-hours/office", {"zone": "UTC", "weekly": "x"}, {"/weekly"}),
        ("service-levels/shop", {"availability": 101, "hours": "x"}, {"/availability", "/hours"}),
        ("service-levels/shop", {"availability": "99"}, {"/availability"}),
        ("service-levels/web1", {"availability": 99}, {"/service"}),
        (
            "service-levels/shop",
            {"availability": 9, "rate": {"amount": "-1", "per": "day", "currency": "euro"}},
            {"/rate/amount", "/rate/per", "/rate/currency"},
        ),
        ("loss-scale", {"weights": {"9": 1}, "half_at": -1}, {"/weights/9", "/half_at"}),
        ("loss-scale", {"weight": {}}, {"/weight"}),
    ],
)
def test_every_fault_is_told_at_its_place(client, path, body, pointers):
    """All at once, and nothing is written."""
    refused = client.put(f"/api/v1/{path}", json=body, headers=NONE)

    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == pointers
    assert client.get(f"/api/v1/{path}").status_code in (200, 404)


def test_who_only_reads_sets_nothing(house):
    """A viewer sees them."""
    viewer = house(a_service("shop")).client("viewer")

    assert viewer.put("/api/v1/service-hours/office", json=HOURS, headers=NONE).status_code == 403
    assert viewer.put("/api/v1/service-levels/shop", json={"availability": 99}, headers=NONE).status_code == 403
    assert viewer.put("/api/v1/loss-scale", json={"half_at": 1}, headers=NONE).status_code == 403
    assert viewer.get("/api/v1/service-levels").status_code == 200
