"""CIs over the API: registered, found, changed, retired, with their history; alone and many at once."""

from __future__ import annotations

import pytest

from tests.builders import a_server, a_service, needs

NEW = {
    "id": "app1",
    "class": "application",
    "name": "Web application",
    "relations": [
        {"type": "runs_on", "target": "web1", "group": "web"},
        {"type": "runs_on", "target": "web2", "group": "web"},
    ],
    "groups": [{"name": "web", "needs": 1}],
}


@pytest.fixture
def client(house):
    """An engineer on a store with a shop that runs on one of two web servers."""
    return house(a_service("shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2")).client()


def seen(answer):
    """Return the header that says: I have seen what this answer showed."""
    return {"If-Match": answer.headers["ETag"]}


def pointers(answer):
    """Return the places of all faults."""
    assert answer.status_code == 422, answer.text
    return {fault["pointer"] for fault in answer.json["errors"]}


def test_a_ci_is_registered_with_all_it_depends_on_as_one_revision(client):
    """One form, one request, one revision."""
    made = client.post("/api/v1/cis", json=NEW)

    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert client.get("/api/v1/cis/app1").json == made.json
    assert {row["ci"]["id"] for row in client.get("/api/v1/relations?ci=app1").json["rows"]} == {"web1", "web2"}
    assert [row["group"]["needs"] for row in client.get("/api/v1/groups?item=app1").json["rows"]] == [1]
    assert client.get("/api/v1/revision").json == {"revision": 2}


def test_every_fault_of_a_new_ci_is_told_at_its_place(client):
    """Class, attribute and the end of a relation; nothing is written."""
    bad = {
        **NEW,
        "class": "aplication",
        "relations": [{"type": "runs_on", "target": "web7"}],
        "groups": [],
    }

    assert {"/class", "/relations/0/target"} == pointers(client.post("/api/v1/cis", json=bad))
    assert client.get("/api/v1/cis/app1").status_code == 404


@pytest.mark.parametrize(
    "ci", ["srv:web/1", "a b", "ünïcode/ß", "50%", "history", "x/history", "bulk", "one?two#three"]
)
def test_an_id_may_hold_what_addresses_give_a_meaning(client, ci):
    """Slashes, spaces, percent signs and the words of our own addresses."""
    from urllib.parse import quote

    made = client.post("/api/v1/cis", json={"id": ci, "class": "server"})
    address = f"/api/v1/cis/{quote(ci, safe='')}"

    assert made.status_code == 201
    assert client.get(address).json["id"] == ci
    assert client.patch(address, json={"name": "renamed"}, headers=seen(made)).json["name"] == "renamed"
    assert len(client.get(f"/api/v1/history/cis/{quote(ci, safe='')}").json["rows"]) == 2


def test_a_change_keeps_what_it_does_not_name(client):
    """Within the attributes too; null takes a value away."""
    made = client.post(
        "/api/v1/cis", json={"id": "s1", "class": "service", "attributes": {"tier": 1}, "unavailability": 0.1}
    )
    changed = client.patch("/api/v1/cis/s1", json={"name": "Shop"}, headers=seen(made))
    emptied = client.patch(
        "/api/v1/cis/s1", json={"attributes": {"tier": None}, "unavailability": None}, headers=seen(changed)
    )

    assert changed.json == {**made.json, "name": "Shop"}
    assert (emptied.json["attributes"], emptied.json["unavailability"]) == ({}, None)
    assert client.patch("/api/v1/cis/s1", json={"name": "x"}, headers=seen(made)).status_code == 412
    assert client.patch("/api/v1/cis/s1", json={"name": "x"}).status_code == 428


def test_retiring_ends_relations_and_asks_first_where_a_group_would_break(client):
    """The second of two web servers that one is needed of can go, the last one needs a decision."""
    first = client.delete("/api/v1/cis/web1", headers=seen(client.get("/api/v1/cis/web1")))
    shown = client.get("/api/v1/cis/web2")
    asked = client.delete("/api/v1/cis/web2", headers=seen(shown))
    decided = client.delete("/api/v1/cis/web2?allow_broken_groups=true", headers=seen(shown))

    assert (first.status_code, first.json["status"]) == (200, "retired")
    assert (asked.status_code, asked.json["code"]) == (409, "ci.groups_would_break")
    assert (decided.status_code, decided.json["status"]) == (200, "retired")
    assert client.get("/api/v1/relations?ci=shop").json["rows"] == []
    assert client.get("/api/v1/cis/web2").json["status"] == "retired"


