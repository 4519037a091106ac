"""The arithmetic of service levels: periods of the calendar, error budgets to the second, what misses a target."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.sla import ErrorBudget, Period, days_of, error_budget

MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("period", "day", "first", "after"),
    [
        (Period.MONTH, "2028-02-29", "2028-02-01", "2028-03-01"),
        (Period.MONTH, "2026-12-31", "2026-12-01", "2027-01-01"),
        (Period.QUARTER, "2026-06-30", "2026-04-01", "2026-07-01"),
        (Period.QUARTER, "2026-11-23", "2026-10-01", "2027-01-01"),
        (Period.YEAR, "2026-11-23", "2026-01-01", "2027-01-01"),
    ],
)
def test_a_period_is_one_of_the_calendar(period, day, first, after):
    """Its first day, and the first day of the next."""
    found = days_of(period, date.fromisoformat(day))

    assert found == (date.fromisoformat(first), date.fromisoformat(after))


@given(st.dates(date(1971, 1, 1), date(2099, 12, 31)), st.sampled_from(Period))
def test_every_day_lies_in_one_period_of_each_kind(day, period):
    """Periods meet without a gap: the day after one begins the next."""
    first, after = days_of(period, day)

    assert first <= day < after
    assert days_of(period, after)[0] == after
    assert days_of(period, first) == (first, after)


def test_99_9_percent_of_a_month_of_30_days_leaves_43_2_minutes():
    """To the second, though neither figure is one that a computer holds."""
    assert error_budget(timedelta(days=30), 99.9) == 43.2 * MINUTES
    assert error_budget(timedelta(days=365), 99.99) == timedelta(seconds=3153.6)
    assert error_budget(timedelta(days=30), 100.0) == timedelta()


@given(st.integers(0, 10**6), st.decimals("0.001", "100", places=3))
def test_a_budget_is_the_exact_share_cut_to_the_microsecond(minutes, percent):
    """Against fractions."""
    exact = (1 - Fraction(percent) / 100) * minutes * 60_000_000

    assert error_budget(minutes * MINUTES, float(percent)) == timedelta(microseconds=int(exact))


@pytest.mark.parametrize(
    ("used", "more", "breaches"),
    [(0, 43.2, False), (0, 43.3, True), (40, 3.2, False), (40, 3.3, True), (50, 0, False), (50, 0.1, True)],
)
def test_a_target_is_missed_by_more_than_its_budget(used, more, breaches):
    """All of it may be used; and what adds nothing misses nothing, whatever was used before."""
    budget = ErrorBudget(43.2 * MINUTES, used * MINUTES)

    assert budget.is_breached_by(more * MINUTES) is breaches


def test_what_remains_is_never_less_than_nothing():
    """And of nothing no share can be told."""
    overdrawn = ErrorBudget(10 * MINUTES, 12 * MINUTES)

    assert (overdrawn.is_spent, overdrawn.remaining) == (True, timedelta())
    assert overdrawn.share_of(MINUTES) is None
    assert overdrawn.share_of(timedelta()) == 0.0
    assert ErrorBudget(10 * MINUTES, 6 * MINUTES).share_of(MINUTES) == 0.25
