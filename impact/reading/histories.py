"""
What happened to which CI: incidents of the store as intervals of failure. The only file that reads them for impact.

One process keeps the newest of each store and brings it along by the log, so that a question on a server does not read
all incidents again; a question about an earlier revision reads what was there then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from cmdb.model.incident import INCIDENTS
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Store
from impact.reading.shelf import itself

Failure = tuple[datetime, datetime | None]
"""From when until when an incident had a CI down; None: it still does."""

MOST_REVISIONS = 200
"""So many revisions are walked to bring what is kept along; beyond, reading the incidents anew is sooner."""
KEPT = 3
"""So many of the newest are kept for each store: others may still ask at the revision before."""
_PATHS = ("cis", "opened", "resolved")


@dataclass(frozen=True, slots=True)
class Histories:
    """
    The incidents of a revision by CI; ``since`` is when the first of the estate was opened, None when there is none.

    Before ``since`` nobody recorded incidents, so from then on a CI without one counts as observed and well.
    """

    revision: int
    since: datetime | None
    by_ci: dict[str, tuple[Failure, ...]]


Incidents = dict[str, tuple[tuple[str, ...], Failure]]
"""By id the CIs of an incident, and its interval."""


class _Kept(NamedTuple):
    histories: Histories
    incidents: Incidents


_KEPT: WeakKeyDictionary[Store, tuple[_Kept, ...]] = WeakKeyDictionary()
_LOCK = Lock()


def histories_at(store: Store, revision: int) -> Histories:
    """
    Return the incidents of a revision by CI.

    Raises:
        NotFound: there is no such revision yet.
        HistoryGone: it is no longer kept.
    """
    store = itself(store)
    with _LOCK:
        before = [kept for kept in _KEPT.get(store, ()) if kept.histories.revision <= revision]
    found = _advanced(store, before[-1], revision) if before else None
    if found is None:
        incidents = _read(store, revision)
        found = _Kept(_by_ci(revision, incidents), incidents)
    with _LOCK:
        kept = [each for each in _KEPT.get(store, ()) if each.histories.revision != revision]
        if not kept or kept[0].histories.revision < revision:
            _KEPT[store] = tuple(sorted([*kept, found], key=lambda each: each.histories.revision)[-KEPT:])
    return found.histories


def moment_of(store: Store, revision: int) -> datetime | None:
    """
    Return when a revision was made, None for revision 0: a moment that is the same for ever.

    Raises:
        HistoryGone: the log no longer reaches back to it.
    """
    for made in store.changes(revision - 1, limit=1) if revision else ():
        return made.at
    return None


def _read(store: Store, revision: int) -> Incidents:
    with store.snapshot(at=revision) as snapshot:
        return {
            key: (tuple(cis), (datetime.fromisoformat(opened), resolved and datetime.fromisoformat(resolved)))
            for columns in snapshot.columns(INCIDENTS, "id", *_PATHS)
            for key, cis, opened, resolved in zip(*columns, strict=True)
        }


def _advanced(store: Store, kept: _Kept, revision: int) -> _Kept | None:
    """Return what is kept as of a later revision, None where reading it anew is sooner."""
    behind = revision - kept.histories.revision
    # A revision that does not exist must be refused, as a snapshot of it is.
    if behind > MOST_REVISIONS or revision > store.revision():
        return None
    incidents, touched = kept.incidents, set[str]()
    try:
        for made in store.changes(kept.histories.revision, limit=behind) if behind else ():
            for entry in made.entries:
                if entry.kind == INCIDENTS.name:
                    touched.add(entry.key)
                    if incidents is kept.incidents:
                        incidents = dict(incidents)
                    _take(incidents, entry.key, entry.after)
    except HistoryGone:
        return None
    if incidents is kept.incidents:
        return _Kept(replace(kept.histories, revision=revision), incidents)
    return _Kept(_along(kept, incidents, touched, revision), incidents)


def _along(kept: _Kept, incidents: Incidents, touched: set[str], revision: int) -> Histories:
    """Return the histories with the failures of those incidents that were written as they are now."""
    by_ci = dict(kept.histories.by_ci)
    for of, change in ((kept.incidents, list.remove), (incidents, list.append)):
        for key in touched & of.keys():
            cis, failure = of[key]
            for ci in cis:
                failures = list(by_ci.get(ci, ()))
                change(failures, failure)
                by_ci[ci] = tuple(sorted(failures, key=_when))
    since = kept.histories.since
    written = [of[key] for of in (kept.incidents, incidents) for key in touched & of.keys()]
    if since is None or any(opened <= since for _, (opened, _) in written):
        since = min((failure[0] for _, failure in incidents.values()), default=None)
    return Histories(revision, since, {ci: failures for ci, failures in by_ci.items() if failures})


def _take(incidents: Incidents, key: str, document: dict[str, Any] | None) -> None:
    if document is None:
        incidents.pop(key, None)
        return
    resolved = document.get("resolved")
    opened = datetime.fromisoformat(document["opened"])
    incidents[key] = tuple(document["cis"]), (opened, resolved and datetime.fromisoformat(resolved))


def _by_ci(revision: int, incidents: Incidents) -> Histories:
    found: dict[str, list[Failure]] = {}
    for cis, failure in incidents.values():
        for ci in cis:
            found.setdefault(ci, []).append(failure)
    since = min((opened for _, (opened, _) in incidents.values()), default=None)
    # In the order of time, so that it does not matter how the incidents came to be here.
    return Histories(revision, since, {ci: tuple(sorted(failures, key=_when)) for ci, failures in found.items()})


def _when(failure: Failure) -> tuple[datetime, bool, datetime]:
    opened, resolved = failure
    return opened, resolved is None, resolved or opened