def test_a_retirement_that_is_sent_again_under_its_key_is_answered_alike(client):
    """A lost answer to a DELETE does not end in 412."""
    headers = {**seen(client.get("/api/v1/cis/web1")), "Idempotency-Key": "retire-web1"}

    one, two = (client.delete("/api/v1/cis/web1", headers=headers) for _ in range(2))

    assert (two.status_code, two.json, two.headers["ETag"]) == (200, one.json, one.headers["ETag"])
    assert two.headers["Idempotency-Replayed"] == "true"


def test_cis_are_found_by_words_class_attributes_and_status(client):
    """Words anywhere, classes with all below them, values by their JSON type."""
    client.post("/api/v1/cis", json={"id": "s2", "class": "service", "name": "Archive", "attributes": {"tier": 3}})
    client.delete("/api/v1/cis/web1", headers=seen(client.get("/api/v1/cis/web1")))

    def ids(query):
        return [row["id"] for row in client.get(f"/api/v1/cis?{query}").json["rows"]]

    assert ids("words=ARCH") == ["s2"]
    assert ids("class=server") == ["web2"]
    assert ids("class=server&status=any") == ["web1", "web2"]
    assert ids("status=retired") == ["web1"]
    assert ids("attribute=tier=3") == ["s2"]
    assert ids('attribute=tier="3"') == []
    assert ids("class=service&order=name&descending=true") == ["shop", "s2"]
    assert ids("class=ci&limit=2") == ["s2", "shop"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("words=x&class=server", "/words"),
        ("attribute=tier", "/attribute/0"),
        ("attribute=tier=1&attribute==2", "/attribute/1"),
        ("attribute=tier=[1]", "/attribute/0"),
        ("order=colour", "/order"),
        ("colour=red", "/colour"),
        ("limit=1001", "/limit"),
    ],
)
def test_a_query_that_can_not_be_meant_is_refused(client, query, pointer):
    """With the place of what is wrong."""
    assert pointers(client.get(f"/api/v1/cis?{query}")) == {pointer}


def test_the_neighbours_of_a_ci_come_page_by_page_in_both_directions(client):
    """What it depends on and what depends on it, each with the CI at the other end."""
    out = client.get("/api/v1/relations?ci=shop&direction=out&limit=1").json
    rest = client.get("/api/v1/relations", query_string={"ci": "shop", "direction": "out", "after": out["next"]}).json

    assert [row["ci"]["id"] for row in out["rows"] + rest["rows"]] == ["web1", "web2"]
    assert rest["next"] is None
    assert [row["ci"]["id"] for row in client.get("/api/v1/relations?ci=web1&direction=in").json["rows"]] == ["shop"]
    assert client.get("/api/v1/relations?ci=nothing").status_code == 404


def test_a_relation_is_made_changed_and_ended(client):
    """Its four names are its address; each write says what it has seen."""
    named = {"source": "web1", "type": "depends_on", "target": "web2"}
    made = client.post("/api/v1/relations", json=named)
    twice = client.post("/api/v1/relations", json=named)
    soft = client.put("/api/v1/relations/one", query_string=named, json={"strength": "soft"}, headers=seen(made))
    stale = client.delete("/api/v1/relations/one", query_string=named, headers=seen(made))
    ended = client.delete("/api/v1/relations/one", query_string=named, headers=seen(soft))

    assert [answer.status_code for answer in (made, twice, soft, stale, ended)] == [201, 409, 200, 412, 204]
    assert soft.json == {**made.json, "strength": "soft"}
    assert client.get("/api/v1/relations?ci=web1&direction=out").json["rows"] == []


def test_a_group_is_made_changed_and_ended_by_decision(client):
    """Its needs and members; ending it leaves its relations alone, which has to be allowed."""
    client.post("/api/v1/cis", json={"id": "lb", "class": "load_balancer"})
    members = [{"type": "depends_on", "target": "web1"}, {"type": "depends_on", "target": "web2"}]
    named = {"item": "lb", "name": "pool"}
    made = client.post("/api/v1/groups", json={**named, "needs": 2, "members": members})
    share = client.put("/api/v1/groups/one", query_string=named, json={"needs": "50%"}, headers=seen(made))
    asked = client.delete("/api/v1/groups/one", query_string=named, headers=seen(share))
    decided = client.delete(
        "/api/v1/groups/one", query_string={**named, "allow_broken_groups": "true"}, headers=seen(share)
    )

    assert [answer.status_code for answer in (made, share, asked, decided)] == [201, 200, 409, 204], asked.text
    assert share.json == {**made.json, "needs": "50%"}
    assert client.get("/api/v1/groups?item=lb").json["rows"] == []


