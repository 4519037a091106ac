"""The scorecard of change management: what was predicted against what happened, and the figures of a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cmdb.model.change_outcome import ChangeOutcome

DEFINITIONS: Mapping[str, str] = {
    "done": "changes whose implementation ended in the period, by the actual end; unauthorised ones are counted apart",
    "change_failure_rate": "share of the done changes that were backed out or failed",
    "lead_time": "time from the request to the actual end of a change that stands (success or issues)",
    "predicted": "done changes whose approved assessment predicted P(fail), and the sum of it: the failures to expect",
    "deployment_frequency": "DORA: done changes a day",
    "lead_time_for_changes": "DORA: median lead time; a change is committed when it is raised",
    "dora_change_failure_rate": "DORA: share of the done changes that were backed out, failed, or caused an incident",
    "time_to_restore": "DORA: median time from opening to resolving, of the incidents resolved in the period that a "
    "person linked to the change that caused them",
}
"""What each figure means; it is part of every scorecard."""


@dataclass(frozen=True, slots=True)
class DoneChange:
    """One implemented change as a scorecard counts it; ``probability`` is the P(fail) that was predicted, if any."""

    id: str
    raised_at: datetime
    ended_at: datetime
    outcome: ChangeOutcome
    unauthorised: bool
    verdict: str | None
    probability: float | None
    caused: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeFigures:
    """
    The figures of some done changes.

    ``key`` is what they have in common ("" for those without one, None for all). Rates are None where nothing was done,
    hours where nothing stands. ``predicted`` counts the changes with a predicted P(fail), ``expected_failures`` is the
    sum of it and ``observed_failures`` how many of the same failed.
    """

    key: str | None
    done: int
    success: int
    issues: int
    backed_out: int
    failed: int
    change_failure_rate: float | None
    lead_time_hours_median: float | None
    lead_time_hours_p90: float | None
    predicted: int
    expected_failures: float | None
    observed_failures: int | None
    unauthorised: int


@dataclass(frozen=True, slots=True)
class VerdictFigures:
    """How the changes of one verdict went, that of the assessment they were approved on; None: they were on none."""

    verdict: str | None
    done: int
    bad: int
    caused_incidents: int


@dataclass(frozen=True, slots=True)
class Dora:
    """The four DORA figures of a period; None where there is nothing to count."""

    deployment_frequency: float
    lead_time_for_changes_hours: float | None
    change_failure_rate: float | None
    time_to_restore_hours: float | None
    restored: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """
    The scorecard of the period from ``start`` until before ``end``.

    ``by`` is "model", "team" or "service", None for all alone; ``rows`` are by key. A change counts for each service it
    touched, so their rows add up to more. ``definitions`` tells what each figure means.
    """

    start: datetime
    end: datetime
    by: str | None
    all: ChangeFigures
    rows: tuple[ChangeFigures, ...]
    verdicts: tuple[VerdictFigures, ...]
    dora: Dora
    definitions: Mapping[str, str]


def scorecard_of(
    changes: Iterable[DoneChange],
    restored: Iterable[timedelta],
    *,
    start: datetime,
    end: datetime,
    by: str | None,
    verdicts: Sequence[str],
) -> Scorecard:
    """
    Return the scorecard of the changes done in a period; ``restored`` is how long each linked incident took.

    ``verdicts`` gives their order; where changes were approved before any assessment, such as emergencies, they stand
    last, so that the verdicts sum to all.
    """
    done = list(changes)
    counted = [change for change in done if not change.unauthorised]
    keys = sorted({key for change in done for key in change.keys}) if by else []
    outages = list(restored)
    bad = sum(change.outcome.is_bad or change.caused > 0 for change in counted)
    all_figures = figures_of(done, None)
    return Scorecard(
        start=start,
        end=end,
        by=by,
        all=all_figures,
        rows=tuple(figures_of([change for change in done if key in change.keys], key) for key in keys),
        verdicts=tuple(_verdict(counted, verdict) for verdict in [*verdicts, *_unjudged(counted)]),
        dora=Dora(
            deployment_frequency=_rounded(len(counted) / ((end - start) / timedelta(days=1))),
            lead_time_for_changes_hours=all_figures.lead_time_hours_median,
            change_failure_rate=_rounded(bad / len(counted)) if counted else None,
            time_to_restore_hours=_hours(quantile(outages, 0.5)),
            restored=len(outages),
        ),
        definitions=DEFINITIONS,
    )


def figures_of(changes: Sequence[DoneChange], key: str | None) -> ChangeFigures:
    """Return the figures of some done changes; the unauthorised ones among them are only counted."""
    done = [change for change in changes if not change.unauthorised]
    counts = {outcome: sum(change.outcome is outcome for change in done) for outcome in ChangeOutcome}
    bad = counts[ChangeOutcome.BACKED_OUT] + counts[ChangeOutcome.FAILED]
    lead = [change.ended_at - change.raised_at for change in done if not change.outcome.is_bad]
    told = [change for change in done if change.probability is not None]
    return ChangeFigures(
        key=key,
        done=len(done),
        success=counts[ChangeOutcome.SUCCESS],
        issues=counts[ChangeOutcome.ISSUES],
        backed_out=counts[ChangeOutcome.BACKED_OUT],
        failed=counts[ChangeOutcome.FAILED],
        change_failure_rate=_rounded(bad / len(done)) if done else None,
        lead_time_hours_median=_hours(quantile(lead, 0.5)),
        lead_time_hours_p90=_hours(quantile(lead, 0.9)),
        predicted=len(told),
        expected_failures=_rounded(sum(change.probability or 0.0 for change in told)) if told else None,
        observed_failures=sum(change.outcome.is_bad for change in told) if told else None,
        unauthorised=len(changes) - len(done),
    )


def quantile(lengths: Sequence[timedelta], share: float) -> timedelta | None:
    """
    Return a quantile of lengths of time, None of none; linear between neighbours.

    Source: Hyndman and Fan, Sample quantiles in statistical packages, 1996, definition 7.

    >>> quantile([timedelta(hours=1), timedelta(hours=3)], 0.5)
    datetime.timedelta(seconds=7200)
    """
    if not lengths:
        return None
    ordered = sorted(lengths)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _unjudged(changes: Sequence[DoneChange]) -> list[None]:
    return [None] if any(change.verdict is None for change in changes) else []


def _verdict(changes: Sequence[DoneChange], verdict: str | None) -> VerdictFigures:
    of = [change for change in changes if change.verdict == verdict]
    caused = sum(change.caused for change in of)
    return VerdictFigures(verdict, len(of), sum(change.outcome.is_bad for change in of), caused)


def _hours(length: timedelta | None) -> float | None:
    return None if length is None else _rounded(length / timedelta(hours=1))


def _rounded(value: float) -> float:
    return round(value, 4)
