"""
Losses as numbers: a grid on which they add up exactly, the score of an expected loss, and the tail of a distribution.

The tail is the *expected shortfall*: the mean of the worst 5 % of all cases, a case that lies across the limit split
(C. Acerbi, D. Tasche, On the coherence of expected shortfall, Journal of Banking & Finance 26, 2002). Unlike a
quantile it sees how bad the worst cases are, never falls when a loss grows, and of a sum is never more than the sum
of the tails, so nothing is gained by writing two changes as one or one as two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, fsum

GRID = 1 << 20
"""Losses are whole multiples of 1 / GRID, the whole rounded up; sums of them are exact below 2**33, in any order."""
SCORE_GRID = 1 << 10
"""Scores are whole multiples of 1 / SCORE_GRID."""
TAIL = 0.05
HIGHEST_SCORE = 100

Case = tuple[float, float]
"""A probability and a loss."""


def on_grid(loss: float) -> float:
    """Return a loss as the next multiple of the grid, never less."""
    return ceil(loss * GRID) / GRID


def expected_shortfall(cases: Iterable[Case], tail: float = TAIL) -> float:
    """Return the mean loss of the worst ``tail`` of all cases."""
    left, parts = tail, []
    for probability, loss in sorted(cases, key=lambda case: (-case[1], case[0])):
        taken = min(probability, left)
        parts.append(taken * loss)
        left -= taken
        if left <= 0:
            break
    return fsum(parts) / tail


def score_of(loss: float, half_at: float) -> float:
    """
    Return the score of an expected loss: 100 * loss / (loss + half_at), on its grid.

    It is 0 at no loss, 50 at ``half_at``, and grows towards 100; in the logarithm of the loss it is the logistic curve,
    so ten times the loss moves it as far at 1 as at 90.
    """
    return round(HIGHEST_SCORE * SCORE_GRID * loss / (loss + half_at)) / SCORE_GRID


def apportioned(whole: float, shares: Sequence[float], grid: int) -> list[float]:
    """
    Return the parts of a whole, a multiple of 1 / ``grid``, by shares of at least 0; they sum to it exactly.

    Each is its share rounded down on the grid; what is left goes to those that lost most by it (largest remainder).
    Without any share all of it is 0.
    """
    units, total = round(whole * grid), sum(map(Fraction, shares))
    if not total:
        return [0.0 for _ in shares]
    exact = [units * Fraction(share) / total for share in shares]
    parts = [int(each) for each in exact]
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: units - sum(parts)]:
        parts[place] += 1
    return [part / grid for part in parts]
