"""The desk of the calendar: what may be added by whom, what is refused, all at once, and what is withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb.change.calendar import calendar
from cmdb.change.calendar.calendar import AlreadyWithdrawn, CapacityStated
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.calendar_entry import Covered, EntryState
from cmdb.ports.errors import VersionConflict
from tests.builders import a_server, a_service, as_actor, moment, the_context

ONCE = ScheduleGiven("2026-03-07T02:00[Europe/Berlin]", "2026-03-07T04:00[Europe/Berlin]")
WEEKLY = ScheduleGiven(ONCE.start, ONCE.end, "FREQ=WEEKLY;BYDAY=SA")
ALL = Covered(everything=True)
SHOP = Covered(services=("shop",))


@pytest.fixture
def context():
    return the_context(a_service("shop"), a_server("web1"), role="change_manager")


def a_freeze(**fields):
    return {"name": "Year end", "reason": "", "schedule": ONCE, "covers": ALL, **fields}


def refused(context, what, given):
    with pytest.raises(InvalidInput) as caught:
        calendar.add(context, what, given)
    return {(problem.code, problem.pointer) for problem in caught.value.problems}


def test_each_kind_is_added_with_its_intervals(context):
    """Ids of its own series, who said so when, and the rule expanded once and for all."""
    freeze = calendar.add(context, "freeze", a_freeze(emergency_passes=True))
    peak = calendar.add(context, "peak", {**a_freeze(name="Double 11", covers=SHOP), "demand": 12.0})
    window = calendar.add(context, "maintenance", {**a_freeze(schedule=WEEKLY, covers=SHOP), "agreed": True})
    capacity = calendar.add(context, "capacity", {"team": "network", "reason": "", "at_once": 2, "hours": WEEKLY})
    assert [held.record.id for held in (freeze, peak, window, capacity)] == [
        *("FRZ-1001", "PEAK-1001", "MW-1001", "CAP-1001")
    ]
    assert (freeze.record.stated_by, freeze.record.stated_at) == ("change_manager", context.clock.now())
    assert freeze.record.schedule.intervals == ("2026-03-07T01:00:00Z/2026-03-07T03:00:00Z",)
    assert len(window.record.schedule.intervals) == len(capacity.record.hours.intervals) == 105
    entries = calendar.entries_at(context)
    assert [len(each) for each in entries] == [1, 1, 1, 1]
    assert calendar.get(context, "freeze", "FRZ-1001") == freeze
    assert calendar.listing(context, "peak").rows == (peak,)
    assert len({freeze.record.uid, peak.record.uid, window.record.uid}) == 3


def test_all_faults_of_an_entry_at_once(context):
    """Words, figures, times and what is covered."""
    given = a_freeze(name=" ", reason="x" * 2001, schedule=ScheduleGiven("soon", ONCE.end), covers=Covered())
    assert refused(context, "freeze", given) == {
        ("calendar.missing", "/name"),
        ("calendar.too_long", "/reason"),
        ("time.unreadable", "/schedule/start"),
        ("calendar.covers_nothing", "/covers"),
    }
    named = Covered(services=("web1", "gone", "gone"), cis=("web1",), classes=("nope",), environments=("",))
    assert refused(context, "freeze", a_freeze(covers=named)) == {
        ("calendar.no_service", "/covers/services/0"),
        ("calendar.unknown_ci", "/covers/services/1"),
        ("calendar.unknown_ci", "/covers/services/2"),
        ("calendar.covers_twice", "/covers/services/2"),
        ("calendar.covers_other", "/covers/cis"),
        ("calendar.unknown_class", "/covers/classes/0"),
        ("calendar.missing", "/covers/environments/0"),
    }
    both = Covered(everything=True, services=("shop",))
    assert refused(context, "freeze", a_freeze(covers=both)) == {("calendar.covers_all", "/covers")}
    assert refused(context, "freeze", a_freeze(name="a\nb")) == {("calendar.unclean", "/name")}
    many = Covered(environments=tuple(f"e{n}" for n in range(1001)))
    assert refused(context, "freeze", a_freeze(covers=many)) == {("calendar.covers_many", "/covers/environments")}
    assert context.store.revision() == 1, "nothing was written"


def test_figures_that_can_not_be(context):
    """Demand, agreed minutes, how many at once; a maintenance window never covers everything."""
    for demand in (0.0, -1.0, float("nan"), float("inf"), 1e5):
        assert refused(context, "peak", {**a_freeze(), "demand": demand}) == {("calendar.demand", "/demand")}
    window = {**a_freeze(covers=SHOP), "minutes": 0}
    assert refused(context, "maintenance", window) == {("calendar.minutes", "/minutes")}
    assert refused(context, "maintenance", a_freeze()) == {("calendar.covers_too_much", "/covers/everything")}
    for at_once in (0, 1001):
        given = {"team": "network", "reason": "", "at_once": at_once, "hours": None}
        assert refused(context, "capacity", given) == {("calendar.at_once", "/at_once")}
    year = ScheduleGiven("2026-03-07T00:00Z", "2027-03-07T00:00Z")
    for what in ("freeze", "maintenance"):
        given = a_freeze(schedule=year, covers=SHOP)
        assert refused(context, what, given) == {("schedule.too_long", "/schedule/end")}


def test_what_is_withdrawn_counts_no_more_and_stays(context):
    """Once, with the reason; whoever lists may see it, and as of before it counted."""
    held = calendar.add(context, "freeze", a_freeze())
    before = context.store.revision()
    with pytest.raises(InvalidInput):
        calendar.withdraw(context, "freeze", "FRZ-1001", reason=" ")
    with pytest.raises(VersionConflict):
        calendar.withdraw(context, "freeze", "FRZ-1001", reason="moved", expected_version=held.version + 1)
    gone = calendar.withdraw(context, "freeze", "FRZ-1001", reason="moved", expected_version=held.version).record
    assert (gone.state, gone.withdrawal.by, gone.withdrawal.reason) == (EntryState.WITHDRAWN, "change_manager", "moved")
    assert calendar.listing(context, "freeze").rows == ()
    assert len(calendar.listing(context, "freeze", withdrawn=True).rows) == 1
    assert (calendar.entries_at(context).freezes, len(calendar.entries_at(context, at=before).freezes)) == ((), 1)
    with pytest.raises(AlreadyWithdrawn):
        calendar.withdraw(context, "freeze", "FRZ-1001", reason="again")
    with pytest.raises(NotFound):
        calendar.withdraw(context, "freeze", "FRZ-9", reason="moved")


def test_a_team_has_one_capacity_that_counts(context):
    """A second is refused until the first is withdrawn."""
    given = {"team": "network", "reason": "", "at_once": 2, "hours": None}
    calendar.add(context, "capacity", given)
    with pytest.raises(CapacityStated):
        calendar.add(context, "capacity", {**given, "team": " network "})
    calendar.add(context, "capacity", {**given, "team": "storage"})
    calendar.withdraw(context, "capacity", "CAP-1001", reason="two more came")
    assert calendar.add(context, "capacity", given).record.team == "network"


def test_who_may_do_what(context):
    """All may read; change managers and administrators add, withdraw and bring in."""
    for role in ("viewer", "engineer", "cab_member", "service_owner", "auditor"):
        other = as_actor(context, role)
        assert calendar.listing(other, "freeze").rows == ()
        for act in (
            lambda who: calendar.add(who, "freeze", a_freeze()),
            lambda who: calendar.withdraw(who, "freeze", "FRZ-1", reason="x"),
            calendar.renew,
        ):
            with pytest.raises(NotAllowed):
                act(other)
    assert calendar.add(as_actor(context, "administrator"), "freeze", a_freeze()).record.id == "FRZ-1001"


def test_rules_are_renewed_before_they_run_out(context):
    """Nothing to do while a year is known; then all in one revision, to the same intervals and more."""
    calendar.add(context, "maintenance", a_freeze(schedule=WEEKLY, covers=SHOP))
    calendar.add(context, "capacity", {"team": "network", "reason": "", "at_once": 2, "hours": WEEKLY})
    calendar.add(context, "freeze", a_freeze())
    before = calendar.get(context, "maintenance", "MW-1001").record.schedule
    revision = context.store.revision()
    context.clock.forward(days=300)
    assert calendar.renew(context) == ()
    assert context.store.revision() == revision
    context.clock.forward(days=100)
    assert calendar.renew(context) == ("CAP-1001", "MW-1001")
    assert context.store.revision() == revision + 1
    after = calendar.get(context, "maintenance", "MW-1001").record.schedule
    assert after.intervals[: len(before.intervals)] == before.intervals
    assert after.known_until == before.known_until + timedelta(days=395, hours=11)
    assert (after.start, after.rule, after.zone) == (before.start, before.rule, before.zone)
    assert after.known_until > moment("2029-04-01T00:00Z")
