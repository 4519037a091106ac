"""A board over the API: set up, a meeting held, a ballot between meetings; entity tags, refusals, the same bytes."""

from __future__ import annotations

import pytest

from cmdb.chain import sha256
from cmdb.people import persons
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, as_actor, needs

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
BOARD = {"id": "cab", "name": "CAB", "chair": "chair", "deputy": "ops", "members": ["security"], "rule": "chair"}
API = "/api/v1"


@pytest.fixture
def shop(house):
    """Three persons who may vote, and a change that waits for a board."""
    made = house(*SHOP, a_change("web1", id="CHG-1"))
    for name in ("chair", "ops", "security"):
        persons.add(made.context, name, name=name, roles=["cab_member"])
    assess(as_actor(made.context, "change_manager"), "CHG-1")
    return made


def member(house, name="chair"):
    return house.client("cab_member", name)


def posted(client, path, body=None, seen=None, status=None):
    """Post, with the tag of what was seen, and return the answer."""
    tag = {} if seen is None else {"If-Match": seen.headers["ETag"]}
    answer = client.post(f"{API}{path}", json=body, headers=tag)
    assert answer.status_code == status if status else answer.status_code < 300, answer.text
    return answer


def test_a_board_meets_over_the_api(shop):
    """Set up, planned, frozen, opened, voted, decided, closed: each answer carries the tag for the next act."""
    keeper, chair = shop.client("administrator"), member(shop)
    board = posted(keeper, "/boards", BOARD)
    assert (board.json["members"], board.json["quorum"]) == (["chair", "ops", "security"], 2)
    again = keeper.patch(f"{API}/boards/cab", json={"quorum": 1}, headers={"If-Match": board.headers["ETag"]})
    assert again.json["quorum"] == 1
    assert keeper.patch(f"{API}/boards/cab", json={"quorum": 2}).status_code == 428
    stale = keeper.patch(f"{API}/boards/cab", json={"quorum": 2}, headers={"If-Match": board.headers["ETag"]})
    assert stale.status_code == 412
    posted(chair, "/boards/cab/meetings", {"starts": ["2026-03-02T14:00Z"]})
    (meeting,) = chair.get(f"{API}/meetings?board=cab").json["rows"]
    path = f"/meetings/{meeting['id']}"
    put_on = posted(chair, f"{path}/agenda", {"topic": "Holidays"}, chair.get(API + path))
    assert [row["kind"] for row in chair.get(f"{API}{path}/agenda").json["rows"]] == ["decision", "topic"]
    dropped = posted(chair, f"{path}/agenda/drop", {"item": 2}, put_on)
    frozen = posted(chair, f"{path}/freeze", seen=dropped)
    packs = {member(shop, name).get(f"{API}{path}/pack").data for name in ("chair", "ops", "security")}
    assert [sha256(each).hexdigest() for each in packs] == [frozen.json["pack"]]
    posted(chair, f"{path}/read", {"pack": frozen.json["pack"]})
    opened = posted(chair, f"{path}/open", seen=frozen)
    posted(chair, f"{path}/attendance", {})
    called = posted(chair, f"{path}/call", {"item": 1}, opened)
    (ballot,) = chair.get(f"{API}/ballots?meeting={meeting['id']}").json["rows"]
    said = {"choice": "approve_with_conditions", "reason": "Go", "conditions": ["Tell them"]}
    posted(chair, f"/ballots/{ballot['id']}/votes", said)
    standing = chair.get(f"{API}/ballots/{ballot['id']}/standing").json
    assert (standing["tally"]["choice"], standing["conditions"]) == ("approve", ["Tell them"])
    seen = chair.get(f"{API}/ballots/{ballot['id']}")
    made = posted(chair, f"/ballots/{ballot['id']}/decide", {"assessment": ballot["assessment_hash"]}, seen)
    assert (made.json["choice"], made.json["ballot"]) == ("approve", ballot["id"])
    closed = posted(chair, f"{path}/close", seen=called)
    minutes = chair.get(f"{API}{path}/minutes")
    assert sha256(minutes.data).hexdigest() == closed.json["minutes"]
    assert minutes.json["items"][0]["ballots"][0]["conditions"][0]["title"] == "Tell them"
    notice = chair.get(f"{API}/changes/CHG-1/notice").json
    assert notice["notices"]["zh"]["subject"].startswith("计划")
    assert notice["telling"]["unowned"] == ["shop"]


def test_a_ballot_between_meetings_is_voted_in_from_the_inbox(shop):
    """What waits for somebody is one address; a vote twice under one key is one vote; two decisions are one."""
    posted(shop.client("administrator"), "/boards", {**BOARD, "quorum": 1})
    ballot = posted(member(shop), "/ballots", {"board": "cab", "change": "CHG-1", "until": "2026-03-02T20:00Z"})
    path = f"/ballots/{ballot.json['id']}"
    assert [row["ballot"]["id"] for row in member(shop).get(f"{API}/ballots/inbox").json["rows"]] == [ballot.json["id"]]
    key = {"Idempotency-Key": "a" * 32}
    answers = [member(shop).post(f"{API}{path}/votes", json={"choice": "approve"}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    posted(member(shop), f"{path}/decide", {}, ballot)
    refused = posted(member(shop, "ops"), f"{path}/decide", {}, ballot, status=412)
    assert refused.json["code"] == "store.version_conflict"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"choice": "reject"}, 422, "input.invalid"),
        ({"choice": "approve", "assessment": "0" * 64}, 409, "illegal_move"),
        ({"choice": "approve", "seat": "security"}, 403, "board.no_seat"),
        ({"choice": "approve", "vote": 1}, 422, None),
    ],
)
def test_a_wrong_vote_is_refused_with_its_code(shop, body, status, code):
    """The same problem documents as everywhere."""
    posted(shop.client("administrator"), "/boards", BOARD)
    ballot = posted(member(shop), "/ballots", {"board": "cab", "change": "CHG-1", "until": "2026-03-02T20:00Z"})
    answer = posted(member(shop), f"/ballots/{ballot.json['id']}/votes", body, status=status)
    assert code in (None, answer.json["code"])


def test_a_void_ballot_and_a_lone_approval_are_told(shop):
    """An edited change voids the ballot (409); nobody approves beside the board (403)."""
    posted(shop.client("administrator"), "/boards", BOARD)
    ballot = posted(member(shop), "/ballots", {"board": "cab", "change": "CHG-1", "until": "2026-03-02T20:00Z"})
    engineer = shop.client("engineer")
    change = engineer.get(f"{API}/changes/CHG-1")
    alone = posted(member(shop), "/changes/CHG-1/approve", {}, change, status=403)
    assert alone.json["code"] == "board.decides"
    edited = engineer.patch(
        f"{API}/changes/CHG-1", json={"steps": ["Another"]}, headers={"If-Match": change.headers["ETag"]}
    )
    assert edited.status_code == 200, edited.text
    void = posted(member(shop), f"/ballots/{ballot.json['id']}/votes", {"choice": "approve"}, status=409)
    assert void.json["code"] == "board.ballot_void"
