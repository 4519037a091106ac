"""
What an edit of the graph is typed as: statements, in the record of a target or one a line.

``link=app2 powered_by pdu-b group=power`` brings a relation (its source depends on its target), ``unlink`` ends one,
``needs=app2 power 1`` says of how many members a group has need, ``class`` and ``name`` are those of a CI that is to
come. Ids, types and names with spaces are quoted as in a shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cmdb.errors import Problem
from cmdb.model.graph_edit import AddedItem, AddedRelation, EditedGroup, EndedRelation, GraphEdit
from cmdb.model.relation import Strength

VERBS = ("link", "unlink", "needs", "class", "name")
"""The statements there are."""

Statement = tuple[str, str]
"""A verb and what it is said of."""

_WRITE = {
    "link": "SOURCE TYPE TARGET [group=NAME] [strength=hard|soft|none] [confidence=0.8]",
    "unlink": "SOURCE TYPE TARGET [group=NAME]",
    "needs": "CI GROUP NUMBER, or a share such as 50%, [strength=hard|soft|none]",
}
_OPTIONS = {"link": ("group", "strength", "confidence"), "unlink": ("group",), "needs": ("strength",)}


def read_edit(statements: Sequence[Statement], pointer: str) -> tuple[GraphEdit | None, list[Problem]]:
    """Return the edit that statements make, None where there are none or one can not be read, and every problem."""
    problems: list[Problem] = []
    said: dict[str, list[Any]] = {"link": [], "unlink": [], "needs": []}
    item: dict[str, str] = {}
    for verb, text in statements:
        if verb in said:
            problems += _read(verb, text, said[verb], f"{pointer}/edit")
        elif verb in item:
            problems.append(Problem("change.target_option_twice", "{key} stands twice", {"key": verb}, pointer))
        else:
            item[verb] = text.strip()
    if problems or not statements:
        return None, problems
    added = AddedItem(item.get("class", ""), item.get("name", "")) if item else None
    return GraphEdit(added, tuple(said["link"]), tuple(said["unlink"]), tuple(said["needs"])), []


def _read(verb: str, text: str, found: list[Any], pointer: str) -> Iterator[Problem]:
    """Read one statement of three words and its options into ``found``."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    options = dict(word.split("=", 1) for word in words[3:] if "=" in word)
    strange = [word for word in words[3:] if word.partition("=")[0] not in _OPTIONS[verb] or "=" not in word]
    if len(words) < 3 or strange or len(options) < len(words) - 3:
        facts = {"verb": verb, "text": text[:200], "write": _WRITE[verb]}
        yield Problem("change.statement", "{verb} {text!r} can not be read; write {verb} {write}", facts, pointer)
        return
    strength = options.get("strength")
    if strength is not None and strength not in tuple(Strength):
        facts = {"strength": strength, "known": ", ".join(Strength)}
        yield Problem("change.edit_strength_unknown", "{strength!r} is none of {known}", facts, pointer)
        return
    as_strength = None if strength is None else Strength(strength)
    if verb == "needs":
        needed: int | str = int(words[2]) if words[2].isascii() and words[2].isdigit() else words[2]
        found.append(EditedGroup(words[0], words[1], needed, as_strength))
    elif verb == "unlink":
        found.append(EndedRelation(words[0], words[1], words[2], options.get("group")))
    else:
        try:
            confidence = float(options.get("confidence", "1"))
        except ValueError:
            confidence = -1.0  # What is no number is no confidence either, which is told of its place.
        found.append(AddedRelation(words[0], words[1], words[2], options.get("group"), as_strength, confidence))


def statements_of(edit: GraphEdit | None) -> Iterator[Statement]:
    """Yield the statements that make an edit; what a CI to come says of its reliability has none."""
    if edit is None:
        return
    if edit.item is not None:
        yield "class", edit.item.ci_class
        yield "name", edit.item.name
    for ended in edit.ended:
        yield "unlink", _written((ended.source, ended.type, ended.target), group=ended.group)
    for added in edit.relations:
        confidence = None if added.confidence == 1.0 else f"{added.confidence:g}"
        of = (added.source, added.type, added.target)
        yield "link", _written(of, group=added.group, strength=added.strength, confidence=confidence)
    for group in edit.groups:
        yield "needs", _written((group.item, group.name, str(group.needs)), strength=group.strength)


def _written(words: Iterable[str], **options: str | None) -> str:
    said = [f"{name}={value}" for name, value in options.items() if value is not None]
    return shlex.join([*words, *said])
