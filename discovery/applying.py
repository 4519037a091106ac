"""Applying a dry run: what it showed is written exactly so, or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cmdb import jobs
from cmdb.chain import canonical
from cmdb.configuration.observing import Difference, Taken
from cmdb.configuration.shown import Shown
from cmdb.configuration.sightings import HeldScope
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.model.ci import CIS
from cmdb.model.finding import FINDINGS, Finding
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.model.run import Run
from cmdb.model.source import Source
from cmdb.ports.store import Stored
from cmdb.records import from_document
from cmdb.work import Work
from discovery.keeping import Read, get_reads, put_reads, read_at
from discovery.lockout import settings_digest

_TOLD = (CIS.name, RELATIONS.name, GROUPS.name)


_ANEW = "make a dry run again"


class NothingToApply(ForeshockError):
    """The run keeps nothing that could be applied."""

    code = "discover.nothing_to_apply"
    sentence = "{run} can not be applied: {reason}"
    family = Family.REFUSED

    def __init__(self, *, run: str, reason: str) -> None:
        super().__init__(run=run, reason=reason)


def refuse_other(run: Run, source: str) -> str:
    """
    Return where a dry run of this source keeps what it read.

    Raises:
        NothingToApply: it is another run, or has not ended.
    """
    kept = run.figures.get("read")
    if run.job.rpartition(":")[2] != source or not run.parameters.get("dry_run"):
        raise NothingToApply(run=run.id, reason="it is no dry run of a source")
    if not isinstance(kept, str):
        raise NothingToApply(run=run.id, reason="it has not ended, or failed")
    return kept


def kept_for_applying(
    work: Work, source: Source, reads: Sequence[Read], taken: Taken, before: Stored | None
) -> dict[str, str]:
    """Keep what a dry run showed and what it read, and return where: ``result`` and ``read``."""
    store = work.context.store
    more = {
        "at": read_at(work.context, reads).isoformat(),
        "coverage": None if before is None else before.document,
        "settings": settings_digest(source),
    }
    return {
        "result": store.put_blob(canonical([each._asdict() for each in taken.differences])),
        "read": put_reads(store, reads, **more),
    }


def what_was_shown(context: Context, source: Source, run: str) -> tuple[list[Read], Mapping[str, Any], Shown]:
    """
    Return what a dry run of a source read, the parameters it had, and what it showed.

    Raises:
        NotFound, NothingToApply: there is no such dry run, or its source has other settings now.
    """
    dry = jobs.get(context, run).record
    kept = get_reads(context.store, refuse_other(dry, source.id))
    result = context.store.get_blob(str(dry.figures.get("result")))
    if kept is None or result is None:
        raise NothingToApply(run=run, reason=f"what it read is not there any more; {_ANEW}")
    reads, more = kept
    if more["settings"] != settings_digest(source):
        raise NothingToApply(run=run, reason=f"{source.id} has other settings now; {_ANEW}")
    shown = Shown(run, datetime.fromisoformat(more["at"]), json.loads(result), more["coverage"])
    return reads, dry.parameters, shown


def taken_at(context: Context, revision: int) -> Taken:
    """Return what a run took in with a revision that it has written."""
    differences: list[Difference] = []
    opened: list[Finding] = []
    closed: list[Finding] = []
    for made in context.store.changes(revision - 1, limit=1):
        for entry in made.entries:
            if entry.kind in _TOLD:
                differences.append(Difference(entry.kind, entry.key, entry.before, entry.after))
            elif entry.kind == FINDINGS.name and entry.after is not None:
                found = from_document(FINDINGS, entry.after)
                (opened if found.closed_at is None else closed).append(found)
    held = tuple(_held(each.facts) for each in opened if each.code == "scope.held")
    return Taken(tuple(differences), held, tuple(opened), tuple(closed), revision)


def _held(facts: Mapping[str, Any]) -> HeldScope:
    return HeldScope(facts["scope"], facts["had"], ("",) * int(facts["would_lose"]))
