"""Arithmetic on intervals, held minute by minute to what counting gives."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.intervals import (
    MINUTE,
    Interval,
    charged,
    clipped,
    covers,
    crowded,
    difference,
    intersection,
    interval_of,
    length_of,
    minutes_in,
    union,
)

ORIGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPAN = 40


def at(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def an_interval(start: int, end: int) -> Interval:
    return Interval(at(start), at(end))


some = st.lists(
    st.tuples(st.integers(0, SPAN - 1), st.integers(1, 15)).map(lambda p: an_interval(p[0], min(SPAN, p[0] + p[1]))),
    max_size=6,
)


empty_too = st.lists(
    st.tuples(st.integers(0, SPAN), st.integers(0, SPAN)).map(lambda pair: an_interval(*pair)), max_size=6
)


def minutes(intervals: Iterable[Interval]) -> set[int]:
    """The oracle's view: the minutes that lie in any of the intervals."""
    held = tuple(intervals)
    return {m for m in range(SPAN) if any(each.start <= at(m) < each.end for each in held)}


def is_normal(intervals: Iterable[Interval]) -> bool:
    """Tell whether none is empty, and none meets the next."""
    held = tuple(intervals)
    return all(each.start < each.end for each in held) and all(a.end < b.start for a, b in pairwise(held))


@given(empty_too, empty_too)
def test_sets_of_intervals_are_sets_of_minutes(some, others):
    """Union, intersection and difference, each in normal form, and their length; some given may be empty."""
    together, both, without = union([*some, *others]), intersection(some, others), difference(some, others)

    assert minutes(together) == minutes(some) | minutes(others)
    assert minutes(both) == minutes(some) & minutes(others)
    assert minutes(without) == minutes(some) - minutes(others)
    assert is_normal(together)
    assert is_normal(both)
    assert is_normal(without)
    assert length_of(together) == len(minutes(together)) * MINUTE
    assert minutes_in(some) == len(minutes(some))


@given(some, st.integers(0, SPAN), st.integers(1, SPAN))
def test_a_period_cuts_intervals_and_is_covered_by_them(intervals, start, length):
    """What is cut stays apart, in its order."""
    end = start + length
    period = set(range(start, end))
    found = clipped(intervals, at(start), at(end))

    assert minutes(found) == minutes(intervals) & period
    assert len(found) == sum(each.meets(at(start), at(end)) for each in intervals)
    assert covers(intervals, at(start), at(end)) == (period <= minutes(intervals))


@given(some, st.integers(0, 4))
def test_more_at_once_than_may_be(intervals, most):
    """Counted minute by minute; who stands twice counts twice."""
    full = {m for m in range(SPAN) if sum(each.start <= at(m) < each.end for each in intervals) > most}
    assert minutes(crowded(intervals, most)) == full


allowances = st.lists(
    st.tuples(st.integers(0, SPAN - 2), st.integers(1, 15), st.none() | st.integers(0, 12)).map(
        lambda p: (an_interval(p[0], min(SPAN, p[0] + p[1])), None if p[2] is None else float(p[2]))
    ),
    max_size=5,
)


@given(some, allowances)
def test_minutes_that_allowances_cover(outages, given):
    """As many as the largest matching of minutes to allowances has: a minute is covered once."""
    network = nx.DiGraph()
    network.add_nodes_from(["from", "to"])
    for m in minutes(outages):
        network.add_edge("from", ("minute", m), capacity=1)
        for place, (interval, room) in enumerate(given):
            if interval.start <= at(m) < interval.end:
                network.add_edge(("minute", m), ("allowance", place), capacity=1)
                network.add_edge(("allowance", place), "to", capacity=SPAN if room is None else int(room))
    assert charged(outages, given) == nx.maximum_flow_value(network, "from", "to")


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_texts_are_the_intervals_and_sort_as_they_do(start, length):
    """An interval comes back from its text; a later one has a greater text."""
    interval = an_interval(start, start + length)
    assert interval_of(interval.text) == interval
    assert interval.text < an_interval(start + 1, start + length + 1).text
