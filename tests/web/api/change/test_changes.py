"""A change over the API: from request to decision and proof, and what stands in the way."""

from __future__ import annotations

import pytest

from cmdb.chain import digest
from tests.builders import a_server, a_service, depends, needs

WINDOW = {"start": "2026-03-02T22:00:00Z", "end": "2026-03-02T23:00:00Z"}
NEW = {
    "title": "Reboot web1",
    "reason": "A new kernel",
    "window": WINDOW,
    "targets": [{"ci": "web1", "effect": "restart", "minutes": 10}],
    "back_out": {"plan": "Boot the old kernel", "minutes": 10},
}
SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), a_server("db1"))


@pytest.fixture
def shop(house):
    """A tier 1 shop on one of two web servers and one database."""
    return house(*SHOP, *needs("shop", 1, "web1", "web2"), *depends("shop", "db1"))


def seen(answer):
    """Return the header that says: I have seen what this answer showed."""
    return {"If-Match": answer.headers["ETag"]}


def submitted(client, **fields):
    """Raise and submit a change; return its id and the answer of the submission."""
    raised = client.post("/api/v1/changes", json={**NEW, **fields})
    assert raised.status_code == 201, raised.text
    answer = client.post(f"/api/v1/changes/{raised.json['id']}/submit", headers=seen(raised))
    assert answer.status_code == 200, answer.text
    return raised.json["id"], answer


def assessed(client, **fields):
    """Raise, submit and assess a change; return its id and the assessment."""
    change, answer = submitted(client, **fields)
    made = client.post(f"/api/v1/changes/{change}/assess", headers=seen(answer))
    assert made.status_code == 201, made.text
    return change, made.json


def version(client, change):
    """Return the header that says: I have seen the change as it is now."""
    return seen(client.get(f"/api/v1/changes/{change}"))


def test_from_request_to_decision_and_proof(shop):
    """An engineer asks, the record says what is lost, the board approves, and computing again gives the same bytes."""
    engineer, board = shop.client("engineer"), shop.client("cab_member")
    change, assessment = assessed(engineer)

    assert assessment["verdict"] == "CAB"
    assert [(s["id"], s["outcome"], s["new_single_points"]) for s in assessment["services"]] == [
        ("shop", "REDUNDANCY_LOST", ["web2"])
    ]
    decision = board.post(
        f"/api/v1/changes/{change}/approve",
        json={"comment": "web2 is watched", "assessment": assessment["hash"]},
        headers=version(board, change),
    )

    assert decision.status_code == 201
    assert decision.json["by"] == "cab_member"
    assert decision.json["assessment_hash"] == assessment["hash"]
    assert board.get(f"/api/v1/changes/{change}").json["state"] == "approved"
    assert board.get(f"/api/v1/changes/{change}/replay").json["finding"] == "same"
    export = shop.client("auditor").get(f"/api/v1/changes/{change}/export")
    assert (export.mimetype, export.data[:2]) == ("application/zip", b"PK")
    assert f"assessments/0001-{assessment['id']}.json".encode() in export.data
    assert board.get(f"/api/v1/changes/{change}/decisions").json["rows"] == [
        {"decision": decision.json, "void": False, "because": None}
    ]


def test_the_assessment_over_the_wire_is_the_record_its_hash_covers(shop):
    """Who receives an assessment can check its hash without asking us."""
    _, assessment = assessed(shop.client())

    assert assessment["hash"] == digest({key: value for key, value in assessment.items() if key != "hash"})


def test_nobody_approves_a_change_of_their_own(shop):
    """The requester is refused, whatever their roles."""
    client = shop.client("engineer+cab_member+administrator", "jack-of-all")
    change, _ = assessed(client)

    refused = client.post(f"/api/v1/changes/{change}/approve", json={}, headers=version(client, change))

    assert (refused.status_code, refused.json["code"]) == (403, "change.own_change")


