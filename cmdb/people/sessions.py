"""
The desk of sessions: begin one, find whose it is, end one or all of somebody.

A session is a record, so it can be revoked and audited; that it was used lately is coordination, forgotten after the
idle time. The browser bears a secret of which the store keeps a hash; each sign-in makes another, so that none that
was planted before can be used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from cmdb.context import Context
from cmdb.model.person import PERSONS, Person
from cmdb.model.session import SESSIONS, Session, SignInMethod
from cmdb.model.sign_in_event import SignInOutcome
from cmdb.people.bearing import borne, minted
from cmdb.people.sign_in_events import event
from cmdb.ports.store import Equals, Put
from cmdb.records import Held, Listing, from_document, to_document

_REFRESH = 60.0


class Limits(NamedTuple):
    """How long a session lasts without being used, and at all; seconds."""

    idle: float = 3600.0
    whole: float = 12 * 3600.0


class Begun(NamedTuple):
    """A session that has begun, and what its browser is to bear from now on."""

    session: Session
    secret: str


def begin(
    context: Context, person: Person, method: SignInMethod, *, address: str, limits: Limits, also: Sequence[Put] = ()
) -> Begun:
    """Begin a session of somebody who has proved who they are; ``also`` is written in the same revision."""
    now = context.clock.now()
    ends = now + timedelta(seconds=limits.whole)
    session = Session(context.new_id(SESSIONS), person.id, method, now, ends, address)
    secret, credential = minted(session.id, person.id, now)
    told = event(context, SignInOutcome.SUCCEEDED, person=person.id, address=address, subject=session.id)
    put = Put(SESSIONS, to_document(SESSIONS, session), 0)
    context.records.put_all([put, credential, told, *also], because="session:began")
    context.coordination.leave(_used(session.id), {}, seconds=limits.idle)
    return Begun(session, secret)


def living(context: Context, secret: str, *, limits: Limits) -> tuple[Session, Person] | None:
    """
    Return the session that a browser bears the secret of, and its person; None if there is none, or no longer.

    It has ended by its own time, when it was not used for the idle time, and when the person is not active any more.
    Asking counts as use.
    """
    found = borne(context.store, SESSIONS.series, secret)
    stored = context.store.get(SESSIONS, found) if found else None
    if stored is None:
        return None
    session = from_document(SESSIONS, stored.document)
    if session.ended is not None or context.clock.now() >= session.ends:
        return None
    used = context.coordination.seen([_used(session.id), _fresh(session.id)])
    someone = context.store.get(PERSONS, session.person)
    if _used(session.id) not in used or someone is None:
        return None
    person = from_document(PERSONS, someone.document)
    if not person.active:
        return None
    if _fresh(session.id) not in used:
        context.coordination.leave(_used(session.id), {}, seconds=limits.idle)
        context.coordination.leave(_fresh(session.id), {}, seconds=min(_REFRESH, limits.idle / 2))
    return session, person


def sign_out(context: Context, session_id: str, *, address: str = "") -> None:
    """End the session that a browser bore the secret of, by its own wish; nothing happens where it has ended."""
    held = context.records.held(SESSIONS, session_id)
    if held.record.ended is None:
        _end(context, [held], "session:signed_out", SignInOutcome.SIGNED_OUT, address=address)


def listing(
    context: Context, *, person: str | None = None, after: str | None = None, limit: int = 100
) -> Listing[Session]:
    """
    Return one page of the sessions of a person, by default one's own, by id.

    Raises:
        NotAllowed: they are somebody else's, and the actor may not read what happens at the door.
    """
    whose = person or context.actor.person or context.actor.id
    if whose != context.actor.person:
        context.allow("sign_in:read")
    return context.records.listing(SESSIONS, [Equals("person", whose)], after=after, limit=limit)


def revoke(context: Context, session_id: str) -> Held[Session]:
    """
    End a session, one's own or anybody's as an administrator; one that has ended stays as it is.

    Raises:
        NotAllowed: it is somebody else's (or of nobody), and the actor may not revoke sessions.
    """
    stored = context.store.get(SESSIONS, session_id)
    own = stored is not None and stored.document["person"] == context.actor.person and context.actor.scopes is None
    if not own:
        context.allow("session:revoke")
    held = context.records.held(SESSIONS, session_id)
    if held.record.ended is None:
        _end(context, [held], "session:revoked", SignInOutcome.SESSION_REVOKED)
    return context.records.held(SESSIONS, session_id)


def endings(context: Context, person: str, because: str, *, keep: str = "") -> list[Put]:
    """Return the writes that end every session of a person but the one to keep, to go with what makes them end."""
    now, puts, after = context.clock.now(), [], None
    while True:
        page = context.records.listing(SESSIONS, [Equals("person", person)], after=after, limit=1000)
        for held in page.rows:
            if held.record.ended is None and held.record.ends > now and held.record.id != keep:
                puts.append(_ended(context, held, because))
        after = page.after
        if after is None:
            return puts


def _end(
    context: Context, those: Sequence[Held[Session]], because: str, outcome: SignInOutcome, *, address: str = ""
) -> None:
    puts = [_ended(context, held, because) for held in those]
    told = [
        event(context, outcome, person=held.record.person, address=address, subject=held.record.id) for held in those
    ]
    context.records.put_all([*puts, *told], because=because)


def _ended(context: Context, held: Held[Session], because: str) -> Put:
    record = replace(held.record, ended=context.clock.now(), because=because)
    return Put(SESSIONS, to_document(SESSIONS, record), held.version)


def _used(session_id: str) -> str:
    return f"session-used:{session_id}"


def _fresh(session_id: str) -> str:
    return f"session-fresh:{session_id}"
