"""
What a marshmallow schema refuses, in words of our own: what is wrong, where, and what would be right.

Whatever loads a schema of a request or of a source's settings tells its faults through here, so that no sentence of the
library reaches a person. A sentence of a schema's own check is told as it is. No value is repeated: it may be secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields

from cmdb.errors import below
from cmdb.plural import filled

Within = Schema | fields.Field[Any] | None
"""What judged a value: a schema, a field of one, or None where neither knows the place."""

_OBJECT = "must be an object: names with values"
_MOMENT = "must be a moment with its offset, such as 2026-03-02T10:00:00Z"
_UNKNOWN = "Unknown field."
_REQUIRED = "Missing data for required field."
_PATTERN = "String does not match expected pattern."
_WORDS = {
    _UNKNOWN: "is not known here",
    "Field may not be null.": "must have a value",
    "Invalid value.": "must be another value",
    "Invalid type.": _OBJECT,
    "Invalid input type.": _OBJECT,
    "Invalid input.": "must be another value",
    "Not a valid mapping type.": _OBJECT,
    "Not a valid list.": "must be a list, such as [one, two]",
    "Not a valid tuple.": "must be a list, such as [one, two]",
    "Not a valid string.": "must be a text",
    "Not a valid utf-8 string.": "must be a text in UTF-8",
    "Not a valid number.": "must be a number",
    "Number too large.": "must be a smaller number",
    "Special numeric values (nan or infinity) are not permitted.": "must be a finite number",
    "Not a valid integer.": "must be a whole number",
    "Not a valid boolean.": "must be true or false",
    "Not a valid date.": "must be a day, such as 2026-03-02",
    "Not a valid datetime.": _MOMENT,
    "Not a valid aware datetime.": _MOMENT,
    "Not a valid time.": "must be a time of day, such as 22:30:00",
    "Not a valid period of time.": "must be a period of time, as a number",
    "Not a valid UUID.": "must be a UUID, such as 8c1d2c4e-0f5b-4a86-9f0a-6d3c1f2b7a90",
    "Not a valid email address.": "must be an e-mail address, such as team@example.org",
    "Not a valid URL.": "must be an address, such as https://host.example.org",
    "Not a valid IP address.": "must be an IP address, such as 192.0.2.7",
    "Not a valid IP interface.": "must be an address with its network, such as 192.0.2.7/24",
    "Not a valid IPv4 interface.": "must be an IPv4 address with its network, such as 192.0.2.7/24",
    "Not a valid IPv6 interface.": "must be an IPv6 address with its network, such as 2001:db8::7/64",
    "Not a valid IPv4 address.": "must be an IPv4 address, such as 192.0.2.7",
    "Not a valid IPv6 address.": "must be an IPv6 address, such as 2001:db8::7",
}
_HINTS = 20
_LEAST, _MOST = r"Must be greater than( or equal to)? (\S+?)", r"[Mm]ust be less than( or equal to)? (\S+?)"


def schema_faults(messages: Any, within: Within, pointer: str = "") -> Iterator[tuple[str, str]]:
    """
    Yield what a schema refused: the JSON pointer (RFC 6901) of what each fault is about, and what is wrong there.

    ``messages`` are those of marshmallow's ValidationError, ``within`` is the schema that raised it.
    """
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if inner != [_UNKNOWN]:
                yield from _named(name, inner, within, pointer)
        yield from _unknown([name for name, inner in messages.items() if inner == [_UNKNOWN]], within, pointer)
    elif isinstance(messages, list):
        for message in messages:
            yield from schema_faults(message, within, pointer)
    else:
        yield pointer, _words(str(messages), within)


def _named(name: Any, inner: Any, within: Within, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield the faults of what is called so within a schema, or stands there within a list or an object."""
    if isinstance(within, fields.Nested):
        within = within.schema
    if name == "_schema":
        yield from schema_faults(inner, within, pointer)
    elif isinstance(within, fields.Mapping) and isinstance(inner, Mapping):
        # The library tells of the name and of the value apart; both are at one place.
        for part, field in (("key", within.key_field), ("value", within.value_field)):
            yield from schema_faults(inner.get(part, []), field, below(pointer, name))
    else:
        yield from schema_faults(inner, _inside(within, name), below(pointer, name))