def test_an_edit_after_the_approval_voids_it_visibly(shop):
    """The decision stays to be read, with what made it void, and the change waits for a new one."""
    engineer, board = shop.client("engineer"), shop.client("cab_member")
    change, _ = assessed(engineer)
    board.post(f"/api/v1/changes/{change}/approve", json={}, headers=version(board, change))

    targets = [{"ci": "web1", "effect": "restart", "minutes": 30}]
    edited = engineer.patch(f"/api/v1/changes/{change}", json={"targets": targets}, headers=version(engineer, change))

    assert (edited.json["revision"], edited.json["state"]) == (2, "submitted")
    (standing,) = board.get(f"/api/v1/changes/{change}/decisions").json["rows"]
    assert (standing["void"], standing["because"]) == (True, "edited")


def test_the_revisions_say_what_each_changed(shop):
    """Also in the dossier, beside assessments, decisions and what may be done next."""
    client = shop.client()
    change, _ = assessed(client)
    targets = [{"ci": "web1", "effect": "restart", "minutes": 30}]
    client.patch(f"/api/v1/changes/{change}", json={"targets": targets}, headers=version(client, change))

    first, second = client.get(f"/api/v1/changes/{change}/revisions").json["rows"]
    dossier = client.get(f"/api/v1/changes/{change}/dossier").json

    assert (first["number"], first["changed"]) == (1, [])
    assert second["changed"] == [{"pointer": "/targets/0/minutes", "before": 10, "after": 30}]
    assert dossier["revisions"] == [first, second]
    assert dossier["change"] == client.get(f"/api/v1/changes/{change}").json
    assert dossier["assessments"] == client.get(f"/api/v1/changes/{change}/assessments").json["rows"]
    assert "assess" in dossier["moves"]


def test_a_patch_keeps_what_it_does_not_name_and_takes_away_what_is_null(shop):
    """As in a JSON merge patch."""
    client = shop.client()
    raised = client.post("/api/v1/changes", json=NEW)

    patched = client.patch(
        f"/api/v1/changes/{raised.json['id']}", json={"title": "Restart web1", "back_out": None}, headers=seen(raised)
    )

    assert patched.json == {**raised.json, "title": "Restart web1", "back_out": None}


def test_what_was_read_can_be_sent_back(shop):
    """The window of an answer, zone included, is a window for a request."""
    client = shop.client()
    berlin = {"start": "2026-03-02T23:00[Europe/Berlin]", "end": "2026-03-03T00:00[Europe/Berlin]"}
    raised = client.post("/api/v1/changes", json={**NEW, "window": berlin})
    given = {name: raised.json[name] for name in ("title", "reason", "window", "targets", "back_out", "steps", "type")}

    patched = client.patch(f"/api/v1/changes/{raised.json['id']}", json=given, headers=seen(raised))

    assert raised.json["window"]["zone"] == "Europe/Berlin"
    assert (patched.status_code, patched.json) == (200, raised.json)


def test_all_faults_of_a_request_are_told_at_once_with_their_place(shop):
    """Nothing is written, and each fault names where it is."""
    before = shop.context.store.revision()
    bad = {
        **NEW,
        "window": {"start": "2026-03-02T22:00", "end": "soon"},
        "targets": [{"ci": "web7"}, {"ci": "web1", "offset": -1}],
        "back_out": {"plan": " "},
    }

    refused = shop.client().post("/api/v1/changes", json=bad)

    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {
        "/window/start",
        "/window/end",
        "/targets/0/ci",
        "/targets/1/offset",
        "/back_out/plan",
    }
    assert shop.context.store.revision() == before


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/title", "/reason"}),
        ({**NEW, "titel": "x"}, {"/titel"}),
        ({**NEW, "targets": [{"ci": "web1", "minutes": "10"}]}, {"/targets/0/minutes"}),
        ({**NEW, "targets": [{"ci": "web1", "minutes": True}]}, {"/targets/0/minutes"}),
        ({**NEW, "targets": [{"ci": 7, "effekt": "down"}]}, {"/targets/0/ci", "/targets/0/effekt"}),
        ({**NEW, "type": "huge", "steps": "one"}, {"/type", "/steps"}),
        ({**NEW, "window": {"start": 1}}, {"/window/start", "/window/end"}),
    ],
)
def test_a_body_of_another_shape_is_refused_by_name(shop, body, pointers):
    """Unknown names, missing ones, and values that are not in their one JSON form."""
    refused = shop.client().post("/api/v1/changes", json=body)

    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == pointers


