"""What goes down, over the API: the same answer as everywhere, for one CI or for many."""

from __future__ import annotations

import pytest

from cmdb.model.relation import Relation
from tests.builders import a_server, a_service, depends, needs


@pytest.fixture
def client(house):
    """A viewer of a shop on one of two web servers that share a switch, and a report that only watches the shop."""
    return house(
        a_service("shop", tier=1),
        a_service("report", tier=3),
        *(a_server(name) for name in ("web1", "web2", "switch")),
        *needs("shop", 1, "web1", "web2"),
        *depends("web1", "switch"),
        *depends("web2", "switch"),
        *depends("report", "shop", strength="soft"),
    ).client("viewer")


def test_the_answer_has_the_shape_that_scripts_rely_on(client):
    """One web server down: the shop loses its last spare, the other carries it alone, the report is untouched."""
    assert client.get("/api/v1/impact?ci=web1").json == {
        "revision": 1,
        "failed": ["web1"],
        "down": [],
        "degraded": [],
        "services": [
            {
                "id": "shop",
                "name": "shop",
                "tier": 1,
                "outcome": "REDUNDANCY_LOST",
                "reason": ["web1", "shop"],
                "new_single_points": ["web2"],
                "margin": 1,
                "margin_high": 1,
            }
        ],
        "unaffected": 1,
        "hidden": 0,
    }


def test_a_body_asks_the_same_for_more_cis(client):
    """GET and POST answer alike."""
    asked = client.get("/api/v1/impact?ci=web1&ci=web2").json

    assert client.post("/api/v1/impact", json={"cis": ["web1", "web2"]}).json == asked
    assert asked["down"] == ["shop"]
    assert asked["degraded"] == ["report"]


def test_the_blast_radius_follows_hard_and_soft_with_depth(client):
    """All that depends on the switch, whatever the redundancy."""
    expected = {
        "blast": [
            {"id": "switch", "depth": 0},
            {"id": "web1", "depth": 1},
            {"id": "web2", "depth": 1},
            {"id": "shop", "depth": 2},
            {"id": "report", "depth": 3},
        ]
    }

    assert client.get("/api/v1/impact/blast?ci=switch").json == expected
    assert client.post("/api/v1/impact/blast", json={"cis": ["switch"]}).json == expected


def test_the_single_points_of_a_service_now_and_with_a_set_failed(client):
    """The switch alone stops the shop; with web1 failed, web2 does as well."""
    answer = client.get("/api/v1/services/shop/single-points?down=web1").json

    assert (answer["before"], answer["now"], answer["added"]) == (["switch"], ["switch", "web2"], ["web2"])


def test_a_service_is_explained_with_the_sentence_in_both_languages(client):
    """Facts, the small graph, and words; a service that is not touched has no explanation."""
    asked = {"cis": ["switch"], "explain": ["shop", "nowhere"]}
    answer = client.post("/api/v1/impact/why", json=asked).json

    (one,) = answer["explained"]["explanations"]
    assert (one["service"], one["outcome"], one["facts"]["because"]) == ("shop", "DOWN", "group")
    assert [node["kind"] for node in one["story"]["nodes"]] == ["ci", "gate", "ci", "ci", "ci"]
    assert answer["sentences"]["shop"]["en"] == (
        "shop goes down because both servers it needs one of (web1 and web2) hang on switch, which fails."
    )
    assert answer["sentences"]["shop"]["zh"].startswith("shop 将中断")


def test_a_common_cause_stands_beside_single_points_and_risk_groups(client):
    """The switch lies under both web servers and is neither."""
    points = client.get("/api/v1/services/shop/single-points").json
    groups = client.get("/api/v1/services/shop/risk-groups").json

    assert [(one["cause"], one["item"], one["anyway"]) for one in points["common_causes"]] == [
        ("switch", "shop", False)
    ]
    assert points["common_causes"] == groups["common_causes"]
    assert groups["names"]["switch"] == "switch"


def test_every_unknown_ci_is_named(client):
    """Two wrong ids among three."""
    refused = client.get("/api/v1/impact?ci=web1&ci=web8&ci=web9")

    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    assert "web8, web9" in refused.json["title"]


@pytest.mark.parametrize("query", ["", "?ci=web1&down=x", "?ci=web1&at=tomorrow"])
def test_a_question_that_can_not_be_meant_is_refused(client, query):
    """No CI, an unknown parameter, a moment that is none."""
    assert client.get(f"/api/v1/impact{query}").status_code == 422


def test_the_same_question_has_the_same_tag(client):
    """An answer that has not changed is not sent again."""
    first = client.get("/api/v1/impact?ci=web1")

    again = client.get("/api/v1/impact?ci=web1", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304


def test_how_sure_an_answer_is_by_address_and_by_body(house):
    """What a doubtful relation flips, with its evidence; the same tag while nothing has changed."""
    seen = Relation("shop", "depends_on", "web1", confidence=0.5, sources=("traces",))
    client = house(a_service("shop"), a_server("web1"), seen).client("viewer")

    first = client.get("/api/v1/impact/confidence?ci=web1")

    assert first.json["chances"][0]["down"] == 0.5
    assert first.json["flips"][0]["without_it"] == "UNAFFECTED"
    assert first.json["evidence"][0]["sources"] == ["traces"]
    assert client.post("/api/v1/impact/confidence", json={"cis": ["web1"]}).json == first.json
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/api/v1/impact/confidence?ci=web1", headers=tag).status_code == 304
    assert client.get("/api/v1/impact/confidence?ci=nope").status_code == 404
    assert client.get("/api/v1/impact/confidence").status_code == 422


def test_an_outage_and_its_risk_groups(client):
    """By address and by body alike: a probability with its method, and the groups that would cause it."""
    asked = {"down": ["web1"], "window": 4}
    outage = client.get("/api/v1/services/shop/outage?down=web1&window=4").json
    groups = client.get("/api/v1/services/shop/risk-groups?down=web1&top=1").json

    assert outage["method"] == "exact"
    assert outage == client.post("/api/v1/services/shop/outage", json=asked).json
    assert len(groups["groups"]) == 1
    assert groups == client.post("/api/v1/services/shop/risk-groups", json={"down": ["web1"], "top": 1}).json


def test_more_risk_groups_than_can_be_listed_are_refused(client):
    """The fault points at the parameter and says how many can be."""
    refused = client.get("/api/v1/services/shop/risk-groups?top=10000000000")

    assert refused.status_code == 422
    assert "10000 risk groups can be listed" in refused.get_data(as_text=True)


@pytest.mark.parametrize("query", ["outage?window=-1", "outage?budget=-1", "risk-groups?top=-1", "outage?x=1"])
def test_a_question_about_a_service_that_can_not_be_meant_is_refused(client, query):
    """A window or budget below nothing, an unknown parameter."""
    assert client.get(f"/api/v1/services/shop/{query}").status_code == 422
