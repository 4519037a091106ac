"""What the page says of P(fail), of what a failure does to services, and of what makes P(fail) what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.model.change import Effect, Target
from cmdb.model.consequence import ScenarioName
from cmdb.model.prediction import Alike, Contribution, Prediction
from cmdb.service import hours, service_levels
from impact.failure.facts import facts
from impact.failure.model import ORGANISATION, RECALIBRATION
from impact.failure.pooling import LEVELS
from impact.questions.assess import assess
from impact.questions.summary import summary_of
from impact.reading.past_changes import FACTS
from tests.builders import a_change, a_server, a_service, as_actor, depends, the_context
from web.languages import Language
from web.summary.page import page_of
from web.wording_failure import DRIVERS

SHOP = (a_service("shop", name="Shop"), a_service("blog", name="Blog", tier=3), a_server("db"))
PARTS = {"organisation": -3.15, "backout_tested": -0.21, "model": 0.38, "incidents_90d": 0.29, "fact_night_shift": 0.01}
PREDICTION = Prediction(
    mean=0.064,
    low=0.031,
    high=0.11,
    effective_sample_size=38.2,
    method="weighed",
    outcomes=1200,
    contributions=tuple(Contribution(name, added) for name, added in PARTS.items()),
    alike=Alike(0.05, 0.1, 212, 0.07, 15, 15 / 212),
    incident_share=0.25,
    model="5" * 64,
)


def assessed(effect=Effect.DOWN, **fields):
    """Return the summary of a change of the database that both services need; Shop has a level, Blog has none."""
    things = (*SHOP, *depends("shop", "db"), *depends("blog", "db"))
    context = the_context(*things, a_change(Target("db", effect, 0, 30), id="CHG-1", **fields), role="viewer")
    owner = as_actor(context, "administrator")
    hours.define(owner, "day", zone="UTC", weekly=["mon-sun 00:00-24:00"])
    service_levels.set_level(owner, "shop", availability=99.9, hours="day")
    assess(as_actor(context, "change_manager"), "CHG-1")
    return summary_of(context, "CHG-1")


def foretold(**changed):
    """Return the same with a prediction of its own."""
    found = assessed()
    kept = replace(found.assessment.consequence.p_fail, incident_share=0.25)
    consequence = replace(found.assessment.consequence, p_fail=kept)
    prediction = replace(PREDICTION, **changed)
    return replace(found, assessment=replace(found.assessment, prediction=prediction, consequence=consequence))


def said(summary, listing, language=Language.EN):
    return [" ".join(entry) for entry in page_of(summary, language).listings[listing].entries]


# point 2 -------------------------------------------------------------------------------------------------------------
def test_a_chance_is_told_with_its_interval_what_it_rests_on_and_how_reliable_it_was():
    """Mean, 90 % interval, effective sample size, outcomes, method, and the honest sentence."""
    first, second = said(foretold(), "risk")
    assert first == (
        "CHG-1 fails or is backed out with 6.4 %, between 3.1 % and 11.0 % (90 %). "
        "That is as sure as 38 changes alike would make it; learned from 1,200 outcomes."
    )
    assert second == (
        "By the weights of the facts known before it starts. Of 212 changes we put at 5-10 %, 7.1 % failed. "
        "Of its failures 25 % would be incidents, the others backed out in time."
    )


def test_the_same_in_chinese():
    """No space before a unit sign, and the same figures."""
    told = "".join(said(foretold(), "risk", Language.ZH))
    assert "CHG-1 失败或被回退的概率为 6.4%，在 3.1% 与 11.0% 之间（90%）。" in told
    assert "我们判断为 5-10% 的 212 个变更中，7.1% 失败。" in told


@pytest.mark.parametrize(
    ("changed", "begins"),
    [
        ({"effective_sample_size": 3.4}, "Little is known: this is only as sure as 3 changes alike would make it;"),
        ({"outcomes": 0, "alike": None}, "No outcome was known to learn from, so this is the wide prior"),
    ],
)
def test_little_evidence_is_said_first(changed, begins):
    """Before the figure, since nobody reads on after a figure."""
    first, *_ = said(foretold(**changed), "risk")
    assert first.startswith(begins)
    assert "CHG-1 fails or is backed out with 6.4 %" in first


def test_a_chance_is_never_none_where_there_is_some():
    """Below a tenth of a percent it says so."""
    assert "with < 0.1 %, between < 0.1 % and" in said(foretold(mean=4e-4, low=1e-6), "risk")[0]


def test_without_a_back_out_plan_whatever_fails_is_an_incident():
    """There is no way back, so nothing is backed out in time."""
    assert "Whatever fails of it would be an incident." in said(assessed(back_out=None), "risk")[-1]


# point 3 -------------------------------------------------------------------------------------------------------------
def rows(summary):
    return {row[0]: row[1:] for row in page_of(summary, Language.EN).listings["services"].entries}


def test_a_service_is_told_as_planned_and_if_the_change_fails():
    """Tier, now, during, minutes, if it fails, budget left and P(breach); who has no level has no target."""
    summary = assessed()
    shop, blog = summary.assessment.consequence.services
    (failed,) = [each for each in shop.scenarios if each.scenario is ScenarioName.FAILED]
    tier, now, during, minutes, fails, left, breach = rows(summary)["Shop"]
    assert (tier, now, during, minutes) == ("1", "Whole", "Down", "30")
    assert fails == f"Down, {failed.minutes:,.1f}".removesuffix(".0") + " min"
    assert left == f"{shop.budget.remaining:,.1f} min"
    assert breach == f"{100 * shop.p_breach:.1f}".removesuffix(".0") + " %"
    assert 0 < shop.p_breach < 1
    assert rows(summary)["Blog"][5:] == ("no target", "")
    assert blog.budget is None


def test_a_spent_budget_is_no_figure():
    """Nothing is left of it."""
    found = assessed()
    shop, blog = found.assessment.consequence.services
    spent = replace(shop, budget=replace(shop.budget, spent=True))
    consequence = replace(found.assessment.consequence, services=(spent, blog))
    summary = replace(found, assessment=replace(found.assessment, consequence=consequence))
    assert rows(summary)["Shop"][5] == "none left"


def test_services_that_only_a_failure_touches_are_told_as_well():
    """A change of a configuration stops nothing by plan, and whatever hangs on its target if it fails."""
    summary = assessed(Effect.CONFIG)
    assert summary.assessment.services == ()
    shop = rows(summary)["Shop"]
    assert shop[:4] == ("1", "Whole", "Untouched", "")
    assert shop[4].startswith("Down, ")
    (block,) = [each for each in page_of(summary, Language.EN).blocks if each.name == "services"]
    assert block.note == "0 touched, 2 untouched, 2 of these touched if it fails"


def test_what_is_expected_to_be_lost_stands_below_the_services():
    """Expected, its interval, the worst twentieth and the score, in both languages."""
    found = assessed()
    expected = f"{found.assessment.consequence.expected_loss:,.1f}".removesuffix(".0")
    (loss,) = said(found, "loss")
    assert loss.startswith(f"Expected loss {expected} tier 1 min (")
    assert said(found, "loss", Language.ZH)[0].startswith(f"预期损失 {expected} 个 1 级服务分钟（")


def test_what_the_consequence_left_out_is_among_what_we_do_not_know():
    """Each limit that was reached, in both languages."""
    found = assessed()
    consequence = replace(found.assessment.consequence, incidents_unexamined=2, targets_unread=7)
    summary = replace(found, assessment=replace(found.assessment, consequence=consequence))
    assert "The error budgets leave out 2 incidents: too many sets of CIs were down together." in said(
        summary, "unknown"
    )
    assert "有 7 个目标的容量、连续性和安全记录没有读取。" in said(summary, "unknown", Language.ZH)


# point 8 -------------------------------------------------------------------------------------------------------------
def test_what_moves_the_chance_is_told_in_words_the_most_first():
    """From the organisation's own rate to that of this change, in log-odds, which add up."""
    listing = page_of(foretold(), Language.EN).listings["contributions"]
    assert listing.heading == "What moves P(fail), 4.1 % for all changes and 6.4 % for this one"
    assert [entry[0] for entry in listing.entries] == [
        "the change model: +0.38 in log-odds (odds times 1.46)",
        "incidents of its CIs in the 90 days before: +0.29 in log-odds (odds times 1.34)",
        "whether its back-out was tested: -0.21 in log-odds (odds times 0.811)",
        "night shift: +0.01 in log-odds (odds times 1.01)",
    ]


def test_every_part_of_a_chance_has_words_in_both_languages():
    """Whatever the model names, but for facts that people give under names of their own."""
    english, chinese = (DRIVERS[language] for language in (Language.EN, Language.ZH))
    assert english.keys() == chinese.keys()
    known = {fact.name for fact in facts([*FACTS, *english]) if not fact.name.startswith("fact_")}
    assert known | {*LEVELS, ORGANISATION, RECALIBRATION} <= english.keys()
    assert {"team", "backout_tested", "depth"} <= known
