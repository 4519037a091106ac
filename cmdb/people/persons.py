"""
The desk of persons: add, change, list, and who stands behind an account.

An account, or the id of a person, stands for one person at most: the store holds each as a claim. While nobody is
recorded the people file of the settings says who may do what; whoever is recorded here acts with what is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, NamedTuple

from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.person import PERSONS, Person
from cmdb.people.checks import person_problems
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Filter, Holds, Put, Store
from cmdb.records import Held, Listing, from_document, to_document
from cmdb.roles import Actor, Role


class Keep(Enum):
    """Stands for "leave this field as it is"."""

    KEEP = "keep"


KEEP = Keep.KEEP
_LISTS = ("roles", "accounts", "delegate_of", "owner_groups")


class Imported(NamedTuple):
    """What reading a people file did, by ids."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def add(
    context: Context,
    person_id: str,
    *,
    name: str,
    roles: Sequence[str],
    accounts: Sequence[str] = (),
    delegate_of: Sequence[str] = (),
    owner_groups: Sequence[str] = (),
) -> Held[Person]:
    """
    Record a person under an id that stays theirs for ever.

    Raises:
        NotAllowed: the actor may not write persons.
        InvalidInput: something given is wrong, or the id or an account is somebody's; every problem is named.
    """
    context.allow("person:write")
    person = _sorted(
        Person(person_id, name, tuple(roles), tuple(accounts), tuple(delegate_of), tuple(owner_groups)),
    )
    _refuse(_problems(context, person, known=None), f"the person {person_id or 'without an id'}")
    return _put(context, person, "person:added", expected_version=0)


def edit(
    context: Context,
    person_id: str,
    *,
    expected_version: int | None = None,
    name: str | Keep = KEEP,
    roles: Sequence[str] | Keep = KEEP,
    accounts: Sequence[str] | Keep = KEEP,
    delegate_of: Sequence[str] | Keep = KEEP,
    owner_groups: Sequence[str] | Keep = KEEP,
    active: bool | Keep = KEEP,
) -> Held[Person]:
    """
    Change what is given of a person and keep the rest; lists are replaced as a whole.

    Raises:
        NotAllowed: the actor may not write persons.
        NotFound: there is no such person.
        VersionConflict: somebody else changed them meanwhile.
        InvalidInput: as for :func:`add`.
    """
    context.allow("person:write")
    held = context.records.held(PERSONS, person_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=PERSONS.name, key=person_id, expected=expected_version, actual=held.version)
    given: dict[str, Any] = {
        "name": name,
        "roles": roles,
        "accounts": accounts,
        "delegate_of": delegate_of,
        "owner_groups": owner_groups,
        "active": active,
    }
    said: dict[str, Any] = {
        key: tuple(value) if key in _LISTS else value for key, value in given.items() if value is not KEEP
    }
    person = _sorted(replace(held.record, **said))
    if person == held.record:
        return held
    _refuse(_problems(context, person, known=person_id), person_id)
    return _put(context, person, "person:edited", expected_version=held.version)


def get(context: Context, person_id: str) -> Held[Person]:
    """Return a person; raises NotAllowed and NotFound."""
    context.allow("person:read")
    return context.records.held(PERSONS, person_id)


