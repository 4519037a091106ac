"""From raising a change to its decision on the pages, without JavaScript, by two persons before their own servers."""

from __future__ import annotations

from cmdb.model.assessment import ASSESSMENTS
from cmdb.ports.store import Put
from tests.web.pages.walking import Person

SWITCH = {
    "title": "Replace sw-b4",
    "reason": "Its fan fails",
    "t0__ci": "sw-b4",
    "t0__offset": "10",
    "t0__minutes": "20",
    "from": "2026-03-02T22:00",
    "to": "2026-03-02T23:30",
    "zone": "Europe/Berlin",
    "steps": "Pull the old one\nSeat the new one",
    "plan": "Put the old one back",
    "back_out_minutes": "12",
    "tested_on": "2026-02-01",
}


def raised(person: Person, **more: str) -> str:
    """Raise the change of the switch, submit and assess it; return its address."""
    person.opens("/changes/new")
    person.presses("Save and submit", **{**SWITCH, **more})
    person.presses("Assess")
    return person.url.rstrip("?")


def test_from_the_form_to_an_approval_by_the_board(house):
    """What an engineer raises and assesses, a board member approves on the same store; both read the same record."""
    engineer, board = house.person("engineer"), house.person("cab_member", "cab-chair")

    address = raised(engineer)
    read = engineer.page.words
    assert "Verdict: CAB" in read
    assert "Checkout stays up but loses its last spare for 20 minutes." in read
    assert "Reports goes down for 20 minutes." in read
    assert "lb1 alone carries Checkout" in read
    assert "22:10–22:30" in read
    assert "until when" not in read

    board.opens(address)
    page = board.presses("Approve", comment="Go ahead, quietly")
    assert "You approved CHG-1001" in page.words
    assert "Go ahead, quietly" in page.words
    assert engineer.opens(address).words.count("Approved") >= 2


def test_the_requester_reads_why_there_is_no_button(house):
    """Instead of a dead button there is a sentence, and a forged form is refused with the rule."""
    engineer = house.person("engineer")
    address = raised(engineer)

    page = engineer.opens(address)

    assert "You raised this change: someone else decides about it." in page.words
    assert not page.has_button("Approve")
    form, _ = engineer.opens("/changes/new").form("Save as draft")
    answer = engineer.client.post(f"{address}/approve", data={"csrf_token": form.fields["csrf_token"], "version": "3"})
    assert answer.status_code == 403
    assert "nobody decides about a change of their own" in answer.text


def test_whose_role_does_not_suffice_reads_who_may(house):
    """An engineer may not approve what is for the board, but may reject it; a viewer may do neither."""
    address = raised(house.person("engineer"))

    colleague = house.person("engineer", "another-engineer")
    page = colleague.opens(address)
    assert "Approving a change with verdict CAB is for a CAB member; you may reject it." in page.words
    assert not page.has_button("Approve")
    assert page.has_button("Reject")

    viewer = house.person("viewer")
    page = viewer.opens(address)
    assert "Your role does not decide about changes" in page.words
    assert not page.has_button("Reject")
    assert not page.has_button("Assess again")


def test_a_rejection_needs_a_reason_and_keeps_what_was_typed(house):
    """Rejecting without a word shows the page again with the fault at the field; with one it is done."""
    board = house.person("cab_member")
    board.opens(raised(house.person("engineer")))

    page = board.presses("Reject", status=422, comment="  ")
    assert "The comment is missing" in page.words
    assert 'aria-invalid="true"' in page.source

    page = board.presses("Reject", comment="No replacement in store")
    assert "No replacement in store" in page.words
    assert "It was rejected. Editing it makes it a draft again" in page.words


def test_an_edit_after_approval_voids_it_visibly(house):
    """The void approval stays on the page with the reason, and nobody can decide before it is assessed again."""
    engineer, board = house.person("engineer"), house.person("cab_member")
    address = raised(engineer)
    board.opens(address)
    board.presses("Approve")

    engineer.opens(address)
    engineer.follows("Edit")
    page = engineer.presses("Save", t0__minutes="40")

    assert "decisions on earlier revisions are void" in page.words
    assert "Voided" in page.words
    assert "The change was edited after it." in page.words
    assert "The verdict below is of revision 1; this change is at revision 2." in page.words
    assert not board.opens(address).has_button("Approve")
    engineer.presses("Assess again")
    assert board.opens(address).has_button("Approve")


def test_a_form_from_before_an_edit_is_refused_and_shows_what_changed(house):
    """Who approves a page that was changed meanwhile approves nothing, and sees by whom and how it was changed."""
    engineer, board = house.person("engineer"), house.person("cab_member")
    address = raised(engineer)
    board.opens(address)
    engineer.opens(f"{address}/edit")
    engineer.presses("Save", reason="Its fan has failed")

    page = board.presses("Approve", status=412)

    assert "Somebody else changed it after you opened the form." in page.words
    assert "Its fan fails → Its fan has failed" in page.words
    assert "Approved" not in board.opens(address).words.split("Services")[0].split("Assessed")[-1]


