"""Which CIs a list shows: words, classes and a status together, one page of them and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmdb.configuration.search import list_cis, search_cis
from cmdb.context import Context
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.ports.store import Filter, OneOf


@dataclass(frozen=True, slots=True)
class Found:
    """A page of CIs; ``total`` is None where counting would mean reading everything, ``after`` continues."""

    rows: tuple[CI, ...]
    after: str | None
    total: int | None


def found(
    context: Context, *, words: str, ci_class: str, classes: Sequence[str], status: CIStatus | None,
    after: str | None, limit: int,
) -> Found:  # fmt: skip
    """
    Return a page of the CIs, by id, in which every word occurs and which are of this class or one below and status.

    ``classes`` are the class and those below it; ``ci_class`` empty: any class.
    """
    if words:
        return _searched(context, words, frozenset(classes), status, after, limit)
    page = list_cis(context, ci_class=ci_class or None, status=status, after=after, limit=limit)
    where: list[Filter] = [OneOf("class", tuple(classes))] if ci_class else []
    # An active CI leaves its status out of its document, so the others are counted and taken off.
    others = [each.value for each in CIStatus if each is not CIStatus.ACTIVE]
    wanted = [status.value] if status not in (None, CIStatus.ACTIVE) else others
    told = context.store.count(CIS, [*where, OneOf("status", tuple(wanted))])
    every = told if len(wanted) == 1 else context.store.count(CIS, where)
    total = every - told if status is CIStatus.ACTIVE else every
    return Found(tuple(held.record for held in page.rows), page.after, total)


def _searched(
    context: Context, words: str, classes: frozenset[str], status: CIStatus | None, after: str | None, limit: int
) -> Found:
    rows: list[CI] = []
    while True:
        page = search_cis(context, words, after=after, limit=limit - len(rows))
        for ci in (held.record for held in page.rows):
            if (not classes or ci.ci_class in classes) and status in (None, ci.status):
                rows.append(ci)
        after = page.after
        if after is None or len(rows) >= limit:
            return Found(tuple(rows), after, None)
