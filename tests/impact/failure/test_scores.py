"""Scores, held to slow and obvious ways of computing the same."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from impact.failure.reliability import bin_of, reliability
from impact.failure.scores import auc, brier_skill, calibration_error, coverage, lift, predictive_interval


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    chance = random.Random(seed)
    foretold = np.array([round(chance.uniform(0.01, 0.3), 2) for _ in range(count)])
    return foretold, np.array([float(chance.random() < one) for one in foretold])


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_the_share_of_pairs_in_the_right_order(seed):
    """Of every failed change beside every other; ties count half."""
    foretold, bad = drawn(120, seed)
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high, low in itertools.product(foretold[bad == 1.0], foretold[bad == 0.0])
    ]
    assert auc(foretold, bad) == pytest.approx(sum(pairs) / len(pairs))


def test_what_can_not_be_measured_is_none():
    """Without failures, or with nothing else, there is no order to be right about."""
    foretold = np.array([0.1, 0.2, 0.3])
    assert auc(foretold, np.zeros(3)) is None
    assert auc(foretold, np.ones(3)) is None
    assert lift(foretold, np.zeros(3)) is None
    assert brier_skill(foretold, np.zeros(3), np.zeros(3)) is None
    assert coverage(foretold, np.zeros(3), np.zeros(3)) is None


def test_skill_is_one_minus_the_ratio_of_squares():
    """Better than the reference is above zero, and knowing everything is one."""
    foretold, bad = drawn(1000)
    rate = np.full(1000, bad.mean())
    found = brier_skill(foretold, rate, bad)
    assert found.value == pytest.approx(1.0 - ((foretold - bad) ** 2).sum() / ((rate - bad) ** 2).sum())
    assert found.low < found.value < found.high
    assert brier_skill(bad, rate, bad) == (1.0, 1.0, 1.0)
    assert brier_skill(rate, rate, bad) == (0.0, 0.0, 0.0)


def test_the_skills_interval_is_seeded():
    """The same predictions have the same interval."""
    foretold, bad = drawn(700)
    rate = np.full(700, 0.15)
    assert brier_skill(foretold, rate, bad) == brier_skill(foretold, rate, bad)


def test_the_skills_interval_holds_the_truth_as_often_as_it_says():
    """Drawn 60 times, an interval of 95 % misses the long-run skill seldom."""
    long, bad = drawn(60_000, 99)
    true = 1.0 - ((long - bad) ** 2).sum() / ((0.155 - bad) ** 2).sum()
    held = 0
    for seed in range(60):
        foretold, outcomes = drawn(1500, seed)
        found = brier_skill(foretold, np.full(1500, 0.155), outcomes)
        held += found.low <= true <= found.high
    assert held >= 51


def test_calibration_error_is_the_mean_gap_of_ten_groups():
    """Right on average in each group is zero; ten points too high everywhere is a tenth."""
    foretold = np.repeat([0.1, 0.5], 500)
    bad = np.concatenate([np.tile([1.0] + [0.0] * 9, 50), np.tile([1.0, 0.0], 250)])
    assert calibration_error(foretold, bad) == pytest.approx(0.0, abs=1e-12)
    assert calibration_error(foretold + 0.1, bad) == pytest.approx(0.1)


def test_lift_is_that_of_the_highest_tenth():
    """Ten failures among a hundred, all of them foretold highest: ten times the rate."""
    foretold = np.linspace(0.0, 0.9, 100)
    bad = np.concatenate([np.zeros(90), np.ones(10)])
    assert lift(foretold, bad) == pytest.approx(10.0)


@pytest.mark.parametrize("seed", range(4))
def test_the_predictive_interval_is_the_shortest_that_holds_ninety_percent(seed):
    """Without drift: held to the distribution of the sum of independent events, by enumeration."""
    chance = random.Random(seed)
    foretold = np.array([chance.uniform(0.01, 0.6) for _ in range(10)])
    masses = [0.0] * 11
    for events in itertools.product((0, 1), repeat=10):
        masses[sum(events)] += math.prod(p if hit else 1.0 - p for p, hit in zip(foretold, events, strict=True))
    fits = [
        (high - low, -sum(masses[low : high + 1]), low)
        for low in range(11)
        for high in range(low, 11)
        if sum(masses[low : high + 1]) >= 0.9
    ]
    width, _, low = min(fits)
    assert predictive_interval(foretold, 0.0) == (low, low + width)


def test_drift_widens_the_predictive_interval():
    """What all changes of a time share makes their count less sure."""
    foretold = np.full(200, 0.1)
    narrow, wide = predictive_interval(foretold, 0.0), predictive_interval(foretold, 0.25)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_blocks_are_covered_as_often_as_they_should_be():
    """Counts drawn with the drift that is foretold lie within a little more than 90 % of the time."""
    chance = np.random.default_rng(7)
    blocks = 300
    foretold = np.full(200 * blocks, 0.05)
    shifts = np.repeat(chance.normal(0.0, 0.3, blocks), 200)
    truth = 1.0 / (1.0 + np.exp(-(np.log(0.05 / 0.95) + shifts)))
    bad = (chance.random(len(truth)) < truth).astype(float)
    found = coverage(foretold, np.full(len(truth), 0.09), bad)
    assert found.blocks == blocks
    assert 0.88 <= found.share <= 0.97
    assert coverage(foretold, np.zeros(len(truth)), bad).share < found.share


def test_reliability_counts_every_change_once():
    """Each prediction lies in one range; an edge belongs to the range above it, 1 to the last."""
    foretold = np.array([0.0, 0.01, 0.049, 0.05, 0.0999, 0.1, 1.0])
    bad = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    bins = reliability(foretold, bad)
    assert [(one.low, one.changes, one.failures) for one in bins] == [
        (0.0, 1, 0),
        (0.01, 1, 1),
        (0.02, 1, 0),
        (0.05, 2, 1),
        (0.1, 1, 0),
        (0.5, 1, 1),
    ]
    assert bin_of(bins, 0.07).changes == 2
    assert bin_of(bins, 1.0).failures == 1
    assert bin_of(bins, 0.3) is None
