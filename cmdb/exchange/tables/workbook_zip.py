"""
Whether the zip of a workbook may be unpacked at all, looked at without ever holding more of it than a piece.

First what the zip states of itself is judged, then each part that will be read is unpacked to nowhere: a part that goes
on beyond the size it states is a bomb that lies, and a document type (with its entities) has no place in a workbook.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
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
_PACKED = 64 * 1024  # bytes that are read at a time


@dataclass(frozen=True, slots=True)
class Judged:
    """A zip that may be unpacked, and the names of its parts that hold formulas or merged cells."""

    archive: zipfile.ZipFile
    peculiar: frozenset[str]


def judged(stream: io.BytesIO, findings: Findings) -> Judged:
    """
    Return the zip of a workbook, if it is one and no bomb.

    Raises:
        TableSpoilt: it is not; why is in ``findings``.
    """
    try:
        archive = zipfile.ZipFile(stream)
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise findings.spoil("table.damaged", what=str(error)[:80]) from None
    names = {info.filename for info in infos}
    if WORKBOOK not in names:
        for name, found in _OTHERS.items():
            if name in names:
                raise findings.spoil("table.other_workbook", found=found)
        raise findings.spoil("table.not_xlsx")
    _judge_stated(infos, stream.getbuffer().nbytes, findings)
    parts = [info for info in infos if info.filename.endswith((".xml", ".rels"))]
    return Judged(archive, frozenset(info.filename for info in parts if _judge_real(stream, info, findings)))


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


def _judge_real(stream: io.BytesIO, info: zipfile.ZipInfo, findings: Findings) -> bool:
    """Unpack a part to nowhere; tell whether it holds formulas or merged cells."""
    size, before, peculiar = 0, b"", False
    try:
        for piece in _unpacked(stream, info):
            size += len(piece)
            if size > info.file_size:
                raise findings.spoil("table.workbook_lies", part=info.filename[:80], stated=info.file_size)
            seen = before + piece
            if any(mark in seen for mark in _DOCTYPE):
                raise findings.spoil("table.workbook_dtd", part=info.filename[:80])
            peculiar = peculiar or any(mark in seen for mark in _PECULIAR)
            before = piece[-_OVERLAP:]
    except zlib.error as error:
        raise findings.spoil("table.damaged", what=str(error)[:80]) from None
    return peculiar


def _unpacked(stream: io.BytesIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what a part holds, whatever size it states, in pieces of a mebibyte at most; raises zlib.error."""
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zlib.error("a part is encrypted, or packed as no workbook is")
    stream.seek(info.header_offset + _HEADER - 4)
    lengths = stream.read(4)
    stream.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), io.SEEK_CUR)
    left, inflater = info.compress_size, zlib.decompressobj(-zlib.MAX_WBITS)
    while packed := stream.read(min(left, _PACKED)):
        left -= len(packed)
        if info.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        # Until nothing comes any more: what was packed may be taken in whole before all of it came out.
        while piece := inflater.decompress(packed, MIB):
            packed = inflater.unconsumed_tail
            yield piece
