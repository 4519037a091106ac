"""The life of a change at the command line, to the end: two stories, and what is refused on the way."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.builders import TestClock

WINDOW = ("--from", "2032-03-02T22:00Z", "--to", "2032-03-02T23:30Z")
PLAN = (
    "--backout",
    "Put the old unit back",
    "--step",
    "Pull it",
    "--step",
    "Seat it",
    "--test-evidence",
    "On the bench",
)
NEW = ("change", "new", "--title", "Replace a power supply", "--reason", "Fan alarm", *WINDOW, *PLAN)
TARGET = ("--target", "pdu-b4-1,offset=10,minutes=20")


@pytest.fixture
def clock(monkeypatch):
    """The clock of every command: noon of the day of the window."""
    clock = TestClock("2032-03-02T12:00Z")
    monkeypatch.setattr("web.bootstrap.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def by(foreshock, people):
    """Run a command in somebody's name: ``by("board", "change", "approve", ...)``."""
    return lambda person, *words, **more: foreshock(*words, env=people(person), **more)


def state(by, change):
    return by("board", "change", "show", change, "-o", "json").ok().json["state"]


def test_a_change_from_draft_to_closed_with_all_that_comes_between(estate, by, clock, tmp_path):
    """Rejected, reopened, deferred, edited after its approval, recalled, suspended, backed out, reviewed, closed."""
    change = by("requester", *NEW, *TARGET, "--benefit", "No alarm", "--submit", "-o", "json").ok().json["id"]
    on = lambda who, what, *words: by(who, "change", what, change, *words)  # noqa: E731
    on("requester", "assess").ok()
    assert "is rejected" in on("board", "reject", "--comment", "Which unit?").ok().out
    on("requester", "reopen").ok()
    assert state(by, change) == "draft"
    for word in ("submit", "assess"):
        on("requester", word).ok()
    assert on("board", "defer").status == 2
    on("board", "defer", "--comment", "Until the spare is here").ok()
    on("requester", "resubmit").ok()
    on("requester", "assess").ok()
    on("board", "approve").ok()
    edited = on("requester", "edit", "--step", "Pull it slowly", "--step", "Seat it").ok().out
    assert "decisions on earlier revisions are void" in edited
    on("requester", "assess").ok()
    on("board", "approve").ok()
    on("board", "recall", "--comment", "One more question").ok()
    on("requester", "assess").ok()
    on("board", "approve", "--condition", "Tell the shop floor").ok()
    on("requester", "schedule").ok()
    on("board", "suspend", "--comment", "sw-b4 lost a fan").ok()
    assert "Its approval is suspended: sw-b4 lost a fan" in on("board", "show").ok().out
    assert on("requester", "confirm").status == 7
    on("board", "confirm").ok()
    clock.forward(hours=10, minutes=5)
    refused = on("requester", "implement")
    assert refused.status == 2
    assert "conditions_done: TSK-1001 (Tell the shop floor)" in refused.err
    by("requester", "change", "task-done", "TSK-1001").ok()
    assert "go_recent: it was not checked yet" in on("requester", "implement").err
    on("requester", "go").ok()
    on("requester", "implement").ok()
    assert "1 of 2" in on("requester", "tick", "1").ok().out
    clock.forward(minutes=20)
    assert on("requester", "backout").status == 2
    assert "backed out" in on("requester", "backout", "--comment", "It smoked").ok().out
    assert on("requester", "review", "--text", "Fine").status == 7
    on("board", "review", "--text", "Rightly so", "--action", "Test units on the bench").ok()
    on("requester", "close").ok()
    page = on("board", "show").ok().out
    assert "Backed out" in page
    assert "by board: Rightly so" in page
    assert "TSK-1002 action, open: Test units on the bench" in page
    shown = on("board", "show", "-o", "json").ok().json
    assert (shown["state"], shown["outcome"], shown["moves"]) == ("closed", "backed_out", [])
    choices = [(each["choice"], each["because"]) for each in shown["decisions"]]
    assert choices == [
        ("reject", "edited"),
        ("defer", "edited"),
        ("approve", "edited"),
        ("approve", "recalled"),
        ("recall", None),
        ("approve", None),
        ("suspend", None),
        ("confirm", None),
    ]
    for move in ("cancel", "reopen", "implement", "close"):
        assert on("requester", move, *(("--comment", "x") if move == "cancel" else ())).status == 2


