"""Samples for a person: the draw is the seed's, every CI is as likely, and the interval is Wilson's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.configuration.audit_sample import Z95, draw, wilson

names = st.lists(st.text(max_size=8), max_size=30)


@given(names, st.integers(0, 40), st.integers(0, 2**31 - 1) | st.text(max_size=9), st.randoms(use_true_random=False))
def test_a_seed_draws_the_same_from_the_same(ids, size, seed, chance):
    """Whatever order they come in; as many as there are at most; a larger draw holds the smaller one."""
    drawn = draw(ids, size, seed)
    assert drawn == draw(chance.sample(ids, len(ids)), size, seed)
    assert len(drawn) == min(size, len(set(ids)))
    assert set(drawn) <= set(ids)
    assert set(drawn) <= set(draw(ids, size + 1, seed))


def test_every_ci_is_as_likely_to_be_drawn():
    """Over 4,000 seeds each of 20 is drawn about a quarter of the time: within five standard deviations."""
    ids = [f"web{n}" for n in range(20)]
    counts = dict.fromkeys(ids, 0)
    for seed in range(4_000):
        for each in draw(ids, 5, seed):
            counts[each] += 1
    spread = 5 * math.sqrt(4_000 * 0.25 * 0.75)
    assert all(abs(count - 1_000) < spread for count in counts.values())


@given(st.integers(1, 5_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_bounds_are_where_the_share_is_z_deviations_away(told):
    """That is what Wilson's interval is: the roots of (share - p)^2 = z^2 p (1 - p) / n."""
    right, of = told
    low, high = wilson(right, of)
    assert 0.0 <= low <= right / of <= high <= 1.0
    for bound in (low, high):
        if 0.0 < bound < 1.0:
            assert math.isclose(abs(right / of - bound), Z95 * math.sqrt(bound * (1 - bound) / of), rel_tol=1e-6)


def test_nothing_looked_at_says_nothing():
    """The bounds are then 0 and 1; figures that can not be are refused."""
    assert wilson(0, 0) == (0.0, 1.0)
    for wrong in ((1, 0), (-1, 3), (4, 3)):
        with pytest.raises(ValueError, match=r"^\("):
            wilson(*wrong)
    with pytest.raises(ValueError, match="-1"):
        draw(["web1"], -1, 1)
