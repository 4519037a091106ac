"""
The desk of signing in: by account and password, and setting a password, by a one-time link or with the present one.

Whoever fails is told one thing, in the same time: not whether there is such an account. Every attempt is an event.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from cmdb.context import Context
from cmdb.errors import InvalidInput
from cmdb.model.credential import CREDENTIALS, Credential
from cmdb.model.invitation import INVITATIONS, Invitation
from cmdb.model.person import PERSONS, Person
from cmdb.model.session import SESSIONS, SignInMethod
from cmdb.model.sign_in_event import SignInOutcome
from cmdb.people import throttle
from cmdb.people.bearing import borne, minted
from cmdb.people.errors import LinkRefused, PersonNeeded, SignInRefused, SignInThrottled
from cmdb.people.passwords import hashed, is_outdated, matches, password_problems
from cmdb.people.persons import person_of
from cmdb.people.sessions import Begun, Limits, begin, endings
from cmdb.people.sign_in_events import event
from cmdb.ports.store import Equals, Put, Store
from cmdb.records import Held, from_document, to_document

LINK_HOURS = 24


class Invited(NamedTuple):
    """An invitation, and what its link bears."""

    invitation: Invitation
    secret: str


def sign_in(context: Context, account: str, password: str, *, address: str, limits: Limits) -> Begun:
    """
    Begin a session of the person an account stands for.

    Raises:
        SignInThrottled: too many attempts failed.
        SignInRefused: account and password do not belong together.
    """
    try:
        throttle.enter(context, account, address)
    except SignInThrottled as refused:
        if refused.facts.pop("first"):
            _tell(context, SignInOutcome.THROTTLED, _person(context.store, account), address)
        raise
    person = _person(context.store, account)
    kept = _password_of(context.store, person.id) if person is not None and person.active else None
    if not matches(kept, password) or person is None or kept is None:
        _tell(context, SignInOutcome.FAILED, person, address)
        raise SignInRefused
    throttle.leave(context, account, address)
    renewed = [_password(context, person.id, password)] if is_outdated(kept) else []
    return begin(context, person, SignInMethod.PASSWORD, address=address, limits=limits, also=renewed)


def invite(context: Context, person_id: str) -> Invited:
    """
    Make a one-time link for a person to set their password by; those that were made before are no longer good.

    Raises:
        NotAllowed: the actor may not invite.
        NotFound: there is no such person.
    """
    context.allow("person:invite")
    context.records.get(PERSONS, person_id)
    now = context.clock.now()
    ends = now + timedelta(hours=LINK_HOURS)
    invitation = Invitation(context.new_id(INVITATIONS), person_id, now, ends, context.actor.id)
    secret, credential = minted(invitation.id, person_id, now)
    puts = [Put(INVITATIONS, to_document(INVITATIONS, invitation), 0), credential, *_replaced(context, person_id)]
    told = event(context, SignInOutcome.INVITED, person=person_id, subject=invitation.id)
    context.records.put_all([*puts, told], because="person:invited")
    return Invited(invitation, secret)


def invited(context: Context, secret: str) -> Person:
    """Return the person whose password a link may set; raises LinkRefused."""
    return _invited(context, secret)[1]


def accept(context: Context, secret: str, password: str, *, address: str, limits: Limits) -> Begun:
    """
    Set the password by a one-time link, and begin a session; every other session of the person ends.

    Raises:
        LinkRefused: the link is not good, or no longer.
        InvalidInput: the password will not do; the link stays good.
    """
    held, person = _invited(context, secret)
    _refuse(password, person)
    used = replace(held.record, used=context.clock.now())
    puts = [
        Put(INVITATIONS, to_document(INVITATIONS, used), held.version),
        *_set(context, person, password, address=address),
    ]
    return begin(context, person, SignInMethod.LINK, address=address, limits=limits, also=puts)


def change_password(
    context: Context, session_id: str, present: str, password: str, *, address: str, limits: Limits
) -> Begun:
    """
    Set one's own password and begin a session in place of the present one; all others end.

    Raises:
        PersonNeeded: whoever acts has no such session.
        SignInThrottled, SignInRefused: the present password is wrong, as at signing in.
        InvalidInput: the new one will not do.
    """
    stored = context.store.get(SESSIONS, session_id)
    person = _person(context.store, stored.document["person"]) if stored else None
    if person is None or person.id != context.actor.person or context.actor.scopes is not None:
        raise PersonNeeded(actor=context.actor.id)
    throttle.enter(context, person.id, address)
    kept = _password_of(context.store, person.id)
    if not matches(kept, present):
        _tell(context, SignInOutcome.FAILED, person, address)
        raise SignInRefused
    throttle.leave(context, person.id, address)
    _refuse(password, person)
    puts = _set(context, person, password, address=address)
    return begin(context, person, SignInMethod.PASSWORD, address=address, limits=limits, also=puts)


def anybody_can(store: Store) -> bool:
    """Tell whether anybody has a password yet, or a link to set one by."""
    return bool(store.find(CREDENTIALS, limit=1).rows)


def _person(store: Store, account: str) -> Person | None:
    # The store keeps no such texts, so none can be an account; and nothing is asked of it that would fail.
    if not account or "\0" in account or len(account) > 1000 or any("\ud800" <= c <= "\udfff" for c in account):
        return None
    return person_of(store, account)


def _invited(context: Context, secret: str) -> tuple[Held[Invitation], Person]:
    found = borne(context.store, INVITATIONS.series, secret)
    if found is None:
        raise LinkRefused
    held = context.records.held(INVITATIONS, found)
    person = context.records.get(PERSONS, held.record.person)
    if held.record.used is not None or context.clock.now() >= held.record.ends or not person.active:
        raise LinkRefused
    return held, person


def _replaced(context: Context, person_id: str) -> list[Put]:
    """Return the writes that make the earlier links of a person useless."""
    page = context.records.listing(INVITATIONS, [Equals("person", person_id)], limit=1000)
    now = context.clock.now()
    return [
        Put(INVITATIONS, to_document(INVITATIONS, replace(held.record, used=now)), held.version)
        for held in page.rows
        if held.record.used is None and held.record.ends > now
    ]


def _set(context: Context, person: Person, password: str, *, address: str) -> list[Put]:
    told = event(context, SignInOutcome.PASSWORD_SET, person=person.id, address=address)
    return [_password(context, person.id, password), told, *endings(context, person.id, "session:password_set")]


def _password(context: Context, person_id: str, password: str) -> Put:
    credential = Credential(_key(person_id), hashed(password), person_id, context.clock.now())
    return Put(CREDENTIALS, to_document(CREDENTIALS, credential))


def _password_of(store: Store, person_id: str) -> str | None:
    stored = store.get(CREDENTIALS, _key(person_id))
    return from_document(CREDENTIALS, stored.document).hash if stored else None


def _key(person_id: str) -> str:
    return f"person:{person_id}"


def _refuse(password: str, person: Person) -> None:
    problems = list(password_problems(password, (*person.names, person.name)))
    if problems:
        raise InvalidInput(problems, what="the password")


def _tell(context: Context, outcome: SignInOutcome, person: Person | None, address: str) -> None:
    told = event(context, outcome, person=person.id if person else "", address=address)
    context.records.put_all([told], because=f"sign_in:{outcome.value}")
