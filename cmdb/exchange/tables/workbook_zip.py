"""
Whether the zip of a workbook may be unpacked at all, looked at without ever holding more of it than a piece.

First what the zip states of itself is judged, then each part that will be read is unpacked to nowhere: a part that goes
on beyond the size it states is a bomb that lies, and a document type (with its entities) has no place in a workbook.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

from cmdb.exchange.estate.limits import MIB
from cmdb.exchange.tables.findings import Findings
from cmdb.exchange.tables.limits import MAX_PARTS, MAX_RATIO, MAX_STRINGS, MAX_UNPACKED, RATIO_FROM

WORKBOOK = "xl/workbook.xml"
_OTHERS = {"xl/workbook.bin": "a binary workbook (.xlsb)", "content.xml": "an OpenDocument file"}
_HEADER = 30  # bytes of the fixed part of a local header; the lengths of name and extra field end it
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_PECULIAR = (b"mergeCell", b"<f>", b"<f ", b":f>", b":f ", b"<f/>")
_OVERLAP = 64


@dataclass(frozen=True, slots=True)
class Judged:
    """A zip that may be unpacked, and the names of its parts that hold formulas or merged cells."""

    archive: zipfile.ZipFile
    peculiar: frozenset[str]


def judged(raw: bytes, findings: Findings) -> Judged:
    """
    Return the zip of a workbook, if it is one and no bomb.

    Raises:
        TableSpoilt: it is not; why is in ``findings``.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise findings.spoil("table.damaged", what=str(error)[:80]) from None
    names = {info.filename for info in infos}
    if WORKBOOK not in names:
        for name, found in _OTHERS.items():
            if name in names:
                raise findings.spoil("table.other_workbook", found=found)
        raise findings.spoil("table.not_xlsx")
    _judge_stated(infos, len(raw), findings)
    parts = [info for info in infos if info.filename.endswith((".xml", ".rels"))]
    return Judged(archive, frozenset(info.filename for info in parts if _judge_real(raw, info, findings)))


def _judge_stated(infos: list[zipfile.ZipInfo], packed: int, findings: Findings) -> None:
    if len(infos) > MAX_PARTS:
        raise findings.spoil("table.workbook_parts", found=len(infos), limit=MAX_PARTS)
    stated = sum(info.file_size for info in infos)
    if stated > MAX_UNPACKED:
        raise findings.spoil("table.workbook_large", found=stated, limit=MAX_UNPACKED)
    if stated > RATIO_FROM and stated > MAX_RATIO * packed:
        raise findings.spoil("table.workbook_bomb", ratio=stated // max(packed, 1), limit=MAX_RATIO)
    strings = max((info.file_size for info in infos if not info.filename.startswith("xl/worksheets/")), default=0)
    if strings > MAX_STRINGS:
        raise findings.spoil("table.workbook_large", found=strings, limit=MAX_STRINGS)


def _judge_real(raw: bytes, info: zipfile.ZipInfo, findings: Findings) -> bool:
    """Unpack a part to nowhere; tell whether it holds formulas or merged cells."""
    at = info.header_offset
    lengths = raw[at + _HEADER - 4 : at + _HEADER]
    begin = at + _HEADER + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    packed = raw[begin : begin + info.compress_size]
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise findings.spoil("table.damaged", what="a part is encrypted, or packed as no workbook is")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size, before, peculiar = 0, b"", False
    while True:
        if info.compress_type == zipfile.ZIP_STORED:
            piece, packed = packed[:MIB], packed[MIB:]
        else:
            try:
                piece = inflater.decompress(packed, MIB)
            except zlib.error as error:
                raise findings.spoil("table.damaged", what=str(error)[:80]) from None
            packed = inflater.unconsumed_tail
        if not piece:
            return peculiar
        size += len(piece)
        if size > info.file_size:
            raise findings.spoil("table.workbook_lies", part=info.filename[:80], stated=info.file_size)
        seen = before + piece
        if any(mark in seen for mark in _DOCTYPE):
            raise findings.spoil("table.workbook_dtd", part=info.filename[:80])
        peculiar = peculiar or any(mark in seen for mark in _PECULIAR)
        before = piece[-_OVERLAP:]