def test_every_fault_of_the_form_is_told_at_once_at_its_field(house):
    """A fault in each of eight fields, a link on top for each, every value kept, nothing written."""
    engineer = house.person("engineer")
    engineer.opens("/changes/new")
    page = engineer.presses(
        "Save as draft",
        status=422,
        **{"title": "", "reason": "", "t0.ci": "nowhere", "t0.minutes": "soon", "from": "2026-03-02T22:00"},
        to="2026-03-02T21:00",
        zone="Mars/Base",
        plan="Back",
        back_out_minutes="x",
        tested_on="never",
    )

    for field in ("title", "reason", "t0.ci", "t0.minutes", "zone", "back_out_minutes", "tested_on"):
        assert f'<a href="#{field}">' in page.source, field
        assert field in page.ids
    form, _ = page.form("Save as draft")
    assert form.fields["t0.minutes"] == "soon"
    assert form.fields["zone"] == "Mars/Base"
    assert "There is no CI nowhere" in page.words
    page = engineer.presses("Save as draft", status=422, t0__minutes="5", zone="UTC")
    assert "which is not after its start" in page.words
    assert house.context.store.revision() == 1


def test_a_draft_that_is_not_whole_comes_back_with_what_is_missing(house):
    """Submitting a draft without window and target opens its form with both faults."""
    engineer = house.person("engineer")
    engineer.opens("/changes/new")
    engineer.presses("Save as draft", title="Some day", reason="Because", t0__ci="")

    page = engineer.presses("Submit", status=422)

    assert "The window is missing" in page.words
    assert "A target is missing" in page.words


def test_more_targets_are_added_without_losing_a_word(house):
    """A button gives three more rows; a row left empty is no target, order is kept."""
    engineer = house.person("engineer")
    engineer.opens("/changes/new?ci=web1&ci=web2")
    page = engineer.presses("More targets", title="Two at once")
    form, _ = page.form("Save as draft")
    assert form.fields["title"] == "Two at once"
    assert form.fields["t1.ci"] == "web2"
    assert "t4.ci" in form.fields

    page = engineer.presses("Save as draft", reason="Patch", t4__ci="web3", t4__effect="config")

    assert "stays in service" in page.words
    assert page.words.index("web1") < page.words.index("web2") < page.words.index("web3")


def test_an_edit_that_changes_nothing_writes_nothing(house):
    """Saving the form as it is keeps every second and byte of the change: no version, no void approval."""
    engineer = house.person("engineer")
    address = raised(engineer, zone="+01:00")
    before = house.context.store.revision()

    engineer.opens(f"{address}/edit")
    page = engineer.presses("Save")

    assert "Nothing was changed" in page.words
    assert house.context.store.revision() == before


def test_the_record_can_be_replayed_on_the_page(house):
    """The page computes the assessment again from its inputs and says that every byte is the same."""
    engineer = house.person("engineer")
    raised(engineer)

    page = engineer.follows("Replay it")

    assert "Replays, byte for byte" in page.words
    archive = house.person("auditor").client.get(page.links["Export for an auditor"])
    assert (archive.mimetype, archive.data[:2]) == ("application/zip", b"PK")


def test_a_record_that_was_altered_is_told_on_the_page(house):
    """With every place, and what it comes from."""
    engineer = house.person("engineer")
    raised(engineer)
    stored = house.context.store.get(ASSESSMENTS, "ASM-1001")
    forged = Put(ASSESSMENTS, {**stored.document, "unaffected": 99})
    house.context.store.apply([forged], txn_id="forged", actor="?", reason="?")

    page = engineer.follows("Replay it")

    assert "Does not replay: the record was altered" in page.words
    assert "A backup made before has what was." in page.words
    assert "/unaffected: the record says 99" in page.words


def test_every_version_and_assessment_is_listed(house):
    """The history page shows before and after of each version, and the hash of each assessment."""
    engineer = house.person("engineer")
    address = raised(engineer)
    engineer.opens(f"{address}/edit")
    engineer.presses("Save", steps="Just swap it")
    engineer.presses("Assess again")

    page = engineer.opens(f"{address}/history")

    assert "ASM-1001" in page.words
    assert "ASM-1002" in page.words
    assert "Just swap it" in page.words
    assert "raised a change" in page.words


def test_the_list_filters_by_state_and_pages(house):
    """Sixty drafts make two pages, nothing is lost between them; a filter without match offers an action."""
    engineer = house.person("engineer")
    from cmdb.change import changes
    from tests.builders import as_actor

    for number in range(60):
        changes.new(as_actor(house.context, "engineer"), title=f"Number {number:02d}", reason="Many")

    page = engineer.opens("/changes?state=draft")
    seen = {words for words in page.links if words.startswith("Number")}
    assert "50 shown of 60" in page.words
    page = engineer.follows("Next page")
    seen |= {words for words in page.links if words.startswith("Number")}
    assert len(seen) == 60
    assert "No change is in this state." in engineer.opens("/changes?state=rejected").words
    assert "No change was raised yet." in type(house)().person("engineer").opens("/changes").words
