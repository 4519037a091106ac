"""P(fail) on twenty organisations with known truth, and on a real history: the figures that are promised."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cmdb.exchange.change_history import read_history
from impact.failure.forecast import forecast
from impact.failure.scores import auc
from impact.failure.table import Extractor, tabulate
from impact.questions.backtest import backtest
from tests.oracles.change_simulator import simulate

DATA = Path(os.environ.get("FORESHOCK_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL = DATA / "wikimedia" / "changes-2011-2018.csv.gz"
SEEDS = 20
START = datetime(2014, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.promises
needs_data = pytest.mark.skipif(not REAL.is_file(), reason=f"no data: {REAL} is not there (see FORESHOCK_TEST_DATA)")


def test_intervals_hold_the_true_probability(promise):
    """Drawn from outside the model's family, 1 to 20 % failing; the first fifth of each is left to learn from."""
    kept = promise(f"90 % intervals of P(fail), {SEEDS} simulated organisations", "86-94 % hold the true probability")
    held, ratios = [], []
    for seed in range(SEEDS):
        simulated = simulate(seed)
        extractor = Extractor(simulated.facts)
        table = tabulate(simulated.changes, extractor)
        found = forecast(table, extractor.columns, extractor.owners)
        truth, after = np.array(simulated.truth), slice(len(simulated.truth) // 5, None)
        held.append(float(((found.low <= truth) & (truth <= found.high))[after].mean()))
        ratios.append(float(found.mean[after].mean() / truth[after].mean()))
    kept.seen(
        f"{np.mean(held):.1%} (by organisation {min(held):.0%} to {max(held):.0%}); "
        f"foretold {np.mean(ratios):.3f} of the true mean"
    )
    assert 0.86 <= np.mean(held) <= 0.94
    assert 0.93 <= np.mean(ratios) <= 1.07


@pytest.fixture(scope="module")
def history():
    with REAL.open("rb") as stream:
        return read_history(stream, str(REAL))


@needs_data
def test_on_a_real_history_it_beats_simple_rules(history, promise):
    """49,448 changes of a real estate, strictly in order of time, scored from 2014."""
    kept = promise(
        "P(fail) on 38,503 real changes",
        "AUC 0.05 above the best simple rule, skill above 0 at 95 %, calibration error at most 0.01, coverage 86-96 %",
    )
    answer = backtest(history.changes, history.facts, score_from=START, peers=False).as_json()
    simple = {one["name"]: one["auc"] for one in answer["by"] if one["name"] != "pooled rate"}
    best = max(simple.values())
    kept.seen(
        f"AUC {answer['auc']:.3f} beside {best:.3f}, skill {answer['brier_skill_low']:.4f} to "
        f"{answer['brier_skill_high']:.4f}, calibration error {answer['ece']:.4f}, coverage {answer['coverage90']:.1%}"
    )
    assert answer["auc"] >= best + 0.05
    assert answer["brier_skill_low"] > 0.0
    assert answer["ece"] <= 0.01
    assert 0.86 <= answer["coverage90"] <= 0.96


@needs_data
def test_shuffled_outcomes_of_a_real_history_teach_nothing(history, promise):
    """With its outcomes dealt out anew, the same changes are ranked by chance."""
    kept = promise("P(fail) with shuffled outcomes", "AUC 0.5 within 0.03")
    outcomes = [(change.outcome, change.known_at - change.planned.starts_at) for change in history.changes]
    random.Random(11).shuffle(outcomes)
    dealt = [
        replace(change, outcome=outcome, known_at=change.planned.starts_at + wait)
        for change, (outcome, wait) in zip(history.changes, outcomes, strict=True)
    ]
    answer = backtest(dealt, history.facts, score_from=START, peers=False)
    kept.seen(f"AUC {answer.ours.auc:.3f}")
    assert abs(answer.ours.auc - 0.5) < 0.03


@pytest.fixture(scope="module")
def foretold(history):
    extractor = Extractor(history.facts)
    table = tabulate(history.changes, extractor)
    return table, forecast(table, extractor.columns, extractor.owners)


@needs_data
@pytest.mark.parametrize("year", [2015, 2016, 2017, 2018])
def test_it_holds_in_every_year(history, foretold, promise, year):
    """Learned from all before, one year is ranked above chance and put where it was."""
    kept = promise(f"P(fail) in {year}", "AUC above 0.58, foretold within 35 % of what happened")
    table, found = foretold
    part = np.array([change.planned.starts_at.year == year for change in history.changes])
    score, ratio = auc(found.mean[part], table.bad[part]), found.mean[part].mean() / table.bad[part].mean()
    kept.seen(f"AUC {score:.3f}, foretold {ratio:.2f} of what happened")
    assert score > 0.58
    assert 0.65 < ratio < 1.35
