"""
Reading the targets of a source, each on its own: what may pass is tried again, what would do harm is left out.

A target fails alone. One thread has the context: it decides which target is asked next, hears what came of it, and
keeps it; others only ask.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from cmdb.beginning import by_itself
from cmdb.chain import digest
from cmdb.errors import Family, ForeshockError, NotFound
from cmdb.jobs import RunStopped, said_of
from cmdb.model.run import Said
from cmdb.model.source import SOURCES, Source
from cmdb.ports.coordination import Lease
from cmdb.ports.outside import Secrets
from cmdb.work import Work
from discovery import sources
from discovery.bounds import fitted
from discovery.breaker import Breaker
from discovery.keeping import Kept, Read
from discovery.line import TargetLine
from discovery.lockout import MOST_REFUSED, CredentialHeld, Guard, settings_digest
from discovery.ports import Connector, CredentialsRefused, Shaped, Target, TargetError, TimedOut, Unreachable

ATTEMPTS = 3
BACKOFF = 1.0
"""Seconds before a target is tried again; twice as many before the next time."""
MOST_UNREACHABLE = 20
"""After so many targets in a row that nobody answers at, the rest is left for the next run: the network is away."""
_LOOK = 0.2
_MARGIN = 30.0


class TargetSkipped(TargetError):
    """The target was not asked, because of what others met."""

    code = "target.skipped"
    sentence = "{target} was not asked: {reason}"


class ForeignScope(TargetError):
    """The connector tells of a scope that is another target's, and would lose what that has; nothing is taken in."""

    code = "target.foreign_scope"
    sentence = "{target} was not taken in: {reason}; its connector is to be put right"


class TargetTwice(TargetError):
    """Several targets of the source have one id and differ, so none of them is asked."""

    code = "target.twice"
    sentence = "{target} was not asked: {reason}"


@dataclass(slots=True)
class _Came:
    """What came of a target, with what gave it: the credential, and the error that ended it."""

    read: Read
    credential: dict[str, str] = field(default_factory=dict)
    error: ForeshockError | None = None


def read(
    work: Work,
    source: Source,
    connector: Connector,
    secrets: Secrets,
    *,
    only: Collection[str] = (),
    try_refused: bool = False,
) -> list[Read]:
    """
    Read the targets of a source, or some of them, and return what came of each, by its id.

    What an earlier attempt of the run has read is not read again. ``try_refused``: also credentials that were refused.

    Raises:
        RunStopped: the run is to end; nothing is left running.
        NotFound: some of ``only`` are no targets of the source.
        Whatever keeps its targets from being known.
    """
    return _Reading(work, source, connector, secrets, only, try_refused=try_refused).run()


