"""The first bytes of a stream that is still to be read whole, such as standard input; of a gzip those inside."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO, cast

_GZIP = b"\x1f\x8b"


def peeked(stream: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    """Return about ``size`` bytes of the beginning, unpacked, and a stream that gives all of it, packed as it is."""
    head = stream.read(size)
    whole = cast(BinaryIO, io.BufferedReader(_Again(head, stream), 1024 * 1024))
    if not head.startswith(_GZIP):
        return head, whole
    try:
        return zlib.decompressobj(wbits=31).decompress(head, size), whole
    except zlib.error:
        return b"", whole  # Who reads it says what is wrong with it.


class _Again(io.RawIOBase):
    """A stream with bytes put back before it."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        piece, self._head = self._head[: len(view)], self._head[len(view) :]
        piece = piece or self._stream.read(len(view)) or b""
        view[: len(piece)] = piece
        return len(piece)
