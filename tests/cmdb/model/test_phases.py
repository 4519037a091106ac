"""A window is not an outage: what its phases promise, whatever the targets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.change import Effect, Target, Window
from cmdb.model.phases import minutes_of, phases_of

START = datetime(2026, 3, 2, 22, tzinfo=UTC)
lengths = st.integers(1, 90)
targets = st.lists(
    st.builds(
        Target,
        ci=st.sampled_from(["a", "b", "c", "d"]),
        effect=st.sampled_from(Effect),
        offset=st.integers(0, 100),
        minutes=st.none() | st.integers(0, 100),
    ),
    max_size=6,
)


def a_window(minutes):
    return Window(START, START + timedelta(minutes=minutes))


@given(lengths, targets)
def test_phases_are_the_window_minute_for_minute(length, changed):
    """They follow each other without gap or overlap, neighbours differ, and their minutes add up to the window."""
    window = a_window(length)
    phases = phases_of(window, changed)
    assert phases[0].start == window.start
    assert phases[-1].end == window.end
    for before, after in pairwise(phases):
        assert before.end == after.start
        assert before.failed != after.failed
    assert minutes_of(phases) == length


@given(lengths, targets)
def test_each_minute_has_out_exactly_what_is_planned_out(length, changed):
    """Minute by minute, the failed set is that of the targets whose outage covers it: the obvious way to count."""
    window = a_window(length)
    phases = phases_of(window, changed)
    for minute in range(length):
        out = {
            t.ci
            for t in changed
            if t.effect not in (Effect.CONFIG, Effect.ADD)
            and not (t.effect is Effect.REWIRE and t.minutes is None)
            and t.offset <= minute
            and (t.minutes is None or minute < t.offset + t.minutes)
        }
        moment = START + timedelta(minutes=minute)
        phase = next(p for p in phases if p.start <= moment < p.end)
        assert phase.failed == tuple(sorted(out))


def test_a_short_restart_in_a_long_window_is_a_short_outage():
    """Ten minutes in eight hours cost ten minutes."""
    phases = phases_of(a_window(480), [Target("web1", Effect.RESTART, offset=60, minutes=10)])
    assert [(minutes_of([p]), p.failed) for p in phases] == [(60.0, ()), (10.0, ("web1",)), (410.0, ())]


def test_a_rolling_restart_never_has_both_members_out():
    """One after the other is another thing than both at once."""
    rolling = [Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.RESTART, 10, 10)]
    assert [p.failed for p in phases_of(a_window(30), rolling)] == [("web1",), ("web2",), ()]


def test_a_configuration_change_takes_nothing_out():
    """Its window is one phase in which all is up."""
    assert [p.failed for p in phases_of(a_window(30), [Target("web1", Effect.CONFIG, 5, 10)])] == [()]


def test_seconds_count_too():
    """A window of 90 seconds is a minute and a half."""
    window = Window(START, START + timedelta(seconds=90))
    assert minutes_of(phases_of(window, [Target("web1", offset=1)])[1:]) == 0.5
