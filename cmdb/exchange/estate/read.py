"""Reads an estate from bytes: a JSON document or JSON Lines, plain or gzip, told apart by what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from cmdb.exchange.estate.document import read_document
from cmdb.exchange.estate.faults import Faults
from cmdb.exchange.estate.lines import Row, read_lines
from cmdb.exchange.estate.packing import BUFFER, Broken, unpacked
from cmdb.exchange.estate.parse import WHITE

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_LISTS = frozenset({"items", "relations", "groups"})


def read(stream: BinaryIO, faults: Faults) -> Iterator[Row]:
    """
    Yield every record of an estate, in the order of the file, as (place, kind, document, sound).

    ``place`` is the line of JSON Lines or the pointer of a JSON document, ``kind`` is "item", "relation" or "group",
    and ``document`` is what a store keeps of it, without the keys that have their default. A record that is not sound
    keeps at least what identifies it, so that whoever relates to it need not be faulted as well. All that is wrong is
    in ``faults``, which is only complete when the last row was taken; records are not compared with one another.

    Cost: one line in memory, or the text of a JSON document. Raises nothing for what is in the file.
    """
    try:
        plain = unpacked(stream)
        encoding = _foreign_encoding(plain.peek(4)[:4])
        if encoding:
            raise Broken("estate.utf16", found=encoding)
        if plain.peek(3).startswith(_BOM):
            plain.read(len(_BOM))
        head = plain.peek(BUFFER)
    except Broken as broken:
        faults.add(broken.code, "", **broken.facts)
        return
    if not head:
        faults.add("estate.empty", "")
        return
    yield from (read_lines if _is_lines(head) else read_document)(plain, faults)


def _foreign_encoding(head: bytes) -> str | None:
    if head in _UTF32:
        return "UTF-32"
    if head.startswith(_UTF16) or (len(head) == 4 and head.count(0) == 2):
        return "UTF-16"
    return None


def _is_lines(head: bytes) -> bool:
    """Tell by the first mebibyte whether a line is a record. A faulty first line is judged by the second."""
    first, _, rest = head.lstrip(WHITE.encode()).partition(b"\n")
    value = _object(first)
    if value is None:
        value = _object(rest.partition(b"\n")[0])
        return value is not None and "kind" in value
    if "kind" in value:
        return True
    return not value.keys() & _LISTS and bool(rest.strip())


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
