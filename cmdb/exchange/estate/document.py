"""
A whole JSON document, read record by record.

The text is held at once, up to a stated limit; its records are parsed one after the other and never all together, so
the memory it takes is that of the text and no multiple of it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.estate.limits import MAX_DOCUMENT, MIB
from cmdb.exchange.estate.lines import Row
from cmdb.exchange.estate.packing import Broken
from cmdb.exchange.estate.parse import WHITE, half_surrogate, judge_format, mended, value_at
from cmdb.exchange.estate.shape import hint, shape

_LISTS = {"items": "item", "relations": "relation", "groups": "group"}
_KEYS = ("format", *_LISTS)


def read_document(stream: io.BufferedReader[Any], faults: Faults) -> Iterator[Row]:
    """Yield (pointer, kind, document, sound) for every record that can be told apart, and report all that is wrong."""
    try:
        text = _text(stream, faults)
        if text is not None:
            yield from _Scan(text, faults).rows()
    except Broken as broken:
        faults.add(broken.code, "", **broken.facts)


def _text(stream: io.BufferedReader[Any], faults: Faults) -> str | None:
    pieces = []
    size = 0
    while piece := stream.read(MIB):
        size += len(piece)
        if size > MAX_DOCUMENT:
            raise Broken("estate.document_too_large", limit=MAX_DOCUMENT)
        pieces.append(piece)
    raw = b"".join(pieces)
    del pieces
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = error.start - raw.rfind(b"\n", 0, error.start)
        faults.add("estate.not_utf8", line, byte=byte, value=raw[error.start])
        return None


class _Scan:
    """Walks the top-level object by hand and leaves every record in it to the parser."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._text = text
        self._faults = faults
        self._at = 0
        self._place = ""
        self._may_break = "\\ud" in text or "\\uD" in text

    def rows(self) -> Iterator[Row]:
        try:
            yield from self._top()
        except json.JSONDecodeError as error:
            self._faults.add("estate.syntax", error.lineno, what=error.msg, column=error.colno)
        except Broken as broken:
            # Whoever raised it inside a record has said which record it is.
            self._faults.add(broken.code, self._place, **broken.facts)

    def _top(self) -> Iterator[Row]:
        if self._peek() != "{":
            value, _ = value_at(self._text, self._at)
            self._faults.add("estate.wrong_type", "", key="the document", found=shown(value), wanted="an object")
            return
        seen: set[str] = set()
        for key in self._keys():
            self._place = f"/{key}"
            if key in seen:
                self._faults.add("estate.repeated_key", "", key, name=key)
            seen.add(key)
            if key in _LISTS and self._peek() == "[":
                yield from self._records(key)
                continue
            value, whole = self._value()
            if not whole:
                continue
            if key in _LISTS:
                self._faults.add("estate.wrong_type", "", key, found=shown(value), wanted="a list")
            elif key == "format":
                judge_format(value, "", self._faults, "format")
            else:
                self._faults.add("estate.unknown_key", "", key, name=key, hint=hint(key, _KEYS))
        if "format" not in seen:
            self._faults.add("estate.format_missing", "")
        if self._peek():
            raise self._wrong("more follows after the document")

    def _records(self, name: str) -> Iterator[Row]:
        kind = _LISTS[name]
        for position in self._entries():
            self._place = place = f"/{name}/{position}"
            value, whole = self._value()
            shaped = shape(kind, value, place, self._faults)
            if shaped is not None:
                yield place, kind, shaped[0], shaped[1] and whole

    def _keys(self) -> Iterator[str]:
        """Yield the keys of the object that begins here; the caller takes each value before it asks for the next."""
        self._at += 1
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if self._peek() != '"':
                raise self._wrong("a key in double quotes is expected")
            key, self._at = value_at(self._text, self._at)
            if self._may_break and (found := half_surrogate(key)):
                raise Broken("estate.text_broken", found=found)
            if self._peek() != ":":
                raise self._wrong('":" is expected after a key')
            self._at += 1
            yield key
            if self._closed("}"):
                return

    def _entries(self) -> Iterator[int]:
        """Yield the positions of the list that begins here; the caller takes each value before it asks for the next."""
        self._at += 1
        if self._peek() == "]":
            self._at += 1
            return
        position = 0
        while True:
            yield position
            position += 1
            if self._closed("]"):
                return

    def _closed(self, bracket: str) -> bool:
        character = self._peek()
        if character not in (",", bracket):
            raise self._wrong(f'"," or "{bracket}" is expected')
        self._at += 1
        return character == bracket

    def _value(self) -> tuple[Any, bool]:
        """Return the value that begins here, and whether it is whole: free of half surrogate pairs, which are told."""
        self._peek()
        start = self._at
        value, self._at = value_at(self._text, start)
        if self._may_break and (found := half_surrogate(value)):
            self._faults.add("estate.text_broken", self._place, found=found)
            return mended(value), False
        return value, True

    def _peek(self) -> str:
        """Go to the next character that is no white space and return it; empty at the end."""
        text, at = self._text, self._at
        while text[at : at + 1] in WHITE and at < len(text):
            at += 1
        self._at = at
        return text[at : at + 1]

    def _wrong(self, what: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(what, self._text, self._at)
