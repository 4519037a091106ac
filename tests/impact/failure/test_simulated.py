"""On organisations whose true probabilities are known: calibrated, and as unsure as it should be."""

from __future__ import annotations

import numpy as np
import pytest

from impact.failure.forecast import forecast
from impact.failure.scores import auc
from impact.failure.table import Extractor, tabulate
from tests.oracles.change_simulator import simulate


@pytest.mark.parametrize(("seed", "rate"), [(100, 0.12), (101, 0.04)])
def test_intervals_hold_the_true_probability(seed, rate):
    """Two small organisations; twenty larger ones are asked by the promises."""
    simulated = simulate(seed, changes=1500, days=500.0, rate=rate)
    extractor = Extractor(simulated.facts)
    table = tabulate(simulated.changes, extractor)
    found = forecast(table, extractor.columns, extractor.owners)
    truth, after = np.array(simulated.truth), slice(300, None)

    held = ((found.low <= truth) & (truth <= found.high))[after].mean()

    assert 0.80 <= held <= 0.99
    assert found.mean[after].mean() == pytest.approx(truth[after].mean(), rel=0.35)
    assert auc(found.mean[after], table.bad[after]) > 0.55


def test_the_simulator_is_seeded_and_late():
    """The same seed is the same organisation; failures are known sooner than successes, and neither at once."""
    one, other = simulate(7, changes=300), simulate(7, changes=300)
    assert one == other
    waits = {bad: [] for bad in (False, True)}
    for change in one.changes:
        waits[change.outcome.is_bad].append((change.known_at - change.planned.starts_at).days)
    assert np.mean(waits[True]) < np.mean(waits[False])
    assert min(waits[False]) >= 3
