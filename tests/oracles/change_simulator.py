"""
An organisation whose changes fail with probabilities that are known, drawn from outside the model's family.

Teams (some of them tiny) get better and worse, by a slow walk and by sudden steps; a class of CIs is hard for one team
and easy for another (nothing additive); size matters only beyond a threshold; a night change is bad only without tests;
the link is complementary log-log, not logistic; failures become known sooner than successes, some of these months
later. Nothing here is taken from what it judges but the shape of a change.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.past_change import PastChange, PlannedChange

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
MODELS, CLASSES, CIS = 6, 5, 80


class Simulated(NamedTuple):
    """The changes in order of their start, the true probability of each, and the names of their facts."""

    changes: tuple[PastChange, ...]
    truth: tuple[float, ...]
    facts: tuple[str, ...]


def simulate(seed: int, *, changes: int = 4000, days: float = 1100.0, rate: float | None = None) -> Simulated:
    """Return the history of an organisation; ``rate`` is about the share that fails (None: drawn from 1 to 20 %)."""
    chance = random.Random(f"organisation {seed}")
    rate = math.exp(chance.uniform(math.log(0.01), math.log(0.20))) if rate is None else rate
    teams = chance.randint(6, 14)
    busy = [chance.paretovariate(1.1) for _ in range(teams)]  # Some teams make most changes, some hardly any.
    walks = [_walk(chance, days) for _ in range(teams)]
    classes = [f"class{number}" for number in range(CLASSES)]
    of_ci = [chance.choice(classes) for _ in range(CIS)]
    ci_effect = [chance.gauss(0.0, 0.3) for _ in range(CIS)]
    popular = [chance.paretovariate(1.2) for _ in range(CIS)]
    hard = {(team, name): chance.choice((0.0, 0.0, 0.0, 1.1, -0.7)) for team in range(teams) for name in classes}
    model_effect = [chance.gauss(0.0, 0.5) for _ in range(MODELS)]
    moments = sorted(chance.uniform(0.0, days) for _ in range(changes))
    drawn = []
    for at in moments:
        team = chance.choices(range(teams), busy)[0]
        model = chance.randrange(MODELS)
        count = min(1 + int(chance.expovariate(0.6)), 12)
        cis = sorted(set(chance.choices(range(CIS), popular, k=count)))
        tested, urgent = chance.random() < 0.6, chance.random() < 0.05
        lead = chance.expovariate(0.02 if not urgent else 2.0)
        night = (at % 1.0) < 0.25
        effect = walks[team][int(at)] + model_effect[model]
        effect += sum(hard[team, of_ci[ci]] for ci in cis) / len(cis) + sum(ci_effect[ci] for ci in cis) / len(cis)
        effect += 0.7 * (len(cis) > 5) + (0.9 if night and not tested else 0.0) + 0.5 * urgent
        drawn.append((at, team, model, cis, tested, urgent, lead, effect))
    base = _base(rate, [one[-1] for one in drawn])
    history, truth = [], []
    for number, (at, team, model, cis, tested, urgent, lead, effect) in enumerate(drawn):
        true = 1.0 - math.exp(-math.exp(base + effect))
        bad = chance.random() < true
        start = BEGINNING + timedelta(days=at)
        delay = chance.expovariate(1.0 / 4.0) if bad else 3.0 + chance.expovariate(1.0 / 15.0)
        planned = PlannedChange(
            id=f"CHG-{number:06d}",
            starts_at=start,
            type="emergency" if urgent else "normal",
            model=f"model{model}",
            team=f"team{team}",
            targets=tuple(f"ci{ci}" for ci in cis),
            classes=tuple(of_ci[ci] for ci in cis),
            requested_at=start - timedelta(hours=lead),
            facts={"test_evidence": float(tested)},
        )
        outcome = ChangeOutcome.SUCCESS
        if bad:
            outcome = chance.choice((ChangeOutcome.FAILED, ChangeOutcome.BACKED_OUT))
        history.append(PastChange(planned, outcome, start + timedelta(days=delay)))
        truth.append(true)
    return Simulated(tuple(history), tuple(truth), ("test_evidence",))


def _walk(chance: random.Random, days: float) -> list[float]:
    """Return a team's effect on each day: a slow walk, with a step now and then."""
    at = chance.gauss(0.0, 0.6)
    found = []
    for _ in range(int(days) + 1):
        at += chance.gauss(0.0, 0.012)
        if chance.random() < 1.0 / 700.0:
            at += chance.gauss(0.0, 0.7)
        found.append(at)
    return found


def _base(rate: float, effects: list[float]) -> float:
    """Return the constant under which the mean probability is the rate, by bisection."""
    low, high = -15.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2.0
        mean = sum(1.0 - math.exp(-math.exp(middle + effect)) for effect in effects) / len(effects)
        low, high = (middle, high) if mean < rate else (low, middle)
    return (low + high) / 2.0
