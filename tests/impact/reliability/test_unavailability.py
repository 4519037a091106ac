"""A component's unavailability: shrinkage between prior and own history, sources, and the chance within a window."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.reliability.unavailability import (
    PRIOR_HOURS,
    History,
    Prior,
    Source,
    Unavailability,
    Window,
    history_of,
    in_window,
    shrunk,
    unavailability_of,
)
from tests.builders import moment

START = moment("2026-01-01T00:00Z")
DAYS = 3
END = START + timedelta(days=DAYS)

chances = st.floats(0, 1, exclude_min=True)
hours = st.floats(1e-3, 1e9)
priors = st.builds(
    Prior,
    st.none() | chances,
    st.just(Source.STATED),
    st.none() | hours,
    st.just(Source.CLASS_DEFAULT),
)
minutes = st.integers(-1000, DAYS * 24 * 60 + 1000)
intervals = st.lists(st.tuples(minutes, st.none() | st.integers(0, 5000)), max_size=12).map(
    lambda pairs: [
        (at(begin), None if length is None else at(begin) + timedelta(minutes=length)) for begin, length in pairs
    ]
)


def at(minute: float):
    return START + timedelta(minutes=minute)


def a_prior(q=0.001, mtbf=10_000.0) -> Prior:
    return Prior(q, Source.STATED, mtbf, Source.CLASS_DEFAULT)


def observed(failures: int, down: float, over: float = 8760.0) -> History:
    return History(failures, down, over)


def by_minutes(found) -> tuple[int, int]:
    """Count failures and minutes down minute by minute: the oracle of merging."""
    down = set()
    starts = set()
    for begin, end in found:
        first = max(0, round((begin - START) / timedelta(minutes=1)))
        last = DAYS * 24 * 60 if end is None else min(DAYS * 24 * 60, round((end - START) / timedelta(minutes=1)))
        if first <= last and first < DAYS * 24 * 60 and (end is None or end >= START):
            down.update(range(first, last))
            starts.add((first, last))
    failures, reach = 0, -1
    for first, last in sorted(starts):
        if first > reach:
            failures += 1
        reach = max(reach, last)
    return failures, len(down)


# history -------------------------------------------------------------------------------------------------------------
@settings(deadline=None)
@given(intervals)
def test_a_history_counts_each_hour_once(found):
    """Against counting minutes: overlapping and touching incidents are one failure, what lies outside is left out."""
    history = history_of(found, since=START, until=END)

    assert (history.failures, round(history.down_hours * 60)) == by_minutes(found)
    assert history.observed_hours == DAYS * 24


@settings(deadline=None)
@given(intervals, st.randoms(use_true_random=False))
def test_the_order_of_incidents_does_not_matter(found, chance: random.Random):
    """Which line of the file came first changes nothing, not even the last digit."""
    shuffled = list(found)
    chance.shuffle(shuffled)

    assert history_of(shuffled, since=START, until=END) == history_of(found, since=START, until=END)


@settings(deadline=None)
@given(intervals)
def test_the_same_incident_told_twice_is_one(found):
    """Two tools that report the same outage do not double it."""
    assert history_of(found + found, since=START, until=END) == history_of(found, since=START, until=END)


def test_overlapping_incidents_are_merged_not_added():
    """Two of an hour that share half an hour are one failure of an hour and a half; a third is another."""
    history = history_of([(at(0), at(60)), (at(30), at(90)), (at(600), at(660))], since=START, until=END)

    assert (history.failures, history.down_hours) == (2, 2.5)


def test_an_open_incident_lasts_until_the_moment_that_was_given():
    """Never until now: the answer is the same tomorrow."""
    assert history_of([(at(0), None)], since=START, until=at(120)).down_hours == 2
    assert history_of([(at(0), None)], since=START, until=at(180)).down_hours == 3


def test_an_incident_without_length_is_a_failure_all_the_same():
    """Resolved in the minute it was opened: it failed, and was not down."""
    assert history_of([(at(5), at(5))], since=START, until=END)[:2] == (1, 0.0)


def test_a_moment_before_the_observation_observes_nothing():
    """An observation that ends before it begins has neither hours nor failures, so the prior stays."""
    history = history_of([(at(0), None)], since=START, until=at(-60))

    assert history == (0, 0.0, 0.0)
    assert shrunk(a_prior(), history) == a_prior()


# shrinkage -----------------------------------------------------------------------------------------------------------
@settings(deadline=None)
@given(priors)
def test_without_incidents_it_is_the_prior_with_its_own_source(prior):
    """Being watched without an incident is no history."""
    assert shrunk(prior, observed(0, 0.0)) == prior
    found = unavailability_of(prior)
    assert (found.q, found.mtbf_hours) == (prior.q, prior.mtbf_hours)
    assert found.source[:2] == (prior.q_source, prior.mtbf_source)


@settings(deadline=None)
@given(priors, st.integers(1, 500), st.floats(0, 1), st.floats(1e-6, 1e7))
def test_every_number_stays_within_its_bounds(prior, failures, share, over):
    """A chance lies in [0, 1] and a mean time is positive and finite, whatever the prior and the history."""
    found = shrunk(prior, observed(failures, share * over, over))

    assert 0 <= found.q <= 1
    assert 0 < found.mtbf_hours < math.inf
    assert (found.q_source, found.mtbf_source) == (Source.HISTORY, Source.HISTORY)


@settings(deadline=None)
@given(chances, hours, st.integers(1, 500), st.floats(0, 1), st.floats(1e-3, 1e7))
def test_it_lies_between_the_prior_and_its_own_history(q, mtbf, failures, share, over):
    """Shrinking never goes past either end."""
    found = shrunk(a_prior(q, mtbf), observed(failures, share * over, over))

    assert min(q, share) * (1 - 1e-9) <= found.q <= max(q, share) * (1 + 1e-9) + 1e-300
    own = over / failures
    assert min(mtbf, own) * (1 - 1e-9) <= found.mtbf_hours <= max(mtbf, own) * (1 + 1e-9)


@settings(deadline=None)
@given(chances, hours, st.integers(1, 500), st.floats(0, 1))
def test_much_history_is_its_own_rate(q, mtbf, failures, share):
    """Ten million prior weights of observation leave nothing of the prior."""
    years = 1e7 * PRIOR_HOURS
    many = failures * 10**9

    found = shrunk(a_prior(q, max(mtbf, 1.0)), observed(many, share * years, years))

    assert found.q == pytest.approx(share, abs=2e-7)
    assert found.mtbf_hours == pytest.approx(years / many, rel=1e-2)


@settings(deadline=None)
@given(chances, hours, st.integers(1, 100), st.floats(0, 4000), st.floats(0.1, 4000))
def test_more_downtime_is_never_less_unavailability(q, mtbf, failures, down, more):
    """Monotone in hours down, and the mean time in the number of failures."""
    few = shrunk(a_prior(q, mtbf), observed(failures, down))
    many = shrunk(a_prior(q, mtbf), observed(failures + 1, down + more))

    assert many.q > few.q
    assert many.mtbf_hours <= few.mtbf_hours


def test_the_weights_are_hours():
    """A year of own history weighs as much as the prior: half of each."""
    found = shrunk(a_prior(0.001, 8760.0), observed(3, 87.6))

    assert found.q == pytest.approx((0.001 + 0.01) / 2)
    assert found.mtbf_hours == pytest.approx(2 * 8760 / (1 + 3))
    heavy = shrunk(a_prior(0.001, 8760.0), observed(3, 87.6), prior_hours=3 * 8760.0)
    assert heavy.q == pytest.approx((3 * 0.001 + 0.01) / 4)


def test_it_is_the_product_of_both_posterior_means():
    """Rate and repair time, each from its own conjugate posterior, give the same share."""
    q, mtbf, failures, down, over = 0.002, 4000.0, 5, 31.0, 5000.0
    rate = (PRIOR_HOURS / mtbf + failures) / (PRIOR_HOURS + over)
    shape, scale = PRIOR_HOURS / mtbf + 1 + failures, PRIOR_HOURS * q + down
    repair = scale / (shape - 1)

    found = shrunk(a_prior(q, mtbf), observed(failures, down, over))

    assert found.q == pytest.approx(rate * repair, rel=1e-12)
    assert found.mtbf_hours == pytest.approx(1 / rate, rel=1e-12)


@pytest.mark.parametrize(
    ("q", "mtbf", "failures", "down", "over"),
    [(0.002, 4000.0, 5, 31.0, 5000.0), (0.0001, 50_000.0, 1, 0.5, 2000.0), (0.3, 200.0, 40, 900.0, 9000.0)],
)
def test_the_posteriors_are_those_of_bayes_rule(q, mtbf, failures, down, over):
    """By quadrature: prior times likelihood, for the rate and for the repair time, nothing known of conjugacy."""
    shape = PRIOR_HOURS / mtbf

    def rate(r):  # Gamma(shape, W) and Poisson(failures; r over)
        return (shape - 1 + failures) * np.log(r) - PRIOR_HOURS * r - r * over

    def repair(t):  # InverseGamma(shape + 1, W q) and exponential times that add up to the hours down
        return -(shape + 2) * np.log(t) - PRIOR_HOURS * q / t - failures * np.log(t) - down / t

    found = shrunk(a_prior(q, mtbf), observed(failures, down, over))

    assert mean(rate) == pytest.approx(1 / found.mtbf_hours, rel=1e-6)
    assert mean(rate) * mean(repair) == pytest.approx(found.q, rel=1e-6)


def mean(log_density) -> float:
    """Return the mean of a density above 0, given the logarithm of a multiple of it, on a logarithmic grid."""
    logs = np.linspace(math.log(1e-16), math.log(1e9), 400_001)
    values = np.exp(logs)
    weights = log_density(values) + logs
    weights = np.exp(weights - weights.max())
    return float((weights * values).sum() / weights.sum())


def test_without_a_prior_the_history_stands_alone():
    """Nothing is shrunk towards a guess."""
    found = shrunk(Prior(None, Source.UNSTATED, None, Source.UNSTATED), observed(4, 10.0, 1000.0))

    assert found == Prior(0.01, Source.HISTORY, 250.0, Source.HISTORY)


def test_what_can_not_fail_by_itself_never_does():
    """A stated 0 stays 0, whatever incidents say and however long the window is."""
    found = unavailability_of(a_prior(0.0), [(at(0), at(6000))], since=START, until=END, window_hours=1e6)

    assert found.q == 0.0
    assert found.source.q is Source.STATED


def test_what_nobody_knows_is_no_number():
    """Neither incidents nor figures: None, and the source says so."""
    found = unavailability_of(Prior(None, Source.UNSTATED, None, Source.UNSTATED), window_hours=4)

    assert found == Unavailability(None, None, (Source.UNSTATED, Source.UNSTATED, Window.WITHOUT_MTBF))


# windows -------------------------------------------------------------------------------------------------------------
@settings(deadline=None)
@given(chances, hours, st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_longer_window_is_never_less_likely_to_see_a_failure(q, mtbf, short, long):
    """From the steady state for no time at all up to certainty."""
    short, long = sorted((short, long))
    there = in_window(a_prior(q, mtbf), short).q
    later = in_window(a_prior(q, mtbf), long).q

    assert q <= there <= later <= 1
    assert in_window(a_prior(q, mtbf), 0).q == q


def test_the_window_is_the_formula_of_the_page():
    """Four hours of a component with a failure each thousand hours."""
    found = in_window(a_prior(0.001, 1000.0), 4.0)

    assert found.q == pytest.approx(0.001 + 0.999 * (1 - math.exp(-0.004)), rel=1e-12)
    assert found.source == (Source.STATED, Source.CLASS_DEFAULT, Window.COUNTED)


def test_a_window_without_a_mean_time_is_told():
    """The steady state alone, and that the window is not in it."""
    found = in_window(a_prior(0.001, None), 4.0)

    assert (found.q, found.source.window) == (0.001, Window.WITHOUT_MTBF)


@pytest.mark.parametrize("wrong", [-1.0, math.nan])
def test_a_window_that_is_no_length_is_refused(wrong):
    """Never a probability made of it."""
    with pytest.raises(ValueError, match="window"):
        in_window(a_prior(), wrong)


def test_incidents_want_a_period():
    """Without one nobody knows of how many hours they are a share."""
    with pytest.raises(ValueError, match="period"):
        unavailability_of(a_prior(), [(at(0), at(1))])
