"""A column of texts in one block of UTF-8 bytes: a name costs its bytes and four more, not a Python object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """``block`` holds the texts one after the other; text i lies between ``starts[i]`` and ``starts[i + 1]``."""

    block: bytes
    starts: NDArray[np.unsignedinteger[Any]]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, position: int) -> str:
        return self.block[int(self.starts[position]) : int(self.starts[position + 1])].decode("utf-8", "surrogatepass")

    @property
    def nbytes(self) -> int:
        return len(self.block) + self.starts.nbytes


def text_column(texts: Iterable[str]) -> TextColumn:
    """Return the column of ``texts`` in their order; any text comes back as it went in."""
    texts = list(texts)
    block = "".join(texts).encode("utf-8", "surrogatepass")
    sizes = np.fromiter(map(len, texts), np.uint64, len(texts))
    if int(sizes.sum()) != len(block):  # Some character takes more than a byte.
        encoded = (text.encode("utf-8", "surrogatepass") for text in texts)
        sizes = np.fromiter(map(len, encoded), np.uint64, len(texts))
    ends = np.cumsum(sizes, dtype=np.uint64)
    small = not len(ends) or int(ends[-1]) < 2**32
    wide = np.concatenate([np.zeros(1, np.uint64), ends])
    starts: NDArray[np.unsignedinteger[Any]] = wide.astype(np.uint32) if small else wide
    starts.flags.writeable = False
    return TextColumn(block=block, starts=starts)
