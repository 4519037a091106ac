"""Forecasts in order of time: nothing of the future enters, and the weights earn their place."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cmdb.model.past_change import PlannedChange
from impact.failure import facts as registry
from impact.failure.facts.column import Column
from impact.failure.facts.stateless import Stateless
from impact.failure.forecast import Forecast, forecast
from impact.failure.scores import auc
from impact.failure.table import Extractor, tabulate
from tests.impact.failure.histories import BEGINNING, FACTS, altered_after, history, past


def foretold(changes) -> Forecast:
    extractor = Extractor(FACTS)
    return forecast(tabulate(changes, extractor), extractor.columns, extractor.owners)


def looks_ahead(changes, moment) -> bool:
    """Tell whether any forecast up to a moment is another when everything not known by then is."""
    count = sum(change.planned.starts_at <= moment for change in changes)
    one, other = foretold(changes), foretold(altered_after(changes, moment))
    return any(
        not np.array_equal(getattr(one, name)[:count], getattr(other, name)[:count])
        for name in ("mean", "low", "high", "pooled", "weighed", "drift")
    )


@pytest.fixture(scope="module")
def changes():
    return history()


@pytest.mark.parametrize("day", [30, 177.7, 300])
def test_nothing_that_comes_after_a_moment_alters_what_was_foretold_up_to_it(changes, day):
    """Bit by bit, whatever becomes of changes that were under way and whatever changes come later."""
    assert not looks_ahead(changes, BEGINNING + timedelta(days=day))


class Afterthought(Stateless):
    """A fact that knows how the change will go."""

    name = "afterthought"
    columns = (Column("afterthought"),)

    def __init__(self, outcomes: dict[str, bool]) -> None:
        self._outcomes = outcomes

    def judged(self, seen):
        return (float(self._outcomes[seen.planned.id]),), 0.0


def test_a_planted_leak_is_found(changes, monkeypatch):
    """The same audit tells of a fact that knows the outcome: it can fail."""
    honest = registry.facts
    current = {}

    def leaking(names):
        return [*honest(names), Afterthought(current)]

    monkeypatch.setattr("impact.failure.table.facts", leaking)
    moment = BEGINNING + timedelta(days=300)
    found = []
    for version in (changes, altered_after(changes, moment)):
        current.clear()
        current.update({change.planned.id: change.outcome.is_bad for change in version})
        found.append(foretold(version).mean)
    count = sum(change.planned.starts_at <= moment for change in changes)
    assert not np.array_equal(found[0][:count], found[1][:count])


def test_a_fact_seen_too_early_is_found(changes, monkeypatch):
    """An extractor that learns an outcome when the change begins, instead of when it is known, is found out as well."""
    honest = Extractor.begin

    def hasty(self, seen):
        honest(self, seen)
        self.organisation.learn(seen.at, outcomes[seen.planned.id])

    monkeypatch.setattr(Extractor, "begin", hasty)
    moment = BEGINNING + timedelta(days=300)
    found = []
    for version in (changes, altered_after(changes, moment)):
        outcomes = {change.planned.id: change.outcome.is_bad for change in version}
        found.append(foretold(version).mean)
    count = sum(change.planned.starts_at <= moment for change in changes)
    assert not np.array_equal(found[0][:count], found[1][:count])


def test_the_same_history_is_the_same_bits(changes):
    """Forecasts and the model as a document, whenever they are made."""
    one, other = foretold(changes), foretold(list(changes))

    assert np.array_equal(one.mean, other.mean)
    assert one.model.as_json() == other.model.as_json()


def test_failures_are_put_higher(changes):
    """On a history with something to learn the weights earn their place and rank well above chance."""
    found = foretold(changes)
    bad = np.array([change.outcome.is_bad for change in changes], dtype=float)

    assert found.weighed[-200:].all()
    assert auc(found.mean[400:], bad[400:]) > 0.6


def test_shuffled_outcomes_teach_nothing(changes):
    """With outcomes dealt out anew, ranking is by chance: an AUC of a half within what chance allows."""
    chance = random.Random(5)
    outcomes = [change.outcome for change in changes]
    chance.shuffle(outcomes)
    dealt = [replace(change, outcome=outcome) for change, outcome in zip(changes, outcomes, strict=True)]
    bad = np.array([outcome.is_bad for outcome in outcomes], dtype=float)

    ranked = auc(foretold(dealt).mean, bad)

    spread = (1.0 / (12.0 * bad.sum())) ** 0.5
    assert abs(ranked - 0.5) < 3.0 * spread


def test_weights_that_do_worse_than_the_pooled_rate_are_not_used(monkeypatch, changes):
    """The logistic model must earn its place: one that foretells the opposite is fitted, and never asked."""
    from impact.failure.model import FailureModel

    honest = FailureModel.deviations
    monkeypatch.setattr(FailureModel, "deviations", lambda self, figures: 3.0 - honest(self, figures))
    monkeypatch.setattr("impact.failure.forecast.recalibrated", lambda *_: (0.0, 1.0))

    found = foretold(changes)

    assert found.model.logistic is not None
    assert not found.weighed.any()


@pytest.mark.parametrize("outcome", [True, False])
def test_histories_without_a_failure_or_without_a_success(outcome):
    """Nothing can be weighed; the pooled rate goes towards what it sees and never to 0 or 1."""
    changes = [past(change.planned, bad=outcome) for change in history(300)]

    found = foretold(changes)

    assert found.model.logistic is None
    assert not found.weighed.any()
    assert np.all((found.mean > 0.0) & (found.mean < 1.0))
    assert (found.mean[-1] > 0.9) if outcome else (found.mean[-1] < 0.05)


def test_one_change_is_foretold_by_the_wide_prior():
    """The first change of a history has nothing behind it."""
    found = foretold(history(1))

    assert found.mean[0] == pytest.approx(0.2)
    assert found.low[0] < 0.05
    assert found.high[0] > 0.6


@pytest.mark.parametrize("seed", range(6))
def test_histories_of_any_time_and_shape(seed):
    """Years 2 and 1900, leaps of a decade, starts at one moment, figures of 1e300: probabilities, and no warning."""
    chance = random.Random(seed)
    start = datetime(chance.choice([2, 1900, 2020]), 3, 1, tzinfo=UTC)
    changes = []
    for number in range(250):
        start += timedelta(days=chance.choice([0.0, 0.0, 0.01, 1.0, 3650.0 if number % 50 == 0 else 2.0]))
        change = PlannedChange(
            id=f"c{number:03d}",
            starts_at=start,
            title=chance.choice(["", "升级 数据库", "patch"]),
            team=chance.choice([None, "t"]),
            implementer=chance.choice([None, "x", "y"]),
            targets=(targets := tuple(sorted(set(chance.choices(["a", "b", "c"], k=chance.choice([0, 1, 5])))))),
            classes=tuple("k" for _ in targets),
            requested_at=chance.choice([None, start - timedelta(days=1), start + timedelta(days=1)]),
            window_minutes=chance.choice([None, 0.0, 60.0]),
            facts=chance.choice([{}, {"files": 1e300}, {"files": -1e300}, {"files": 0.0, "test_evidence": 1.0}]),
        )
        changes.append(past(change, bad=chance.random() < 0.3, after=chance.choice([0.0, 1.0, 40.0]), ended=0.5))
    found = foretold(changes)

    for array in (found.mean, found.low, found.high, found.pooled):
        assert np.all((array >= 0.0) & (array <= 1.0))
    assert np.all((found.low <= found.mean) & (found.mean <= found.high))
