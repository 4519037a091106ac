"""The calendar asked of the records: facts of a change, its next window, a move that is tried, projected outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cmdb.change import changes
from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.assessment import Verdict
from cmdb.model.calendar_entry import Covered
from cmdb.model.calendar_facts import CalendarReason
from cmdb.model.change import ChangeState, ChangeType, Effect, Target
from cmdb.model.service_level import SERVICE_LEVELS, Period, ServiceLevel
from cmdb.ports.store import Put
from cmdb.records import to_document
from cmdb.roles import Actor
from impact.questions.assess import assess
from impact.questions.calendar_facts import calendar_facts, met_by
from impact.questions.calendar_moves import moved
from impact.questions.calendar_overview import overview
from impact.questions.conflicts import conflicts_in
from impact.questions.projected_outage import projected_outage
from impact.questions.replay import replay
from impact.questions.safe_window import next_window
from tests.builders import (
    a_ci,
    a_server,
    a_service,
    an_incident,
    as_actor,
    depends,
    moment,
    needs,
    the_context,
)
from tests.impact.questions.test_conflicts import change

SHOP = (
    a_ci("shop", "service", attributes={"tier": 2, "environment": "production"}),
    *(a_server(name, attributes={"environment": "test"}) for name in ("web1", "web2")),
    *needs("shop", 1, "web1", "web2"),
    a_service("blog"),
    a_server("db"),
    *depends("blog", "db"),
)
ALL = Covered(everything=True)


def house(*things, **more):
    return the_context(*SHOP, *things, role="administrator", **more)


def freeze(context, start, end, covers=ALL, **more):
    when = ScheduleGiven(start, end, more.pop("rule", None))
    given = {"name": "F", "reason": "", "schedule": when, "covers": covers, **more}
    return calendar.add(context, "freeze", given).record.id


def maintenance(context, covers, start, end, rule=None, **more):
    when = ScheduleGiven(start, end, rule)
    given = {"name": "M", "reason": "", "schedule": when, "covers": covers, "agreed": True, **more}
    return calendar.add(context, "maintenance", given).record.id


def capacity(context, at_once, hours=None, team="network"):
    calendar.add(context, "capacity", {"team": team, "reason": "", "at_once": at_once, "hours": hours})


# facts ---------------------------------------------------------------------------------------------------------------
def test_a_freeze_is_met_by_what_it_covers():
    """Through the cone of the targets to a service, by the class or the environment of a target; and no further."""
    context = house(change("CHG-1", "web1"), change("CHG-2", "db"))
    night = ("2026-03-02T22:30Z", "2026-03-04T00:00Z")
    expected = {
        freeze(context, *night): ((("shop",), ("web1",)), (("blog",), ("db",))),
        freeze(context, *night, covers=Covered(services=("shop",))): ((("shop",), ()), None),
        freeze(context, *night, covers=Covered(classes=("hardware",))): (((), ("web1",)), ((), ("db",))),
        freeze(context, *night, covers=Covered(environments=("production",))): ((("shop",), ()), None),
        freeze(context, *night, covers=Covered(environments=("test",))): (((), ("web1",)), None),
        freeze(context, "2026-03-02T23:00Z", "2026-03-04T00:00Z"): (None, None),
    }
    for place, key in enumerate(("CHG-1", "CHG-2")):
        facts = calendar_facts(context, key)
        met = {each.id: (each.services, each.targets) for each in facts.freezes}
        assert met == {freeze: both[place] for freeze, both in expected.items() if both[place] is not None}
        assert facts.reasons == (CalendarReason.FREEZE, CalendarReason.OUTSIDE_MAINTENANCE)[: 1 + place]
        (when,) = facts.freezes[0].stretches
        assert (when.from_, when.to) == (moment("2026-03-02T22:30Z"), moment("2026-03-02T23:00Z"))


def test_an_emergency_passes_where_the_freeze_says_so():
    """The freeze is told nevertheless."""
    urgent = change("CHG-1", "web1", type=ChangeType.EMERGENCY)
    for passes, frozen in ((True, False), (False, True)):
        context = house(urgent)
        freeze(context, "2026-03-02T00:00Z", "2026-03-03T00:00Z", emergency_passes=passes)
        facts = calendar_facts(context, "CHG-1")
        assert (facts.frozen, len(facts.freezes)) == (frozen, 1)


def test_a_peak_tells_its_demand_and_may_be_a_freeze():
    """Double 11, twelve times the usual."""
    for counts, codes in ((False, (CalendarReason.PEAK,)), (True, (CalendarReason.PEAK_FREEZE, CalendarReason.PEAK))):
        context = house(change("CHG-1", "web1"))
        when = ScheduleGiven("2026-03-02T00:00Z", "2026-03-03T00:00Z")
        given = {"name": "Double 11", "reason": "", "schedule": when, "covers": Covered(services=("shop",))}
        calendar.add(context, "peak", {**given, "demand": 12.0, "counts_as_freeze": counts})
        facts = calendar_facts(context, "CHG-1")
        assert ([each.demand for each in facts.peaks], facts.reasons, facts.frozen) == ([12.0], codes, counts)


def test_planned_minutes_in_agreed_maintenance():
    """Twenty of thirty minutes of outage are agreed, ten of them announced; another window is not agreed."""
    target = Target("db", Effect.RESTART, offset=10, minutes=30)
    context = house(change("CHG-1", target))
    for notified in (False, True):
        late = ("2026-03-02T22:20Z", "2026-03-02T23:00Z")
        maintenance(context, Covered(services=("blog",)), *late, minutes=10, notified=notified)
    maintenance(context, Covered(services=("blog",)), "2026-03-02T22:00Z", "2026-03-03T00:00Z", agreed=False)
    maintenance(context, Covered(services=("shop",)), "2026-03-02T22:00Z", "2026-03-03T00:00Z")
    facts = calendar_facts(context, "CHG-1")
    (met,) = facts.maintenance
    assert (met.ci, met.has_windows, met.window_inside, met.windows) == ("blog", True, False, ("MW-1001", "MW-1002"))
    assert (met.planned_minutes, met.agreed_minutes, met.notified_minutes, met.outside_minutes) == (30, 20, 10, 10)
    assert facts.reasons == (CalendarReason.OUTSIDE_MAINTENANCE,)
    later = calendar_facts(context, "CHG-1", window=("2026-03-02T22:20Z", "2026-03-02T23:00Z"))
    assert (later.maintenance[0].window_inside, later.maintenance[0].agreed_minutes) == (True, 20)


def test_a_team_that_has_too_much_to_do_or_is_off():
    """Other changes of the team count from when they are submitted; nobody's change counts for nobody."""
    rows = [
        change(f"CHG-{number}", "db", start, implementer="network")
        for number, start in enumerate(
            ("2026-03-02T22:00Z", "2026-03-02T22:30Z", "2026-03-02T22:45Z", "2026-03-02T22:50Z"), start=1
        )
    ]
    rows[3] = replace(rows[3], state=ChangeState.DRAFT)
    rows.append(change("CHG-5", "db", implementer="storage"))
    context = house(*rows)
    facts = calendar_facts(context, "CHG-1")
    assert (facts.team, facts.has_capacity, facts.overruns) == ("network", False, ())
    capacity(context, 2, ScheduleGiven("2026-03-02T18:00Z", "2026-03-02T22:55Z", "FREQ=DAILY"))
    facts = calendar_facts(context, "CHG-1")
    told = [(each.code, each.from_, each.to, each.changes) for each in facts.overruns]
    end = moment("2026-03-02T23:00Z")
    assert told == [
        (CalendarReason.TEAM_OFF, moment("2026-03-02T22:55Z"), end, ()),
        (CalendarReason.TEAM_BUSY, moment("2026-03-02T22:45Z"), end, ("CHG-2", "CHG-3")),
    ]
    assert calendar_facts(context, "CHG-5").overruns == ()


