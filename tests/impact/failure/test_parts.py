"""The parts of P(fail), held to slow and obvious twins: fading counts, pooled rates, the ridge, recalibration."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from impact.failure.logistic import INTERCEPT_RIDGE, MOST_SIZE, Logistic, fit, sigmoid
from impact.failure.pooling import Nested, Organisation, trigamma
from impact.failure.rates import Counts, Pooled
from impact.failure.recalibration import recalibrated
from impact.failure.seen import Seen, words_of
from impact.failure.unexplained import Unexplained
from tests.impact.failure.histories import planned


def seen_at(day: float, rate: float = 0.1, **known) -> Seen:
    found = Seen(planned(1, day=day, **known))
    found.rate, found.level = rate, math.log(rate / (1.0 - rate))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_counts_fade_by_half_in_a_half_life(seed):
    """In whatever order outcomes become known, each weighs by its age."""
    chance = random.Random(seed)
    events = [(chance.uniform(0.0, 300.0), chance.random() < 0.3) for _ in range(50)]
    counts = Counts(30.0, 180.0)
    for at, bad in events:
        counts.add("k", at, bad)
    _, *found = counts.at("k", 300.0)
    slow = []
    for half in (30.0, 180.0):
        weights = [0.5 ** ((300.0 - at) / half) for at, _ in events]
        slow += [sum(weights), sum(w for w, (_, bad) in zip(weights, events, strict=True) if bad)]
    assert found == pytest.approx(slow)
    assert counts.at("other", 300.0)[1:] == [0.0] * 4


def test_a_key_of_which_nothing_is_known_deviates_by_nothing():
    """Its rate is that of all, and its variance that of the factor's effects."""
    pooled = Pooled(180.0)
    seen = seen_at(10.0)
    values, variance = pooled.judged(["new"], seen)
    assert values == [0.0]
    assert variance == pytest.approx(pooled.spread)


def test_a_keys_rate_goes_from_that_of_all_to_its_own():
    """The more is known, the nearer to what it shows; the variance goes down all the way."""
    pooled = Pooled(1e9)
    last, spread = 0.0, math.inf
    for number in range(400):
        pooled.learn(["k"], seen_at(1.0 + number * 1e-6), number % 2 == 0)
        if number in (3, 30, 399):
            values, variance = pooled.judged(["k"], seen_at(2.0))
            assert values[0] > last
            assert variance < spread
            last, spread = values[0], variance
    assert last == pytest.approx(math.log(9.0), abs=0.3)  # From 10 % to 50 % is log 9 in odds.


@pytest.mark.parametrize("true", [0.05, 0.6])
def test_how_unlike_keys_are_is_estimated(true):
    """From many teams with drawn effects of a known variance, that variance, within what chance allows."""
    chance = np.random.default_rng(3)
    pooled = Pooled(1e9)
    effects = chance.normal(0.0, math.sqrt(true), 400)
    for number in range(40_000):
        team = int(chance.integers(400))
        rate = 1.0 / (1.0 + math.exp(-(math.log(0.1 / 0.9) + effects[team])))
        pooled.learn([team], seen_at(1.0 + number * 1e-6), bool(chance.random() < rate))
    assert pooled.spread == pytest.approx(true, rel=0.6)


def test_what_is_unexplained_is_estimated_from_pairs():
    """Groups that fail together more than foretold show it; groups that do not leave nothing."""
    chance = np.random.default_rng(4)
    for true in (0.0, 0.5):
        left = Unexplained(0.3, 10.0, 1e9)
        effects = chance.normal(0.0, math.sqrt(true), 300)
        rates = 1.0 / (1.0 + np.exp(-(math.log(0.1 / 0.9) + effects)))
        mean = float(rates.mean())
        for number in range(60_000):
            group = int(chance.integers(300))
            left.add(group, number * 1e-6, float(chance.random() < rates[group]), mean)
        assert left.variance == pytest.approx(true, abs=0.2)
        assert left.evidence > 10.0


def test_nested_rates_go_down_the_levels():
    """A model's rate is drawn towards the organisation's, a team's towards its model's, a CI's towards its team's."""
    nested = Nested()
    for number in range(200):
        known = {"model": "patch", "team": "unix", "targets": ("web:1",), "classes": ("web",)}
        nested.learn(seen_at(1.0 + number * 1e-6, **known), number % 3 == 0)
    steps, _ = nested.judged(seen_at(2.0, model="patch", team="unix", targets=("web:1",), classes=("web",)))
    other, wider = nested.judged(seen_at(2.0, model="patch", team="other", targets=("web:9",), classes=("web",)))
    alien, widest = nested.judged(seen_at(2.0, model="new", team="other", targets=("x",), classes=("",)))
    own, _ = nested.judged(seen_at(2.0, model="patch", team="unix", targets=("web:1",), classes=("web",)))
    assert steps[0] > 0.5
    assert sum(steps) > sum(other) > sum(alien) == 0.0
    assert wider < widest
    assert own == steps