def test_an_emergency_is_done_first_and_documented_afterwards(estate, by, clock):
    """The emergency board says go before anything is assessed; the review waits for the papers."""
    words = ("--from", "2032-03-02T11:50Z", "--to", "2032-03-02T13:00Z", "--type", "emergency", "--target", "pdu-b4-1")
    given = ("change", "new", "--title", "Replace it now", "--reason", "It burns", *words, "--submit", "-o", "json")
    change = by("requester", *given).ok().json["id"]
    assert by("requester", "change", "implement", change).status == 2
    assert by("peer", "change", "approve", change).status == 7
    by("board", "change", "approve", change, "--comment", "Go").ok()
    begun = by("peer", "change", "implement", change).ok().out
    assert "Its papers are due on 2032-03-04" in begun
    by("peer", "change", "finish", change, "--outcome", "success").ok()
    assert "papers_complete" in by("board", "change", "review", change, "--text", "Well done").err
    papers = by("peer", "change", "document", change, "--step", "Swapped it", "--backout", "Swap it back").ok().out
    assert papers == f"{change} still lacks: test evidence.\n"
    by("peer", "change", "document", change, "--test-evidence", "It is quiet").ok()
    by("board", "change", "review", change, "--text", "Well done", "--outcome", "issues").ok()
    shown = by("board", "change", "show", change, "-o", "json").ok().json
    assert (shown["state"], shown["outcome"], shown["review"]["reported"]) == ("reviewed", "issues", "success")


def test_what_can_not_be_handed_in_at_once_is_not_raised_either(estate, by, clock):
    """All that is wrong is said at once, and no draft is left behind; what can be is one revision."""
    past = ("--from", "2032-03-02T10:00Z", "--to", "2032-03-02T11:00Z", "--title", "T", "--reason", "", "--submit")
    refused = by("requester", "change", "new", *past)
    assert refused.status == 2
    for said in ("the reason is missing", "a target is missing", "which is past at", "nothing was written"):
        assert said in refused.err
    assert by("requester", "change", "list", "-o", "json").ok().json["rows"] == []
    made = by("requester", *NEW, *TARGET, "--submit", "-o", "json").ok().json
    assert (made["id"], made["state"], made["version"]) == ("CHG-1001", "submitted", 1)


def test_a_refusal_says_what_its_rule_asks(estate, by, clock):
    """The code for programmes, and in words what must hold."""
    change = by("requester", *NEW, *TARGET, "--submit", "-o", "json").ok().json["id"]
    by("requester", "change", "assess", change).ok()
    by("board", "change", "approve", change).ok()
    by("requester", "change", "schedule", change).ok()
    early = by("requester", "change", "implement", change).err
    assert "the rule window_open, which asks that the window has begun and has not ended" in early
    by("board", "change", "suspend", change, "--comment", "Wait").ok()
    clock.forward(hours=10, minutes=5)
    rests = by("requester", "change", "implement", change).err
    assert "the rule not_suspended, which asks that its approval is not suspended" in rests


