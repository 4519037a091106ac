"""What the page says of each of its ten points, in both languages, and what it says of what is not known."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import pytest

from cmdb.change.decisions import VOID
from cmdb.change.policy.reasons import REASONS
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeState, ChangeType, Effect
from cmdb.model.decision import Choice
from cmdb.model.summary import CalendarJudged, EntryMet
from impact.questions.assess import assess
from impact.questions.summary import summary_of
from tests.builders import a_change, a_server, a_service, as_actor, needs, the_context
from tests.web.summary.extremes import OWN, RAW, Extreme
from web import wording_summary_en, wording_summary_zh
from web.languages import Language
from web.summary.document import document_of
from web.summary.page import page_of
from web.summary.rendering import Form, rendered

SHOP = (a_service("shop", name="Shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))


YEAR_END, DOUBLE_11 = EntryMet("FRZ-1", "Year end"), EntryMet("PEAK-1", "Double 11", 3.0)


@pytest.fixture
def context():
    """A shop on one of two servers, and a change of one of them, assessed."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1", title="Replace web1"), role="viewer")
    assess(as_actor(context, "change_manager"), "CHG-1")
    return context


def text(context, language=Language.EN, change="CHG-1"):
    return rendered(summary_of(context, change), Form.TEXT, language).decode()


def test_the_ten_points_stand_in_their_order(context):
    """Verdict, risk, services, weak points, conflicts, back-out, doubts, help, similar changes, record."""
    page = page_of(summary_of(context, "CHG-1"), Language.EN)
    assert [block.number for block in page.blocks] == list(range(1, 11))
    assert [block.name for block in page.blocks] == [
        "verdict", "risk", "services", "weak_points", "conflicts", "back_out", "unknown", "help", "similar", "record",
    ]  # fmt: skip


def test_what_a_board_reads(context):
    """The verdict in words, the service, the twin it lacks, the way back, the hashes."""
    said = text(context)
    assert "1 Verdict CAB: the board decides" in said
    assert "Shop stays up but loses its last spare for 1 hour" in said or "for 60 minutes" in said
    assert "web2 alone carries Shop. Its twin web1 is down." in said
    assert "Takes 10 minutes. Never tested." in said
    assert "Point of no return: Mon 2 Mar 2026, 22:50 UTC" in said
    assert summary_of(context, "CHG-1").assessment.hash in said
    assert "Nobody has decided yet." in said


def test_the_same_in_chinese(context):
    """No English sentence of ours is left; names and codes are data."""
    said = text(context, Language.ZH)
    assert "1 结论 CAB：由变更委员会决定" in said
    assert "Shop 保持运行，但失去最后一个备用，持续 60 分钟。" in said
    assert "1 级服务出现新的单点：Shop [new_single_point_tier1]" in said
    assert "失败或被回退的概率为 20.0%" in said
    assert "Verdict" not in said


def test_what_is_not_known_is_said_so(context):
    """An assessment of an earlier method reckoned no failure: never low, never left out."""
    found = summary_of(context, "CHG-1")
    old = replace(found, assessment=replace(found.assessment, prediction=None, consequence=None))
    said = rendered(old, Form.TEXT).decode()
    assert "尚不知道：没有失败模型评判过本次变更" in rendered(old, Form.TEXT, Language.ZH).decode()
    assert "P(fail), and what a failure would cost: not known" in said
    assert "Failure model: none judged this change" in said
    assert "Not known yet: no failure model has judged this change. Not known is never low." in said
    assert "Not known yet: if it fails, error budget left and P(breach)." in said
    assert "No freeze. No peak event. No team is asked for more than it has." in said
    assert "No comparable change yet." in said


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (None, "Freezes, peak events and capacities of teams: not known, no calendar was judged."),
        (CalendarJudged((), (), ()), "No freeze. No peak event. No team is asked for more than it has."),
        (CalendarJudged(None, None, ()), "Freezes: not known. Peak events: not known. No team is asked for more"),
        (CalendarJudged((YEAR_END,), (), None), "In a freeze: FRZ-1 Year end."),
        (CalendarJudged((YEAR_END,), (), None), "No peak event. Capacities of teams: not known."),
        (CalendarJudged((), (DOUBLE_11,), ()), "In a peak event: PEAK-1 Double 11 (3 times the usual demand)."),
        (CalendarJudged((DOUBLE_11,), (DOUBLE_11,), ()), "In a freeze: PEAK-1 Double 11 (3 times the usual demand)."),
        (CalendarJudged((), (), ("network", "storage")), "Asks more of a team than it has: network and storage."),
    ],
)
def test_what_was_judged_of_the_calendar(judged, said):
    """A freeze and a peak event by name, with the demand where it is known; none, and not known, in so many words."""
    page = page_of(replace(Extreme(2).summary(), calendar=judged), Language.EN)
    whole = [entry for (entry,) in page.listings["calendar"].entries]
    assert any(said in entry for entry in whole), whole
    assert "In a peak event" not in " ".join(whole) or judged.freezes == ()


def test_a_draft_without_anything():
    """Nothing is known of it, and the page says so; it is a page all the same."""
    context = the_context(a_change(id="CHG-1", window=None, back_out=None, state=ChangeState.DRAFT), role="viewer")
    said = text(context)
    assert "Not assessed yet, so nothing is known of what it does." in said
    assert "No targets yet" in said
    assert "Window: not set yet" in said
    assert "There is no back-out plan." in said


