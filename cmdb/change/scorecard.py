"""The desk of the scorecard: the changes done in a period, with what was predicted of each and what it caused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cmdb.change.text_input import Moment, moment_at
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES, DONE, Change
from cmdb.model.decision import DECISIONS, Choice
from cmdb.model.incident import INCIDENTS
from cmdb.model.scorecard import DoneChange, Scorecard, scorecard_of
from cmdb.ports.store import Between, Equals, Filter, OneOf

"""An aware datetime, or its text with an offset or a zone."""
BY = ("model", "team", "service")
PERIOD = timedelta(days=90)
"""So long is the period where nobody says from when."""


def scorecard(
    context: Context, *, since: Moment | None = None, until: Moment | None = None, by: str | None = None
) -> Scorecard:
    """
    Return the scorecard of a period, from ``since`` (left out: 90 days before its end) until before ``until`` (now).

    ``by`` is one of :data:`BY`, None for all changes alone.

    Raises:
        NotAllowed: the actor may not read changes or incidents.
        InvalidInput: a moment can not be read, the period is empty, or ``by`` is none of those.
    """
    context.allow("change:read")
    context.allow("incident:read")
    start, end = _period(context, since, until, by)
    caused = Counter(each.caused_by for each in context.records.find(INCIDENTS) if each.caused_by is not None)
    done = [_done(context, change, caused[change.id], by) for change in _changes(context, start, end)]
    return scorecard_of(
        done, _restored(context, start, end), start=start, end=end, by=by, verdicts=[each.value for each in Verdict]
    )


def _changes(context: Context, start: datetime, end: datetime) -> Iterator[Change]:
    """Yield the changes that ended in the period, by id; the outcome is known then or later."""
    where: list[Filter] = [OneOf("state", tuple(sorted(state.value for state in DONE)))]
    where.append(Between("outcome_at", start.strftime("%Y-%m-%dT%H:%M:%S"), None))
    found = [
        change
        for change in context.records.find(CHANGES, where)
        if change.ended_at is not None and change.outcome is not None and start <= change.ended_at < end
    ]
    yield from sorted(found, key=lambda change: (len(change.id), change.id))


def _done(context: Context, change: Change, caused: int, by: str | None) -> DoneChange:
    assert change.ended_at is not None
    assert change.outcome is not None
    judged = _approved_on(context, change)
    return DoneChange(
        id=change.id,
        raised_at=change.raised_at,
        ended_at=change.ended_at,
        outcome=change.outcome,
        unauthorised=change.retrospective,
        verdict=judged.get("verdict"),
        probability=_probability(judged),
        caused=caused,
        keys=_keys(change, judged, by),
    )


def _approved_on(context: Context, change: Change) -> dict[str, Any]:
    """Return the document of the assessment that was approved or confirmed last, an empty one where none was."""
    granted = [
        each
        for each in context.records.find(DECISIONS, [Equals("change", change.id)])
        if each.choice in (Choice.APPROVE, Choice.CONFIRM)
        and each.change_revision == change.revision
        and each.assessment is not None
    ]
    if not granted:
        return {}
    last = max(granted, key=lambda each: (each.at, len(each.id), each.id))
    stored = context.store.get(ASSESSMENTS, last.assessment or "")
    return dict(stored.document) if stored else {}


def _probability(judged: dict[str, Any]) -> float | None:
    """Return the P(fail) an assessment predicted; those made before there was a prediction hold none."""
    facts = judged.get("facts")
    told = facts.get("failure") if isinstance(facts, dict) else None
    return None if told is None else float(told["mean"])


def _keys(change: Change, judged: dict[str, Any], by: str | None) -> tuple[str, ...]:
    if by == "service":
        return tuple(sorted(service["id"] for service in judged.get("services", ()))) or ("",)
    return ((change.model if by == "model" else change.team) or "",) if by else ()


def _restored(context: Context, start: datetime, end: datetime) -> Iterator[timedelta]:
    """Yield how long each incident took that a change caused and that was resolved in the period."""
    for incident in context.records.find(INCIDENTS, [Between("resolved", start.strftime("%Y-%m-%dT%H:%M:%S"), None)]):
        if incident.caused_by is not None and incident.resolved is not None and start <= incident.resolved < end:
            yield incident.resolved - incident.opened


def _period(context: Context, since: Moment | None, until: Moment | None, by: str | None) -> tuple[datetime, datetime]:
    problems = []
    if by is not None and by not in BY:
        sentence = "there is no scorecard by {by}; right would be model, team or service"
        problems.append(Problem("scorecard.by", sentence, {"by": by[:80]}, "/by"))
    end, wrong = moment_at(until, "/to")
    problems += wrong
    start, wrong = moment_at(since, "/from")
    problems += wrong
    end = end or context.clock.now()
    start = start or end - PERIOD
    if not problems and start >= end:
        facts = {"start": start.isoformat(), "end": end.isoformat()}
        sentence = "the period begins at {start}, which is not before its end at {end}"
        problems.append(Problem("scorecard.period", sentence, facts, "/from"))
    if problems:
        raise InvalidInput(problems, what="the scorecard", setting=True)
    return start, end
