"""The life of a change over the API: every move with the version that was seen, and what is kept with a change."""

from __future__ import annotations

import hashlib

import pytest

from tests.builders import depends, needs
from tests.web.api.change.test_changes import SHOP, assessed, seen, submitted, version


@pytest.fixture
def shop(house):
    """A tier 1 shop on one of two web servers and one database."""
    return house(*SHOP, *needs("shop", 1, "web1", "web2"), *depends("shop", "db1"))


def move(client, change, name, status=200, **body):
    """Make a move on the change as it is now."""
    path = f"/api/v1/changes/{change}/{name}"
    answer = client.post(path, headers=version(client, change), **({"json": body} if body else {}))
    assert answer.status_code == status, answer.text
    return answer.json


def test_from_the_decision_to_the_closed_change(shop):
    """Deferred, resubmitted, approved with a condition, recalled, confirmed, implemented, backed out, reviewed."""
    engineer, board, hands = (
        shop.client("engineer"),
        shop.client("cab_member", "board"),
        shop.client("engineer", "hands"),
    )
    change, _ = assessed(engineer)
    move(board, change, "defer", 422, comment="")
    move(board, change, "defer", 201, comment="Until the spare is here")
    assert move(engineer, change, "resubmit")["state"] == "submitted"
    move(engineer, change, "assess", 201)
    move(board, change, "approve", 201, comment="", conditions=["Tell the shop floor"])
    move(board, change, "recall", 201, comment="One more question")
    move(engineer, change, "assess", 201)
    move(board, change, "approve", 201, comment="Go")
    move(board, change, "suspend", 201, comment="web2 lost a disk")
    assert move(engineer, change, "schedule", 409)["code"] == "illegal_move"
    move(board, change, "confirm", 201, comment="")
    assert move(engineer, change, "schedule")["state"] == "scheduled"
    shop.clock.forward(hours=10)
    waits = move(hands, change, "implement", 409)
    assert (waits["code"], "TSK-1001 (Tell the shop floor)" in waits["title"]) == ("change.not_ready", True)
    done = hands.post("/api/v1/change-tasks/TSK-1001/done", headers=seen(hands.get("/api/v1/change-tasks/TSK-1001")))
    assert done.json["done_by"] == "hands"
    assert "it was not checked yet" in move(hands, change, "implement", 409)["title"]
    assert move(hands, change, "go", 201)["answer"] == "GO"
    assert move(hands, change, "implement")["started_by"] == "hands"
    assert move(hands, change, "tick", 422, step=9)["errors"][0]["pointer"] == "/step"
    finished = move(hands, change, "finish", outcome="backed_out", comment="It smoked", started="2026-03-02T22:00Z")
    assert (finished["state"], finished["outcome"]) == ("backed_out", "backed_out")
    assert move(hands, change, "review", 403, text="Fine")["code"] == "change.own_change"
    review = move(board, change, "review", 201, text="Rightly", outcome="failed", actions=["Look for smoke"])
    assert (review["reported"], review["outcome"], len(review["actions"])) == ("backed_out", "failed", 1)
    assert engineer.get(f"/api/v1/changes/{change}/review").json == review
    assert move(engineer, change, "close")["state"] == "closed"
    dossier = engineer.get(f"/api/v1/changes/{change}/dossier").json
    assert [task["title"] for task in dossier["tasks"]] == ["Tell the shop floor", "Look for smoke"]
    assert (dossier["comments"][0]["move"], dossier["moves"]) == ("finish backed out", [])


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("resubmit", None),
        ("reopen", None),
        ("schedule", None),
        ("cancel", {"comment": "x"}),
        ("expire", None),
        ("go", None),
        ("implement", None),
        ("tick", {"step": 1}),
        ("finish", {"outcome": "success"}),
        ("document", {"test_evidence": "x"}),
        ("review", {"text": "x"}),
        ("close", None),
        ("defer", {"comment": "x"}),
        ("recall", {"comment": "x"}),
        ("suspend", {"comment": "x"}),
        ("confirm", {"comment": "x"}),
    ],
)
def test_every_move_wants_the_version_that_was_seen(shop, name, body):
    """Without If-Match 428, with an old one 412; and in a state that does not have it 409 with the states that do."""
    root = shop.client("administrator", "root")
    change, _ = submitted(shop.client("engineer"))
    path, more = f"/api/v1/changes/{change}/{name}", {"json": body} if body else {}
    assert root.post(path, **more).status_code == 428
    assert root.post(path, headers={"If-Match": '"1"'}, **more).status_code == 412
    if name != "cancel":
        refused = root.post(path, headers=version(root, change), **more)
        # An emergency may be begun as it is submitted, so the table has that row; this one is none.
        code = "illegal_move" if name == "implement" else "wrong_state"
        assert (refused.status_code, refused.json["code"]) == (409, code)
    else:
        assert move(root, change, name, **body)["state"] == "cancelled"


