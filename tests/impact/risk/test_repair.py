"""Repair times: a wide prior that cases move level by level, and nothing shorter than was seen."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.consequence import RepairCases
from impact.risk.repair import CONCENTRATION, MOST_POINTS, PRIOR, counted, mixed, quantile, repair_time

NOTHING: Counter[int] = Counter()
_cases = st.lists(st.integers(1, 5000), max_size=30).map(Counter)


def share(time, minutes: int) -> float:
    return dict(zip(time.minutes, time.probabilities, strict=True)).get(minutes, 0.0)


def test_without_any_case_it_is_the_prior_and_wide():
    """Never short: nine of ten between ten minutes and a day, half of them over two hours."""
    time = repair_time(NOTHING, NOTHING, NOTHING)

    assert dict(zip(time.minutes, time.probabilities, strict=True)) == pytest.approx(dict(PRIOR))
    assert [quantile(time, each) for each in (0.05, 0.5, 0.95)] == [10, 120, 1440]
    assert time.cases == RepairCases(0, 0, 0)
    assert fsum(PRIOR.values()) == pytest.approx(1.0, abs=1e-12)


def test_each_level_moves_the_one_below_by_its_cases():
    """By hand: five cases of a level weigh as much as all below it."""
    assert CONCENTRATION == 5

    others = repair_time(NOTHING, NOTHING, Counter({7: 5}))
    of_class = repair_time(NOTHING, Counter({8: 5}), Counter({7: 5}))
    own = repair_time(Counter({9: 5}), Counter({8: 5}), Counter({7: 5}))

    assert [share(others, 7), share(others, 120)] == pytest.approx([0.5, PRIOR[120] / 2])
    assert [share(of_class, each) for each in (8, 7)] == pytest.approx([0.5, 0.25])
    assert [share(own, each) for each in (9, 8, 7)] == pytest.approx([0.5, 0.25, 0.125])
    assert own.cases == RepairCases(5, 5, 5)


def test_one_quick_repair_does_not_make_repairs_quick():
    """A single case of two minutes; a hundred of them speak for themselves."""
    one = repair_time(Counter({2: 1}), NOTHING, NOTHING)
    many = repair_time(Counter({2: 100}), NOTHING, NOTHING)

    assert quantile(one, 0.5) >= 90
    assert quantile(many, 0.5) == 2
    assert quantile(many, 0.99) > 60


@given(_cases, _cases, _cases)
def test_it_is_a_distribution_over_ascending_minutes(own, of_class, others):
    """Whatever the history."""
    time = repair_time(own, of_class, others)

    assert list(time.minutes) == sorted(set(time.minutes))
    assert all(each >= 1 for each in time.minutes)
    assert fsum(time.probabilities) == pytest.approx(1.0)
    assert len(time.minutes) <= MOST_POINTS + len(PRIOR)


@given(st.sets(st.integers(1, 100_000), min_size=MOST_POINTS + 1, max_size=300))
def test_many_durations_are_rounded_up_by_less_than_a_fifth(minutes):
    """Never down: no share of repairs is said to be done before it was."""
    own = Counter(dict.fromkeys(minutes, 1))
    time = repair_time(own, NOTHING, NOTHING)

    assert len(time.minutes) < MOST_POINTS
    ordered = sorted(minutes)
    for tenth in range(1, 10):
        quick = sum(
            p for m, p in zip(time.minutes, time.probabilities, strict=True) if m < ordered[len(ordered) * tenth // 10]
        )
        exact = _share_before(own, ordered[len(ordered) * tenth // 10])
        assert quick <= exact + 1e-9
    assert time.minutes[-1] <= max(20160, ordered[-1]) * 1.2 + 1


def _share_before(own, minutes: int) -> float:
    """Return the share below so many minutes, before any rounding."""
    n = sum(own.values())
    prior = sum(p for m, p in PRIOR.items() if m < minutes)
    return (CONCENTRATION * prior + sum(count for m, count in own.items() if m < minutes)) / (CONCENTRATION + n)


def test_seconds_count_as_the_minute_they_begin():
    """Rounded up, and at least one."""
    lengths = [timedelta(), timedelta(seconds=1), timedelta(minutes=2), timedelta(minutes=2, microseconds=1)]

    assert counted(lengths) == Counter({1: 2, 2: 1, 3: 1})


def test_of_several_any_one_may_be_what_takes_long():
    """Each as likely as the others; of one alone, its own."""
    quick = repair_time(Counter({2: 95}), NOTHING, NOTHING)
    slow = repair_time(Counter({600: 95}), NOTHING, NOTHING)

    both = mixed([quick, slow, slow])

    assert share(both, 2) == pytest.approx(share(quick, 2) / 3 + share(slow, 2) * 2 / 3)
    assert share(both, 600) == pytest.approx(share(slow, 600) * 2 / 3 + share(quick, 600) / 3)
    assert both.cases.ci == 285
    assert mixed([quick]) == quick
