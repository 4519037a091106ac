"""
Who acts, as long as nobody signs in: the operating system's user, or a person of the people file.

The people file is TOML::

    [[person]]
    id = "change-manager"
    roles = ["change_manager"]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cmdb.errors import InvalidInput, Problem
from cmdb.roles import Actor, Role
from web.settings import Settings

_ROLES = ", ".join(role.value for role in Role)


def acting(settings: Settings) -> Actor:
    """
    Return the actor the settings name.

    Raises:
        InvalidInput: the people file can not be read or is wrong; every fault is named.
    """
    if not settings.actor:
        import getpass

        return Actor(getpass.getuser(), frozenset({Role.ADMINISTRATOR}))
    people = read_people(Path(settings.people)) if settings.people else {}
    return Actor(settings.actor, people.get(settings.actor, frozenset({Role.VIEWER})))


def read_people(path: Path) -> dict[str, frozenset[Role]]:
    """Return the roles of each person of a people file; raises as :func:`acting`."""
    # Most people act under their own name, and small commands start faster without the reader of TOML.
    import tomllib

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        fault = Problem("people.unreadable", "the file can not be read: {cause}", {"cause": str(cause)}, pointer="")
        raise InvalidInput([fault], what=f"the people file {path}") from cause
    problems: list[Problem] = []
    people: dict[str, frozenset[Role]] = {}
    rows = content.pop("person", [])
    problems += [_fault(f"/{key}", "{key} is not known here; only [[person]] is", key=key) for key in content]
    if not isinstance(rows, list):
        rows, problems = [], [*problems, _fault("/person", "write [[person]], with two brackets on each side")]
    for position, row in enumerate(rows):
        person, roles = _person(row, f"/person/{position}", problems)
        if person in people:
            problems.append(_fault(f"/person/{position}/id", "{id} is there already; an id stands once", id=person))
        people[person] = roles
    if problems:
        raise InvalidInput(problems, what=f"the people file {path}")
    return people


def _person(row: Any, pointer: str, problems: list[Problem]) -> tuple[str, frozenset[Role]]:
    if not isinstance(row, dict):
        problems.append(_fault(pointer, "a person is a table with id and roles"))
        return "", frozenset()
    for key in row.keys() - {"id", "roles"}:
        problems.append(_fault(f"{pointer}/{key}", "{key} is not known here; a person has id and roles", key=key))
    person, named = row.get("id"), row.get("roles")
    if not isinstance(person, str) or not person:
        problems.append(_fault(f"{pointer}/id", "a person needs an id, a text such as 'cab-chair'"))
    if not isinstance(named, list) or not named:
        problems.append(_fault(f"{pointer}/roles", "a person needs roles, a list of: {roles}", roles=_ROLES))
        named = []
    known = {_same(role): role for role in Role}
    for position, role in enumerate(named):
        if _same(role) not in known:
            there = f"{pointer}/roles/{position}"
            problems.append(_fault(there, "{role} is no role; the roles are: {roles}", role=repr(role), roles=_ROLES))
    return str(person), frozenset(known[_same(role)] for role in named if _same(role) in known)


def _same(role: object) -> str:
    """Return a role's name as it is compared: "CAB member", "cab-member" and "cab_member" are one."""
    return str(role).strip().casefold().replace(" ", "_").replace("-", "_")


def _fault(pointer: str, sentence: str, **facts: Any) -> Problem:
    return Problem("people.invalid", sentence, facts, pointer=pointer)