def test_what_never_was_is_not_told(estate, by, clock, tmp_path):
    """A retrospective change that is ahead, a begin before the change was raised, a size nobody has measured."""
    ahead = by("requester", *NEW, *TARGET, "--retrospective", "--submit")
    assert (ahead.status, "a retrospective change tells what was done" in ahead.err) == (2, True)
    change = by("requester", *NEW, *TARGET, "--submit", "-o", "json").ok().json["id"]
    (tmp_path / "large").write_bytes(b"x" * (10 * 1024 * 1024 + 4096))
    large = by("requester", "change", "attach", change, str(tmp_path / "large"))
    assert (large.status, "more than 10,485,760 bytes" in large.err) == (2, True)
    by("requester", "change", "assess", change).ok()
    by("board", "change", "approve", change).ok()
    by("requester", "change", "schedule", change).ok()
    clock.forward(hours=10, minutes=5)
    by("requester", "change", "go", change).ok()
    by("requester", "change", "implement", change).ok()
    early = by("requester", "change", "finish", change, "--outcome", "success", "--started", "2032-03-01T22:00Z")
    assert (early.status, "before it was raised at" in early.err, "--started" in early.err) == (2, True, True)


def test_cancelled_and_expired_are_the_end(estate, by, clock):
    """A change that is given up says why; one that nobody began in its window is over."""
    first, second = (by("requester", *NEW, *TARGET, "--submit", "-o", "json").ok().json["id"] for _ in "ab")
    by("requester", "change", "cancel", first, "--comment", "The supplier did it").ok()
    assert "The supplier did it" in by("board", "change", "comments", first).ok().out
    by("requester", "change", "assess", second).ok()
    by("board", "change", "approve", second).ok()
    assert "window_over" in by("requester", "change", "expire", second).err
    clock.forward(days=1)
    by("requester", "change", "expire", second).ok()
    assert [state(by, each) for each in (first, second)] == ["cancelled", "expired"]
    listed = by("board", "change", "list", "--state", "expired", "-o", "json").ok().json["rows"]
    assert [row["id"] for row in listed] == [second]


def test_tasks_comments_and_attachments_are_kept_with_the_change(estate, by, clock, tmp_path):
    """Each is added, listed and read back; a file comes back byte for byte."""
    change = by("requester", *NEW, *TARGET, "-o", "json").ok().json["id"]
    by("requester", "change", "add-task", change, "Order the unit", "--owner", "store", "--due", "2032-03-01").ok()
    by("requester", "change", "add-task", change, "Fetch it", "--condition", "--needs", "TSK-1001").ok()
    circle = by("requester", "change", "edit-task", "TSK-1001", "--needs", "TSK-1002")
    assert (circle.status, "TSK-1001 > TSK-1002 > TSK-1001" in circle.err) == (2, True)
    assert by("requester", "change", "task-done", "TSK-1002").status == 2
    by("requester", "change", "task-done", "TSK-1001").ok()
    listed = by("peer", "change", "tasks", change).ok().out
    assert "done by requester" in listed
    assert "condition" in listed
    by("peer", "change", "comment", change, "Is it here?").ok()
    assert "Is it here?" in by("board", "change", "comments", change).ok().out
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF \x00\xff")
    kept = by("requester", "change", "attach", change, str(report), "-o", "json").ok().json
    assert (kept["media_type"], kept["sha256"]) == ("application/pdf", hashlib.sha256(report.read_bytes()).hexdigest())
    back = tmp_path / "back.pdf"
    by("peer", "change", "fetch", kept["id"], "--out", str(back)).ok()
    assert back.read_bytes() == report.read_bytes()
    by("requester", "change", "detach", kept["id"]).ok()
    assert "removed" in by("peer", "change", "attachments", change).ok().out


