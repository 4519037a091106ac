"""The life of a change on the pages, without JavaScript: a move is a form that is there only when it may be made."""

from __future__ import annotations

import io

from tests.builders import add, an_incident, moment
from tests.web.pages.change.test_decide import SWITCH, raised

HANDS = ("engineer", "night-shift")


def scheduled(house, **more):
    """Raise, assess, approve and schedule the change of the switch; return engineer, board, hands and its address."""
    engineer, board, hands = house.person("engineer"), house.person("cab_member", "board"), house.person(*HANDS)
    address = raised(engineer, **more)
    board.opens(address)
    board.presses("Approve", comment="Go")
    engineer.opens(address)
    engineer.presses("Schedule")
    return engineer, board, hands, address


def test_from_the_schedule_to_the_closed_change(house):
    """Begun in its window, ticked, finished by one, reviewed by another with an action, closed."""
    engineer, board, hands, address = scheduled(house)
    house.clock.forward(hours=9, minutes=5)
    hands.opens(address)
    hands.presses("Go or no-go?")
    hands.presses("Begin")
    assert "CHG-1001 is being implemented." in hands.page.words
    form, _ = hands.page.form("Step 1 is done")
    hands.client.post(form.action, data=form.fields)
    house.clock.forward(minutes=20)
    hands.opens(address)
    assert "came to nothing" not in hands.page.words
    page = hands.presses("Finish", 422, **{"finish-outcome": "issues"})
    assert "The comment is missing" in page.words
    hands.presses("Finish", **{"finish-outcome": "issues", "finish-comment": "The fan is loud"})
    assert "Done, with issues" in hands.page.words
    assert not hands.page.has_button("Review")
    assert "Done: review it" not in engineer.opens("/").words
    assert "Done: review it" in board.opens("/").words
    board.opens(address)
    board.presses("Review", **{"review-text": "Loud but safe", "review-actions": "Order a fan\nSwap it"})
    assert "Loud but safe" in board.page.words
    assert "Order a fan" in board.page.words
    engineer.opens(address)
    engineer.presses("Close")
    assert "CHG-1001 is closed." in engineer.page.words
    assert not any(engineer.page.has_button(name) for name in ("Cancel the change", "Begin", "Finish", "Recall"))


def test_deferred_recalled_suspended_and_cancelled(house):
    """Each stands in the record with its reason, and a reason that is missing is asked for at its field."""
    engineer, board = house.person("engineer"), house.person("cab_member", "board")
    address = raised(engineer)
    board.opens(address)
    assert "The comment is missing" in board.presses("Defer", 422).words
    board.opens(address)
    board.presses("Defer", **{"defer-comment": "Until the spare is here"})
    engineer.opens(address)
    engineer.presses("Submit again")
    engineer.presses("Assess again")
    board.opens(address)
    board.presses("Approve")
    board.presses("Suspend", **{"suspend-comment": "lb1 failed"})
    assert "Its approval is suspended: lb1 failed" in board.page.words
    assert not engineer.opens(address).has_button("Schedule")
    assert not engineer.page.has_button("Confirm")
    board.opens(address)
    board.presses("Confirm")
    assert "Its approval is suspended" not in board.page.words
    board.presses("Recall", **{"recall-comment": "One more question"})
    page = engineer.opens(address)
    assert "It was recalled." in page.words
    engineer.presses("Cancel the change", **{"cancel-comment": "The supplier did it"})
    assert "CHG-1001 is cancelled." in engineer.page.words
    assert "The supplier did it" in engineer.page.words


def test_an_emergency_is_approved_first_and_documented_afterwards(house):
    """The board sees one button more; the papers are asked for, then the review."""
    engineer, board, hands = house.person("engineer"), house.person("cab_member", "board"), house.person(*HANDS)
    now = {"type": "emergency", "from": "2026-03-02T12:30", "to": "2026-03-02T14:00", "plan": "", "steps": "",
           "back_out_minutes": "", "tested_on": ""}  # fmt: skip
    engineer.opens("/changes/new")
    engineer.presses("Save and submit", **{**SWITCH, **now})
    address = engineer.url.rstrip("?")
    assert not engineer.page.has_button("Approve as emergency board")
    board.opens(address)
    board.presses("Approve as emergency board")
    hands.opens(address)
    hands.presses("Begin")
    assert "due on 4 Mar 2026" in hands.page.words
    assert "Submitted Implementing Reviewed" in hands.page.words
    hands.presses("Finish", **{"finish-outcome": "success"})
    hands.presses("Save the papers", **{"document-steps": "Swap", "document-plan": "Back", "document-evidence": "Ran"})
    assert "due on 4 Mar 2026" not in hands.page.words
    board.opens(address)
    board.presses("Review", **{"review-text": "Well done", "review-outcome": "issues"})
    assert "reported as it went well" in board.page.words


