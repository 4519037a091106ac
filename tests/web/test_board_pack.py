"""The pack of a board: the agenda with the projected outage, then each change as its one-page summary, from bytes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cmdb.chain import sha256
from cmdb.change import changes
from cmdb.change.boards import meeting_series, meetings, pack
from cmdb.model.change import ChangeState
from cmdb.model.meeting import BECAUSE, ItemKind
from impact.questions import board_pack
from impact.questions.assess import assess
from impact.questions.summary import summary_of
from tests.builders import a_change, a_window, add, as_actor
from tests.cmdb.change.boards.boarding import MEMBERS, member, the_board_case
from tests.web.summary.reading import pdf_or_skip, read
from web.board_pack import agenda_html, pack_html, summaries_of
from web.board_pdf import pack_pdf
from web.languages import Language
from web.summary.page import page_of
from web.wording_pack import ITEMS, PACK, WHY

POINTS = 10


def the_pack(context, *put_on):
    """The bytes of a frozen pack, and the id of its meeting."""
    meeting_series.plan(member(context), "cab", ["2026-03-02T14:00Z"])
    meeting = meetings.listing(context).rows[0].record.id
    for change in put_on:
        meetings.put_on(member(context), meeting, change=change)
    board_pack.freeze(member(context), meeting)
    return pack.read(context, meeting), meeting


def two_changes():
    """Two changes that wait for the board, one that the policy or somebody approved, one that is over."""
    second = a_change("web2", id="CHG-2", title="更换负载均衡器的证书", window=a_window("2026-03-04T22:00Z"))
    context = the_board_case(a_change("web1", id="CHG-1"), second)
    at = context.clock.now() + timedelta(days=2)
    add(
        context,
        a_change("web1", "web2", id="CHG-3", state=ChangeState.SCHEDULED, window=a_window("2026-03-05T22:00Z")),
        a_change("web2", id="CHG-4", state=ChangeState.CLOSED, outcome_at=at),
    )
    return context


@pytest.mark.parametrize("language", list(Language))
def test_each_change_stands_in_the_pack_as_its_one_page_summary(language):
    """What is read back from the bytes gives the very page that the change's own summary gives."""
    context = two_changes()
    document = json.loads(the_pack(context, "CHG-4")[0])
    told = {summary.change.id: summary for summary in summaries_of(document)}
    assert list(told) == ["CHG-1", "CHG-2", "CHG-4"]
    for change, summary in told.items():
        page = page_of(summary, language)
        assert page == page_of(summary_of(context, change), language)
        assert len(page.blocks) == POINTS


def test_the_pack_reads_the_same_when_everything_has_moved_on():
    """It is made from the recorded bytes alone, years later too."""
    context = two_changes()
    content, meeting = the_pack(context)
    before = pack_html(json.loads(content), sha256(content).hexdigest())
    changes.edit(as_actor(context, "engineer"), "CHG-1", title="Something else")
    assess(as_actor(context, "change_manager"), "CHG-1")
    again = {pack.read(member(context, name), meeting) for name in MEMBERS}
    assert again == {content}
    assert pack_html(json.loads(content), sha256(content).hexdigest()) == before
    assert "Something else" not in before


def test_the_agenda_comes_first_with_what_is_pre_authorised_in_one_line_and_the_projected_outage():
    """One row an item; only what is decided or spoken about has a page; all changes together take the shop down."""
    context = two_changes()
    content, meeting = the_pack(context)
    document = json.loads(content)
    front = agenda_html(document, sha256(content).hexdigest())
    assert front.count("CHG-3 ") == 1
    assert "it is approved and lies ahead" in front
    assert '<article class="sheet"' not in front
    (shop,) = document["projected_outage"]["services"]
    assert (shop["service"], shop["planned_minutes"]) == ("shop", 60.0)
    assert "Projected service outage" in front
    assert [each for each in (shop["expected_minutes"], shop["budget_left_minutes"]) if each is not None] == []
    assert front.count("not known") == 2
    assert meeting in front


def test_the_html_is_one_document_whose_anchors_are_its_own():
    """However many changes there are, each id stands once, and whatever a title holds is text."""
    import re

    context = two_changes()
    changes.edit(as_actor(context, "engineer"), "CHG-2", title='</main><script>alert(1)</script> id="point-1"')
    assess(as_actor(context, "change_manager"), "CHG-2")
    content, _ = the_pack(context)
    written = pack_html(json.loads(content), sha256(content).hexdigest())
    ids = re.findall(r' id="([^"]*)"', written)
    assert len(ids) == len(set(ids))
    assert len([each for each in ids if each.endswith("-point-10")]) == 2
    assert set(re.findall(r'aria-labelledby="([^"]*)"', written)) <= set(ids)
    assert "<script" not in written
    assert written.count("<main") == written.count("</main>") == 1
    assert written.count('<article class="sheet"') == 2


def test_a_pack_of_the_first_format_is_read_for_ever():
    """It has no summaries: then what its records say of each change stands in their place."""
    context = two_changes()
    document = json.loads(the_pack(context)[0])
    for entry in document["changes"].values():
        del entry["summary"]
    old = {key: value for key, value in document.items() if key != "projected_outage"} | {"format": "board-pack/1"}
    written = pack_html(old, "0" * 64)
    assert written.count('<article class="sheet"') == 2
    assert document["changes"]["CHG-1"]["assessment"]["hash"] in written
    assert "Projected" not in written


def test_as_pdf_each_change_has_one_a4():
    """The agenda first, then a page for each change with its ten points, the same bytes each time."""
    pdf_or_skip()
    language = Language.ZH
    context = two_changes()
    content, _ = the_pack(context)
    digest = sha256(content).hexdigest()
    made = pack_pdf(json.loads(content), digest, language)
    found = read(made)
    assert found.pages == 3
    assert found.smallest >= 7.99
    assert "更换负载均衡器的证书" in found.packed
    assert PACK[language]["agenda"] in found.text
    assert digest in found.packed
    assert pack_pdf(json.loads(content), digest, language) == made


def test_a_long_agenda_takes_more_than_one_page_and_nothing_of_it_is_left_out():
    """Sixty topics, all of them there."""
    pdf_or_skip()
    context = the_board_case()
    document = json.loads(the_pack(context)[0])
    topic = {"kind": "topic", "title": "", "minutes": 5, "because": "by_hand", "ref": None}
    titles = [f"Topic number {number:03} of the day" for number in range(60)]
    document["meeting"]["agenda"] = [{**topic, "title": title} for title in titles]
    found = read(pack_pdf(document, "0" * 64))
    assert found.pages > 1
    assert all(f"number{number:03}of" in found.packed for number in range(60))


def test_every_word_of_the_pack_is_there_in_both_languages():
    """Headings, kinds of items, and why they are on the agenda."""
    import string

    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for words in (ITEMS, WHY, PACK):
        assert words[Language.EN].keys() == words[Language.ZH].keys()
    assert set(ITEMS[Language.EN]) == set(ItemKind)
    assert set(WHY[Language.EN]) == set(BECAUSE)
    for key, text in PACK[Language.EN].items():
        assert places(text) == places(PACK[Language.ZH][key]), key
