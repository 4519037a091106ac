"""Workers that run a source and are killed or stopped at a chosen step: before one of their calls of the store."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cmdb.context import Context
from cmdb.roles import Actor, Role
from cmdb.running import Runner
from discovery import keeping, registry, sources
from discovery.run import job_of
from tests.discovery.paper import CONNECTOR
from tests.promises.places import open_at
from tests.promises.processes import Tell
from tests.promises.run_workers import pace_of
from web.bootstrap import SystemClock

LOG = "reads.log"


class NoSecrets:
    """There are none."""

    def read(self, reference: str) -> str:
        raise AssertionError(reference)


class Steps:
    """
    A store, or its coordination, whose every call from the working thread is a step that ``before`` hears first.

    Nobody else is in the midst of a call then: a process that is stopped while it writes keeps a file from all others.
    """

    def __init__(self, inner: Any, before: Callable[[str], None], of: Steps | None = None) -> None:
        self._inner = inner
        self._before = before
        self._alone: Any = threading.RLock() if of is None else of._alone
        self._mine: int = threading.get_ident() if of is None else of._mine

    @property
    def coordination(self) -> Any:
        return Steps(self._inner.coordination, self._before, self)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*given: Any, **more: Any) -> Any:
            with self._alone:
                if threading.get_ident() != self._mine:
                    # Heartbeats come when they come; they are no steps.
                    return found(*given, **more)
                self._before(name)
            return found(*given, **more)

        return call


def with_paper() -> None:
    """Let there be a connector called paper that logs what it reads, and let everything read be kept at once."""

    def fetch(target: Any, settings: Any, line: Any) -> Any:
        with (Path(settings["folder"]) / LOG).open("a") as log:
            log.write(f"{target.id}\n")
        yield from CONNECTOR.fetch(target, settings, line)

    known = {**registry.connectors(), "paper": replace(CONNECTOR, fetch=fetch, at_once=1)}
    registry.connectors = lambda: MappingProxyType(known)
    keeping.FIRST = keeping.SHARE = 0.0


def context_of(store: Any) -> Context:
    return Context(store, store.coordination, SystemClock(), Actor("asker", frozenset({Role.ENGINEER})))


def runner_of(store: Any, address: str, source: str, holder: str) -> Runner:
    job = job_of(sources.get(context_of(store), source).record, NoSecrets())
    return Runner(store, SystemClock(), {job.name: job}, holder=holder, pace=pace_of(address))


def work(address: str, source: str, run: str, step: int, number: int, tell: Tell) -> None:
    """Do a run; send this process a signal at a step, and tell the steps, or ``done``."""
    with_paper()
    count = 0

    def before(name: str) -> None:
        nonlocal count
        count += 1
        tell(name)
        if count == step:
            os.kill(os.getpid(), number)

    with closing(open_at(address)) as store:
        runner = runner_of(store, address, source, f"worker-{step}")
        steps = Steps(store, before)
        runner.store, runner.coordination = steps, steps.coordination
        runner.step(only=run)
        tell("done")


KILL, STOP = signal.SIGKILL, getattr(signal, "SIGSTOP", signal.SIGKILL)
