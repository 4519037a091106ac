"""Forked processes that tell what they did, so that a hundred kills do not cost a hundred starts of the interpreter."""

from __future__ import annotations

import os
import select
import sys
import traceback
from collections.abc import Callable

Tell = Callable[[str], None]


class Worker:
    """A forked process and the pipe it tells its deeds by."""

    def __init__(self, work: Callable[[Tell], None]) -> None:
        self.reader, writer = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            status = 1
            try:
                os.close(self.reader)
                work(lambda line: os.write(writer, f"{line}\n".encode()) and None)
                status = 0
            except Exception:
                traceback.print_exc(file=sys.stderr)
            finally:
                os._exit(status)
        os.close(writer)

    def send(self, number: int) -> None:
        os.kill(self.process, number)

    def heard(self) -> None:
        """Wait until the process has told something, or has ended."""
        select.select([self.reader], [], [])

    def ended(self) -> bool:
        """Tell whether the process has ended, whoever asks first."""
        return os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def end(self) -> list[str]:
        """Wait for the process and return all it told; ``status`` is its exit status, below 0 the signal it died of."""
        with os.fdopen(self.reader, "rb") as pipe:
            told = pipe.read().decode().splitlines()
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return told
