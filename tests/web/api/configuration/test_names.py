"""What CIs are called over the API, and which CIs have a name that was given for an id."""

from __future__ import annotations

import pytest

from cmdb.model.relation import Relation
from tests.builders import a_ci, a_server, a_service


@pytest.fixture
def client(house):
    """A server whose one process runs on one host."""
    process = a_ci("p", "application_component", name="java@app1")
    return house(a_server("h", name="app1"), process, Relation("p", "runs_on", "h"), a_service("shop")).client()


def test_a_part_comes_with_what_it_is_a_part_of(client):
    """By id; what is not known is left out."""
    rows = client.post("/api/v1/names", json={"cis": ["p", "nobody"]}).json["cis"]
    assert rows == [
        {"id": "h", "class": "server", "name": "app1", "relation": None, "whole": None, "own": False, "path": False},
        {
            "id": "p",
            "class": "application_component",
            "name": "java@app1",
            "relation": "runs_on",
            "whole": "h",
            "own": False,
            "path": False,
        },
    ]


def test_more_than_a_thousand_are_refused_and_a_revision_may_be_asked_for(client):
    """The limit is told at its place."""
    refused = client.post("/api/v1/names", json={"cis": ["x"] * 1001})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/cis")
    assert client.post("/api/v1/names", json={"cis": ["h"], "at": "1"}).json["cis"][0]["name"] == "app1"


def test_a_name_given_for_an_id_is_told_in_the_problem(client):
    """Wherever an id is asked for, reading or writing."""
    told = {"java@app1": {"count": 1, "cis": [{"id": "p", "class": "application_component", "of": "app1"}]}}
    assert client.post("/api/v1/impact", json={"cis": ["java@app1"]}).json["named"] == told
    assert client.get("/api/v1/cis/java@app1").json["named"] == told
    body = {"title": "T", "reason": "R", "targets": [{"ci": "java@app1"}]}
    refused = client.post("/api/v1/changes", json=body)
    assert (refused.status_code, refused.json["named"]) == (422, told)
    assert "named" not in client.get("/api/v1/cis/nobody").json


def test_sentences_have_names_and_the_rest_has_ids(client):
    """Beside an explanation's facts, which are for programmes."""
    body = {"cis": ["h"], "services": [], "points": [], "explain": []}
    assert client.post("/api/v1/impact/why", json=body).json["sentences"] == {}
