"""The log: every revision, who made it and what it wrote, of the whole record or of one CI and its connections."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from flask import render_template, request, url_for

from cmdb.model.change import CHANGES
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Entry, Revision, Store
from web.pages.blueprint import pages
from web.pages.past import act_words
from web.request import context

_PAGE = 50
# So many revisions are looked through for one CI before the page asks whether to go on.
_LOOKED_AT = 1000
_LINKS = 3


@dataclass(frozen=True, slots=True)
class Link:
    """One record a revision wrote, in words; no address where there is no page for it."""

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One revision: who did what to which records; ``more`` counts those not named."""

    number: int
    at: datetime
    actor: str
    words: str
    links: tuple[Link, ...]
    more: int


@pages.get("/log", endpoint="log")
def show() -> str:
    """Show the revisions below ``before`` in the address, newest first; with ``ci`` those that wrote about it alone."""
    context().allow("ci:read")
    store, ci = context().store, request.args.get("ci", "").strip()
    last = store.revision()
    before = min(request.args.get("before", default=last + 1, type=int), last + 1)
    begins = store.floor()
    low = max(begins, before - 1 - (_LOOKED_AT if ci else _PAGE))
    lines = []
    for revision in store.changes(low, limit=max(0, before - 1 - low)) if before > low + 1 else ():
        if not ci:
            lines.append(told(revision))
        elif about := [entry for entry in revision.entries if ci in _cis_of(entry)]:
            lines.append(_line(revision, about, len(about)))
    return render_template(
        "log.html",
        ci=ci,
        lines=lines[::-1],
        looked_at=max(0, before - 1 - low),
        older=url_for("pages.log", before=low + 1, ci=ci or None) if low > begins else None,
        begins=begins if low == begins else 0,
        first=url_for("pages.log", ci=ci or None) if before <= last else None,
    )


def newest(store: Store, count: int) -> list[Line]:
    """Return the newest revisions, the newest first."""
    since = max(store.floor(), store.revision() - count)
    return [told(each) for each in reversed(list(store.changes(since, limit=count)))]


def told(revision: Revision) -> Line:
    """Return one revision as a line."""
    return _line(revision, revision.entries, revision.size)


def _line(revision: Revision, entries: Iterable[Entry], size: int) -> Line:
    links = tuple(_link(entry) for entry in islice(entries, _LINKS))
    words = act_words(revision.reason)
    return Line(revision.number, revision.at, revision.actor, words, links, size - len(links))


def _link(entry: Entry) -> Link:
    if entry.kind == CIS.name:
        return Link(entry.key, url_for("pages.ci", id=entry.key))
    if entry.kind == CHANGES.name:
        return Link(entry.key, url_for("pages.change", id=entry.key))
    if entry.kind == RELATIONS.name:
        source, kind, target, group = json.loads(entry.key)
        return Link(f"{source} {kind} {target}{f' ({group})' if group else ''}", url_for("pages.ci", id=source))
    if entry.kind == GROUPS.name:
        item, name = json.loads(entry.key)
        return Link(f"group {name} of {item}", url_for("pages.ci", id=item))
    return Link(entry.key, "")


def _cis_of(entry: Entry) -> tuple[str, ...]:
    """Return the CIs a record is about: itself, both ends of a relation, the owner of a group."""
    if entry.kind == RELATIONS.name:
        source, _, target, _ = json.loads(entry.key)
        return source, target
    if entry.kind == GROUPS.name:
        return (json.loads(entry.key)[0],)
    return (entry.key,) if entry.kind == CIS.name else ()
