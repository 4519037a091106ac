"""The desk of findings: what about the configuration a person should look at."""

from __future__ import annotations

from cmdb.context import Context
from cmdb.model.finding import FINDINGS, Finding
from cmdb.ports.store import Equals
from cmdb.records import Held, Listing

_AT_ONCE = 1000


def listing(
    context: Context, *, code: str | None = None, closed_too: bool = False, limit: int | None = None
) -> tuple[list[Finding], bool]:
    """
    Return the findings by id, those that are open or all, and whether there are more than ``limit``.

    Raises:
        NotAllowed: the actor may not read findings.
    """
    context.allow("finding:read")
    where = [Equals("code", code)] if code is not None else []
    found: list[Finding] = []
    for finding in context.records.find(FINDINGS, where):
        if closed_too or finding.closed_at is None:
            if limit is not None and len(found) == limit:
                return found, True
            found.append(finding)
    return found, False


def page(
    context: Context, *, code: str | None = None, closed_too: bool = False, after: str | None = None, limit: int = 100
) -> Listing[Finding]:
    """Return a page of the findings by id, those that are open or all; raises NotAllowed."""
    context.allow("finding:read")
    where = [Equals("code", code)] if code is not None else []
    found: list[Held[Finding]] = []
    while True:
        rows = context.records.listing(FINDINGS, where, after=after, limit=_AT_ONCE)
        wanted = [(n, held) for n, held in enumerate(rows.rows, 1) if closed_too or held.record.closed_at is None]
        room = limit - len(found)
        found += [held for _, held in wanted[:room]]
        if len(wanted) > room or (len(wanted) == room and rows.after is not None):
            # Where the next page begins, only one that ends here can say.
            last = wanted[room - 1][0]
            return Listing(tuple(found), context.records.listing(FINDINGS, where, after=after, limit=last).after)
        after = rows.after
        if after is None:
            return Listing(tuple(found), None)


def get(context: Context, finding: str) -> Finding:
    """Return a finding; raises NotAllowed and NotFound."""
    context.allow("finding:read")
    return context.records.get(FINDINGS, finding)
