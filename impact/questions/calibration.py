"""What P(fail) was worth on the store's own changes: foretold against happened, beside simple rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmdb.context import Context
from impact.reading.per_store import PerStore

if TYPE_CHECKING:
    from impact.failure.learning import Learned
    from impact.failure.reliability import Bin
    from impact.questions.backtest import Backtest, Score


@dataclass(frozen=True, slots=True)
class RuleScore:
    """
    How good one rule was; the first is P(fail) itself.

    ``skill`` is the Brier skill against the running overall rate, within ``skill_low`` to ``skill_high`` with 95 %;
    ``lift`` how much more often the tenth put highest failed than all. What can not be measured is None.
    """

    name: str
    auc: float | None
    brier: float
    skill: float | None
    skill_low: float | None
    skill_high: float | None
    calibration_error: float
    lift: float | None


@dataclass(frozen=True, slots=True)
class Tenth:
    """The changes put at ``low`` to ``high``: how many, the mean foretold, how many failed, and which share that is."""

    low: float
    high: float
    changes: int
    foretold: float
    failures: int
    share: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """
    Every change foretold from what was known at its start, and held against what became of it.

    ``changes`` have matured, ``failures`` of them failed or were backed out; of ``weighed`` the weights foretold.
    ``coverage`` is the share of ``blocks`` of 200 consecutive changes whose failures lay in their 90 % predictive
    interval (None: no whole block). ``tenths`` are ten groups of as many changes by what was foretold, upwards, and
    ``ranges`` the fixed ones of the honest sentence.
    """

    changes: int
    failures: int
    weighed: int
    rules: tuple[RuleScore, ...]
    coverage: float | None
    blocks: int
    tenths: tuple[Tenth, ...]
    ranges: tuple[Tenth, ...]


NOTHING = Calibration(0, 0, 0, (), None, 0, (), ())
"""Before any outcome has matured."""

_KEPT: PerStore[list[tuple[Learned, Calibration]]] = PerStore(list)


def calibration(context: Context, *, at: int | None = None) -> Calibration:
    """
    Return it of the store's own changes whose outcome has matured.

    Nothing is foretold for it once more: these are the predictions by which the model earned its place.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound, HistoryGone: there is no such revision, or it is no longer kept.
    """
    from impact.questions.backtest import scored
    from impact.questions.learn import taught_by
    from impact.reading.past_changes import FACTS

    taught = taught_by(context, at=at)
    if not taught.matured:
        return NOTHING
    with _KEPT.of(context.store) as kept:
        if not kept or kept[0][0] is not taught.learned:
            learned = taught.learned
            measured = scored(taught.matured, FACTS, learned.table, learned.forecast, peers=False)
            kept[:] = [(learned, calibration_of(measured))]
        return kept[0][1]


def calibration_of(measured: Backtest) -> Calibration:
    """Return what a backtest tells of calibration."""
    return Calibration(
        changes=measured.scored,
        failures=measured.failures,
        weighed=measured.weighed,
        rules=tuple(map(_rule, (measured.ours, *measured.others))),
        coverage=None if measured.coverage is None else measured.coverage.share,
        blocks=0 if measured.coverage is None else measured.coverage.blocks,
        tenths=tuple(map(_group, measured.tenths)),
        ranges=tuple(map(_group, measured.bins)),
    )


def _group(found: Bin) -> Tenth:
    return Tenth(found.low, found.high, found.changes, found.foretold, found.failures, found.share)


def _rule(score: Score) -> RuleScore:
    skill, low, high = (None, None, None) if score.skill is None else score.skill
    return RuleScore(score.name, score.auc, score.brier, skill, low, high, score.calibration_error, score.lift10)
