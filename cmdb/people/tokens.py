"""
The desk of API tokens: make, list, revoke, and find out whose a token is.

A token acts as an account, with the acts among its scopes that the account itself may do at that moment; so it never
outgrows its owner. It begins with ``fsk_``, so that scanners of leaked secrets find it, and is shown once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.api_token import API_TOKENS, ApiToken
from cmdb.model.sign_in_event import SignInOutcome
from cmdb.people.bearing import borne, minted
from cmdb.people.errors import PersonNeeded, TokenRefused
from cmdb.people.persons import person_of
from cmdb.people.sign_in_events import event
from cmdb.ports.store import Equals, Filter, Put
from cmdb.records import Held, Listing, from_document, to_document
from cmdb.roles import ACTS, Actor, Role, may

PREFIX = "fsk_"
DAYS, MOST_DAYS = 90, 366
LONGEST = 200
_REMEMBERED = 400 * 86400.0
_REFRESH = 60.0


class Made(NamedTuple):
    """A token that was made: its record, and the text that is shown this once."""

    record: ApiToken
    token: str


def make(
    context: Context,
    *,
    name: str,
    scopes: Sequence[str] = (),
    roles: Sequence[str] = (),
    days: int = DAYS,
) -> Made:
    """
    Make a token for the acting account. ``scopes`` are acts, ``roles`` stand for all acts of theirs; with neither it is
    for whatever the account may do now.

    Raises:
        PersonNeeded: whoever acts does so by a token themselves.
        InvalidInput: a scope is none, or more than the account may do; a name or a number of days that will not do.
    """
    if context.actor.scopes is not None:
        raise PersonNeeded(actor=context.actor.id)
    wanted = _wanted(context.actor, scopes, roles)
    problems = _problems(context.actor, name, scopes, roles, days)
    if problems:
        raise InvalidInput(problems, what="the token")
    now = context.clock.now()
    held = tuple(sorted(role.value for role in context.actor.roles))
    ends = now + timedelta(days=days)
    record = ApiToken(
        context.new_id(API_TOKENS), name.strip(), context.actor.id, wanted, held, now, ends, context.actor.id
    )
    secret, credential = minted(record.id, context.actor.id, now)
    told = event(context, SignInOutcome.TOKEN_MADE, person=context.actor.person or "", subject=record.id)
    put = Put(API_TOKENS, to_document(API_TOKENS, record), 0)
    context.records.put_all([put, credential, told], because="token:made")
    return Made(record, f"{PREFIX}{secret}")


def listing(
    context: Context,
    *,
    account: str | None = None,
    all_of_them: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Listing[ApiToken]:
    """Return one page of the tokens of an account, by default one's own, or of all; raises NotAllowed."""
    whose = account or context.actor.id
    if all_of_them or whose != context.actor.id:
        context.allow("token:write")
    where: list[Filter] = [] if all_of_them else [Equals("account", whose)]
    return context.records.listing(API_TOKENS, where, after=after, limit=limit)


def last_used(context: Context, tokens: Sequence[str]) -> dict[str, datetime]:
    """Return when each of these tokens was used last, to the minute; those that never were are left out."""
    seen = context.coordination.seen([_used(token) for token in tokens])
    found = {token: seen.get(_used(token)) for token in tokens}
    return {token: datetime.fromisoformat(state["at"]) for token, state in found.items() if state is not None}


def revoke(context: Context, token_id: str) -> Held[ApiToken]:
    """
    Revoke a token, one's own or anybody's as an administrator; one that is revoked stays as it is.

    Raises:
        NotAllowed: it is somebody else's (or of nobody), and the actor may not write tokens.
    """
    stored = context.store.get(API_TOKENS, token_id)
    if stored is None or stored.document["account"] != context.actor.id:
        context.allow("token:write")
    held = context.records.held(API_TOKENS, token_id)
    if held.record.ended is not None:
        return held
    record = replace(held.record, ended=context.clock.now())
    person = person_of(context.store, record.account)
    told = event(context, SignInOutcome.TOKEN_REVOKED, person=person.id if person else "", subject=token_id)
    put = Put(API_TOKENS, to_document(API_TOKENS, record), held.version)
    context.records.put_all([put, told], because="token:revoked")
    return context.records.held(API_TOKENS, token_id)


def bearer(context: Context, text: str) -> Actor:
    """
    Return who acts by a token; its use is noted.

    Raises:
        TokenRefused: it is unknown, has expired or was revoked, or its person is no longer active.
    """
    found = borne(context.store, API_TOKENS.series, text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    stored = context.store.get(API_TOKENS, found) if found else None
    if stored is None:
        raise TokenRefused
    token = from_document(API_TOKENS, stored.document)
    person = person_of(context.store, token.account)
    if token.ended is not None or context.clock.now() >= token.ends or (person is not None and not person.active):
        raise TokenRefused
    _note(context, token.id)
    roles = frozenset(Role(role) for role in (person.roles if person else token.roles))
    return Actor(token.account, roles, person.id if person else None, frozenset(token.scopes))


def _wanted(actor: Actor, scopes: Sequence[str], roles: Sequence[str]) -> tuple[str, ...]:
    named = {*scopes, *(act for role in roles if role in _ROLES for act in ACTS[Role(role)])}
    return tuple(sorted(act for act in _EVERY if may(actor, act) and (act in named or not (scopes or roles))))


def _problems(actor: Actor, name: str, scopes: Sequence[str], roles: Sequence[str], days: int) -> list[Problem]:
    problems = []
    if not name.strip() or len(name) > LONGEST or not name.strip().isprintable():
        sentence = "a token needs a name of 1 to {longest} characters that says what it is for"
        problems.append(Problem("token.name", sentence, {"longest": LONGEST}, "/name"))
    if not 1 <= days <= MOST_DAYS:
        sentence = "a token is good for 1 to {most} days"
        problems.append(Problem("token.days", sentence, {"most": MOST_DAYS}, "/days"))
    for place, scope in enumerate(scopes):
        if scope not in _EVERY:
            sentence = "{scope} is no act; the acts stand in the table of roles"
            problems.append(Problem("token.unknown_scope", sentence, {"scope": scope[:80]}, f"/scopes/{place}"))
        elif not may(actor, scope):
            sentence = "{scope} is more than {account} may do"
            facts = {"scope": scope, "account": actor.id}
            problems.append(Problem("token.beyond", sentence, facts, f"/scopes/{place}"))
    for place, role in enumerate(roles):
        if role not in _ROLES:
            facts = {"role": role[:80], "roles": ", ".join(sorted(_ROLES))}
            sentence = "{role!r} is no role; the roles are {roles}"
            problems.append(Problem("token.unknown_role", sentence, facts, f"/roles/{place}"))
        elif not any(may(actor, act) for act in ACTS[Role(role)]):
            sentence = "{account} may do nothing of what the role {role} may"
            problems.append(
                Problem("token.beyond_role", sentence, {"role": role, "account": actor.id}, f"/roles/{place}")
            )
    return problems


def _note(context: Context, token_id: str) -> None:
    now = context.clock.now()
    seen = context.coordination.seen([_used(token_id)]).get(_used(token_id))
    if seen is None or (now - datetime.fromisoformat(seen["at"])).total_seconds() >= _REFRESH:
        context.coordination.leave(_used(token_id), {"at": now.isoformat()}, seconds=_REMEMBERED)


def _used(token_id: str) -> str:
    return f"token-used:{token_id}"


_ROLES = frozenset(role.value for role in Role)
_EVERY = frozenset().union(*ACTS.values())
