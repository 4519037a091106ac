"""Giving a finished file its name, such that nothing is overwritten and nothing half is ever seen."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def publish(part: Path, target: Path) -> None:
    """
    Bring ``part`` to the disk and name it ``target``.

    Raises:
        FileExistsError: something of that name is there.
        OSError: what else the file system refuses.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        # Unlike renaming, linking refuses a name that someone else took meanwhile.
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        part.rename(target)
    with suppress(OSError):
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