def test_facts_are_those_of_a_revision():
    """What was added later, withdrawn later or is somebody else's draft changes no answer of before."""
    context = house(change("CHG-1", "web1"))
    freeze(context, "2026-03-02T00:00Z", "2026-03-03T00:00Z")
    revision = context.store.revision()
    stored = changes.get(context, "CHG-1").record
    before = met_by(context, stored)
    calendar.withdraw(context, "freeze", "FRZ-1001", reason="over")
    maintenance(context, Covered(services=("shop",)), "2026-03-02T22:00Z", "2026-03-03T00:00Z")
    capacity(context, 1)
    assert met_by(context, stored, revision) == before
    assert met_by(context, stored).freezes == ()


def test_who_may_not_read_the_calendar_or_asks_of_nothing():
    """Refused, with the reason."""
    context = house(change("CHG-1", "web1"), replace(change("CHG-2", "web1"), window=None))
    nobody = as_actor(context, "viewer")
    nobody.actor = Actor("nobody", frozenset())
    for ask in (
        lambda who: calendar_facts(who, "CHG-1"),
        lambda who: next_window(who, "CHG-1"),
        lambda who: moved(who, "CHG-1", to="2026-03-05T00:00Z"),
        projected_outage,
        overview,
    ):
        with pytest.raises(NotAllowed):
            ask(nobody)
    for ask in (calendar_facts, next_window):
        with pytest.raises(NotFound):
            ask(context, "CHG-9")
        with pytest.raises(InvalidInput) as caught:
            ask(context, "CHG-2")
        assert [problem.pointer for problem in caught.value.problems] == ["/window"]


