"""
Reads YAML that anybody may have written: no alias unfolds into a bomb, nothing is nested without end.

Values are built from the parser's events, one pass over the text; what aliases would unfold to is only counted, and
they share what they stand for. Plain words become values by the core rules of YAML 1.2, not those of 1.1: 00123, 22:22
and no stay the texts people meant, which as serial numbers, ports and codes of countries they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cmdb.exchange.estate.faults import Twice
from cmdb.exchange.estate.limits import MIB

MAX_YAML = 16 * MIB  # bytes; a mebibyte takes about a second
MAX_DEPTH = 64
MAX_VALUES = 2_000_000  # of the document with its aliases unfolded

_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30})", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_STANDARD = "tag:yaml.org,2002:"
_CHECKED_EACH = 10_000


class YamlFault(Exception):
    """
    What keeps a text from being read: ``kind`` is "syntax", "nested", "large", "loop" or "documents".

    ``what`` tells more, and ``line`` (from 1) where, as far as that is known.
    """

    def __init__(self, kind: str, what: str = "", line: int | None = None) -> None:
        super().__init__(kind, what, line)
        self.kind, self.what, self.line = kind, what, line


def read_yaml(text: str, *, check: Callable[[], None] | None = None) -> Any:
    """
    Return the one document of a text as plain values; an object with repeated keys is a ``Twice``.

    ``check`` is called now and then and may raise to end the reading.

    Raises:
        YamlFault: it is no YAML, or a bound is exceeded.
    """
    import yaml

    builder = _Builder(yaml)
    try:
        for number, event in enumerate(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))):
            builder.take(event)
            if check is not None and number % _CHECKED_EACH == 0:
                check()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise YamlFault("syntax", error.problem or "", None if mark is None else mark.line + 1) from None
    except yaml.YAMLError as error:
        raise YamlFault("syntax", str(error).partition("\n")[0][:200]) from None
    return builder.document


class _Open:
    """A list or an object that has not ended; an object's keys and values stand in turn."""

    __slots__ = ("anchor", "began", "entries", "is_object")

    def __init__(self, anchor: str | None, began: int, *, is_object: bool) -> None:
        self.anchor, self.began, self.is_object = anchor, began, is_object
        self.entries: list[Any] = []


class _Merge:
    """The key ``<<``."""


class _Builder:
    """Builds the value of a document from its events."""

    def __init__(self, yaml: Any) -> None:
        self.document: Any = None
        self._yaml = yaml
        self._documents = self._total = 0
        self._line: int | None = None
        self._open: list[_Open] = []
        # What an anchor stands for, and to how many values it unfolds.
        self._anchored: dict[str, tuple[Any, int]] = {}

    def take(self, event: Any) -> None:
        """Take the next event."""
        yaml = self._yaml
        self._line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._count(1)
            self._add(self._scalar(event), event.anchor, 1)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event, is_object=isinstance(event, yaml.MappingStartEvent))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            value = self._object(done.entries) if done.is_object else done.entries
            self._add(value, done.anchor, self._total - done.began)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise YamlFault("documents", line=self._line)

    def _begin(self, event: Any, *, is_object: bool) -> None:
        if event.tag not in (None, "!", f"{_STANDARD}map", f"{_STANDARD}seq"):
            raise YamlFault("syntax", f"the tag {event.tag[:60]} is not read", self._line)
        if len(self._open) >= MAX_DEPTH:
            raise YamlFault("nested", line=self._line)
        self._open.append(_Open(event.anchor, self._total, is_object=is_object))
        self._count(1)

    def _alias(self, anchor: str) -> None:
        if any(each.anchor == anchor for each in self._open):
            raise YamlFault("loop", line=self._line)
        if anchor not in self._anchored:
            raise YamlFault("syntax", f"nothing is called {anchor[:60]}", self._line)
        value, count = self._anchored[anchor]
        self._count(count)
        self._add(value, None, count)

    def _count(self, count: int) -> None:
        self._total += count
        if self._total > MAX_VALUES:
            raise YamlFault("large", line=self._line)

    def _add(self, value: Any, anchor: str | None, count: int) -> None:
        if anchor is not None:
            self._anchored[anchor] = value, count
        if self._open:
            self._open[-1].entries.append(value)
        else:
            self.document = value

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.tag in ("!", f"{_STANDARD}str") or (event.tag is None and not event.implicit[0]):
            return text
        if event.tag is None:
            is_key = bool(self._open) and self._open[-1].is_object and len(self._open[-1].entries) % 2 == 0
            return _Merge if is_key and text == "<<" else _plain(text)
        value = _plain(text)
        wanted = {"null": type(None), "bool": bool, "int": int, "float": float}
        if type(value) is not wanted.get(event.tag.removeprefix(_STANDARD)):
            raise YamlFault("syntax", f"the tag {event.tag[:60]} is not read, or does not fit its value", self._line)
        return value

    def _object(self, entries: list[Any]) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        own = []
        for key, value in zip(entries[::2], entries[1::2], strict=True):
            if key is _Merge:
                merged = {**self._merged(value), **merged}
            elif isinstance(key, (dict, list)):
                raise YamlFault("syntax", "a key is a list or an object", self._line)
            else:
                own.append((key, value))
        if len({key for key, _ in own}) < len(own):
            return Twice([*merged.items(), *own])
        # What is said here counts before what "<<" brings in.
        return {**merged, **dict(own)}

    def _merged(self, value: Any) -> dict[Any, Any]:
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in several):
            raise YamlFault("syntax", "what << brings in is no object", self._line)
        found: dict[Any, Any] = {}
        for each in several:
            found = {**each, **found}
        return found


def _plain(text: str) -> Any:
    """Return what a plain word is."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-0123456789":
        if _WHOLE.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            return float(text)
    return text
