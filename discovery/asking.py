"""The desk of runs of sources: asking for one, what a dry run would change, and how far each source was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cmdb import jobs
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.run import ENDED, RUNS, Run, RunState
from cmdb.model.source import SOURCES
from cmdb.ports.store import Equals, Filter, OneOf
from cmdb.records import Held, from_document, to_json
from discovery import sources
from discovery.applying import refuse_other
from discovery.breaker import away
from discovery.lockout import refusals
from discovery.run import PREFIX, SourceOff, job_name

_LOOKED_AT = 5


class NoDifferences(ForeshockError):
    """A run keeps no differences: only a dry run of a source does, once it has ended."""

    code = "discover.no_differences"
    sentence = "{run} tells no differences: a dry run of a source does, once it has ended"
    family = Family.REFUSED

    def __init__(self, *, run: str) -> None:
        super().__init__(run=run)


def ask(
    context: Context,
    source: str,
    *,
    targets: Sequence[str] = (),
    may_lose: Sequence[str] = (),
    dry_run: bool = False,
    try_refused: bool = False,
) -> Held[Run]:
    """
    Ask for a run of a source, over all its targets or some, and return it; a worker does it.

    ``may_lose`` are scopes that are believed to have lost as much as it seems. A ``dry_run`` writes nothing, and keeps
    what would change (:func:`differences`). ``try_refused``: credentials that were refused are tried once more.

    Raises:
        NotAllowed: the actor may not look at sources.
        NotFound: there is no such source.
        SourceOff: it is switched off.
    """
    context.allow("discovery:run")
    found = sources.get(context, source).record
    if not found.enabled:
        raise SourceOff(source=source)
    given = {
        "targets": list(targets),
        "may_lose": list(may_lose),
        "dry_run": dry_run,
        "try_refused": try_refused,
    }
    return jobs.queued(context, job_name(source), parameters={name: value for name, value in given.items() if value})


def apply(context: Context, run: str) -> Held[Run]:
    """
    Ask for a run that takes in what a dry run read, if that still changes what it showed; return it, as :func:`ask`.

    Raises:
        NotAllowed: the actor may not look at sources.
        NotFound: there is no such run.
        NothingToApply: it is no dry run of a source, or has not ended.
        SourceOff: its source is switched off.
    """
    context.allow("discovery:run")
    dry = jobs.get(context, run).record
    source = dry.job.removeprefix(PREFIX) if dry.job.startswith(PREFIX) else ""
    refuse_other(dry, source)
    if not sources.get(context, source).record.enabled:
        raise SourceOff(source=source)
    return jobs.queued(context, dry.job, parameters={"apply": run})


def not_asked(context: Context, source: str) -> dict[str, Any]:
    """
    Return as JSON which targets a run of a source leaves out: ``refused`` a credential, or are ``away``.

    Raises:
        NotAllowed: the actor may not read sources.
        NotFound: there is no such source.
    """
    sources.get(context, source)
    refused = [
        {
            "target": each.target,
            "references": list(each.references),
            "run": each.run,
            "at": _moment(each.at),
            "reason": each.reason,
        }
        for each in refusals(context, source)
    ]
    gone = [
        {"target": each.target, "runs": each.runs, "until": _moment(each.until)}
        for each in away(context, source)
        if each.until is not None
    ]
    return {"source": source, "refused": refused, "away": gone}


def differences(context: Context, run: str) -> list[dict[str, Any]]:
    """
    Return what a dry run would change, by kind and key: each document ``before`` and ``after`` (None: not there).

    Raises:
        NotAllowed: the actor may not read runs.
        NotFound: there is no such run.
        NoDifferences: it is no dry run of a source, or has not ended.
    """
    found = jobs.get(context, run).record
    blob = found.figures.get("result") if found.job.startswith(PREFIX) else None
    content = context.store.get_blob(blob) if isinstance(blob, str) else None
    if content is None:
        raise NoDifferences(run=run)
    rows: list[dict[str, Any]] = json.loads(content)
    return rows


def coverage(context: Context, source: str) -> Coverage | None:
    """Return how far a source was read, None where it never was; raises NotAllowed and NotFound."""
    sources.get(context, source)
    return coverages(context, [source]).get(source)


def coverages(context: Context, several: Sequence[str]) -> Mapping[str, Coverage]:
    """Return how far these sources were read, but for those that never were; raises NotAllowed."""
    context.allow("source:read")
    found = context.store.get_many(COVERAGES, list(several))
    return {source: from_document(COVERAGES, stored.document) for source, stored in found.items()}


def standings(
    context: Context, *, after: str | None = None, limit: int = 100
) -> tuple[list[dict[str, Any]], str | None]:
    """
    Return a page of the sources as JSON, and where the next begins; raises NotAllowed.

    Beside what a source says stand ``read_at``, ``run`` and ``attempt`` of :func:`how_read`, and ``behind``: how many
    scopes were not read to their end in the last run over all targets.
    """
    page = sources.listing(context, after=after, limit=limit)
    read = coverages(context, [held.record.id for held in page.rows])
    rows = []
    for source in (held.record for held in page.rows):
        found = _how_read(context, source.id, read.get(source.id))
        stands = {name: found[name] for name in ("read_at", "run", "attempt")}
        rows.append({**to_json(SOURCES, source), **stands, "behind": len(found["behind"])})
    return rows, page.after


def how_read(context: Context, source: str) -> dict[str, Any]:
    """
    Return how far a source was read, as JSON; raises NotAllowed and NotFound.

    ``read_at`` and ``run`` are when and in which run any of its targets was read last (None: never), ``attempt`` is the
    last run (``run``, ``ended_at``, ``state``) where that could read none, None where it could. ``readings`` counts the
    runs over all targets, ``behind`` are the scopes that were not read to their end in the last of them, nor since, by
    name; ``readings`` of each is how many of those runs it lacks in all.
    """
    return _how_read(context, source, coverage(context, source))


def _how_read(context: Context, source: str, read: Coverage | None) -> dict[str, Any]:
    found = read or Coverage(source, "")
    behind = [
        {"scope": scope, "readings": each.readings, "read_at": _moment(found.reading(scope).at)}
        for scope, each in sorted(found.behind.items())
        if each.readings > 0 and found.is_behind(scope)
    ]
    last = _last_run(context, source)
    vain = last is not None and last.id != found.reached_in and not _has_read(last)
    attempt = {"run": last.id, "ended_at": _moment(last.ended_at), "state": last.state.value} if last and vain else None
    stands = {"read_at": _moment(found.reached_at), "run": found.reached_in, "attempt": attempt}
    return {"source": source, "readings": found.readings, **stands, "behind": behind}


def _last_run(context: Context, source: str) -> Run | None:
    """Return the last run of a source that has ended and was more than a dry run."""
    ended = OneOf("state", tuple(sorted(state.value for state in ENDED)))
    where: list[Filter] = [Equals("job", job_name(source)), ended]
    after = None
    while True:
        page = context.records.listing(RUNS, where, order="queued_at", descending=True, after=after, limit=_LOOKED_AT)
        found = next((held.record for held in page.rows if not held.record.parameters.get("dry_run")), None)
        if found is not None or page.after is None:
            return found
        after = page.after


def _has_read(run: Run) -> bool:
    return run.state in (RunState.OK, RunState.PARTIAL) and run.figures.get("targets", 0) > run.figures.get("failed", 0)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