def test_a_change_is_raised_and_handed_in_by_one_request(shop):
    """Or not at all: what keeps it from being submitted is told at its place."""
    engineer = shop.client("engineer")
    refused = engineer.post("/api/v1/changes", json={"title": "T", "reason": "R", "submitted": True})
    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {"/window", "/targets"}
    assert engineer.get("/api/v1/changes").json["rows"] == []


def test_a_rejected_change_is_reopened_and_a_granted_one_expires(shop):
    engineer, board = shop.client("engineer"), shop.client("cab_member", "board")
    first, _ = assessed(engineer)
    move(board, first, "reject", 201, comment="Which kernel?")
    assert (move(engineer, first, "reopen")["state"], engineer.get(f"/api/v1/changes/{first}").json["revision"]) == (
        "draft",
        2,
    )
    second, _ = assessed(engineer)
    move(board, second, "approve", 201, comment="")
    manager = shop.client("change_manager")
    assert move(manager, second, "expire", 409)["code"] == "illegal_move"
    shop.clock.forward(days=1)
    assert move(manager, second, "expire")["state"] == "expired"


def test_an_emergency_is_documented_over_the_api(shop):
    """Approved by the board as it is submitted; its papers make it ready for the review."""
    engineer, board = shop.client("engineer"), shop.client("cab_member", "board")
    window = {"start": "2026-03-02T11:30:00Z", "end": "2026-03-02T13:00:00Z"}
    change, _ = submitted(engineer, type="emergency", window=window, back_out=None)
    decision = move(board, change, "approve", 201, comment="Go")
    assert (decision["assessment"], decision["verdict"]) == (None, None)
    assert move(engineer, change, "implement")["papers_due"] == "2026-03-04"
    papers = {"steps": ["Boot"], "back_out": {"plan": "Boot the old one"}, "test_evidence": "It runs"}
    assert move(engineer, change, "document", **papers)["papers_at"] is not None


def test_tasks_comments_and_attachments(shop):
    """Added, listed, read; a circle is refused with its name, a file comes back byte for byte."""
    engineer = shop.client("engineer")
    change, _ = submitted(engineer)
    base = f"/api/v1/changes/{change}"
    first = engineer.post(f"{base}/tasks", json={"title": "Order it", "condition": True, "due": "2026-03-01"})
    second = engineer.post(f"{base}/tasks", json={"title": "Fetch it", "needs": ["TSK-1001"]})
    assert (first.status_code, second.json["needs"]) == (201, ["TSK-1001"])
    circle = engineer.patch("/api/v1/change-tasks/TSK-1001", json={"needs": ["TSK-1002"]}, headers=seen(first))
    assert [fault["code"] for fault in circle.json["errors"]] == ["change.task_circle"]
    assert [row["id"] for row in engineer.get(f"{base}/tasks").json["rows"]] == ["TSK-1001", "TSK-1002"]
    assert engineer.post(f"{base}/comments", json={"text": "Here"}).status_code == 201
    assert engineer.get(f"{base}/comments").json["rows"][0]["text"] == "Here"
    content = b"%PDF \x00\xff" * 1000
    kept = engineer.post(
        f"{base}/attachments?name=report.pdf&media_type=application/pdf",
        data=content,
        headers={"Idempotency-Key": "k1"},
    )
    assert (kept.status_code, kept.json["sha256"]) == (201, hashlib.sha256(content).hexdigest())
    again = engineer.post(
        f"{base}/attachments?name=report.pdf&media_type=application/pdf",
        data=content,
        headers={"Idempotency-Key": "k1"},
    )
    assert (again.json["id"], again.headers["Idempotency-Replayed"]) == (kept.json["id"], "true")
    path = f"/api/v1/change-attachments/{kept.json['id']}"
    answer = engineer.get(f"{path}/content")
    assert (answer.data, answer.headers["X-Content-Type-Options"]) == (content, "nosniff")
    assert engineer.post(f"{path}/remove", headers=seen(engineer.get(path))).json["removed_by"] == "engineer"
    large = engineer.post(f"{base}/attachments?name=a&media_type=text/plain", data=b"x" * (10 * 1024 * 1024 + 1))
    assert [fault["code"] for fault in large.json["errors"]] == ["attachment.too_large"]