def test_a_verdict_of_an_earlier_revision_is_marked():
    """Who reads it is told that it is not of what the change says now."""
    summary = Extreme(0).summary()
    old = replace(summary, assessment=replace(summary.assessment, change_revision=2))
    assert "The verdict is of revision 2; the change is at revision 3" in rendered(old, Form.TEXT).decode()


def test_whether_a_doubt_could_flip_the_verdict():
    """It is said which verdict it would be, that it stays, or that nobody can tell."""
    summary = replace(Extreme(0).summary(), could_be=Verdict.BLOCK)
    found = replace(summary, assessment=replace(summary.assessment, verdict=Verdict.PEER))
    assert "This could flip the verdict: PEER would be BLOCK." in rendered(found, Form.TEXT).decode()
    same = replace(found, could_be=Verdict.PEER)
    assert "None of these doubts flips the verdict: it stays PEER." in rendered(same, Form.TEXT).decode()


def test_who_decides_about_their_own_change_is_named():
    """The duties were not apart: the page says who."""
    summary = Extreme(0).summary()
    decision = replace(summary.approvals[0].decision, by="team-lead")
    approvals = (replace(summary.approvals[0], decision=decision, void=False),)
    kept = replace(summary, approvals=approvals)
    assert "kept: nobody who requests" in rendered(kept, Form.TEXT).decode()
    broken = replace(kept, change=replace(kept.change, requester="team-lead"))
    assert "NOT kept: team-lead decided and has a part in it" in rendered(broken, Form.TEXT).decode()


def texts(part):
    """Every text in a page, whatever it stands in."""
    if isinstance(part, str):
        yield part
    elif is_dataclass(part):
        yield from texts([getattr(part, each.name) for each in fields(part)])
    elif isinstance(part, (list, tuple)):
        for each in part:
            yield from texts(each)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("seed", range(12))
def test_no_text_of_a_page_has_an_id_of_a_ci_or_a_name_for_machines(seed, language):
    """CIs whose ids are unlike their names go by what people call them, in each point, in the graph and in lists."""
    summary = Extreme(seed).summary()
    said = list(texts(page_of(summary, language)))
    assert not [each for each in said if RAW in each or OWN in each]
    assert not [name for name in document_of(summary, language)["names"].values() if RAW in name]


def test_the_pages_looked_at_name_cis_in_each_of_their_lists():
    """So the check above looks at something: what is generated fills every list."""
    filled = {
        name
        for seed in range(12)
        for name, listing in page_of(Extreme(seed).summary(), Language.EN).listings.items()
        if len(listing.entries) > 1
    }
    assert {"targets", "reasons", "services", "single_points", "risk_groups", "graph", "conflicts"} <= filled
    assert {"calendar", "unknown", "doubts", "drivers", "measures", "never"} <= filled


def test_names_are_data_in_html():
    """Markup in a name is shown as it is, and runs nowhere."""
    summary = Extreme(2).summary()
    change = replace(summary.change, title='<script>alert("x")</script>', requester="<b>&amp;")
    page = rendered(replace(summary, change=change), Form.HTML).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in page
    assert "&lt;b&gt;&amp;amp;" in page


def test_a_long_text_is_cut_and_counted():
    """What is left out of a reason is told in characters."""
    summary = Extreme(2).summary()
    page = page_of(replace(summary, change=replace(summary.change, reason="x" * 1000)), Language.EN)
    assert page.meta[-1] == f"Reason: {'x' * 240}… (760 more characters)"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("form", [Form.TEXT, Form.HTML])
def test_the_same_summary_gives_the_same_bytes(seed, form):
    """In every form and language."""
    for language in Language:
        pages = {rendered(Extreme(seed).summary(), form, language) for _ in range(2)}
        assert len(pages) == 1


def test_text_stays_within_a_page():
    """At most 100 columns, a wide character taking two, and 120 lines."""
    from web.summary.fitting import TERMINAL

    for seed in range(4):
        lines = rendered(Extreme(seed).summary(), Form.TEXT, Language.ZH).decode().splitlines()
        assert len(lines) <= 120
        assert max(map(TERMINAL.width_of, lines)) <= 100


def test_both_languages_have_the_same_words():
    """A word that one lacks would fail when it is needed."""
    for table in ("PAGE", "ISO", "PARTS", "TYPES", "VOIDS", "CHOICES", "OUTCOMES_OF_CHANGES"):
        assert getattr(wording_summary_en, table).keys() == getattr(wording_summary_zh, table).keys()


@pytest.mark.parametrize("words", [wording_summary_en, wording_summary_zh])
def test_every_code_of_a_record_has_words(words):
    """Decisions, what makes them void, types and states of changes, effects on targets: never the bare code."""
    assert words.CHOICES.keys() == {each.value for each in Choice}
    assert words.VOIDS.keys() == VOID.keys()
    assert words.TYPES.keys() == {each.value for each in ChangeType}
    zh = words is wording_summary_zh
    assert not [each for each in ChangeState if zh and words.state_words(each.value) == each.value]
    assert not [
        each for each in Effect if words.effect_words(each, None) in (each.value, "") and each is not Effect.DOWN
    ]


def test_every_reason_has_a_chinese_sentence():
    """With the same facts as the English one, so that none is missing when it is filled."""
    from string import Formatter

    for code, sentence in REASONS.items():
        facts = {name for _, name, _, _ in Formatter().parse(sentence) if name}
        chinese = wording_summary_zh.REASONS[code]
        assert {name for _, name, _, _ in Formatter().parse(chinese) if name} == facts, code
