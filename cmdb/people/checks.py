"""Whether the fields of a person are right: every problem there is, each at its JSON pointer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmdb.errors import Problem
from cmdb.model.person import Person
from cmdb.roles import Role

LONGEST = 200
MOST = 1000
_ROLES = tuple(role.value for role in Role)


def person_problems(person: Person) -> Iterator[Problem]:
    """Yield what is wrong with a person, whoever else there is."""
    yield from _text("/id", "the id", person.id)
    yield from _text("/name", "the name", person.name)
    if not person.roles:
        sentence = "a person needs a role: one of {roles}"
        yield Problem("person.no_role", sentence, {"roles": ", ".join(_ROLES)}, "/roles")
    for place, role in enumerate(person.roles):
        if role not in _ROLES:
            facts = {"role": role[:80], "roles": ", ".join(_ROLES)}
            yield Problem("person.unknown_role", "{role!r} is no role; the roles are {roles}", facts, f"/roles/{place}")
    yield from _texts("/accounts", "an account", person.accounts)
    yield from _texts("/delegate_of", "an id", person.delegate_of)
    yield from _texts("/owner_groups", "an owner group", person.owner_groups)
    if person.id in person.delegate_of:
        sentence = "nobody is their own delegate"
        yield Problem("person.own_delegate", sentence, pointer=f"/delegate_of/{person.delegate_of.index(person.id)}")


def _texts(pointer: str, what: str, texts: Sequence[str]) -> Iterator[Problem]:
    if len(texts) > MOST:
        facts = {"count": len(texts), "most": MOST}
        yield Problem("person.too_many", "{count} entries; at most {most}", facts, pointer)
    for place, text in enumerate(texts[:MOST]):
        yield from _text(f"{pointer}/{place}", what, text)


def _text(pointer: str, what: str, text: str) -> Iterator[Problem]:
    if not text.strip():
        yield Problem("person.missing", "{what} is missing", {"what": what}, pointer)
    elif len(text) > LONGEST:
        facts = {"what": what, "length": len(text), "longest": LONGEST}
        yield Problem("person.too_long", "{what} has {length} characters; at most {longest}", facts, pointer)
    elif text != text.strip() or any(not c.isprintable() for c in text):
        sentence = "{what} holds a control character, or white space around it"
        yield Problem("person.unprintable", sentence, {"what": what}, pointer)