def _inside(within: Within, name: Any) -> Within:
    if isinstance(within, Schema) and isinstance(name, str):
        return _fields(within).get(name)
    return within.inner if isinstance(within, fields.List) else within


def _fields(schema: Schema) -> dict[str, Any]:
    return {each.data_key or name: each for name, each in schema.fields.items() if not each.dump_only}


def _unknown(names: Sequence[Any], within: Within, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield the names that are not known, sorted, as the library tells them in any order; the first with a hint."""
    schema = within.schema if isinstance(within, fields.Nested) else within
    known = sorted(_fields(schema)) if isinstance(schema, Schema) else []
    for place, name in enumerate(sorted(map(str, names))):
        # To look for names alike takes a while, and whoever sends thousands of unknown ones needs no hint.
        hint = _hint(name, known) if place < _HINTS else ""
        yield below(pointer, name), _WORDS[_UNKNOWN] + hint


def _hint(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there are: {', '.join(known)}" if known else ""


def _words(message: str, within: Within) -> str:
    """
    Return what a message says.

    >>> _words("Not a valid list.", None), _words("must be HOST:PORT", None)
    ('must be a list, such as [one, two]', 'must be HOST:PORT')
    >>> _words("Must be greater than or equal to 1 and less than or equal to 9.", None)
    'must be from 1 to 9'
    >>> _words("Shorter than minimum length 2.", fields.String()), _words("Shorter than minimum length 1.", None)
    ('must have at least 2 characters', 'must not be empty')
    """
    if message == _REQUIRED:
        said = within.metadata.get("description") if isinstance(within, fields.Field) else None
        return f"is missing: {said}" if said else "is missing"
    if message in _WORDS:
        return _WORDS[message]
    for pattern, words in _PATTERNS.items():
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return words(within, *found.groups())
    return message


def _form(within: Within) -> str:
    validators = within.validators if isinstance(within, fields.Field) else ()
    patterns = [each.regex.pattern for each in validators if hasattr(each, "regex")]
    return f"must be of the form {' and '.join(patterns)}" if patterns else "must be of another form"


def _size(within: Within, least: str | None, most: str | None) -> str:
    """Return how many entries or characters there may be."""
    if (least, most) == ("1", None):
        return "must not be empty"
    count, noun = most or least, "entry(s)" if isinstance(within, fields.List) else "character(s)"
    bounds = {(True, False): "at least", (False, True): "at most"}
    how = bounds.get((least is not None, most is not None)) or ("exactly" if least == most else f"{least} to")
    return filled(f"must have {how} {{count}} {noun}", {"count": count}).replace("entrys", "entries")


def _range(_within: Within, least_too: str | None, least: str, most_too: str | None, most: str) -> str:
    if least_too and most_too:
        return f"must be from {least} to {most}"
    return f"must be {_edge('least', least_too, least)} and {_edge('most', most_too, most)}"


def _edge(side: str, included: str | None, bound: str) -> str:
    return f"at {side} {bound}" if included else f"{'more' if side == 'least' else 'less'} than {bound}"


_PATTERNS: Mapping[str, Callable[..., str]] = {
    f"{_LEAST} and {_MOST.removeprefix('[Mm]ust be ')}\\.": _range,
    f"{_LEAST}\\.": lambda _, included, bound: f"must be {_edge('least', included, bound)}",
    f"{_MOST}\\.": lambda _, included, bound: f"must be {_edge('most', included, bound)}",
    r"Shorter than minimum length (\d+)\.": lambda within, least: _size(within, least, None),
    r"Longer than maximum length (\d+)\.": lambda within, most: _size(within, None, most),
    r"Length must be between (\d+) and (\d+)\.": _size,
    r"Length must be (\d+)\.": lambda within, count: _size(within, count, count),
    r"Must be equal to (.*)\.": lambda _, other: f"must be {other}",
    r"Must be one of: (.*)\.": lambda _, choices: f"must be one of: {choices}",
    r"Not a valid (?:naive )?(?:datetime|time)\.": lambda _: _MOMENT,
    re.escape(_PATTERN): _form,
}
