"""Network namespaces: being in one for a moment, giving ``ip`` its orders, and ending whoever lives in one."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.estate.place import NAMESPACES

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


class EstateFault(Exception):
    """The estate could not be made, or is not as it is described; the text says what and where."""


@contextlib.contextmanager
def within(namespace: str) -> Iterator[None]:
    """
    Let this thread be in a network namespace: what it opens, and what it starts, is there.

    Sockets that were opened before stay where they were, and other threads too.
    """
    with Path("/proc/thread-self/ns/net").open("rb") as home, (NAMESPACES / namespace).open("rb") as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(home.fileno())


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "setns")


def ip(lines: Iterable[str], namespace: str | None = None, *, anyway: bool = False) -> None:
    """
    Carry out the lines as ``ip -batch`` would, in a namespace or outside of all.

    Raises:
        EstateFault: ``ip`` refused one of them and the rest is not wanted ``anyway``.
    """
    where = ["-n", namespace] if namespace else []
    command = ["ip", *where, *(["-force"] if anyway else []), "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    if done.returncode and not anyway:
        raise EstateFault(f"ip in {namespace or 'the machine'}: {done.stderr.strip()[-300:]}")


def names(prefix: str) -> list[str]:
    """Return the namespaces whose names begin so."""
    return sorted(path.name for path in NAMESPACES.glob(f"{prefix}*"))


def inhabitants(namespace: str) -> list[int]:
    """Return the numbers of the processes whose network this is; nobody's where there is no such namespace."""
    try:
        wanted = (NAMESPACES / namespace).stat().st_ino
    except FileNotFoundError:
        return []
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (path / "ns" / "net").stat().st_ino == wanted:
                found.append(int(path.name))
    return found


def end_all(namespace: str, seconds: float = 10.0) -> None:
    """
    Kill every process of a namespace, but not the one that asks, and wait until they are gone.

    Raises:
        EstateFault: somebody is still there after ``seconds``.
    """
    end = time.monotonic() + seconds
    while lives := [pid for pid in inhabitants(namespace) if pid != os.getpid()]:
        for pid in lives:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            raise EstateFault(f"{namespace}: processes {lives} do not end")
        time.sleep(0.01)