@pytest.mark.parametrize("needs", [0, -1, 3, "0%", "101%", "half", True, None, 1.5, []])
def test_needs_that_can_not_be_are_refused(client, needs):
    """Below one, above the members, no share."""
    client.post("/api/v1/cis", json={"id": "lb", "class": "load_balancer"})
    members = [{"type": "depends_on", "target": "web1"}, {"type": "depends_on", "target": "web2"}]

    refused = client.post("/api/v1/groups", json={"item": "lb", "name": "pool", "needs": needs, "members": members})

    assert "/needs" in pointers(refused)


def test_the_history_of_a_ci_says_who_changed_what_when_and_why(house):
    """Newest first, with each field before and after."""
    shop = house(a_server("web1"))
    client = shop.client("engineer", "network-team")
    client.patch("/api/v1/cis/web1", json={"name": "Web 1"}, headers=seen(client.get("/api/v1/cis/web1")))

    newest, first = client.get("/api/v1/history/cis/web1").json["rows"]

    assert (newest["version"], newest["what"], newest["actor"], newest["because"]) == (
        2,
        "changed",
        "network-team",
        "ci:set",
    )
    assert {"field": "name", "before": "web1", "after": "Web 1"} in newest["fields"]
    assert (first["version"], first["what"]) == (1, "made")
    assert client.get("/api/v1/history/cis/web1?limit=1").json["before"] == 2
    assert client.get("/api/v1/history/cis/web1?before=2").json == {"rows": [first], "before": None}
    assert client.get("/api/v1/history/cis/web7").status_code == 404
    assert client.get("/api/v1/history/people/web1").status_code == 404


def test_a_ci_can_be_seen_as_it_was(client):
    """By revision; before it was there it is not found."""
    made = client.post("/api/v1/cis", json=NEW)
    client.patch("/api/v1/cis/app1", json={"name": "Later"}, headers=seen(made))

    assert client.get("/api/v1/cis/app1?at=2").json == made.json
    assert client.get("/api/v1/cis/app1?at=1").status_code == 404


def test_each_row_of_many_has_a_result_of_its_own(client):
    """A row that can not be registered does not keep the others back, and says why at its own place."""
    rows = [
        {"id": "a", "class": "server"},
        {"id": "web1", "class": "server"},
        {"id": "b", "class": "server", "colour": "red"},
        {"id": "c", "class": "server", "relations": [{"type": "depends_on", "target": "a"}]},
    ]

    answer = client.post("/api/v1/cis/bulk", json={"rows": rows})

    assert answer.status_code == 207
    assert (answer.json["created"], answer.json["failed"]) == (2, 2)
    assert [(row["row"], row["status"]) for row in answer.json["rows"]] == [(0, 201), (1, 422), (2, 422), (3, 201)]
    faults = [[fault["pointer"] for fault in row["problem"]["errors"]] for row in answer.json["rows"][1:3]]
    assert faults == [["/id"], ["/colour"]]
    assert client.get("/api/v1/cis/c").json == answer.json["rows"][3]["ci"]


def test_many_rows_that_are_sent_again_under_their_key_are_answered_alike(client):
    """Each row has a transaction id of its own, so what was done is not done again, and what was not is tried again."""
    rows = {"rows": [{"id": "a", "class": "server"}, {"id": "b", "class": "sever"}, {"id": "c", "class": "server"}]}

    one, two = (client.post("/api/v1/cis/bulk", json=rows, headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert (two.status_code, two.json) == (207, one.json)
    assert [row["status"] for row in two.json["rows"]] == [201, 422, 201]


@pytest.mark.parametrize("rows", [[], "x", None, [1], [{"id": "a", "class": "server"}] * 1001])
def test_a_request_of_many_that_is_none_is_refused_as_a_whole(client, rows):
    """No rows, too many, or no rows at all."""
    assert client.post("/api/v1/cis/bulk", json={"rows": rows}).status_code == 422


def test_a_viewer_sees_and_does_not_touch(house):
    """Every write is refused by its desk."""
    viewer = house(a_server("web1")).client("viewer")
    shown = viewer.get("/api/v1/cis/web1")

    assert shown.status_code == 200
    refused = [
        viewer.post("/api/v1/cis", json={"id": "a", "class": "server"}),
        viewer.patch("/api/v1/cis/web1", json={"name": "x"}, headers=seen(shown)),
        viewer.delete("/api/v1/cis/web1", headers=seen(shown)),
        viewer.post("/api/v1/relations", json={"source": "web1", "type": "depends_on", "target": "web1"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