def test_who_writes_to_what_exists_says_what_they_have_seen(shop):
    """Without If-Match 428, with a stale one 412, with one that is no version 412, and nothing happens."""
    client = shop.client()
    raised = client.post("/api/v1/changes", json=NEW)
    path = f"/api/v1/changes/{raised.json['id']}"
    client.patch(path, json={"title": "Second"}, headers=seen(raised))

    def status(header=None):
        headers = {} if header is None else {"If-Match": header}
        return client.patch(path, json={"title": "Third"}, headers=headers).status_code

    assert status() == 428
    assert status("*") == 428
    assert [status(tag) for tag in (raised.headers["ETag"], 'W/"2"', '"two"', '"1", "2"')] == [412] * 4
    assert client.get(path).json["title"] == "Second"
    assert status('"2"') == 200


def test_a_read_that_has_not_changed_is_answered_without_a_body(shop):
    """304 for the tag the sender has; the tag is the version."""
    client = shop.client()
    raised = client.post("/api/v1/changes", json=NEW)
    path = f"/api/v1/changes/{raised.json['id']}"

    again = client.get(path, headers={"If-None-Match": raised.headers["ETag"]})

    assert raised.headers["ETag"] == '"1"'
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == '"1"'


def test_a_request_that_is_sent_again_with_its_key_happens_once(shop):
    """The second answer is the first one's, also after the change has moved on."""
    client = shop.client()
    first = client.post("/api/v1/changes", json=NEW, headers={"Idempotency-Key": "a-1"})
    client.patch(f"/api/v1/changes/{first.json['id']}", json={"title": "Later"}, headers=seen(first))

    again = client.post("/api/v1/changes", json=NEW, headers={"Idempotency-Key": "a-1"})

    assert (again.status_code, again.json, again.headers["ETag"]) == (201, first.json, '"1"')
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(client.get("/api/v1/changes").json["rows"]) == 1


def test_the_key_is_the_transaction_id_in_the_log(shop):
    """So a request can be found in the audit trail by the key its sender gave it."""
    shop.client().post("/api/v1/changes", json=NEW, headers={"Idempotency-Key": "a-2"})

    assert [revision.txn_id for revision in shop.context.store.changes(1)] == ["a-2"]


def test_a_decision_that_is_sent_again_is_answered_with_the_decision(shop):
    """A lost answer to an approval does not end in 'no longer waiting for a decision'."""
    engineer, board = shop.client("engineer"), shop.client("cab_member")
    change, _ = assessed(engineer)
    headers = {**version(board, change), "Idempotency-Key": "approve-1"}

    answers = [board.post(f"/api/v1/changes/{change}/approve", json={}, headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json["id"] for answer in answers}) == 1


@pytest.mark.parametrize("other", [{"title": "Another"}, {"reason": "Another"}])
def test_a_key_that_is_used_for_another_request_is_refused(shop, other):
    """Nothing of the first request's result is passed off as the second's."""
    client = shop.client()
    client.post("/api/v1/changes", json=NEW, headers={"Idempotency-Key": "a-3"})

    refused = client.post("/api/v1/changes", json={**NEW, **other}, headers={"Idempotency-Key": "a-3"})

    assert (refused.status_code, refused.json["code"]) == (422, "store.transaction_reused")


def test_a_key_whose_request_failed_may_be_used_again(shop):
    """Only what was written is remembered."""
    client = shop.client()
    client.post("/api/v1/changes", json={**NEW, "title": ""}, headers={"Idempotency-Key": "a-4"})

    assert client.post("/api/v1/changes", json=NEW, headers={"Idempotency-Key": "a-4"}).status_code == 201