def test_conditions_comments_and_files_on_the_page(house):
    """A condition keeps the change waiting and says so; what people say and attach stays."""
    engineer, _, hands, address = scheduled(house)
    engineer.opens(address)
    page = engineer.presses("Add the task", 422)
    assert "The task is missing" in page.words
    engineer.opens(address)
    engineer.presses("Add the task", **{"task-title": "Tell the shop floor", "task-condition": "yes"})
    engineer.presses("Say it", **{"say-text": "The spare is here"})
    assert "The spare is here" in engineer.page.words
    form, _ = engineer.page.form("Attach")
    sent = {**form.fields, "attach-content": (io.BytesIO(b"%PDF \xff"), "report.pdf")}
    assert engineer.client.post(form.action, data=sent, content_type="multipart/form-data").status_code == 303
    page = engineer.opens(address)
    answer = engineer.client.get(page.links["report.pdf"])
    assert (answer.data, answer.headers["X-Content-Type-Options"]) == (b"%PDF \xff", "nosniff")
    assert answer.headers["Content-Disposition"] == "attachment; filename=report.pdf"
    house.clock.forward(hours=9, minutes=5)
    hands.opens(address)
    page = hands.presses("Begin", 409)
    assert "conditions_done: TSK-1001 (Tell the shop floor)" in page.words
    hands.opens(address)
    hands.presses("TSK-1001 is done")
    hands.presses("Go or no-go?")
    hands.presses("Begin")


def test_an_overrun_is_told_on_the_page(house):
    """Whoever looks sees it at once, and for how long."""
    _, _, hands, address = scheduled(house)
    house.clock.forward(hours=9, minutes=5)
    hands.opens(address)
    hands.presses("Go or no-go?")
    hands.presses("Begin")
    house.clock.forward(hours=2)
    assert "It is still being implemented, 35 minutes after its window ended." in hands.opens(address).words


def test_of_two_boards_the_slower_is_told(house):
    """Both had the page open; one defers, the other's approval finds the change moved on."""
    address = raised(house.person("engineer"))
    north, south = house.person("cab_member", "north"), house.person("cab_member", "south")
    north.opens(address)
    south.opens(address)
    north.presses("Defer", **{"defer-comment": "Next week"})
    page = south.presses("Approve", 412)
    assert "Somebody else changed it after you opened the form." in page.words


def test_a_model_from_its_form_to_a_change(house):
    """Drawn up, approved by somebody else, used: the form of the change is filled in."""
    engineer, board = house.person("engineer"), house.person("cab_member", "board")
    engineer.opens("/change-models")
    engineer.follows("Draw up a model")
    page = engineer.presses("Propose", 422, id="re boot", minutes="ten")
    assert "is no whole number" in page.words
    words = {"id": "reboot", "title": "Reboot a server", "effect": "restart", "minutes": "10", "plan": "Again"}
    engineer.presses("Propose", **words)
    assert not engineer.page.has_button("Approve")
    board.opens("/change-models/one?id=reboot")
    board.presses("Approve")
    engineer.opens("/change-models/one?id=reboot")
    engineer.follows("Raise a change")
    engineer.presses("Save as draft", reason="A new kernel", t0__ci="web1")
    read = engineer.page.words
    assert "Reboot a server" in read
    assert "Model reboot" in read
    assert "web1 restarts" in read
    board.opens("/change-models/one?id=reboot")
    assert "The reason is missing" in board.presses("Withdraw", 422).words
    board.presses("Withdraw", because="Too old")
    assert "Withdrawn by board" in board.page.words


def test_persons_are_recorded_and_changed_by_an_administrator(house):
    """Every fault comes back at its field; others read and have no form."""
    root = house.person("administrator", "root")
    root.opens("/persons")
    page = root.presses("Record", 422, id="cab-chair", roles="boss")
    assert "'boss' is no role" in page.words
    root.presses("Record", id="cab-chair", name="Chair of the CAB", roles="cab_member", accounts="chair, c.phone")
    assert "Chair of the CAB" in root.page.words
    root.follows("Chair of the CAB")
    root.presses("Save", active="no")
    assert "Not active" in root.page.words
    assert not house.person("viewer").opens("/persons").has_button("Record")


def test_a_no_go_stands_on_the_change_and_on_the_home_page_of_those_it_concerns(house):
    """The button checks; the answer names the fact; the home page tells who asked, who does it and who approved."""
    engineer, board, hands, address = scheduled(house)
    add(house.context, an_incident("lb1", opened=moment("2026-03-02T11:00Z")))
    hands.opens(address)
    hands.presses("Go or no-go?")
    assert "NO-GO" in hands.page.words
    assert (
        "lb1, the twin of lb2, which goes down with your target, failed at 2026-03-02 11:00 UTC (INC-1"
        in hands.page.words
    )
    for person in (engineer, board):
        assert "Suspended approvals" in person.opens("/").words
    assert "Suspended approvals" not in house.person("engineer", "somebody").opens("/").words
