"""
The bytes of an estate file, unpacked when they are gzip, as one buffered stream.

Gzip is recognised by its first two bytes, never by a name. A file may be several gzip members in a row, as ``cat``
makes them. What unpacks to too much for its size is refused on the way, so that no bomb is ever unpacked whole.
"""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO

from cmdb.exchange.estate.limits import MAX_RATIO, MAX_UNPACKED, MIB, RATIO_FROM

_GZIP = b"\x1f\x8b"
_OTHERS = {b"PK\x03\x04": "a zip archive", b"\xfd7zXZ\x00": "packed with xz", b"BZh": "packed with bzip2"}
_OTHERS |= {b"\x28\xb5\x2f\xfd": "packed with zstd"}
BUFFER = MIB


class Broken(Exception):
    """Reading can not go on here; ``code`` is one of the faults' sentences. It never leaves this folder."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def unpacked(stream: BinaryIO) -> io.BufferedReader[Any]:
    """
    Return a buffered reader over the plain bytes of ``stream``; the first ``peek`` sees up to a mebibyte.

    Raises (then and while it is read):
        Broken: a damaged, truncated or bloated gzip, gzip in gzip, or another kind of archive.
    """
    head = b""
    while len(head) < 8 and (piece := stream.read(8 - len(head))):
        head += piece
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise Broken("estate.not_compressible", found=name)
    raw = _Gunzip(stream, head) if head.startswith(_GZIP) else _Plain(stream, head)
    reader = io.BufferedReader(raw, BUFFER)
    if reader.peek(2).startswith(_GZIP):
        raise Broken("estate.gzip_twice")
    return reader


class _Plain(io.RawIOBase):
    """The stream itself, with its first bytes put back."""

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        self._stream = stream
        self._head = head
        self._broken: Broken | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the whole buffer unless the stream ends, so that a peek sees as much of any stream."""
        filled = 0
        while filled < len(buffer) and self._broken is None:
            try:
                piece = self._next(len(buffer) - filled)
            except Broken as broken:
                self._broken = broken
                break
            if not piece:
                break
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
        if self._broken is not None and not filled:
            # Only now: what was read before the break still counts, with all that is wrong in it.
            raise self._broken
        return filled

    def _next(self, size: int) -> bytes:
        piece, self._head = self._head[:size], self._head[size:]
        return piece or self._stream.read(size) or b""


class _Gunzip(_Plain):
    """The stream, unpacked."""

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        super().__init__(stream, head)
        self._member = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._taken = 0
        self._given = 0

    def _next(self, size: int) -> bytes:
        while True:
            if self._member.eof and not self._start_member():
                return b""
            if not self._packed:
                self._packed = super()._next(64 * 1024)
                self._taken += len(self._packed)
            try:
                piece = self._member.decompress(self._packed, size)
            except zlib.error as error:
                raise Broken("estate.gzip_damaged", unpacked=self._given, what=str(error)) from None
            ended = not self._packed
            self._packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                self._guard(len(piece))
                return piece
            if ended and not self._member.eof:
                raise Broken("estate.gzip_truncated", unpacked=self._given)

    def _start_member(self) -> bool:
        """Begin the next member after one has ended; False at the end of the file (zero padding is part of it)."""
        while True:
            self._packed = self._packed.lstrip(b"\x00")
            if len(self._packed) >= len(_GZIP):
                break
            more = super()._next(64 * 1024)
            if not more:
                break
            self._taken += len(more)
            self._packed += more
        if self._packed and not self._packed.startswith(_GZIP):
            raise Broken("estate.gzip_trailing")
        if self._packed:
            self._member = zlib.decompressobj(wbits=31)
        return bool(self._packed)

    def _guard(self, more: int) -> None:
        self._given += more
        if self._given > MAX_UNPACKED:
            raise Broken("estate.gzip_bomb", limit=MAX_UNPACKED, unit="bytes")
        if self._given > RATIO_FROM and self._given > MAX_RATIO * self._taken:
            raise Broken("estate.gzip_bomb", limit=MAX_RATIO, unit="times its own size")
