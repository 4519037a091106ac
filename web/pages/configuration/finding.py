"""Which CIs a list shows: words, classes and a status together, one page of them and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmdb.context import Context
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.ports.store import Equals, Filter, OneOf, Stored
from cmdb.records import from_document


@dataclass(frozen=True, slots=True)
class Found:
    """A page of CIs; ``total`` is None where counting would mean reading everything, ``after`` continues."""

    rows: tuple[CI, ...]
    after: str | None
    total: int | None


def found(
    context: Context, *, words: str, classes: Sequence[str], status: str, after: str | None, limit: int
) -> Found:
    """Return a page of the CIs, by id, in which every word occurs and which are of these classes and status."""
    context.allow("ci:read")
    if words:
        return _searched(context, words, frozenset(classes), status, after, limit)
    where: list[Filter] = [OneOf("class", tuple(classes))] if classes else []
    retired = [*where, Equals("status", CIStatus.RETIRED.value)]
    if status == CIStatus.RETIRED.value:
        page = context.store.find(CIS, retired, after=after, limit=limit)
        return Found(tuple(map(_ci, page.rows)), page.after, context.store.count(CIS, retired))
    total = context.store.count(CIS, where)
    if not status:
        page = context.store.find(CIS, where, after=after, limit=limit)
        return Found(tuple(map(_ci, page.rows)), page.after, total)
    # An active CI leaves its status out of its document, so the retired ones are left out here.
    rows: list[CI] = []
    while True:
        page = context.store.find(CIS, where, after=after, limit=limit)
        rows += [ci for ci in map(_ci, page.rows) if ci.status is CIStatus.ACTIVE]
        after = page.after
        if after is None or len(rows) >= limit:
            return Found(tuple(rows), after, total - context.store.count(CIS, retired))


def _searched(
    context: Context, words: str, classes: frozenset[str], status: str, after: str | None, limit: int
) -> Found:
    rows: list[CI] = []
    while True:
        page = context.store.search(CIS, words, after=after, limit=limit)
        for ci in map(_ci, page.rows):
            if (not classes or ci.ci_class in classes) and (not status or ci.status.value == status):
                rows.append(ci)
        after = page.after
        if after is None or len(rows) >= limit:
            return Found(tuple(rows), after, None)


def _ci(stored: Stored) -> CI:
    return from_document(CIS, stored.document)
