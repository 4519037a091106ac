"""The desk of findings: what about the configuration a person should look at, and closing it by hand."""

from __future__ import annotations

from dataclasses import replace

from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, InvalidInput, Problem
from cmdb.model.finding import FINDINGS, Finding
from cmdb.ports.store import Equals
from cmdb.records import Held, Listing

_AT_ONCE = 1000
MOST_REASON = 2_000

SENTENCES = {
    "finding.no_reason": "the reason is missing; it tells whoever asks later why nothing has to be done",
    "finding.long_reason": "the reason has {found} characters; up to {limit} are kept",
}


class NotClosed(ForeshockError):
    """A finding can not be closed, or opened again, as it stands."""

    code = "finding.refused"
    sentence = "{finding} can not be {move}: {because}"
    family = Family.REFUSED

    def __init__(self, *, finding: str, move: str, because: str) -> None:
        super().__init__(finding=finding, move=move, because=because)


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
    context: Context,
    *,
    code: str | None = None,
    ci: str | None = None,
    source: str | None = None,
    open_too: bool = True,
    closed_too: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Listing[Finding]:
    """
    Return a page of the findings by id: those of one kind, about one CI or one source, open, closed or all.

    Raises:
        NotAllowed: the actor may not read findings.
    """
    context.allow("finding:read")
    where = [Equals("code", code)] if code is not None else []
    found: list[Held[Finding]] = []

    def is_wanted(finding: Finding) -> bool:
        if not (open_too if finding.closed_at is None else closed_too):
            return False
        return (ci is None or ci in finding.cis) and (source is None or source in sources_of(finding))

    while True:
        rows = context.records.listing(FINDINGS, where, after=after, limit=_AT_ONCE)
        wanted = [(n, held) for n, held in enumerate(rows.rows, 1) if is_wanted(held.record)]
        room = limit - len(found)
        found += [held for _, held in wanted[:room]]
        if len(wanted) > room or (len(wanted) == room and rows.after is not None):
            # Where the next page begins, only one that ends here can say.
            last = wanted[room - 1][0]
            return Listing(tuple(found), context.records.listing(FINDINGS, where, after=after, limit=last).after)
        after = rows.after
        if after is None:
            return Listing(tuple(found), None)


def about(context: Context, ci: str, *, most: int = 2_000) -> tuple[list[Finding], bool]:
    """
    Return the open findings about a CI, and whether all findings were looked through: ``most`` are; raises NotAllowed.
    """
    context.allow("finding:read")
    page = context.records.listing(FINDINGS, limit=most)
    found = [held.record for held in page.rows if held.record.closed_at is None and ci in held.record.cis]
    return found, page.after is None


def sources_of(finding: Finding) -> frozenset[str]:
    """Return the sources of discovery that a finding names: as such, or by the things it is about."""
    named = finding.facts.get("sources", ())
    found = {str(each) for each in (named if isinstance(named, (list, tuple)) else [named])}
    found |= {str(finding.facts["source"])} if finding.facts.get("source") else set()
    found |= {str(thing[0]) for thing in finding.facts.get("things", ()) if thing and thing[0]}
    return frozenset(found)


def get(context: Context, finding: str) -> Finding:
    """Return a finding; raises NotAllowed and NotFound."""
    context.allow("finding:read")
    return context.records.get(FINDINGS, finding)


def close(context: Context, finding: str, *, reason: str) -> Held[Finding]:
    """
    Close a finding that is so, and that nobody has to do anything about; it stays closed for as long as it is so.

    What is found no more and later again is open again, whoever closed it before.

    Raises:
        NotAllowed: the actor may not close findings.
        NotFound: there is no such finding.
        InvalidInput: no reason is given, or one that is too long.
        NotClosed: it is closed already.
        VersionConflict: it was changed meanwhile.
    """
    context.allow("finding:close")
    held, because = context.records.held(FINDINGS, finding), reason.strip()
    faults = []
    if not because:
        faults.append(Problem("finding.no_reason", SENTENCES["finding.no_reason"], {}, "/reason"))
    if len(because) > MOST_REASON:
        facts = {"found": len(because), "limit": MOST_REASON}
        faults.append(Problem("finding.long_reason", SENTENCES["finding.long_reason"], facts, "/reason"))
    if faults:
        raise InvalidInput(faults, what=finding)
    if held.record.closed_at is not None:
        raise NotClosed(finding=finding, move="closed", because="it is closed already")
    closed = replace(held.record, closed_at=context.clock.now(), closed_by=context.actor.id, because=because)
    return context.records.put(FINDINGS, closed, because="finding:closed", expected_version=held.version)


def reopen(context: Context, finding: str) -> Held[Finding]:
    """
    Open a finding again that somebody closed.

    Raises:
        NotAllowed: the actor may not close findings.
        NotFound: there is no such finding.
        NotClosed: it is open, or it closed by itself and so is not so any more.
        VersionConflict: it was changed meanwhile.
    """
    context.allow("finding:close")
    held = context.records.held(FINDINGS, finding)
    if held.record.closed_at is None:
        raise NotClosed(finding=finding, move="opened again", because="it is open")
    if held.record.closed_by is None:
        raise NotClosed(finding=finding, move="opened again", because="it closed by itself, as it is no longer so")
    opened = replace(held.record, closed_at=None, closed_by=None, because=None)
    return context.records.put(FINDINGS, opened, because="finding:reopened", expected_version=held.version)
