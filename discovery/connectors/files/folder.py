"""Finding and opening files below a root: no link is followed, nothing but plain files is opened."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from cmdb.exchange.estate import is_name
from discovery.ports import Line, TargetError, Unreachable, Unreadable

MOST_LOOKED_AT = 200_000


def listed(root: str, patterns: Sequence[str], line: Line, *, most: int) -> list[str]:
    """
    Return the files that the patterns name, as paths below the root, sorted; what is left out is noted.

    Raises:
        Unreachable: the root is not there, as a share that is not mounted is not.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise Unreachable(target=root, reason="there is no such folder")
    found: set[str] = set()
    looked = 0
    for pattern in patterns:
        before = len(found)
        for path in _matches(folder, pattern, line):
            looked += 1
            if looked > MOST_LOOKED_AT:
                line.note("files.too_many_looked_at", limit=MOST_LOOKED_AT)
                return _bounded(found, most, line)
            relative = path.relative_to(folder).as_posix()
            if _is_fit(folder, relative, line):
                found.add(relative)
        if len(found) == before:
            line.note("files.no_match", pattern=pattern)
    return _bounded(found, most, line)


def _matches(folder: Path, pattern: str, line: Line) -> Iterator[Path]:
    try:
        for path in folder.glob(pattern):
            line.check()
            yield path
    except OSError as error:
        raise Unreachable(target=str(folder), reason=error.strerror or "it can not be listed") from error


def _is_fit(folder: Path, relative: str, line: Line) -> bool:
    """Tell whether a match is a plain file with a name, to which no link leads."""
    at = folder
    for part in Path(relative).parts:
        at = at / part
        if at.is_symlink():
            line.note("files.link", path=_shown(relative))
            return False
    if not at.is_file():
        return False
    if not is_name(relative) or _shown(relative) != relative:
        line.note("files.odd_name", path=_shown(relative))
        return False
    return True


def _bounded(found: set[str], most: int, line: Line) -> list[str]:
    if len(found) > most:
        line.note("files.too_many", limit=most, found=len(found))
    return sorted(found)[:most]


def _shown(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:300]


def opened(root: str, relative: str, line: Line) -> io.BufferedReader:
    """
    Open a file below the root for reading; each step to it is taken from the one before, and none over a link.

    Raises:
        Unreadable: it is no plain file any more, or may not be read.
        Unreachable: it is gone.
    """
    line.pace()
    parts = Path(relative).parts
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    held: list[int] = []
    try:
        held.append(os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        for part in parts[:-1]:
            held.append(os.open(part, flags | os.O_DIRECTORY, dir_fd=held[-1]))
        # Without O_NONBLOCK a pipe that was put in its place would hold the worker for ever.
        file = os.open(parts[-1], flags | os.O_NONBLOCK, dir_fd=held[-1])
    except OSError as error:
        raise _told(relative, error) from error
    finally:
        for each in held:
            os.close(each)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise Unreadable(target=relative, reason="it is no plain file")
    return io.BufferedReader(_Heard(file, line))


def _told(relative: str, error: OSError) -> TargetError:
    reason = error.strerror or "it can not be opened"
    if isinstance(error, FileNotFoundError):
        return Unreachable(target=relative, reason=reason)
    return Unreadable(target=relative, reason=reason)


class _Heard(io.FileIO):
    """A file that asks before every read whether the reading is to go on."""

    def __init__(self, file: int, line: Line) -> None:
        super().__init__(file, "rb")
        self._line = line

    def readinto(self, buffer: object, /) -> int | None:
        self._line.check()
        return super().readinto(buffer)  # type: ignore[arg-type]
