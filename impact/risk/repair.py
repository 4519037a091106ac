"""
How long a repair takes, as a discrete distribution: the history of a CI, shrunk to its class, all others and a prior.

Each level is the posterior mean of a Dirichlet process whose base is the level before (T. Ferguson, A Bayesian Analysis
of Some Nonparametric Problems, Annals of Statistics 1, 1973): (K * base + n * empirical) / (K + n), the base first the
prior, then what all CIs took, then the class, then the CI. So a few cases move it a little, many speak for themselves,
and durations that nobody expected keep the weight they have. A case counts on one level alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from math import fsum

from cmdb.model.consequence import RepairCases, RepairTime
from cmdb.model.intervals import MINUTE

CONCENTRATION = 5
"""K: so many cases of a level weigh as much as all that lies below it."""
MOST_POINTS = 128
"""So many different durations are told apart; of more, each is rounded up, by less than a fifth."""

Cases = Mapping[int, int]
"""How many repairs took so many whole minutes."""

PRIOR: Mapping[int, float] = {
    minutes: per_mille / 1000
    for minutes, per_mille in (
        *((5, 18), (10, 32), (15, 34), (20, 33), (30, 62), (45, 79), (60, 65), (90, 100), (120, 77), (180, 106)),
        *((240, 71), (360, 90), (480, 54), (720, 61), (1080, 45), (1440, 23), (2880, 31), (5760, 13), (10080, 4)),
        (20160, 2),
    )
}
"""
The prior, in minutes: wide on purpose. A log-normal with a median of two hours, of which nine in ten lie between ten
minutes and a day, in steps rounded up.
"""


def counted(lengths: Iterable[timedelta]) -> Counter[int]:
    """Return how many lengths last so many whole minutes, rounded up, each at least one."""
    return Counter(max(1, -(-each // MINUTE)) for each in lengths)


def repair_time(own: Cases, of_class: Cases, others: Cases) -> RepairTime:
    """
    Return how long a repair of a CI takes.

    ``own`` are repairs of the CI, ``of_class`` of other CIs of its class, ``others`` of all other CIs; no case stands
    in two of them.
    """
    shares: dict[int, float] = dict(PRIOR)
    for cases in (others, of_class, own):
        shares = _shrunk(shares, cases)
    return _distribution(shares, RepairCases(*(sum(cases.values()) for cases in (own, of_class, others))))


def mixed(times: Sequence[RepairTime]) -> RepairTime:
    """Return the repair time of any one of several CIs, each as likely as the others; of one, its own."""
    if len(times) == 1:
        return times[0]
    parts: dict[int, list[float]] = {}
    for each, count in Counter(times).items():
        for minutes, probability in zip(each.minutes, each.probabilities, strict=True):
            parts.setdefault(minutes, []).append(probability * count / len(times))
    cases = RepairCases(
        sum(each.cases.ci for each in times),
        max(each.cases.ci_class for each in times),
        max(each.cases.organisation for each in times),
    )
    return _distribution({minutes: fsum(each) for minutes, each in parts.items()}, cases)


def quantile(time: RepairTime, share: float) -> int:
    """Return the minutes within which this share of repairs is done."""
    done = 0.0
    for minutes, probability in zip(time.minutes, time.probabilities, strict=True):
        done += probability
        if done >= share - 1e-12:
            return minutes
    return time.minutes[-1]


def _shrunk(base: Mapping[int, float], cases: Cases) -> dict[int, float]:
    weight = CONCENTRATION + sum(cases.values())
    shares = {minutes: CONCENTRATION * share / weight for minutes, share in base.items()}
    for minutes, count in sorted(cases.items()):
        shares[minutes] = shares.get(minutes, 0.0) + count / weight
    return shares


def _distribution(shares: Mapping[int, float], cases: RepairCases) -> RepairTime:
    found = shares if len(shares) <= MOST_POINTS else _coarser(shares)
    total = fsum(found.values())
    ordered = sorted(found)
    return RepairTime(tuple(ordered), tuple(found[minutes] / total for minutes in ordered), cases)


def _coarser(shares: Mapping[int, float]) -> dict[int, float]:
    """Return the same with every duration rounded up to a step of a scale that grows by 3/16."""
    found: dict[int, float] = {}
    step = 1
    for minutes in sorted(shares):
        while step < minutes:
            step = max(step + 1, step * 19 // 16)
        found[step] = found.get(step, 0.0) + shares[minutes]
    return found