def test_a_teams_rate_is_not_taken_for_that_of_its_cis():
    """A CI that only a failing team touches is not blamed for the team; one that fails for everybody is."""
    nested = Nested()
    for number in range(600):
        at = 1.0 + number * 1e-6
        nested.learn(seen_at(at, team="rough", targets=("t:1",), classes=("t",)), number % 2 == 0)
        nested.learn(seen_at(at, team="calm", targets=("t:2",), classes=("t",)), number % 50 == 0)
        nested.learn(seen_at(at, team=f"team{number % 9}", targets=("t:9",), classes=("t",)), number % 4 == 0)
        nested.learn(seen_at(at, team=f"team{number % 9}", targets=("t:8",), classes=("t",)), number % 40 == 0)

    touched = {
        ci: nested.judged(seen_at(2.0, targets=(ci,), classes=("t",)))[0][3] for ci in ("t:1", "t:2", "t:9", "t:8")
    }

    assert abs(touched["t:1"]) < 0.3
    assert abs(touched["t:2"]) < 0.3
    assert touched["t:9"] > 0.4
    assert touched["t:8"] < -0.8


def test_the_organisation_begins_at_one_in_five_and_learns():
    """The wide prior has the weight of five changes."""
    organisation = Organisation()
    assert organisation.at(0.0).rate == pytest.approx(0.2)
    for number in range(95):
        organisation.learn(number * 1e-6, False)
    assert organisation.at(1e-4).rate == pytest.approx(0.01, rel=0.01)


def test_words_of_a_title():
    """Numbers and single letters say nothing; Chinese is taken in pairs of characters; a word counts once."""
    assert words_of("Patch patch 17 of DB_core a") == ("core", "db", "of", "patch")
    assert words_of("升级数据库 mysql") == ("mysql", "升级", "据库", "数据", "级数")
    assert words_of("") == ()


def test_trigamma():
    """Known values: pi^2/6 at 1, pi^2/2 at 1/2."""
    assert trigamma(1.0) == pytest.approx(math.pi**2 / 6.0, abs=1e-9)
    assert trigamma(0.5) == pytest.approx(math.pi**2 / 2.0, abs=1e-9)


def figures(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    columns = chance.normal(size=(count, 4)) * [1.0, 5.0, 0.1, 1.0] + [0.0, 3.0, 0.0, 0.0]
    truth = -2.0 + columns @ [0.8, -0.1, 3.0, 0.0]
    return columns, (chance.random(count) < sigmoid(truth)).astype(float)


def test_the_ridge_is_scikit_learns_at_the_same_strength():
    """The same weights as a library finds for the same penalty, on columns that are already standardised."""
    columns, bad = figures(3000)
    found = fit(columns, bad, np.zeros(3000), np.ones(3000), np.zeros(4, dtype=bool), None)
    rows = found.standardised(columns)
    # The library has no penalty of its own for the intercept; as a column scaled so it comes to the same.
    rows[:, 0] = math.sqrt(found.ridge / INTERCEPT_RIDGE)
    theirs = LogisticRegression(C=1.0 / found.ridge, fit_intercept=False, tol=1e-10, max_iter=1000).fit(rows, bad)
    ours = found.weights.copy()
    ours[0] /= rows[0, 0]
    assert theirs.coef_[0] == pytest.approx(ours, abs=1e-5)


def test_a_warm_start_changes_nothing_but_the_time():
    """Fitted from elsewhere it arrives at the same weights."""
    columns, bad = figures(2000)
    arguments = (columns, bad, np.full(2000, -2.0), np.ones(2000), np.zeros(4, dtype=bool))
    cold = fit(*arguments, None)
    odd = Logistic(cold.means, cold.scales, cold.weights + 1.0, cold.covariance, cold.ridge)
    assert fit(*arguments, odd).weights == pytest.approx(cold.weights, abs=1e-6)


def test_unknown_values_and_columns_that_do_not_vary():
    """What is not known counts as the mean; a column with one value has no weight."""
    columns, bad = figures(2000)
    columns[:, 3] = 7.0
    columns[::3, 0] = np.nan
    found = fit(columns, bad, np.full(2000, -2.0), np.ones(2000), np.zeros(4, dtype=bool), None)
    assert found.scales[3] == 0.0
    assert found.slopes()[3] == 0.0
    assert np.isfinite(found.weights).all()
    assert found.standardised(np.array([[np.nan, 3.0, 0.0, 9.0]]))[0, 1] == 0.0


def test_sizes_may_not_grow_faster_than_what_is_split():
    """Two sizes whose exponents want more are held to it together; those that fall are left alone."""
    chance = np.random.default_rng(1)
    columns = chance.normal(size=(4000, 3))
    bad = (chance.random(4000) < sigmoid(-2.0 + 1.5 * columns[:, 0] + 1.5 * columns[:, 1] - columns[:, 2])).astype(
        float
    )
    sizes = np.array([True, True, True])
    found = fit(columns, bad, np.full(4000, -2.0), np.ones(4000), sizes, None).slopes()
    assert found[0] + found[1] == pytest.approx(MOST_SIZE)
    assert found[2] < -0.5


def test_recalibration_corrects_what_is_off_and_leaves_what_is_right():
    """Twice too bold is brought towards its half; a level too low is raised; nothing known changes nothing."""
    chance = np.random.default_rng(2)
    true = chance.normal(0.0, 0.8, 20_000)
    level = np.full(20_000, -2.0)
    bad = (chance.random(20_000) < sigmoid(level + true + 0.3)).astype(float)
    counts = np.ones(20_000)
    bold = recalibrated(2.0 * true, level, bad, counts)
    assert bold.slope == pytest.approx(0.5, abs=0.06)
    assert bold.shift == pytest.approx(0.3, abs=0.06)
    nothing = np.empty(0)
    assert recalibrated(nothing, nothing, nothing, nothing) == (0.0, 1.0)
