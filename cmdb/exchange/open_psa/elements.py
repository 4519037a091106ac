"""
XML as a stream: containers as they open and close, and what they hold as small whole elements.

The parser is expat itself. Of what makes XML dangerous, entities, it is told to give up at the first declaration, so
nothing is ever expanded and nothing outside the file is read. A definition is let go of once its reader has seen it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.estate.limits import MIB
from cmdb.exchange.estate.packing import Broken, unpacked
from cmdb.exchange.open_psa.faults import MAX_BYTES, MAX_DEPTH, MAX_TAG, tell

ROOT = "opsa-mef"
CONTAINERS = frozenset({ROOT, "define-fault-tree", "define-component", "model-data"})
OPEN, CLOSE, WHOLE = "open", "close", "whole"


class Stopped(Exception):
    """The file can not be read any further, and why has been told. It never leaves this folder."""


class Element:
    """An element with all it holds, and the line it begins at."""

    __slots__ = ("attributes", "children", "line", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.line = line
        self.children: list[Element] = []
        self.text = ""


Event = tuple[str, Element]
"""("open", a container without what it holds), ("close", the same) or ("whole", any other element)."""


def events(stream: BinaryIO, faults: Faults) -> Iterator[Event]:
    """
    Yield what the file holds, in its order.

    Raises:
        Stopped: the rest can not be read; the reason is among the faults.

    Cost: one definition in memory, and the piece of the file it stands in.
    """
    try:
        plain = unpacked(stream)
        reader = _Reader(faults)
        size = 0
        while piece := plain.read(MIB):
            size += len(piece)
            if size > MAX_BYTES:
                tell(faults, "open_psa.too_large", reader.line, limit=MAX_BYTES)
                raise Stopped
            yield from reader.feed(piece)
            if size - reader.position > MAX_TAG + MIB:
                tell(faults, "open_psa.tag_too_large", reader.line, limit=MAX_TAG)
                raise Stopped
        if not size:
            tell(faults, "open_psa.empty", "")
            raise Stopped
        yield from reader.feed(b"", last=True)
    except Broken as broken:
        faults.add(broken.code, "", **broken.facts)
        raise Stopped from broken


class _Reader:
    """Turns expat's calls into events."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._found: list[Event] = []
        self._containers: list[Element] = []
        self._open: list[Element] = []
        self._skipping = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._entity

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    @property
    def position(self) -> int:
        """Where the last thing that was understood begins, in bytes."""
        return self._parser.CurrentByteIndex

    def feed(self, piece: bytes, *, last: bool = False) -> list[Event]:
        """Return the events that the file's next bytes complete; raises Stopped."""
        self._found = []
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code) or "it can not be read"
            tell(self._faults, "open_psa.not_xml", error.lineno, what=what, column=error.offset + 1)
            raise Stopped from error
        except (LookupError, ValueError) as error:  # An encoding that Python does not know, or that is no text's.
            tell(self._faults, "open_psa.not_xml", self.line, what=str(error), column=1)
            raise Stopped from error
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._skipping:
            self._skipping += 1
            return
        element = Element(tag, attributes, self.line)
        if not self._containers and tag != ROOT:
            tell(self._faults, "open_psa.root", self.line, found=tag)
            raise Stopped
        if self._open:
            if len(self._open) >= MAX_DEPTH:
                tell(self._faults, "open_psa.too_deep", self.line, limit=MAX_DEPTH)
                self._skipping = 1
                return
            self._open[-1].children.append(element)
            self._open.append(element)
        elif tag in CONTAINERS:
            self._containers.append(element)
            self._found.append((OPEN, element))
        else:
            self._open.append(element)

    def _end(self, _: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif self._open:
            element = self._open.pop()
            if not self._open:
                self._found.append((WHOLE, element))
        else:
            self._found.append((CLOSE, self._containers.pop()))

    def _text(self, text: str) -> None:
        if self._skipping:
            return
        if self._open and self._open[-1].tag == "label":
            self._open[-1].text += text
        elif text.strip():
            tell(self._faults, "open_psa.text", self.line, found=shown(text.strip()))

    def _entity(self, name: str, *_: Any) -> None:
        tell(self._faults, "open_psa.entities", self.line, name=name)
        raise Stopped