# the next window -----------------------------------------------------------------------------------------------------
def test_the_next_window_and_what_is_against_all_before():
    """Out of a freeze, into a maintenance window, away from the twin's change, when the team works."""
    rows = [
        change("CHG-1", "web1", implementer="network"),
        change("CHG-2", "web2", "2026-03-08T02:00Z", minutes=60),
        change("CHG-3", "db", "2026-03-08T04:00Z", minutes=30, implementer="network", state=ChangeState.DRAFT),
    ]
    context = house(*rows)
    freeze(context, "2026-03-02T00:00Z", "2026-03-05T00:00Z")
    shop = Covered(services=("shop",))
    maintenance(context, shop, "2026-03-08T02:00Z", "2026-03-08T08:00Z", "FREQ=WEEKLY;BYDAY=SU")
    capacity(context, 1)
    answer = next_window(context, "CHG-1")
    assert (answer.window.from_, answer.window.to) == (moment("2026-03-08T03:00Z"), moment("2026-03-08T04:00Z"))
    assert (answer.from_, answer.to) == (moment("2026-03-02T12:00Z"), moment("2026-05-31T12:00Z"))
    starts = int((answer.window.from_ - answer.from_) / timedelta(minutes=15))
    assert (answer.looked_at, answer.minutes, answer.considered) == (starts, 60, 2)
    counted = {each.reason: (each.count, [(by.ids, by.count) for by in each.by]) for each in answer.rejected}
    assert counted == {
        "freeze": (4 * 60, [(("FRZ-1001",), 4 * 60)]),
        "maintenance": (starts - 4, [(("shop",), starts - 4)]),
        "conflict": (7, [(("CHG-2",), 7)]),
    }
    changes.edit(context, "CHG-1", window=("2026-03-02T22:00Z", "2026-03-03T00:00Z"))
    longer = next_window(context, "CHG-1", since="2026-03-08T00:00Z")
    assert longer.window.from_ == moment("2026-03-08T04:30Z"), "the team has a draft to do meanwhile"
    assert {each.reason for each in longer.rejected} == {"maintenance", "conflict", "team_busy"}
    assert next_window(context, "CHG-1", since="2026-03-08T00:00Z", days=1, grid=1440).window is None


