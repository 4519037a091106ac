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


def inhabitants(namespaces: Iterable[str]) -> list[int]:
    """Return the numbers of the processes whose network is one of these; nobody is in one that is not there."""
    wanted = set()
    for namespace in namespaces:
        with contextlib.suppress(FileNotFoundError):
            wanted.add((NAMESPACES / namespace).stat().st_ino)
    found = []
    for path in Path("/proc").glob("[0-9]*") if wanted else ():
        with contextlib.suppress(OSError):
            if (path / "ns/net").stat().st_ino in wanted:
                found.append(int(path.name))
    return found


def began(pid: int) -> int | None:
    """Return when a process that lives began, in the kernel's ticks; None of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def end_all(namespaces: Iterable[str], seconds: float = 10.0) -> None:
    """
    Kill every process of these namespaces, but not the one that asks, and wait until they are gone.

    Raises:
        EstateFault: somebody is still there after ``seconds``.
    """
    ended = list(namespaces)
    end = time.monotonic() + seconds
    while lives := [pid for pid in inhabitants(ended) if pid != os.getpid()]:
        for pid in lives:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            raise EstateFault(f"{', '.join(ended)}: processes {lives} do not end")
        time.sleep(0.01)