def test_a_change_from_a_model(shop):
    """Drawn up, approved by somebody else, used with a bare target and no end, withdrawn."""
    engineer, board = shop.client("engineer"), shop.client("cab_member", "board")
    given = {"id": "reboot", "title": "Reboot", "effect": "restart", "minutes": 5, "window_minutes": 30}
    assert engineer.post("/api/v1/change-models", json=given).status_code == 201
    assert engineer.post("/api/v1/change-models", json=given).status_code == 409
    path = "/api/v1/change-models/reboot"
    assert engineer.post(f"{path}/approve", headers=seen(engineer.get(path))).status_code == 403
    assert board.post(f"{path}/approve", headers=seen(board.get(path))).json["state"] == "approved"
    window = {"start": "2026-03-02T22:00Z", "end": ""}
    raised = engineer.post(
        "/api/v1/changes", json={"model": "reboot", "reason": "r", "targets": [{"ci": "web1"}], "window": window}
    )
    assert (raised.json["title"], raised.json["type"]) == ("Reboot", "standard")
    assert raised.json["targets"] == [
        {"ci": "web1", "effect": "restart", "offset": 0, "minutes": 5, "expected": {}, "edit": None}
    ]
    assert raised.json["window"]["end"] == "2026-03-02T22:30:00Z"
    assert engineer.get(f"{path}/standing").json == {
        "bad": 0,
        "of": 0,
        "limit": {"failures": 2, "of": 20},
        "is_over": False,
    }
    limit = {"limit": {"failures": 1, "of": 5}}
    assert engineer.patch(path, json=limit, headers=seen(engineer.get(path))).json["state"] == "proposed"
    gone = board.post(f"{path}/withdraw", json={"because": "Too old"}, headers=seen(board.get(path)))
    assert (gone.json["state"], gone.json["because"]) == ("withdrawn", "Too old")
    assert engineer.get("/api/v1/change-models?state=withdrawn").json["rows"][0]["id"] == "reboot"


def test_persons_over_the_api(shop):
    """Recorded, changed with the version that was seen, listed by role; only by an administrator."""
    root, engineer = shop.client("administrator", "root"), shop.client("engineer")
    given = {"id": "cab-chair", "name": "Chair of the CAB", "roles": ["cab_member"]}
    assert engineer.post("/api/v1/persons", json=given).status_code == 403
    made = root.post("/api/v1/persons", json=given)
    assert made.status_code == 201
    path = "/api/v1/persons/cab-chair"
    assert root.patch(path, json={"active": False}).status_code == 428
    assert root.patch(path, json={"active": False}, headers=seen(made)).json["active"] is False
    assert engineer.get("/api/v1/persons?role=cab_member").json["rows"][0]["id"] == "cab-chair"
    wrong = root.post("/api/v1/persons", json={"id": "x", "name": "x", "roles": ["boss"]})
    assert [fault["pointer"] for fault in wrong.json["errors"]] == ["/roles/0"]


def test_a_bulk_change_over_the_api(shop):
    """The waves are told without writing anything, and stand in the steps of the change that is raised."""
    engineer = shop.client("engineer")
    asked = {"targets": ["web1", "web2"], "start": "2026-03-02T22:00Z", "minutes": 10, "gap": 5}
    plan = engineer.post("/api/v1/changes/bulk/plan", json=asked)
    assert (plan.status_code, [wave["offset"] for wave in plan.json["waves"]]) == (200, [0, 15])
    raised = engineer.post("/api/v1/changes/bulk", json={**asked, "title": "Patch", "reason": "A hole"})
    assert raised.status_code == 201, raised.text
    assert [target["offset"] for target in raised.json["targets"]] == [0, 15]
    wrong = engineer.post("/api/v1/changes/bulk", json={**asked, "targets": ["nope"], "reason": "r"})
    assert [fault["pointer"] for fault in wrong.json["errors"]] == ["/targets/0/ci"]