def test_an_open_incident_leaves_no_window():
    """As long as the twin is down, none of the next days is safe; from when it is resolved on, all are."""
    context = house(change("CHG-1", "web1"), an_incident("web2"))
    answer = next_window(context, "CHG-1", days=7)
    assert (answer.window, answer.looked_at) == (None, 7 * 96)
    assert [(each.reason, each.count, each.by[0].ids) for each in answer.rejected] == [("conflict", 7 * 96, ("INC-1",))]
    alone = house(change("CHG-1", "web1"))
    assert next_window(alone, "CHG-1").window.from_ == moment("2026-03-02T12:00Z")
    alone.clock.forward(minutes=1)
    assert next_window(alone, "CHG-1").window.from_ == moment("2026-03-02T12:15Z"), "not before now"
    assert next_window(alone, "CHG-1", since="2020-01-01T00:00Z").from_ == alone.clock.now()


def test_bad_questions_about_windows():
    """How many days, how far apart, from when: all faults of the figures at once."""
    context = house(change("CHG-1", "web1"))
    with pytest.raises(InvalidInput) as caught:
        next_window(context, "CHG-1", days=0, grid=7)
    assert [problem.pointer for problem in caught.value.problems] == ["/days", "/grid"]
    with pytest.raises(InvalidInput):
        next_window(context, "CHG-1", since="soon")


def test_what_is_found_is_in_no_conflict_and_meets_no_freeze():
    """Moved to the window that was found, nothing speaks against the change any more."""
    starts = ("2026-03-03T00:10Z", "2026-03-04T01:10Z", "2026-03-05T05:10Z")
    rows = [change(f"CHG-{number}", "web2", start, minutes=95) for number, start in enumerate(starts, start=2)]
    context = house(change("CHG-1", "web1", "2026-03-03T00:30Z"), *rows)
    freeze(context, "2026-03-02T12:00Z", "2026-03-03T00:40Z")
    found = next_window(context, "CHG-1", grid=5).window
    answer = moved(context, "CHG-1", to=found.from_)
    assert answer.now.conflicts
    assert answer.then.conflicts == ()
    assert not answer.then.calendar.frozen
    one_before = moved(context, "CHG-1", to=found.from_ - timedelta(minutes=5))
    assert one_before.then.conflicts or one_before.then.calendar.frozen


# moves that are tried ------------------------------------------------------------------------------------------------
def test_a_move_that_is_tried_writes_nothing():
    """Whom it ends a conflict with, whom it begins one with, and what the calendar says there."""
    rows = [change("CHG-1", "web1"), change("CHG-2", "web2"), change("CHG-3", "web2", "2026-03-04T22:00Z")]
    context = house(*rows)
    freeze(context, "2026-03-04T22:00Z", "2026-03-05T00:00Z")
    revision = context.store.revision()
    answer = moved(context, "CHG-1", to="2026-03-04T22:59Z")
    assert (answer.ended, answer.begun, answer.minutes) == ((("CHG-2",),), (("CHG-3",),), 2 * 24 * 60 + 59)
    (found,) = answer.then.conflicts
    assert (found.from_, found.to) == (moment("2026-03-04T22:59Z"), moment("2026-03-04T23:00Z"))
    assert (answer.now.calendar.frozen, answer.then.calendar.frozen) == (False, True)
    assert (answer.then.window.start, answer.then.window.minutes) == (moment("2026-03-04T22:59Z"), 60)
    assert context.store.revision() == revision
    stored = conflicts_in(context)
    assert [each.changes for each in stored.conflicts] == [("CHG-1", "CHG-2")]
    for to, code in (("soon", "time.unreadable"), ("2026-03-02T11:00Z", "calendar.move_past")):
        with pytest.raises(InvalidInput) as caught:
            moved(context, "CHG-1", to=to)
        assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [(code, "/to")]


