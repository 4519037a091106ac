"""Rows put aside, packed, in the order they came, to be walked again: 4 million records in some 100 MB of memory."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterator
from typing import Any

BATCH = 1_000


class Spool:
    """
    A list of plain values (tuples, lists, dicts, texts, numbers) that is only appended to and walked.

    Nothing of it touches a disk, so a full one can not break it, and nothing is left behind when it is let go.
    """

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._open: list[Any] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, value: Any) -> None:
        self._open.append(value)
        self._size += 1
        if len(self._open) == BATCH:
            # marshal is private to this process and version, which is all a value here ever sees.
            self._packed.append(zlib.compress(marshal.dumps(self._open), 1))
            self._open = []

    def batches(self) -> Iterator[list[Any]]:
        """Yield the values in batches of at most BATCH; each walk makes new ones."""
        for packed in self._packed:
            yield marshal.loads(zlib.decompress(packed))
        if self._open:
            yield marshal.loads(marshal.dumps(self._open))

    def __iter__(self) -> Iterator[Any]:
        for batch in self.batches():
            yield from batch
