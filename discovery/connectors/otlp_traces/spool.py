"""
The folder in which receivers leave what they added up: a file for each hour and receiver, replaced as a whole.

A receiver writes its own files alone and a reader none, so nothing is locked; several receivers, and readers beside
them, may use one folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

FORMAT = 1
MAX_FILE = 32 * 1024 * 1024  # bytes of one file
MAX_ALL = 256 * 1024 * 1024  # bytes of all files that one run reads
MAX_FILES = 20_000
_NAME = re.compile(r"(\d{12})-([0-9a-f]{8,32})\.json")


def slice_name(start: int, receiver: str) -> str:
    """Return the name of the file of the slice that begins at ``start`` (epoch seconds)."""
    return f"{start:012d}-{receiver}.json"


class Spool:
    """One such folder; it is made when it is first written to, for its owner alone."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def names(self, since: int = 0) -> list[str]:
        """
        Return the names of the slices that begin at ``since`` or later, the newest first; other files do not count.

        Raises:
            OSError: the folder is not there or may not be read.
        """
        with os.scandir(self._folder) as entries:
            found = (entry.name for entry in entries if _NAME.fullmatch(entry.name))
            return sorted((name for name in found if int(name[:12]) >= since), reverse=True)

    def read(self, name: str) -> bytes:
        """
        Return the bytes of a slice, at most one more than :data:`MAX_FILE`.

        Raises:
            OSError: it is gone or may not be read.
        """
        with (self._folder / name).open("rb") as file:
            return file.read(MAX_FILE + 1)

    def write(self, name: str, document: Any) -> None:
        """
        Put a slice in place of the one of its name, whole or not at all, also when the machine stops.

        Raises:
            OSError: the disk is full, or the folder may not be written to.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        raw = json.dumps(document, separators=(",", ":")).encode()
        draft = self._folder / f"{name}.new"
        with draft.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / name)

    def prune(self, before: int) -> None:
        """Take away the slices that began before ``before``; what another took away meanwhile is gone as well."""
        for name in self.names():
            if int(name[:12]) < before:
                with contextlib.suppress(FileNotFoundError):
                    (self._folder / name).unlink()