# projected outage ----------------------------------------------------------------------------------------------------
def test_all_changes_of_the_coming_weeks_together():
    """The union of what each takes down alone and what they take down together; agreed minutes beside it."""
    rows = [
        change("CHG-1", "web1", "2026-03-03T22:00Z", minutes=60),
        change("CHG-2", "web2", "2026-03-03T22:50Z", minutes=60),
        change("CHG-3", Target("db", Effect.RESTART, 0, 20), "2026-03-04T22:00Z"),
        change("CHG-4", Target("db", Effect.RESTART, 0, 20), "2026-03-04T22:10Z"),
        change("CHG-5", "shop", "2026-03-03T22:55Z", minutes=15),
        change("CHG-6", "db", "2026-04-30T22:00Z"),
        change("CHG-7", "gone", "2026-03-05T22:00Z", state=ChangeState.DRAFT),
    ]
    context = house(*rows)
    maintenance(context, Covered(services=("blog",)), "2026-03-04T22:15Z", "2026-03-04T23:00Z")
    answer = projected_outage(context)
    assert (answer.considered, answer.unknown, answer.unlisted, answer.drafts) == (6, ("gone",), 0, ("CHG-7",))
    blog, shop = answer.services
    assert (blog.service, blog.planned_minutes, blog.joint_minutes, blog.agreed_minutes) == ("blog", 30, 0, 15)
    assert (shop.service, shop.tier, shop.planned_minutes, shop.joint_minutes) == ("shop", 2, 20, 5)
    assert [(each.from_, each.changes) for each in shop.stretches] == [
        (moment("2026-03-03T22:50Z"), ("CHG-1", "CHG-2", "CHG-5"))
    ]
    assert (blog.expected_minutes, blog.budget_left_minutes) == (None, None), (
        "nobody assessed them, nor agreed to a level"
    )
    assert answer.unassessed == tuple(f"CHG-{number}" for number in (1, 2, 3, 4, 5, 7))
    clipped = projected_outage(context, since="2026-03-04T22:05Z", until="2026-03-04T22:25Z")
    assert [(each.service, each.planned_minutes) for each in clipped.services] == [("blog", 20)]


def test_what_failing_adds_is_expected_and_budgets_are_told():
    """Of changes that were assessed as they stand; the budget has what incidents left."""
    begun, over = "2026-03-01T22:00Z", moment("2026-03-01T22:30Z")
    db = change("CHG-2", Target("db", Effect.RESTART, 0, 20), "2026-03-04T22:00Z")
    outage = an_incident("db", id="INC-9", opened=moment(begun), resolved=over)
    context = house(change("CHG-1", "web1", "2026-03-03T22:00Z"), db, outage)
    level = ServiceLevel("blog", 99.5, Period.MONTH)
    context.records.apply([Put(SERVICE_LEVELS, to_document(SERVICE_LEVELS, level))], because="service_level:set")
    made = assess(context, "CHG-2").record
    (only,) = made.consequence.services
    answer = projected_outage(context)
    assert answer.unassessed == ("CHG-1",)
    (blog,) = answer.services
    planned, backed_out, failed = (each.minutes for each in only.scenarios)
    likely = [each.probability for each in made.consequence.scenarios]
    assert planned == blog.planned_minutes == 20
    assert blog.expected_minutes == pytest.approx(20 + likely[1] * (backed_out - 20) + likely[2] * (failed - 20))
    assert blog.budget_left_minutes == pytest.approx(0.005 * 31 * 1440 - 30)


def test_an_incident_is_not_planned_but_what_a_change_does_beside_it_is():
    """The twin is down: the change takes the service down, and the outage of the twin itself is nobody's plan."""
    context = house(change("CHG-1", "web1"), an_incident("web2"), an_incident("db", id="INC-2"))
    (shop,) = projected_outage(context).services
    assert (shop.service, shop.planned_minutes, shop.joint_minutes) == ("shop", 60, 60)
    assert (shop.stretches[0].changes, shop.stretches[0].incidents) == (("CHG-1",), ("INC-1",))


