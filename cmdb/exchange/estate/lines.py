"""JSON Lines: the format line first, then a record a line, read one at a time whatever their number."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.estate.limits import MAX_LINE
from cmdb.exchange.estate.packing import Broken
from cmdb.exchange.estate.parse import WHITE, half_surrogate, judge_format, mended, value_at
from cmdb.exchange.estate.shape import KEYS, hint, shape

Row = tuple[int | str, str, dict[str, Any], bool]


def read_lines(stream: io.BufferedReader[Any], faults: Faults) -> Iterator[Row]:
    """
    Yield (line, kind, document, sound) for every record that can be told apart, and report all that is wrong.

    Cost: one line in memory. Empty lines count as lines and say nothing.
    """
    number = 0
    started = False
    try:
        while raw := stream.readline(MAX_LINE + 1):
            number += 1
            if len(raw) > MAX_LINE:
                faults.add("estate.line_too_long", number, limit=MAX_LINE)
                _skip_rest(stream, raw)
                started = True
                continue
            value, whole = _value(raw, number, faults)
            if value is _NOTHING:
                continue
            if value is _FAULTY:
                started = True
                continue
            if not started:
                started = True
                if isinstance(value, dict) and "kind" not in value:
                    _format_line(value, number, faults)
                    continue
                faults.add("estate.format_missing", number)
            row = _record(value, number, faults)
            if row is not None:
                yield row if whole else (*row[:3], False)
    except Broken as broken:
        faults.add(broken.code, number + 1, **broken.facts)


_NOTHING = object()
_FAULTY = object()


def _value(raw: bytes, number: int, faults: Faults) -> tuple[Any, bool]:
    """Return the value of a line, and whether it is whole: free of half surrogate pairs, which are told."""
    try:
        text = raw.decode().strip(WHITE)
        if not text:
            return _NOTHING, True
        value, end = value_at(text, 0)
        if end != len(text):
            raise json.JSONDecodeError("a second value; one record a line would be right", text, end)
        if "\\ud" in text or "\\uD" in text:
            found = half_surrogate(value)
            if found:
                faults.add("estate.text_broken", number, found=found)
                return mended(value), False
    except UnicodeDecodeError as error:
        faults.add("estate.not_utf8", number, byte=error.start + 1, value=raw[error.start])
    except json.JSONDecodeError as error:
        faults.add("estate.syntax", number, what=error.msg, column=error.pos + 1)
    except Broken as broken:
        faults.add(broken.code, number, **broken.facts)
    else:
        return value, True
    return _FAULTY, False


def _record(value: Any, number: int, faults: Faults) -> Row | None:
    if not isinstance(value, dict):
        faults.add("estate.wrong_type", number, key="the line", found=shown(value), wanted="an object")
        return None
    kind = value.pop("kind", None)
    if type(kind) is not str or kind not in KEYS:
        if kind is None and "format" in value:
            faults.add("estate.format_repeated", number)
        elif kind is None:
            faults.add("estate.missing_key", number, name="kind", kind='every line after the first ("item", ...)')
        else:
            faults.add("estate.unknown_kind", number, found=shown(kind))
        return None
    shaped = shape(kind, value, number, faults)
    return None if shaped is None else (number, kind, *shaped)


def _format_line(value: dict[str, Any], number: int, faults: Faults) -> None:
    if "format" in value:
        judge_format(value["format"], number, faults, "format")
    else:
        faults.add("estate.format_missing", number)
    for key in value:
        if key != "format":
            faults.add("estate.unknown_key", number, key, name=key, hint=hint(key, ("format",)))


def _skip_rest(stream: io.BufferedReader[Any], raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(MAX_LINE)
