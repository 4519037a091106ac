"""
The outer frames of an export request, walked by hand so that one hostile body can not fill the memory.

A parsed message takes many times its bytes (an empty span of two bytes becomes an object of more than a hundred). So
the frames are only cut apart, and each span is parsed by itself and let go of before the next.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Unframed(ValueError):
    """The bytes are no protobuf message; it says what is wrong with them."""


class Budget:
    """How many fields may still be looked at, in all frames of one body."""

    def __init__(self, fields: int) -> None:
        self._left = self._most = fields

    def spend(self) -> None:
        """Take one; raise :class:`Unframed` where none is left."""
        self._left -= 1
        if self._left < 0:
            raise Unframed(f"it has more than {self._most} fields")


def messages(data: memoryview, budget: Budget) -> Iterator[tuple[int, memoryview]]:
    """
    Yield number and bytes of every length-delimited field of a message, in its order; other fields are passed over.

    Raises:
        Unframed: where the bytes stop being a message, or the budget is spent.
    """
    at, end = 0, len(data)
    while at < end:
        budget.spend()
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise Unframed("a field has the number 0")
        if wire == _BYTES:
            size, at = _varint(data, at)
            if size > end - at:
                raise Unframed("a field is longer than what holds it")
            yield number, data[at : at + size]
            at += size
        elif wire == _VARINT:
            _, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            at += 8 if wire == _FIXED64 else 4
            if at > end:
                raise Unframed("a field is longer than what holds it")
        else:
            raise Unframed(f"a field has the wire type {wire}")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for position in range(10):
        if at + position >= len(data):
            raise Unframed("it ends within a number")
        byte = data[at + position]
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value, at + position + 1
    raise Unframed("a number has more than ten bytes")
