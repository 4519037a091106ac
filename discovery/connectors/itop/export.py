"""Reads exports of iTop: CSV with the codes of the attributes on top, and XML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from discovery.connectors.itop.model import READ
from discovery.ports import Line, Part, Target, Unreachable, Unreadable
from discovery.ports.local import MIB, read_file, read_text

_LOOKS_EVERY = 2_000
_DEEPEST = 6
_PIECE = 1 << 20


def read_export(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield a part for each class that has a file.

    Raises:
        Unreachable: there is no such folder, or no class in it.
        TargetError: a file is not what its name says.
    """
    folder = Path(settings["export_folder"])
    most = settings["most_megabytes"] * MIB
    found = 0
    for name in READ:
        if name in settings["leave_out"]:
            continue
        path = next((each for end in (".csv", ".xml") if (each := folder / f"{name}{end}").is_file()), None)
        if path is None:
            continue
        found += 1
        rows: Iterable[dict[str, str]]
        if path.suffix == ".csv":
            rows = _csv_rows(read_text(path, line, target=target.id, most_bytes=most), path, target, line)
        else:
            rows = _xml_rows(read_file(path, line, target=target.id, most_bytes=most), path, name, target, line)
        kept = [{"id": row["id"], **{key: row[key] for key in READ[name] if key in row}} for row in rows]
        cut = len(kept) > settings["most_objects"]
        if cut:
            line.note("itop.not_whole", **{"class": name}, read=settings["most_objects"], count=len(kept))
        yield Part(name, kept[: settings["most_objects"]], whole=not cut)
    if not found:
        raise Unreachable(target=target.id, reason=f"{folder.name} has no file that is named after a class")


def _csv_rows(text: str, path: Path, target: Target, line: Line) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        if "id" not in reader.fieldnames:
            reason = f"{path.name} has no column id; export with codes instead of labels, and with the id"
            raise Unreadable(target=target.id, reason=reason)
        for number, row in enumerate(reader):
            if number % _LOOKS_EVERY == 0:
                line.check()
            if None in row or None in row.values() or not _is_key(row["id"]):
                raise Unreadable(target=target.id, reason=f"{path.name}: line {reader.line_num} is no such row")
            yield row
    except csv.Error as wrong:
        raise Unreadable(target=target.id, reason=f"{path.name}: line {reader.line_num}: {wrong}") from None


def _xml_rows(data: bytes, path: Path, name: str, target: Target, line: Line) -> list[dict[str, str]]:
    reader = _Reader(name)
    try:
        for at in range(0, max(len(data), 1), _PIECE):
            line.check()
            reader.parser.Parse(data[at : at + _PIECE], at + _PIECE >= len(data))
    except expat.ExpatError as wrong:
        what = expat.ErrorString(wrong.code) or "it can not be read"
        raise Unreadable(target=target.id, reason=f"{path.name}: line {wrong.lineno}: {what}") from None
    except (_Refused, LookupError, ValueError) as wrong:
        what = str(wrong) if isinstance(wrong, _Refused) else "its encoding is not known"
        raise Unreadable(target=target.id, reason=f"{path.name}: {what}") from None
    return reader.rows


class _Refused(Exception):
    """The XML has what an export of iTop does not have."""


class _Reader:
    """Takes the objects out of ``<Set><CLASS id="1"><attribute>value</attribute>...</CLASS>...</Set>``."""

    def __init__(self, name: str) -> None:
        self.rows: list[dict[str, str]] = []
        self._name = name
        self._open: list[str] = []
        self._row: dict[str, str] | None = None
        self._text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append
        # Entities are declared in a document type, which no export has: with it come bombs.
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise _Refused("it declares a document type, which is not read")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open.append(tag)
        self._text.clear()
        if len(self._open) > _DEEPEST:
            raise _Refused("it is nested too deep")
        if len(self._open) == 1 and tag != "Set":
            raise _Refused("it does not begin with Set")
        if len(self._open) == 2 and tag == self._name:
            if not _is_key(attributes.get("id", "")):
                raise _Refused(f"line {self.parser.CurrentLineNumber}: an object without an id")
            self._row = {"id": attributes["id"]}

    def _end(self, tag: str) -> None:
        if len(self._open) == 3 and self._row is not None:
            self._row[tag] = "".join(self._text).strip()
        if len(self._open) == 2 and self._row is not None:
            self.rows.append(self._row)
            self._row = None
        self._text.clear()
        self._open.pop()


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdigit()
