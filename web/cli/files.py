"""Files that commands read: everything the operating system may refuse becomes a fault with its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cmdb.errors import InvalidInput, Problem

MOST_BYTES = 64 * 1024 * 1024


def named(file: str) -> str:
    """Return what a file is called in messages; ``-`` is standard input."""
    return "standard input" if file == "-" else file


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """
    Open a file, or standard input for ``-``, to read bytes.

    Raises:
        InvalidInput: there is none, it is a directory, it may not be read, or standard input is closed.
    """
    if file == "-" and sys.stdin is None:
        raise InvalidInput([Problem("input.closed", "it is closed; pipe the data in", pointer="")], what=named(file))
    try:
        stream = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115  # Closed below.
    except OSError as error:
        raise unreadable(file, error) from error
    try:
        yield stream
    finally:
        if file != "-":
            stream.close()


def read_all(file: str) -> bytes:
    """
    Return all bytes of a small file.

    Raises:
        InvalidInput: as :func:`opened`, or it is larger than 64 MiB.
    """
    with opened(file) as stream:
        try:
            content = stream.read(MOST_BYTES + 1)
        except OSError as error:
            raise unreadable(file, error) from error
    if len(content) > MOST_BYTES:
        facts = {"limit": MOST_BYTES}
        fault = Problem("input.too_large", "it has more than {limit} bytes", facts, pointer="")
        raise InvalidInput([fault], what=named(file))
    return content


def read_lines(file: str) -> list[str]:
    """
    Return the lines of a small file without the spaces around them; empty ones do not count.

    Raises:
        InvalidInput: as :func:`read_all`, or lines are not UTF-8; each is named.
    """
    lines, problems = [], []
    for number, line in enumerate(read_all(file).removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            lines.append(line.decode("utf-8").strip())
        except UnicodeDecodeError:
            problems.append(Problem("input.not_utf8", "it is not UTF-8; save the file as UTF-8", line=number))
    if problems:
        raise InvalidInput(problems, what=named(file))
    return [line for line in lines if line]


def unreadable(file: str, error: OSError) -> InvalidInput:
    """Return the fault of a file that can not be read."""
    facts = {"cause": error.strerror or str(error)}
    return InvalidInput(
        [Problem("input.unreadable", "it can not be read: {cause}", facts, pointer="")], what=named(file)
    )
