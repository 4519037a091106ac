"""What can be wrong with an estate file: the sentence of each code, and the collector that keeps count of them all."""

from __future__ import annotations

from typing import Any

from cmdb.errors import InvalidInput, Problem, below
from cmdb.exchange.estate.limits import MAX_NAME, MAX_SHOWN

Place = int | str
"""A line (from 1) of JSON Lines, or the RFC 6901 pointer of a record in a JSON document."""

FORMAT = "estate/1"

SENTENCES = {
    # the file
    "estate.empty": 'the file is empty; an estate begins with {{"format": "estate/1"}}',
    "estate.not_utf8": "byte {byte} of this line (0x{value:02x}) is not UTF-8; save the file as UTF-8",
    "estate.utf16": "the file is {found}; save it as UTF-8",
    "estate.syntax": "not JSON: {what}, at column {column}",
    "estate.line_too_long": "the line has more than {limit} bytes; a line holds one record and is shorter",
    "estate.document_too_large": (
        "the JSON document unpacks to more than {limit} bytes; write large estates as JSON Lines, a record a line"
    ),
    "estate.too_deep": "objects and lists are nested more than {limit} deep; flatten the value or write it as text",
    "estate.gzip_truncated": "the gzip ends early, after {unpacked} unpacked bytes; it was cut off, fetch it again",
    "estate.gzip_damaged": "the gzip is damaged after {unpacked} unpacked bytes ({what}); fetch it again",
    "estate.gzip_trailing": "something that is no gzip follows the packed data; an estate file ends with it",
    "estate.gzip_twice": "the file is packed twice; unpack it once",
    "estate.gzip_bomb": (
        "the gzip unpacks to more than {limit} {unit}; an estate of that size travels unpacked or in several files"
    ),
    "estate.not_compressible": "the file is {found}; estates are plain or packed with gzip",
    # the format line
    "estate.format_missing": 'the format is missing; {{"format": "estate/1"}} must say it first',
    "estate.format_wrong": 'the format is {found}; "estate/1" would be right',
    "estate.format_newer": 'the format is {found}, of a newer Foreshock; this one reads and writes "estate/1"',
    "estate.format_repeated": "the format stands here again; it stands once, before everything else",
    # keys and types
    "estate.unknown_key": 'unknown key "{name}"; {hint}',
    "estate.repeated_key": 'the key "{name}" stands twice in one object; it may stand once',
    "estate.missing_key": 'the key "{name}" is missing; {kind} has it',
    "estate.unknown_kind": '"kind" is {found}; "item", "relation" or "group" would be right',
    "estate.wrong_type": "{key} is {found}; {wanted} would be right",
    "estate.null": "{key} is null; leave the key out when there is no value",
    # values
    "estate.text_empty": "{key} is empty; {wanted} would be right",
    "estate.text_long": "{key} has {length} characters; at most {limit} are taken",
    "estate.text_unclean": (
        "{key} has {found}; text without control characters and without spaces around it would be right"
    ),
    "estate.text_broken": "a text has half of a surrogate pair ({found}), which is no character; remove it",
    "estate.not_a_number": "{key} is {found}, which is no JSON number; {wanted} would be right",
    "estate.number_large": "{key} is beyond {limit}; larger numbers lose digits in other programmes, write it as text",
    "estate.out_of_range": "{key} is {found}; {wanted} would be right",
    "estate.needs": '{key} is {found}; a whole number from 1, or a share above "0%" up to "100%", would be right',
    "estate.strength": '{key} is {found}; "hard", "soft" or "none" would be right',
    # records together
    "estate.repeated_item": "the id {id} stands twice, first at {first}; an id is unique",
    "estate.repeated_relation": (
        "the relation {source} {type} {target} ({where}) stands twice, first at {first}; it may stand once"
    ),
    "estate.repeated_group": "the group {name} of {item} stands twice, first at {first}; it may stand once",
    "estate.missing_end": "{end} is {id}, which is neither in the file nor in the store; add it or correct the id",
    "estate.retired_end": "{end} is {id}, which is retired; import it again or relate to another",
    "estate.retiring_end": "{end} is {id}, which this import lacks and would retire; add the item or correct the id",
    "estate.undefined_group": (
        "the group {name} of {item} is defined neither in the file nor in the store; add a group with its needs"
    ),
    "estate.empty_group": "the group {name} of {item} has no members; a relation of {item} must name it",
    "estate.needs_too_many": "needs is {needs}, but the group has {members} distinct members; at most that many",
    "estate.group_strength": (
        "strength is {found}, but the group {name} of {item} is {wanted}; leave it out, the group's counts"
    ),
}


class Faults:
    """Collects what is wrong with one file: the first ``limit`` faults with their text, and the count of all."""

    def __init__(self, *, limit: int = MAX_SHOWN) -> None:
        self.count = 0
        self.problems: list[Problem] = []
        self._limit = limit

    def add(self, code: str, place: Place, *path: str | int, **facts: Any) -> None:
        """Keep a fault of this module's sentences at ``path`` below the record at ``place``."""
        if len(self.problems) >= self._limit:
            self.count += 1
            return
        path = tuple(part if isinstance(part, int) else short(part) for part in path)
        if path:
            facts.setdefault("key", ".".join(map(str, path)))
        self.keep(problem(code, SENTENCES[code], place, *path, **facts))

    def keep(self, found: Problem) -> None:
        """Keep a fault that brings its own sentence and place, such as one of the catalogue."""
        self.count += 1
        if len(self.problems) < self._limit:
            self.problems.append(found)

    def refuse(self, what: str) -> None:
        """
        Return if nothing is wrong.

        Raises:
            InvalidInput: with every fault, or the first ``limit`` of them and the exact count of all.
        """
        if self.count:
            # Faults of single lines and of records together come from different passes; people read a file downwards.
            ordered = sorted(self.problems, key=lambda fault: fault.line or 0)
            raise InvalidInput(ordered, what=what, count=self.count)


def short(text: str) -> str:
    """Return a text that a sentence or a pointer can carry: one that is no name is cut to 60 characters."""
    return text if len(text) <= MAX_NAME else f"{text[:57]}..."


def problem(code: str, sentence: str, place: Place, *path: str | int, **facts: Any) -> Problem:
    """Return the problem at ``path`` below the record at ``place``; of a line, only the line is its place."""
    if isinstance(place, int):
        return Problem(code, sentence, facts, line=place)
    return Problem(code, sentence, facts, pointer=below(place, *path))


def shown(value: Any) -> str:
    """Return a value as JSON for a sentence, shortened to 60 characters."""
    import json

    try:
        text = value if isinstance(value, NotJson) else json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        text = "a value nested too deeply to show"
    return text if len(text) <= 60 else f"{text[:57]}..."


class NotJson(str):
    """A word that Python's parser takes for a number and JSON does not: NaN, Infinity, -Infinity."""

    __slots__ = ()


class Twice(dict[str, Any]):
    """An object in which keys stand more than once; the parser would silently keep the last value of each."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        seen: set[str] = set()
        self.repeated = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
