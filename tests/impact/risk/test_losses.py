"""Losses as numbers: the score map, parts that sum to the last bit, and the mean of the worst twentieth."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact.risk.losses import GRID, SCORE_GRID, apportioned, expected_shortfall, on_grid, score_of

_losses = st.floats(0, 1e6)


@given(_losses, _losses, st.floats(0.001, 1e4))
def test_the_score_grows_with_the_loss_and_stays_below_100(loss, more, half_at):
    """0 at no loss, 50 at half_at, never less for more."""
    assert score_of(0.0, half_at) == 0.0
    assert score_of(half_at, half_at) == 50.0
    assert 0 <= score_of(loss, half_at) <= score_of(loss + more, half_at) <= 100


def test_losses_that_differ_a_little_score_apart():
    """A score is for sorting: at 1 and at 1.1 minutes it is not the same."""
    assert score_of(1.0, 60.0) < score_of(1.1, 60.0) < score_of(1000.0, 60.0) < score_of(1100.0, 60.0)


@given(st.lists(_losses, max_size=12), st.integers(0, 100 * SCORE_GRID))
def test_parts_sum_to_the_whole_in_any_order(shares, units):
    """Each within one step of the grid of its share."""
    whole = units / SCORE_GRID
    parts = apportioned(whole, shares, SCORE_GRID)

    total = sum(map(Fraction, shares))
    if not total:
        assert parts == [0.0] * len(shares)
        return
    assert sum(parts) == sum(reversed(parts)) == whole
    for part, share in zip(parts, shares, strict=True):
        assert abs(Fraction(part) - Fraction(whole) * Fraction(share) / total) < Fraction(1, SCORE_GRID)


@given(_losses)
def test_a_loss_is_never_made_less(loss):
    """By rounding: up to the grid, by less than a step of it."""
    assert loss <= on_grid(loss) < loss + 2 / GRID


@pytest.mark.parametrize(
    ("cases", "tail"),
    [
        ([(1.0, 7.0)], 7.0),
        ([(0.95, 0.0), (0.05, 100.0)], 100.0),
        ([(0.99, 0.0), (0.01, 100.0)], 20.0),
        ([(0.9, 1.0), (0.08, 10.0), (0.02, 100.0)], 46.0),
        ([(0.5, 1.0), (0.5, 1.0)], 1.0),
        ([], 0.0),
    ],
)
def test_the_tail_is_the_mean_of_the_worst_twentieth(cases, tail):
    """A case that lies across the limit counts with the part of it that is within."""
    assert expected_shortfall(cases) == pytest.approx(tail)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=8))
def test_the_tail_of_a_sum_is_never_more_than_the_sum_of_the_tails(drawn):
    """Subadditive, which a quantile is not: nothing is gained by writing two changes as one, or one as two."""
    total = sum(weight for weight, _, _ in drawn)
    cases = [(weight / total, float(a), float(b)) for weight, a, b in drawn]
    one, other = ([(p, case[of]) for p, *case in cases] for of in (0, 1))
    both = [(p, a + b) for p, a, b in cases]

    assert expected_shortfall(both) <= expected_shortfall(one) + expected_shortfall(other) + 1e-6
