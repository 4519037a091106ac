"""
How good P(fail) would have been on a history of changes, beside simple rules and other models in the same run.

The history is the asker's own: nothing of a store is read, so no right is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cmdb.errors import InvalidInput, Problem
from cmdb.model.past_change import PastChange

if TYPE_CHECKING:
    from impact.failure.forecast import Forecast
    from impact.failure.leaks import Leak
    from impact.failure.reliability import Bin
    from impact.failure.scores import Coverage, Skill
    from impact.failure.table import Table

OURS = "foreshock"


@dataclass(frozen=True, slots=True)
class Score:
    """
    How good one rule was over the changes that are scored.

    What can not be measured is None: ``auc`` and ``lift10`` without a failure (or nothing but failures), ``skill``
    without an error of the running overall rate.
    """

    name: str
    auc: float | None
    brier: float
    skill: Skill | None
    calibration_error: float
    lift10: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """
    The answer.

    ``changes`` were in the history, ``scored`` of them from ``score_from`` on, ``failures`` of these failed; of
    ``weighed`` the logistic model foretold (it had earned its place), of the others the pooled rate. ``ours`` is the
    score of P(fail), ``others`` those beside it. ``bins`` is the reliability by ranges, ``tenths`` by groups of as many
    changes. ``leaks`` are given facts that may have been written afterwards.
    """

    changes: int
    scored: int
    failures: int
    weighed: int
    score_from: datetime | None
    ours: Score
    coverage: Coverage | None
    others: tuple[Score, ...]
    bins: tuple[Bin, ...]
    tenths: tuple[Bin, ...]
    leaks: tuple[Leak, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as every door shows it."""
        ours = _score(self.ours)
        del ours["name"]
        return {
            "n": self.scored,
            "positives": self.failures,
            "changes": self.changes,
            "score_from": None if self.score_from is None else self.score_from.isoformat().replace("+00:00", "Z"),
            **ours,
            "coverage90": None if self.coverage is None else self.coverage.share,
            "coverage_blocks": 0 if self.coverage is None else self.coverage.blocks,
            "weighed": self.weighed,
            "by": [_score(one) for one in self.others],
            "reliability": [{**one.as_json(), "share": one.share} for one in self.bins],
            "tenths": [{**one.as_json(), "share": one.share} for one in self.tenths],
            "suspected_leaks": [leak._asdict() for leak in self.leaks],
        }


def backtest(
    changes: Sequence[PastChange], facts: Sequence[str], *, score_from: datetime | None = None, peers: bool = True
) -> Backtest:
    """
    Foretell every change of a history (in order of time) from what was known at its start, and score it.

    ``facts`` names the given facts. Those before ``score_from`` are learned from and not scored. ``peers`` asks for the
    plain logistic and the gradient boosting too. Cost: seconds for 100,000 changes; told and stopped as
    :mod:`impact.progress` says.

    Raises:
        InvalidInput: no change starts at ``score_from`` or later.
    """
    from impact.failure.forecast import forecast
    from impact.failure.table import Extractor, tabulate

    first = 0
    if score_from is not None:
        first = next((place for place, one in enumerate(changes) if one.planned.starts_at >= score_from), len(changes))
    if first == len(changes):
        sentence = "no change of the history starts then or later; the last starts {last}"
        last = changes[-1].planned.starts_at.isoformat() if changes else "never"
        raise InvalidInput(
            [Problem("backtest.nothing_to_score", sentence, {"last": last}, "/score_from")],
            what="the backtest",
            setting=True,
        )
    extractor = Extractor(facts)
    table = tabulate(changes, extractor)
    found = forecast(table, extractor.columns, extractor.owners)
    return scored(changes, facts, table, found, first=first, score_from=score_from, peers=peers)


def scored(
    changes: Sequence[PastChange],
    facts: Sequence[str],
    table: Table,
    found: Forecast,
    *,
    first: int = 0,
    score_from: datetime | None = None,
    peers: bool = True,
) -> Backtest:
    """Return how good a forecast of changes was, from change ``first`` on, beside simple rules (and other models)."""
    from impact.failure import peers as beside
    from impact.failure.leaks import suspects
    from impact.failure.reliability import reliability, tenths
    from impact.failure.scores import coverage

    overall = beside.overall_rate(table)
    rules = {"overall rate": overall}
    if any(change.planned.targets for change in changes):
        rules["CI rate"] = beside.smoothed_rate(changes, table, overall, beside.by_ci)
    if any(change.planned.implementer for change in changes):
        rules["implementer rate"] = beside.smoothed_rate(changes, table, overall, beside.by_implementer)
    rules["pooled rate"] = found.pooled
    if peers:
        rules["plain logistic"] = beside.plain_logistic(table, overall, first)
        rules["gradient boosting"] = beside.gradient_boosting(table, overall, first)
    bad, mean = table.bad[first:], found.mean[first:]
    return Backtest(
        changes=len(changes),
        scored=len(bad),
        failures=int(bad.sum()),
        weighed=int(found.weighed[first:].sum()),
        score_from=score_from,
        ours=_scored(OURS, mean, overall[first:], bad),
        coverage=coverage(mean, found.drift[first:], bad),
        others=tuple(_scored(name, one[first:], overall[first:], bad) for name, one in rules.items()),
        bins=reliability(mean, bad),
        tenths=tenths(mean, bad),
        leaks=suspects(changes[first:], bad, facts),
    )


def _scored(name: str, foretold: Any, overall: Any, bad: Any) -> Score:
    from impact.failure.scores import auc, brier, brier_skill, calibration_error, lift

    return Score(
        name,
        auc(foretold, bad),
        brier(foretold, bad),
        brier_skill(foretold, overall, bad),
        calibration_error(foretold, bad),
        lift(foretold, bad),
    )


def _score(score: Score) -> dict[str, Any]:
    skill = score.skill
    return {
        "name": score.name,
        "auc": score.auc,
        "brier": score.brier,
        "brier_skill": None if skill is None else skill.value,
        "brier_skill_low": None if skill is None else skill.low,
        "brier_skill_high": None if skill is None else skill.high,
        "ece": score.calibration_error,
        "lift10": score.lift10,
    }
