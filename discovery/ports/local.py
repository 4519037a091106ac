"""Reads a file that stands in for a source: bounded, unpacked where it is gzip, and cancellable."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import IO, cast

from discovery.ports.connector import Line
from discovery.ports.errors import PartlyRead, Unreachable, Unreadable

MIB = 1024 * 1024
_PIECE = 4 * MIB
_GZIP = b"\x1f\x8b"


def read_file(path: Path, line: Line, *, target: str, most_bytes: int) -> bytes:
    """
    Return the bytes of a file, unpacked if it is gzip.

    Raises:
        Unreachable: it is not there, or may not be read.
        PartlyRead: it holds more than ``most_bytes``, packed or unpacked.
        Unreadable: it begins as gzip and does not go on so.
    """
    try:
        if not path.is_file():
            # A pipe or a device has no end.
            raise Unreachable(target=target, reason=f"{path.name} is no file that is there")
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            with gzip.open(raw) if packed else raw as stream:
                return _pieces(cast(IO[bytes], stream), line, target, most_bytes, path.name)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise Unreadable(target=target, reason=f"{path.name} is gzip that is cut off or damaged") from None
    except OSError as wrong:
        raise Unreachable(target=target, reason=f"{path.name}: {wrong.strerror or 'it can not be read'}") from None


def read_text(path: Path, line: Line, *, target: str, most_bytes: int) -> str:
    """
    Return the text of a UTF-8 file, without the mark that may stand at its beginning.

    Raises:
        TargetError: as :func:`read_file`, and Unreadable where it is no UTF-8.
    """
    data = read_file(path, line, target=target, most_bytes=most_bytes)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Unreadable(target=target, reason=f"{path.name} is no UTF-8 from byte {wrong.start} on") from None


def _pieces(stream: IO[bytes], line: Line, target: str, most: int, name: str) -> bytes:
    pieces, size = [], 0
    while piece := stream.read(_PIECE):
        line.check()
        size += len(piece)
        if size > most:
            raise PartlyRead(target=target, reason=f"{name} holds more than {most // MIB} MiB")
        pieces.append(piece)
    line.check()
    return b"".join(pieces)
