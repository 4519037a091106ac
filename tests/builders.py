"""
Builders: valid things by default, so that a test says only what it is about.

``the_context`` opens a real store in a directory of its own, which goes when the context goes; its clock stands still
until it is sent forward. ``as_actor`` is the same store and clock in another's hands.
"""

from __future__ import annotations

import tempfile
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cmdb.configuration import observing
from cmdb.context import Context
from cmdb.model.change import CHANGES, BackOut, Change, ChangeState, ChangeType, Target, Window
from cmdb.model.ci import CI, CIS
from cmdb.model.group import GROUPS, Group
from cmdb.model.incident import INCIDENTS, Incident, IncidentState
from cmdb.model.kind import Kind
from cmdb.model.observation import Identifier, Observation
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.ports.store import Put
from cmdb.records import to_document
from cmdb.roles import Actor, Role
from cmdb.stores.sqlite import SqliteStore, open_store

NOON = "2026-03-02T12:00Z"
KINDS: dict[type[Any], Kind[Any]] = {CI: CIS, Relation: RELATIONS, Group: GROUPS, Change: CHANGES, Incident: INCIDENTS}


class TestClock:
    """A clock that stands still until it is sent forward."""

    __test__ = False

    def __init__(self, at: str = NOON) -> None:
        self._now = moment(at)

    def now(self) -> datetime:
        return self._now

    def forward(self, **by: float) -> None:
        """Send the clock forward: ``forward(minutes=9)``, ``forward(days=2)``."""
        self._now += timedelta(**by)

    @staticmethod
    def minutes(count: float) -> timedelta:
        return timedelta(minutes=count)


def the_context(*things: Any, role: str = "engineer", actor: str | None = None, at: str = NOON) -> Context:
    """
    Return a context over a new store that holds the things, in its first revision.

    The actor has the role, and its name unless ``actor`` says another. A role may be several, with ``+`` between.
    """
    clock = TestClock(at)
    folder = tempfile.TemporaryDirectory(prefix="foreshock-test-")
    store = open_store(Path(folder.name) / "estate.db", clock=clock.now)
    context = Context(store, store.coordination, clock, an_actor(actor or role, role))
    weakref.finalize(store, folder.cleanup)
    weakref.finalize(context, _close, weakref.ref(store))
    if things:
        puts = [Put(KINDS[type(thing)], to_document(KINDS[type(thing)], thing)) for thing in things]
        context.records.apply(puts, because="test:built")
    return context


def as_actor(context: Context, role: str, actor: str | None = None) -> Context:
    """Return the same store and clock in the hands of somebody with this role, named after it by default."""
    other = Context(context.store, context.coordination, context.clock, an_actor(actor or role, role))
    other._first = context  # type: ignore[attr-defined]  # The store lives as long as the context that opened it.
    return other


def file_of(context: Context) -> Path:
    """Return the file of the context's store, for tests that lay hands on it."""
    path: Path = context.store._database.path  # type: ignore[attr-defined]
    return path


def an_actor(name: str, role: str) -> Actor:
    return Actor(name, frozenset(Role(one) for one in role.split("+")))


def add(context: Context, *things: Any) -> int:
    """Write more things as one revision and return its number."""
    puts = [Put(KINDS[type(thing)], to_document(KINDS[type(thing)], thing)) for thing in things]
    return context.records.apply(puts, because="test:added").revision


# the estate ----------------------------------------------------------------------------------------------------------
def a_ci(ci: str, ci_class: str = "server", **fields: Any) -> CI:
    return CI(ci, ci_class, fields.pop("name", ci), **fields)


def a_server(ci: str, **fields: Any) -> CI:
    return a_ci(ci, "server", **fields)


def a_service(ci: str, *, tier: int | None = 1, **fields: Any) -> CI:
    return a_ci(ci, "service", attributes={} if tier is None else {"tier": tier}, **fields)


def depends(source: str, *targets: str, group: str | None = None, strength: str | None = None) -> list[Relation]:
    """Return a relation from the source to each target: all needed, or members of the group."""
    of = None if strength is None else Strength(strength)
    return [Relation(source, "depends_on", target, group, of) for target in targets]


def observed(context: Context, **systems: str) -> None:
    """Let a source see these servers, each with its operating system, and no others."""
    seen = [
        Observation("", "all", name, "server", name, None, {"os": os}, (Identifier("serial", f"A|{name}"),))
        for name, os in systems.items()
    ]
    observing.take(context, "dc1", "files", seen, ["all"], run="r")


def needs(source: str, count: int | str, *targets: str, group: str = "pool") -> list[Any]:
    """Return a redundancy group of which the source needs so many of the targets."""
    return [Group(source, group, count), *depends(source, *targets, group=group)]


# changes -------------------------------------------------------------------------------------------------------------
def moment(text: str) -> datetime:
    """Return the aware datetime of an RFC 3339 text, in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def a_window(start: str = "2026-03-02T22:00Z", *, minutes: int = 60) -> Window:
    return Window(moment(start), moment(start) + timedelta(minutes=minutes))


def a_back_out() -> BackOut:
    return BackOut("Put the old one back", minutes=10)


def a_change(*targets: Target | str, **fields: Any) -> Change:
    """Return a submitted change of the engineer on the targets (a text is a CI that is down for the window)."""
    given: dict[str, Any] = {
        "id": "CHG-1",
        "title": "Replace the switch",
        "reason": "It is worn out",
        "requester": "engineer",
        "raised_at": moment(NOON),
        "type": ChangeType.NORMAL,
        "state": ChangeState.SUBMITTED,
        "revision": 1,
        "window": a_window(),
        "targets": tuple(target if isinstance(target, Target) else Target(target) for target in targets),
        "back_out": a_back_out(),
    }
    return Change(**{**given, **fields})


# incidents -----------------------------------------------------------------------------------------------------------
def an_incident(*cis: str, **fields: Any) -> Incident:
    """Return an incident of the CIs, opened at eight in the morning; it goes on unless ``resolved`` is given."""
    given: dict[str, Any] = {
        "id": "INC-1",
        "title": "It is down",
        "cis": cis,
        "opened": moment("2026-03-02T08:00Z"),
        "priority": 3,
        "state": IncidentState.OPEN if fields.get("resolved") is None else IncidentState.RESOLVED,
        "source": "form",
    }
    return Incident(**{**given, **fields})


def _close(store: weakref.ref[SqliteStore]) -> None:
    still_there = store()
    if still_there is not None:
        still_there.close()