def test_a_change_from_a_model_and_the_life_of_the_model(estate, by, clock):
    """Drawn up, approved by somebody else, used, changed, withdrawn."""
    words = ("--title", "Reboot a server", "--effect", "restart", "--minutes", "10", "--window-minutes", "60")
    by("peer", "change-model", "new", "reboot", *words, "--step", "Reboot it", "--backout", "Reboot again").ok()
    assert by("peer", "change-model", "new", "reboot", *words).status == 5
    refused = by("requester", "change", "new", "--model", "reboot", "--reason", "r", "--target", "web1")
    assert "only an approved one makes changes" in refused.err
    assert by("peer", "change-model", "approve", "reboot").status == 7
    by("board", "change-model", "approve", "reboot").ok()
    given = ("--model", "reboot", "--reason", "Kernel", "--target", "web1", "--from", "2032-03-02T22:00Z", "-o", "json")
    change = by("requester", "change", "new", *given).ok().json
    assert (change["title"], change["type"], change["model"]) == ("Reboot a server", "standard", "reboot")
    assert change["targets"][0]["minutes"] == 10
    assert change["window"]["end"] == "2032-03-02T23:00:00Z"
    shown = by("requester", "change-model", "show", "reboot").ok().out
    assert "withdrawn at 2 of the last 20" in shown
    by("peer", "change-model", "set", "reboot", "--limit", "1/10").ok()
    assert by("requester", "change-model", "list", "-o", "json").ok().json["rows"][0]["state"] == "proposed"
    by("board", "change-model", "withdraw", "reboot", "--because", "Too old").ok()
    assert by("board", "change-model", "set", "reboot", "--limit", "many").status == 2


def test_persons_are_recorded_and_count_at_once(estate, by, clock, foreshock, people, tmp_path):
    """From the people file into the records; from then on a delegate is seen, and who is inactive may do nothing."""
    file = tmp_path / "people.toml"
    file.write_text('[[person]]\nid = "board"\nroles = ["cab_member"]\n')
    assert foreshock("person", "import", str(file)).ok().out == "1 new, 0 changed, 0 unchanged.\n"
    foreshock("person", "add", "requester", "--name", "Network team", "--role", "engineer", "--account", "net").ok()
    foreshock("person", "set", "board", "--delegate-of", "requester", "--name", "Chair of the CAB").ok()
    change = by("requester", *NEW, *TARGET, "--submit", "-o", "json").ok().json["id"]
    by("requester", "change", "assess", change).ok()
    refused = by("board", "change", "approve", change)
    assert (refused.status, "delegate of the requester" in refused.err) == (7, True)
    foreshock("person", "set", "board", "--delegate-of", "").ok()
    foreshock("person", "set", "board", "--inactive").ok()
    assert by("board", "change", "approve", change).status == 7
    foreshock("person", "set", "board", "--active").ok()
    by("board", "change", "approve", change).ok()
    assert (
        json.loads(foreshock("person", "list", "--role", "cab_member", "-o", "json").ok().out)["rows"][0]["id"]
        == "board"
    )
    assert "Chair of the CAB" in foreshock("person", "show", "board").ok().out


def test_a_bulk_change_is_planned_in_waves_and_raised(estate, by, clock, tmp_path):
    """By class or by a file of ids; told first, then raised with the waves as its steps."""
    plan = ("--minutes", "10", "--gap", "5", "--from", "2032-03-02T22:00Z")
    words = ("change", "bulk", "--class", "load_balancer", *plan)
    told = by("requester", *words, "--dry-run").ok().out
    assert "2 waves take 25 minutes, and no plan has fewer." in told
    alone = tmp_path / "alone"
    alone.write_text("web1\n")
    one = by("requester", "change", "bulk", "--ids", str(alone), *plan, "--dry-run").ok().out
    assert "1 wave takes 10 minutes, and no plan has fewer." in one
    ids = tmp_path / "ids"
    ids.write_text("lb1\nlb2\nweb1\n\n")
    raised = by(
        "requester", "change", "bulk", "--ids", str(ids), *plan, "--title", "Patch", "--reason", "r", "-o", "json"
    )
    change = raised.ok().json["change"]
    assert [target["ci"] for target in change["targets"]] == ["lb1", "lb2", "web1"]
    assert change["steps"][0].startswith("Wave 1, from minute 0 for 10 minutes: ")
    assert by("requester", *words[:2], *plan).status == 2
    assert by("requester", *words, "--to", "2032-03-03T22:00Z").status == 2