class _Reading:
    def __init__(
        self,
        work: Work,
        source: Source,
        connector: Connector,
        secrets: Secrets,
        only: Collection[str],
        *,
        try_refused: bool,
    ) -> None:
        self.work = work
        self.source = source
        self.connector = connector
        self.secrets = secrets
        self.only = only
        self.stopping = threading.Event()
        self.unreachable = 0
        self.answered = False
        self.done: dict[str, Read] = {}
        self.leases: dict[str, Lease] = {}
        self.twice: set[str] = set()
        run, context = work.run, work.context
        self.settings = sources.settings_of(source, connector)
        self.guard = Guard(context, source, secrets, run=run.id, anyway=try_refused)
        self.breaker = Breaker(context, source.id, asks_all=not by_itself(run) or bool(only))
        self.kept = Kept(work, settings_digest(source))
        # With one source alone, nobody else can be reading what this run reads.
        self.shares = context.store.count(SOURCES) > 1

    def run(self) -> list[Read]:
        targets = self._targets()
        for each in self.kept.earlier(targets, self.source.id):
            self.done[each.target] = each
        self.waiting = deque(target for key, target in targets.items() if key not in self.done)
        self.total = len(targets)
        self.most = self.source.at_once or self.connector.at_once
        with concurrent.futures.ThreadPoolExecutor(self.most, thread_name_prefix="discovery") as pool:
            try:
                self._all(pool)
            except BaseException:
                self.stopping.set()
                pool.shutdown(cancel_futures=True)
                raise
            finally:
                self._release(*self.leases)
        self.kept.keep(at_the_end=True)
        self.breaker.keep(None if self.only else targets.keys())
        if not self.only:
            self.guard.forget({self.source.id, *targets})
        return [self.done[key] for key in sorted(self.done)]

    # which targets ---------------------------------------------------------------------------------------------------
    def _targets(self) -> dict[str, Target]:
        """Return the targets to read, by id; that a source refuses to list them is remembered as of a target."""
        line = self._line(self.source.id)
        self.guard.refuse_held(self.source.id)
        try:
            targets = self._listed(line)
        except CredentialsRefused as error:
            self.guard.told(self.source.id, line.credential, str(line.hidden(error.facts["reason"])))
            raise
        if line.credential:
            self.guard.accepted(self.source.id, line.credential)
        unknown = tuple(sorted(set(self.only) - targets.keys()))
        if unknown:
            raise NotFound(kind="target", ids=unknown)
        return {each: targets[each] for each in sorted(self.only or targets)}

    def _listed(self, line: TargetLine) -> dict[str, Target]:
        found: dict[str, Target] = {}
        for target in self.connector.targets(self.settings, line):
            if found.setdefault(target.id, target) != target:
                self.twice.add(target.id)
        return found

    def _line(self, target: str) -> TargetLine:
        rate = self.source.requests_a_second
        return TargetLine(
            target,
            self.secrets,
            seconds=self.connector.seconds,
            pause=1.0 / rate if rate else 0.0,
            check_run=self._check,
            check_secret=self.guard.refuse_known,
        )

    def _check(self) -> None:
        if self.stopping.is_set():
            raise RunStopped(run=self.work.run.id, reason="run.cancelled")

    # one after another -----------------------------------------------------------------------------------------------
    def _all(self, pool: concurrent.futures.Executor) -> None:
        running: dict[concurrent.futures.Future[_Came], str] = {}
        while self.waiting or running:
            for _ in range(len(self.waiting)):
                if len(running) >= self._room():
                    break
                target = self.waiting.popleft()
                if not self._may(target):
                    continue
                if not self._lease(target):
                    self.waiting.append(target)
                    continue
                running[pool.submit(self._read, target)] = target.id
            if running:
                first = concurrent.futures.FIRST_COMPLETED
                for ended in concurrent.futures.wait(running, timeout=_LOOK, return_when=first).done:
                    self._hear(ended.result())
                    self._release(running.pop(ended))
            elif self.waiting:
                self.work.progress("wait for targets that other runs read", len(self.waiting))
                time.sleep(_LOOK)
                continue
            self.work.progress("read", len(self.done), self.total)

    def _room(self) -> int:
        """Return how many targets may be asked at one time: few, until one has accepted a credential."""
        return self.most if self.answered else min(self.most, max(1, MOST_REFUSED - self.guard.refused))

    def _may(self, target: Target) -> bool:
        """Tell whether a target may be asked; what came of one that may not is known at once."""
        try:
            if target.id in self.twice:
                raise TargetTwice(target=target.id, reason="the source has several of this name; give each its own")
            self.guard.refuse_held(target.id)
            self.breaker.refuse_away(target.id)
            if self.unreachable >= MOST_UNREACHABLE:
                raise TargetSkipped(target=target.id, reason=f"{self.unreachable} targets in a row can not be reached")
        except TargetError as error:
            self._done(Read(target.id, self.work.context.clock.now(), failed=said_of(error)))
            return False
        return True

    def _hear(self, came: _Came) -> None:
        target, error = came.read.target, came.error
        if isinstance(error, CredentialsRefused):
            self.guard.told(target, came.credential, str((came.read.failed or said_of(error)).facts.get("reason", "")))
        elif error is None:
            self.guard.accepted(target, came.credential)
            self.answered = True
        if isinstance(error, (Unreachable, TimedOut)):
            self.unreachable += isinstance(error, Unreachable)
            self.breaker.silent(target)
        elif not isinstance(error, CredentialHeld):
            self.unreachable = 0 if error is None or isinstance(error, CredentialsRefused) else self.unreachable
            self.breaker.answered(target)
        self._done(came.read)

    def _done(self, read: Read) -> None:
        self.done[read.target] = read
        self.kept.add(read)

    # never two at one target -----------------------------------------------------------------------------------------
    def _lease(self, target: Target) -> bool:
        if not self.shares:
            return True
        lease = self.work.context.coordination.lease(
            f"target {what_is_asked(self.connector, target)}",
            # A later attempt of this run takes over what this one holds, should its worker die.
            holder=self.work.run.id,
            seconds=self.connector.seconds + _MARGIN,
        )
        if lease is not None:
            self.leases[target.id] = lease
        return lease is not None

    def _release(self, *targets: str) -> None:
        for target in targets:
            if target in self.leases:
                # One that can not be given back now ends by itself.
                with contextlib.suppress(ForeshockError):
                    self.work.context.coordination.release(self.leases.pop(target))

    # one target ------------------------------------------------------------------------------------------------------
    def _read(self, target: Target) -> _Came:
        line = self._line(target.id)
        most, attempt = self.breaker.attempts(target.id, ATTEMPTS), 1
        while True:
            try:
                parts = list(self.connector.fetch(target, self.settings, line))
                shaped = _own(target, self.connector.shape(target, self.settings, parts))
                fit = fitted(target.id, shaped.observations)
                observed = tuple(replace(each, source=self.source.id) for each in fit.observations)
                notes = [Said(note.code, line.hidden({"target": target.id, **note.facts})) for note in shaped.notes]
                now = self.work.context.clock.now()
                read = Read(target.id, now, observed, shaped.complete - fit.lacking, (*notes, *line.notes, *fit.notes))
                return _Came(read, line.credential)
            except RunStopped:
                raise
            except ForeshockError as error:
                pause = error.facts.get("seconds") or BACKOFF * 2.0 ** (attempt - 1)
                if error.family is not Family.RETRY or attempt >= most or pause >= line.left():
                    return self._failed(target, line, error)
                attempt += 1
                try:
                    line.wait(pause)
                except TimedOut as late:
                    return self._failed(target, line, late)
            except Exception as error:
                # A connector's own fault is that target's, not the run's.
                return self._failed(target, line, error)

    def _failed(self, target: Target, line: TargetLine, error: Exception) -> _Came:
        said = said_of(error)
        failed = Said(said.code, line.hidden(dict(said.facts)))
        known = error if isinstance(error, ForeshockError) else TargetError(target=target.id, reason="")
        read = Read(target.id, self.work.context.clock.now(), notes=tuple(line.notes), failed=failed)
        return _Came(read, line.credential, known)


def _own(target: Target, shaped: Shaped) -> Shaped:
    """Return what became of a target, if it is of its own scopes alone; raises ForeignScope."""
    scopes = {*shaped.complete, *(each.scope for each in shaped.observations)}
    foreign = min((each for each in scopes if not target.has(each)), default=None)
    if foreign is not None:
        raise ForeignScope(target=target.id, reason=f"its connector tells of the scope {foreign[:200]!r}")
    return shaped


def what_is_asked(connector: Connector, target: Target) -> str:
    """Return what tells that two targets are one thing: an address, or all that the connector knows of it."""
    address = target.facts.get("address")
    if isinstance(address, str) and address:
        return f"at {address.lower()}"
    return digest([connector.name, target.id, {key: str(each) for key, each in target.facts.items()}])[:32]