# the period ----------------------------------------------------------------------------------------------------------
def test_what_is_in_the_calendar_of_a_period():
    """Everything that goes on then, by start; conflicts where they are asked for; a limit is told."""
    context = house(change("CHG-1", "web1"), change("CHG-2", "web2"), change("CHG-3", "db", "2026-06-02T22:00Z"))
    freeze(context, "2026-03-01T00:00Z", "2026-03-03T00:00Z")
    maintenance(context, Covered(services=("shop",)), "2026-03-08T02:00Z", "2026-03-08T03:00Z", "FREQ=WEEKLY")
    answer = overview(context)
    assert [(row.kind, row.id, row.state) for row in answer.rows] == [
        ("freeze", "FRZ-1001", None),
        ("change", "CHG-1", "submitted"),
        ("change", "CHG-2", "submitted"),
        ("maintenance", "MW-1001", "agreed"),
        ("maintenance", "MW-1001", "agreed"),
    ]
    assert [each.changes for each in answer.conflicts] == [("CHG-1", "CHG-2")]
    assert overview(context, conflicts=False).conflicts is None
    assert overview(context, since="2026-03-04T00:00Z", until="2026-03-05T00:00Z").rows == ()
    far = overview(context, since="2028-02-20T00:00Z", until="2028-03-20T00:00Z")
    assert far.not_known_yet == ("MW-1001",)
    with pytest.raises(InvalidInput) as caught:
        overview(context, until="2028-03-20T00:00Z")
    assert [problem.code for problem in caught.value.problems] == ["period.too_long"]


def test_more_than_is_listed_is_counted(monkeypatch):
    """Beyond the limit rows are left out, and how many is part of the answer."""
    monkeypatch.setattr("impact.questions.calendar_overview.MOST_ROWS", 1)
    answer = overview(house(change("CHG-1", "web1"), change("CHG-2", "db")))
    assert (len(answer.rows), answer.left_out) == (1, 1)


# what the verdict makes of it ----------------------------------------------------------------------------------------
def test_the_calendar_is_part_of_what_an_assessment_judges():
    """A freeze blocks, a peak, a busy team are told, agreed minutes are counted; and the record replays later."""
    emergency = replace(change("CHG-2", "web1"), type=ChangeType.EMERGENCY)
    context = house(change("CHG-1", "web1"), emergency, change("CHG-3", "db"))
    assert assess(context, "CHG-1").record.verdict is Verdict.PEER
    night = ("2026-03-02T21:00Z", "2026-03-03T09:00Z")
    blog = Covered(services=("blog",))
    maintenance(context, blog, *night)
    before = assess(context, "CHG-3").record.facts
    assert {each.service: each.minutes_outside for each in before.services} == {"blog": 0.0}
    met = freeze(context, *night, covers=Covered(services=("shop",)), emergency_passes=True)
    frozen = assess(context, "CHG-1").record
    assert (frozen.verdict, frozen.facts.freezes) == (Verdict.BLOCK, (met,))
    assert "freeze" in frozen.reasons[0]
    assert assess(context, "CHG-2").record.facts.freezes == ()
    calendar.withdraw(context, "freeze", met, reason="over")
    assert replay(context, "CHG-1").same
    assert assess(context, "CHG-1").record.verdict is Verdict.PEER


def test_a_breach_is_likely_as_soon_as_a_service_has_a_level():
    """And is none where nobody agreed to one: the consequence is reckoned in the assessment itself."""
    context = house(change("CHG-1", "db"))
    assert assess(context, "CHG-1").record.facts.breaches == ()
    level = ServiceLevel("blog", 99.5, Period.MONTH)
    context.records.apply([Put(SERVICE_LEVELS, to_document(SERVICE_LEVELS, level))], because="service_level:set")
    made = assess(context, "CHG-1").record
    (breach,) = made.facts.breaches
    (service,) = [each for each in made.consequence.services if each.id == "blog"]
    assert (breach.service, breach.probability, breach.high) == ("blog", service.p_breach, service.p_breach_high)
    assert 0 < breach.probability < breach.high <= 1
