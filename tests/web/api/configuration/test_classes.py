"""Classes and types of relations over the API: seen with what they inherit, defined while the system runs, retired."""

from __future__ import annotations

import pytest

from tests.builders import a_ci, a_server


@pytest.fixture
def client(house):
    """An engineer on a store with two servers."""
    return house(a_server("web1"), a_server("web2")).client()


def seen(answer):
    """Return the header that says: I have seen what this answer showed."""
    return {"If-Match": answer.headers["ETag"]}


def test_paging_gives_every_class_once_by_name(client):
    """Whatever the size of the page."""
    names, after = [], None
    while True:
        query = {"limit": 7, **({"after": after} if after else {})}
        page = client.get("/api/v1/classes", query_string=query).json
        names += [row["name"] for row in page["rows"]]
        if (after := page["next"]) is None:
            break

    assert names == sorted(set(names))
    assert {"server", "service", "software", "kubernetes_workload"} <= set(names)
    assert len(names) >= 60


def test_a_class_shows_its_line_and_all_attributes_it_inherits(client):
    """The root's attributes come first, its own last."""
    line = client.get("/api/v1/classes/server/lineage").json
    own = client.get("/api/v1/classes/server").json

    assert line["lineage"][0] == "server"
    assert line["lineage"][-1] == "ci"
    assert {a["name"] for a in own["attributes"]} <= {a["name"] for a in line["attributes"]}


def test_a_class_of_ones_own_is_defined_changed_and_retired_without_a_restart(client):
    """Each step is a version, and each says which one it has seen."""
    new = client.post("/api/v1/classes", json={"name": "robot", "parent": "server", "label": "Robot"})
    arms = {"name": "arms", "type": "integer", "minimum": 0, "required": False}
    wider = client.post("/api/v1/classes/robot/attributes", json=arms, headers=seen(new))
    renamed = client.put("/api/v1/classes/robot", json={**wider.json, "label": "Industrial robot"}, headers=seen(wider))
    retired = client.post("/api/v1/classes/robot/retire", headers=seen(renamed))

    assert [answer.status_code for answer in (new, wider, renamed, retired)] == [201, 201, 200, 200]
    assert [answer.headers["ETag"] for answer in (new, wider, renamed, retired)] == ['"1"', '"2"', '"3"', '"4"']
    assert renamed.json == {**wider.json, "label": "Industrial robot"}
    assert retired.json == {"retired": {**renamed.json, "retired": True}, "in_use": 0}


def test_a_built_in_class_is_extended_from_version_zero(client):
    """What is built in has the tag 0, so that two people can not both extend it first."""
    shown = client.get("/api/v1/classes/server")
    attribute = {"name": "cost_centre", "type": "text"}

    added = client.post("/api/v1/classes/server/attributes", json=attribute, headers=seen(shown))
    late = client.post("/api/v1/classes/server/attributes", json={**attribute, "name": "x"}, headers=seen(shown))

    assert shown.headers["ETag"] == '"0"'
    assert (added.status_code, added.headers["ETag"]) == (201, '"1"')
    assert late.status_code == 412
    assert "cost_centre" in {a["name"] for a in client.get("/api/v1/classes/server").json["attributes"]}


def test_a_retired_class_counts_the_cis_that_still_use_it(house):
    """It is never silently dropped while CIs use it."""
    client = house(a_server("web1"), a_ci("app1", "application")).client()
    shown = client.get("/api/v1/classes/server")

    assert client.post("/api/v1/classes/server/retire", headers=seen(shown)).json["in_use"] == 1


def test_every_fault_of_a_definition_is_told_at_once(client):
    """Name, parent and attribute, each at its place."""
    wrong = {"name": "Robot!", "parent": "nothing", "attributes": [{"name": "a", "type": "enum"}]}

    refused = client.post("/api/v1/classes", json=wrong)

    assert refused.status_code == 422
    assert {"/name", "/parent", "/attributes/0/choices"} <= {fault["pointer"] for fault in refused.json["errors"]}


def test_defining_what_is_there_already_is_a_conflict(client):
    """POST makes; what is there is changed with PUT, which says what it has seen."""
    client.post("/api/v1/classes", json={"name": "robot", "parent": "server"})

    again = client.post("/api/v1/classes", json={"name": "robot", "parent": "server", "label": "x"})

    assert (again.status_code, again.json["code"]) == (409, "store.version_conflict")


def test_the_document_names_what_the_address_names(client):
    """A PUT can not rename."""
    new = client.post("/api/v1/classes", json={"name": "robot", "parent": "server"})

    refused = client.put("/api/v1/classes/robot", json={**new.json, "name": "android"}, headers=seen(new))

    assert [fault["pointer"] for fault in refused.json["errors"]] == ["/name"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x", "parent": "server", "unavailability": "0.1"}, "/unavailability"),
        ({"name": "x", "parent": "server", "unavailability": True}, "/unavailability"),
        ({"name": "x", "parent": "server", "abstract": "yes"}, "/abstract"),
        ({"name": "x", "parent": "server", "attributes": {}}, "/attributes"),
        ({"name": "x", "parent": "server", "attributes": [{"name": "a", "type": "money"}]}, "/attributes/0/type"),
        (
            {"name": "x", "parent": "server", "attributes": [{"name": "a", "type": "text", "typ": 1}]},
            "/attributes/0/typ",
        ),
        ({"name": "x", "parent": "server", "colour": "red"}, "/colour"),
    ],
)
def test_values_are_taken_only_in_their_one_json_form(client, body, pointer):
    """A number is a number, true is no number, and what is unknown is refused."""
    refused = client.post("/api/v1/classes", json=body)

    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json["errors"]] == [pointer]


def test_a_relation_type_of_ones_own_lives_like_a_class(client):
    """Defined, seen, changed, retired."""
    fields = {"name": "feeds", "reading": "is fed by", "reverse": "feeds", "strength": "soft"}
    new = client.post("/api/v1/relation-types", json=fields)
    shown = client.get("/api/v1/relation-types/feeds")
    changed = client.put("/api/v1/relation-types/feeds", json={**shown.json, "strength": "hard"}, headers=seen(shown))
    retired = client.post("/api/v1/relation-types/feeds/retire", headers=seen(changed))

    assert (new.status_code, shown.json) == (201, new.json)
    assert (changed.json["strength"], retired.json["retired"]) == ("hard", True)
    assert "feeds" in {row["name"] for row in client.get("/api/v1/relation-types").json["rows"]}


def test_depends_on_and_runs_on_are_hard_by_default(client):
    """As they are built in; both readings are there."""
    for name in ("depends_on", "runs_on"):
        shown = client.get(f"/api/v1/relation-types/{name}").json

        assert shown["strength"] == "hard"
        assert shown["reading"]
        assert shown["reverse"]


def test_the_catalogue_can_be_seen_as_it_was(client):
    """A class is not there before it was defined."""
    client.post("/api/v1/classes", json={"name": "robot", "parent": "server"})

    assert client.get("/api/v1/classes/robot?at=2").status_code == 200
    assert client.get("/api/v1/classes/robot?at=1").status_code == 404
