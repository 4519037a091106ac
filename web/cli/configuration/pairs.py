"""Options of the form ``NAME,key=value,flag``: one CSV record, so that any text can stand in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection
from typing import Any

from cmdb.errors import Problem


def read_pairs(
    text: str, pointer: str, *, keys: Collection[str], flags: Collection[str] = ()
) -> tuple[str, dict[str, str], list[Problem]]:
    """
    Return the name, the values by key (a flag that is there has the value ``"true"``), and everything that is wrong.

    >>> read_pairs('sw-b4,group=power', "/relations/0", keys=("group",))
    ('sw-b4', {'group': 'power'}, [])
    """
    try:
        fields = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        facts = {"text": text[:80], "cause": str(error)}
        fault = Problem("option.unreadable", "{text!r} is no CSV record: {cause}", facts, pointer)
        return "", {}, [fault]
    name = fields[0].strip() if fields else ""
    problems = [] if name else [Problem("option.empty", "it begins with a name, before the first comma", {}, pointer)]
    found: dict[str, str] = {}
    for field in fields[1:]:
        key, equals, value = field.partition("=")
        key = key.strip()
        if key in found:
            problems.append(Problem("option.twice", "{key} stands twice", {"key": key}, pointer))
        elif key in flags and not equals:
            found[key] = "true"
        elif key in keys and equals:
            found[key] = value.strip()
        else:
            facts = {"field": field, "known": ", ".join([*flags, *(f"{key}=..." for key in keys)])}
            problems.append(Problem("option.unknown", "{field!r} is none of: {known}", facts, pointer))
    return name, found, problems


def read_value(text: str) -> Any:
    """
    Return the JSON value a text is, or the text itself where it is none.

    >>> read_value("4"), read_value("web1"), read_value('["a"]'), read_value('"4"')
    (4, 'web1', ['a'], '4')
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(name: str) -> Any:
    raise ValueError(name)
