"""Runs nmap: a list of arguments and no shell, heard as it writes, and killed when the reading is to end."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from discovery.ports import Line, TargetError

_LOOKS_EVERY = 0.25
_PIECE = 64 * 1024
_LEAST_SECONDS = 1.0
_MOST_SAID = 400
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def arguments(network: str, settings: Mapping[str, Any]) -> list[str]:
    """
    Return what nmap is called with; nothing in it comes from the network.

    >>> "".join(arguments("10.0.0.0/24", {"names": False, "packets_per_second": 9, "host_timeout": 1, "top_ports": 3,
    ...     "excluded": []})[-3:])
    '3--10.0.0.0/24'
    """
    given = ["-oX", "-", "--no-stylesheet", "--noninteractive"]
    # Asked for names, nmap looks up who answers; told to ("-R") it would look up every address there could be.
    given += [] if settings["names"] else ["-n"]
    # Whoever is left behind by a worker that was killed ends with the next word it can not get rid of.
    given += ["--stats-every", "10s"]
    # Results come after each group of hosts: small ones show how far it is.
    given += ["--max-hostgroup", "64", "--max-retries", "2", "--max-rate", str(settings["packets_per_second"])]
    given += ["--host-timeout", f"{int(settings['host_timeout'] * 1000)}ms"]
    given += ["-6"] if ":" in network else []
    given += ["--exclude", ",".join(settings["excluded"])] if settings["excluded"] else []
    given += ["-p", settings["ports"]] if "ports" in settings else ["--top-ports", str(settings["top_ports"])]
    return [*given, "--", network]


class Nmap:
    """
    One run of nmap; leaving it ends it. ``out_of_time`` tells whether it was ended for that.

    Raises:
        TargetError: nmap is not installed.
    """

    def __init__(self, network: str, settings: Mapping[str, Any], line: Line) -> None:
        program = shutil.which("nmap", path=_ENVIRONMENT["PATH"])
        if program is None:
            raise TargetError(target=network, reason="nmap is not installed; install your system's package nmap")
        self.out_of_time = False
        self._line = line
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed where the process is ended.
        self._process = subprocess.Popen(
            [program, *arguments(network, settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=_ENVIRONMENT,
            start_new_session=True,
        )

    def __enter__(self) -> Nmap:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._said.close()

    def output(self) -> Iterator[bytes]:
        """Yield what it writes, until it ends, there is no time left, or ``line`` says to stop."""
        pipe = self._process.stdout
        if pipe is None:
            return
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while True:
                self._line.check()
                if self._line.left() < _LEAST_SECONDS:
                    self.out_of_time = True
                    return
                if ready.select(_LOOKS_EVERY):
                    piece = os.read(pipe.fileno(), _PIECE)
                    if not piece:
                        return
                    yield piece

    def end(self) -> tuple[int, str]:
        """Return the exit status and the first of what it complained of; to be asked when it has written all."""
        status = self._process.wait()
        self._said.seek(0)
        said = self._said.read(_MOST_SAID).decode("utf-8", "replace")
        return status, " ".join(said.split())
