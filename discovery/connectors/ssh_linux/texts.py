"""Small readers of text that fetch and shape share: several files in one output, words of a line, safe words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from discovery.connectors.ssh_linux.commands import FILE

LONGEST_WORD = 256
LONGEST_LINE = 8192
MOST_LINES = 200_000
_UNSAFE = re.compile(r"[^\w.:/@\[\]%*$+,=-]")


class File(NamedTuple):
    """A file a command printed: the process it belongs to, its path, and its text, None where it could not be read."""

    pid: int
    path: str
    text: str | None


def files_in(text: str) -> Iterator[File]:
    """Yield the files of an output; what comes before the first is none."""
    for piece in f"\n{text}".split(f"\n{FILE} ")[1:]:
        head, _, body = piece.partition("\n")
        pid, _, path = head.partition(" ")
        if pid.isascii() and pid.isdigit() and path:
            yield File(int(pid[:10]), path.removeprefix("?")[:1024], None if path.startswith("?") else body)


def files_text(files: Iterable[File]) -> str:
    """Return the output that :func:`files_in` reads as these files."""
    return "".join(
        f"{FILE} {file.pid} {'?' if file.text is None else ''}{file.path}\n{file.text or ''}" for file in files
    )


def words_of(line: str, comment: str = "#") -> list[str]:
    """
    Return the words of a line, quotes and comment taken off; of one with an open quote what splitting at spaces gives.

    >>> words_of('server  web1 "10.0.0.1:80" # the first')
    ['server', 'web1', '10.0.0.1:80']
    """
    reader = shlex.shlex(line[:LONGEST_LINE], posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.commenters = True, comment
    try:
        return list(reader)
    except ValueError:
        return line[:LONGEST_LINE].split()


def safe(word: str) -> str:
    """Return a word with everything replaced that is not of a name, an address or a path."""
    return _UNSAFE.sub("_", word[:LONGEST_WORD])
