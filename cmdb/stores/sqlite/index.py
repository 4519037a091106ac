"""
The header of the write-ahead index, read beside SQLite without harm.

Closing any descriptor of a file drops all locks that the process has on it (POSIX), SQLite's own included. Of the index
that would be fatal: the next process to open the store would take it for abandoned and empty it while this one reads it
(SIGBUS), and a checkpoint could overwrite what a reader still needs. So a descriptor of it stays open as long as this
process has any connection to the store.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

Key = tuple[int, int, int]

_connections: dict[Key, int] = {}
_descriptors: dict[Key, dict[tuple[int, int], int]] = {}
_guard = threading.Lock()


class Connection(sqlite3.Connection):
    """A connection that is counted from :meth:`count` until it is closed."""

    _key: Key | None = None

    def count(self, path: Path) -> None:
        """Note that this process has one connection more to the store at ``path``."""
        self._key = key = _key_of(path)
        with _guard:
            _connections[key] = _connections.get(key, 0) + 1

    def close(self) -> None:
        super().close()
        key, self._key = self._key, None
        if key is not None and key[0] == os.getpid():
            _one_less(key)


def read_header(path: Path, size: int) -> bytes:
    """
    Return the first bytes of the index of the store at ``path``; for one who holds the write lock and a connection.

    Raises:
        OSError: there is no index, or it can not be read.
    """
    name = f"{path}-shm"
    found = os.stat(name)  # noqa: PTH116
    opened = _descriptors.setdefault(_key_of(path), {})
    descriptor = opened.get((found.st_dev, found.st_ino))
    if descriptor is None:
        descriptor = opened[found.st_dev, found.st_ino] = os.open(name, os.O_RDONLY)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, size)


def _key_of(path: Path) -> Key:
    """Return what stands for the store in this process, by whichever name it is reached."""
    found: Any = os.stat(path)  # noqa: PTH116
    return os.getpid(), found.st_dev, found.st_ino


def _one_less(key: Key) -> None:
    with _guard:
        left = _connections.get(key, 0) - 1
        if left > 0:
            _connections[key] = left
            return
        _connections.pop(key, None)
        unused = _descriptors.pop(key, {})
    for descriptor in unused.values():
        os.close(descriptor)
