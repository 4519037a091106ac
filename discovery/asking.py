"""The desk of runs of sources: asking for one, what a dry run would change, and how far each source was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb import jobs
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.run import Run
from cmdb.records import Held, from_document
from discovery import sources
from discovery.run import PREFIX, SourceOff, job_name


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
) -> Held[Run]:
    """
    Ask for a run of a source, over all its targets or some, and return it; a worker does it.

    ``may_lose`` are scopes that are believed to have lost as much as it seems. A ``dry_run`` writes nothing, and keeps
    what would change (:func:`differences`).

    Raises:
        NotAllowed: the actor may not look at sources.
        NotFound: there is no such source.
        SourceOff: it is switched off.
    """
    context.allow("discovery:run")
    found = sources.get(context, source).record
    if not found.enabled:
        raise SourceOff(source=source)
    given = {"targets": list(targets), "may_lose": list(may_lose), "dry_run": dry_run}
    return jobs.queued(context, job_name(source), parameters={name: value for name, value in given.items() if value})


def differences(context: Context, run: str) -> list[dict[str, Any]]:
    """
    Return what a dry run would change: ``kind`` and ``key`` of each document, ``before`` and ``after`` (None: not there).

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


def scopes_behind(read: Coverage | None) -> int:
    """Return how many scopes were not read to their end in the last run over all targets."""
    return 0 if read is None else sum(1 for each in read.behind.values() if each.readings > 0)
