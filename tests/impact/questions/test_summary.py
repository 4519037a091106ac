"""What the one-page summary is made of: records, names, reasons with their facts, and the verdict of a doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.errors import NotFound
from cmdb.model.assessment import Verdict
from cmdb.model.calendar_entry import Covered
from cmdb.model.change import ChangeState
from cmdb.model.relation import Relation
from cmdb.model.summary import CalendarJudged, EntryMet
from impact.questions import summary as question
from impact.questions.assess import assess
from impact.questions.summary import summary_of
from tests.builders import a_change, a_server, a_service, as_actor, needs, the_context

SHOP = (a_service("shop", name="Shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))


def assessed(*things, **fields):
    context = the_context(*SHOP, *things, a_change("web1", id="CHG-1", **fields), role="viewer")
    assess(as_actor(context, "change_manager"), "CHG-1")
    return context


def test_everything_is_there():
    """Change, newest assessment, reasons with their facts, what stands behind them, names, similar changes."""
    found = summary_of(assessed(), "CHG-1")
    assert found.change.id == found.assessment.change == found.similar.change == "CHG-1"
    (reason,) = found.reasons
    assert (reason.code, reason.facts["services"]) == ("new_single_point_tier1", ("Shop",))
    assert [one.service for one in found.why.explained.explanations] == ["shop"]
    assert {ci: each.name for ci, each in found.called.items()} == {"shop": "Shop", "web1": "web1", "web2": "web2"}
    assert found.calendar == CalendarJudged((), (), ())
    assert found.could_be is None


def test_a_change_that_was_never_assessed():
    """What is not there yet is None, never guessed."""
    found = summary_of(the_context(*SHOP, a_change("web1", id="CHG-1"), role="viewer"), "CHG-1")
    assert (found.assessment, found.why, found.could_be, found.reasons) == (None, None, None, ())


def test_a_doubt_is_judged_by_the_policy_of_the_record():
    """A service that keeps running only if a doubtful relation exists: the verdict without it is told."""
    kept = [a_service("pay", tier=1), a_server("db1"), a_server("db2"), *needs("pay", 1, "db1", "db2", group="db")]
    sure = [each for each in kept if not (isinstance(each, Relation) and each.target == "db2")]
    doubtful = [replace(each, confidence=0.6) for each in kept if isinstance(each, Relation) and each.target == "db2"]
    context = the_context(*sure, *doubtful, a_change("db1", id="CHG-1", back_out=None), role="viewer")
    assess(as_actor(context, "change_manager"), "CHG-1")
    found = summary_of(context, "CHG-1")
    assert [each.service for each in found.assessment.outlook.doubtful] == ["pay"]
    assert found.assessment.verdict is Verdict.CAB
    assert found.could_be is Verdict.BLOCK


def in_the_calendar(context, what, name, **more):
    """Add an entry that covers everything in the window of the changes made by builders; return its id."""
    when = ScheduleGiven("2026-03-02T00:00Z", "2026-03-04T00:00Z")
    given = {"name": name, "reason": "", "schedule": when, "covers": Covered(everything=True), **more}
    return calendar.add(as_actor(context, "administrator"), what, given).record.id


def test_what_the_calendar_says_is_named_as_it_was_judged():
    """Freezes and peak events by their names of then, a peak with its demand, and the team asked for too much."""
    others = (a_change("web2", id="CHG-2", implementer="network", state=ChangeState.SUBMITTED),)
    context = the_context(*SHOP, *others, a_change("web1", id="CHG-1", implementer="network"), role="viewer")
    freeze = in_the_calendar(context, "freeze", "Year end")
    peak = in_the_calendar(context, "peak", "Double 11", demand=3.0)
    one = {"team": "network", "reason": "", "at_once": 1, "hours": None}
    calendar.add(as_actor(context, "administrator"), "capacity", one)
    assess(as_actor(context, "change_manager"), "CHG-1")
    judged = CalendarJudged((EntryMet(freeze, "Year end"),), (EntryMet(peak, "Double 11", 3.0),), ("network",))
    assert summary_of(context, "CHG-1").calendar == judged
    later = in_the_calendar(context, "freeze", "Another")
    assert later != freeze
    assert summary_of(context, "CHG-1").calendar == judged


def test_of_an_assessment_that_judged_no_calendar_nothing_is_said():
    """Those of the first methods have no facts."""
    context = assessed()
    old = replace(summary_of(context, "CHG-1").assessment, facts=None)
    assert question._calendar(context, old) is None


def test_what_is_no_longer_kept_is_left_out(monkeypatch):
    """Where the estate of the assessment is gone, the rest is told without it."""

    def gone(*_, **__):
        raise NotFound(kind="kept text", ids=("0",))

    context = assessed()
    monkeypatch.setattr(question, "why_assessed", gone)
    assert summary_of(context, "CHG-1").why is None


def test_a_change_that_is_not_there():
    """It is named."""
    with pytest.raises(NotFound):
        summary_of(the_context(role="viewer"), "CHG-1")