def test_the_list_is_paged_by_key_and_nothing_is_lost_or_doubled(shop):
    """Following `next` gives every change once, newest first, also when another is raised meanwhile."""
    client = shop.client()
    for number in range(7):
        shop.clock.forward(minutes=1)
        client.post("/api/v1/changes", json={"title": f"Change {number}", "reason": "x"})

    titles, after = [], None
    while True:
        query = {"limit": 3, **({"after": after} if after else {})}
        page = client.get("/api/v1/changes", query_string=query).json
        titles += [row["title"] for row in page["rows"]]
        shop.clock.forward(minutes=1)
        client.post("/api/v1/changes", json={"title": "Meanwhile", "reason": "x"})
        if (after := page["next"]) is None:
            break

    assert titles == [f"Change {number}" for number in reversed(range(7))]


def test_the_list_can_be_of_some_states(shop):
    """One state or several."""
    client = shop.client()
    client.post("/api/v1/changes", json=NEW)
    change, _ = submitted(client)

    rows = client.get("/api/v1/changes?state=submitted&state=assessed").json["rows"]

    assert [row["id"] for row in rows] == [change]


def test_a_change_can_be_read_as_it_was(shop):
    """By revision, by moment; before it was there it is not found."""
    client = shop.client()
    raised = client.post("/api/v1/changes", json=NEW)
    path = f"/api/v1/changes/{raised.json['id']}"
    revision = shop.context.store.revision()
    shop.clock.forward(hours=1)
    client.patch(path, json={"title": "Later"}, headers=seen(raised))

    assert client.get(path, query_string={"at": revision}).json["title"] == NEW["title"]
    assert client.get(path, query_string={"at": "2026-03-02T12:30:00Z"}).json["title"] == NEW["title"]
    assert client.get(path).json["title"] == "Later"
    assert client.get(path, query_string={"at": 1}).status_code == 404
    assert client.get(path, query_string={"at": "yesterday"}).status_code == 422


def test_a_viewer_reads_and_does_not_write(shop):
    """The desk asks for the right; the API says which role would have it."""
    change, _ = assessed(shop.client())
    viewer = shop.client("viewer")

    refused = viewer.post("/api/v1/changes", json=NEW)

    assert viewer.get(f"/api/v1/changes/{change}").status_code == 200
    assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")


def test_a_move_the_table_does_not_have_is_a_conflict(shop):
    """A draft can not be assessed; the answer names the rule."""
    client = shop.client()
    raised = client.post("/api/v1/changes", json=NEW)

    refused = client.post(f"/api/v1/changes/{raised.json['id']}/assess", headers=seen(raised))

    assert (refused.status_code, refused.json["code"]) == (409, "wrong_state")


def test_a_rewiring_is_given_shown_and_assessed_over_the_api(shop):
    """In the words of an estate document; the answer says what is left behind."""
    engineer = shop.client("engineer")
    edit = {
        "relations": [{"source": "shop", "type": "depends_on", "target": "web3", "group": "pool"}],
        "item": {"class": "server", "name": "Web 3"},
    }
    change, made = assessed(engineer, targets=[{"ci": "web3", "effect": "add", "edit": edit}])
    target = engineer.get(f"/api/v1/changes/{change}").json["targets"][0]
    assert (target["edit"]["item"]["class"], target["edit"]["relations"][0]["group"]) == ("server", "pool")
    # The database stops it alone, so one failure does before and after.
    assert made["rewiring"] == {"services": []}
    pool = {"groups": [{"item": "shop", "name": "pool", "needs": 2}]}
    _, made = assessed(engineer, targets=[{"ci": "shop", "effect": "rewire", "edit": pool}])
    (service,) = made["rewiring"]["services"]
    assert service["new_single_points"] == ["web1", "web2"]


def test_faults_of_an_edit_come_with_their_places(shop):
    """Those of its form and those of the estate, each at its pointer."""
    engineer = shop.client("engineer")
    target = {
        "ci": "web1",
        "effect": "rewire",
        "edit": {"relations": [{"source": "web1", "type": "x", "target": "no"}]},
    }
    answer = engineer.post("/api/v1/changes", json={**NEW, "targets": [target]})
    places = {fault["pointer"] for fault in answer.json["errors"]}
    assert (answer.status_code, places) == (
        422,
        {"/targets/0/edit/relations/0/type", "/targets/0/edit/relations/0/target"},
    )