def listing(
    context: Context,
    *,
    role: str | None = None,
    owner_group: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Listing[Person]:
    """Return one page of the persons, of a role or an owner group, by id."""
    context.allow("person:read")
    where: list[Filter] = []
    if role is not None:
        where.append(Holds("roles", role))
    if owner_group is not None:
        where.append(Holds("owner_groups", owner_group))
    return context.records.listing(PERSONS, where, after=after, limit=limit)


def take_in(context: Context, people: Mapping[str, Sequence[str]]) -> Imported:
    """
    Record the persons of a people file, id > roles; those that are recorded get its roles and keep the rest.

    Raises:
        NotAllowed: the actor may not write persons.
        InvalidInput: an id or a role is wrong; every problem is named, nothing is written.
        VersionConflict: somebody else changed one of them meanwhile.
    """
    context.allow("person:write")
    there = context.store.get_many(PERSONS, tuple(people))
    new: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    puts: list[Put] = []
    problems: list[Problem] = []
    for person_id, roles in sorted(people.items()):
        stored = there.get(person_id)
        before = None if stored is None else from_document(PERSONS, stored.document)
        person = replace(before or Person(person_id, person_id, ()), roles=tuple(sorted(set(roles))))
        if person == before:
            unchanged.append(person_id)
            continue
        problems += _problems(context, person, known=person_id if before else None)
        (changed if before else new).append(person_id)
        puts.append(_write(person, stored.version if stored else 0))
    _refuse(problems, "the people file")
    if puts:
        context.records.put_all(puts, because="person:imported")
    return Imported(tuple(new), tuple(changed), tuple(unchanged))


# who acts ------------------------------------------------------------------------------------------------------------
def recorded(store: Store, actor: Actor) -> Actor:
    """Return the actor with the roles of the person behind the account; as it is where nobody is recorded for it."""
    person = person_of(store, actor.id)
    if person is None:
        return actor
    return Actor(actor.id, frozenset(Role(role) for role in person.roles) if person.active else frozenset(), person.id)


def person_of(store: Store, account: str) -> Person | None:
    """Return the person an account, or an id, stands for, None if nobody is recorded for it."""
    stored = store.get(PERSONS, account)
    if stored is None:
        rows = store.find(PERSONS, [Holds("accounts", account)], limit=1).rows
        stored = rows[0] if rows else None
    return None if stored is None else from_document(PERSONS, stored.document)


def hands(store: Store, account: str) -> dict[str, str]:
    """
    Return for whom an account acts: every id and account of the same person ("self"), and of those it is a delegate of
    ("delegate"), also over several persons.
    """
    found = {account: "self"}
    person = person_of(store, account)
    if person is None:
        return found
    found |= dict.fromkeys(person.names, "self")
    seen, work = {person.id}, list(person.delegate_of)
    while work:
        principal = store.get(PERSONS, work.pop())
        if principal is not None and principal.key not in seen:
            seen.add(principal.key)
            other = from_document(PERSONS, principal.document)
            found = {**dict.fromkeys(other.names, "delegate"), **found}
            work += other.delegate_of
    return found


# the record ----------------------------------------------------------------------------------------------------------
def _problems(context: Context, person: Person, *, known: str | None) -> list[Problem]:
    problems = list(person_problems(person))
    if known is None and person.id and context.store.get(PERSONS, person.id) is not None:
        sentence = "{id} is there already; an id stands for one person"
        problems.append(Problem("person.there", sentence, {"id": person.id}, "/id"))
    problems += _taken(context, person)
    problems += _own_rights(context, person)
    there = context.store.get_many(PERSONS, person.delegate_of)
    for place, principal in enumerate(person.delegate_of):
        if principal not in there and principal != person.id:
            sentence = "there is no person {id}"
            problems.append(Problem("person.unknown", sentence, {"id": principal}, f"/delegate_of/{place}"))
    return problems


def _taken(context: Context, person: Person) -> Iterator[Problem]:
    """Yield a problem for each name of the person that stands for somebody else."""
    for pointer, name in (("/id", person.id), *((f"/accounts/{n}", a) for n, a in enumerate(person.accounts))):
        other = person_of(context.store, name) if name else None
        if other is not None and other.id != person.id:
            sentence = "{account} is an account of {other}; an account stands for one person"
            yield Problem("person.account_taken", sentence, {"account": name, "other": other.id}, pointer)


def _own_rights(context: Context, person: Person) -> Iterator[Problem]:
    """Yield a problem where an administrator would shut themselves out: the last one could not be helped any more."""
    administrator = Role.ADMINISTRATOR.value
    if context.actor.id in person.names and (administrator not in person.roles or not person.active):
        sentence = (
            "{actor} acts as this person and would no longer be an administrator; let another administrator do it"
        )
        yield Problem("person.own_rights", sentence, {"actor": context.actor.id}, "/roles")


def _put(context: Context, person: Person, because: str, *, expected_version: int) -> Held[Person]:
    put = _write(person, expected_version)
    return context.records.put(PERSONS, person, because=because, expected_version=put.expected, claims=put.claims)


def _write(person: Person, version: int) -> Put:
    claims = tuple(f"account:{name}" for name in sorted(set(person.names)))
    return Put(PERSONS, to_document(PERSONS, person), version, claims)


def _sorted(person: Person) -> Person:
    """Return the person with each list sorted and without what stands twice; the id needs no account of its name."""
    lists: dict[str, Any] = {name: tuple(sorted(set(getattr(person, name)))) for name in _LISTS}
    lists["accounts"] = tuple(account for account in lists["accounts"] if account != person.id)
    return replace(person, **lists)


def _refuse(problems: Sequence[Problem], what: str) -> None:
    if problems:
        raise InvalidInput(problems, what=what)
