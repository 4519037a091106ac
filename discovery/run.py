"""
One run of a source: read its targets, each on its own, and take in what was seen.

A target fails alone, and what it would have told stays as it was. What may pass is tried again, with longer and longer
pauses; a refused credential is never tried twice, and after a few of them no further target is asked with it.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cmdb.chain import canonical
from cmdb.configuration.observing import Taken, take
from cmdb.errors import Family, ForeshockError, NotFound
from cmdb.jobs import Job, Result, RunStopped, Schedule, said_of
from cmdb.model.observation import Observation
from cmdb.model.run import RunState, Said
from cmdb.model.source import Source
from cmdb.ports.outside import Secrets
from cmdb.roles import Role
from cmdb.work import Work
from discovery import sources
from discovery.line import TargetLine
from discovery.ports import Connector, CredentialsRefused, Target, TargetError, Unreachable
from discovery.registry import connector_of

PREFIX = "discover:"
"""What the job of a source is called begins with this; its name follows."""
HOURS = 12 * 3600.0
ATTEMPTS = 3
BACKOFF = 1.0
"""Seconds before a target is tried again; twice as many before the next time."""
MOST_REFUSED = 3
"""After so many refused credentials no further target of the source is asked: more would lock accounts."""
MOST_UNREACHABLE = 20
"""After so many targets in a row that nobody answers at, the rest is left for the next run: the network is away."""
_LOOK = 0.2


class TargetSkipped(TargetError):
    """The target was not asked, because of what others met."""

    code = "target.skipped"
    sentence = "{target} was not asked: {reason}"


class SourceOff(ForeshockError):
    """The source is switched off."""

    code = "source.off"
    sentence = "the source {source} is switched off; foreshock discover source on {source} switches it on"
    family = Family.REFUSED

    def __init__(self, *, source: str) -> None:
        super().__init__(source=source)


@dataclass(slots=True)
class Read:
    """What came of one target."""

    target: str
    observations: tuple[Observation, ...] = ()
    complete: frozenset[str] = frozenset()
    notes: tuple[Said, ...] = ()
    failed: Said | None = None


def job_name(source: str) -> str:
    """Return the name of the job that runs a source."""
    return f"{PREFIX}{source}"


def job_of(source: Source, secrets: Secrets) -> Job:
    """Return the job that runs a source: by its schedule while it is enabled, never twice at one time."""
    schedule = Schedule(cron=source.schedule, jitter=source.jitter) if source.schedule and source.enabled else None
    return Job(
        job_name(source.id),
        f"Look at {source.id} by {source.connector}, and take in what is seen there.",
        partial(discover, secrets=secrets),
        frozenset({Role.ENGINEER}),
        schedule=schedule,
        seconds=HOURS,
        asked_by=f"foreshock discover run {source.id}",
    )


def discover(work: Work, *, secrets: Secrets) -> Result:
    """Run a source; the run's parameters may name ``targets`` and scopes it ``may_lose``, or ask for a ``dry_run``."""
    wanted = _parameters(work.run.parameters)
    source = sources.get(work.context, work.run.job.removeprefix(PREFIX)).record
    if not source.enabled:
        raise SourceOff(source=source.id)
    connector = connector_of(source.connector)
    reads = read(work, source, connector, secrets, only=wanted["targets"])
    taken = take(
        work.context,
        source.id,
        source.connector,
        [observation for each in reads for observation in each.observations],
        frozenset(scope for each in reads for scope in each.complete),
        run=work.run.id,
        whole=not wanted["targets"],
        may_lose=wanted["may_lose"],
        dry_run=wanted["dry_run"],
        progress=lambda step, done: work.progress(step, done),
    )
    return _result(work, reads, taken, dry_run=wanted["dry_run"])


def read(
    work: Work, source: Source, connector: Connector, secrets: Secrets, *, only: Collection[str] = ()
) -> list[Read]:
    """
    Read the targets of a source, or some of them, and return what came of each, by its id.

    Raises:
        RunStopped: the run is to end; nothing is left running.
        NotFound: some of ``only`` are no targets of the source.
        Whatever keeps its targets from being known.
    """
    return _Reading(work, source, connector, secrets).run(only)


@dataclass
class _Reading:
    work: Work
    source: Source
    connector: Connector
    secrets: Secrets
    stopping: threading.Event = field(default_factory=threading.Event)
    refused: int = 0
    unreachable: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, only: Collection[str]) -> list[Read]:
        self.settings = sources.settings_of(self.source, self.connector)
        targets = self._targets(only)
        done: list[Read] = []
        at_once = self.source.at_once or self.connector.at_once
        with concurrent.futures.ThreadPoolExecutor(at_once, thread_name_prefix="discovery") as pool:
            waiting = {pool.submit(self._read, target) for target in targets}
            try:
                while waiting:
                    ended, waiting = concurrent.futures.wait(waiting, timeout=_LOOK)
                    done += [each.result() for each in ended]
                    self.work.progress("read", len(done), len(targets))
            except BaseException:
                self.stopping.set()
                pool.shutdown(cancel_futures=True)
                raise
        return sorted(done, key=lambda each: each.target)

    def _targets(self, only: Collection[str]) -> list[Target]:
        line = self._line(self.source.id)
        targets = {target.id: target for target in self.connector.targets(self.settings, line)}
        unknown = tuple(sorted(set(only) - targets.keys()))
        if unknown:
            raise NotFound(kind="target", ids=unknown)
        return [targets[each] for each in sorted(only or targets)]

    def _line(self, target: str) -> TargetLine:
        rate = self.source.requests_a_second
        return TargetLine(
            target,
            self.secrets,
            seconds=self.connector.seconds,
            pause=1.0 / rate if rate else 0.0,
            check_run=self._check,
        )

    def _check(self) -> None:
        if self.stopping.is_set():
            raise RunStopped(run=self.work.run.id, reason="run.cancelled")

    def _read(self, target: Target) -> Read:
        line = self._line(target.id)
        attempt = 1
        while True:
            try:
                self._refuse_hopeless(target)
                parts = list(self.connector.fetch(target, self.settings, line))
                shaped = self.connector.shape(target, self.settings, parts)
                self._answered()
                observed = tuple(replace(each, source=self.source.id) for each in shaped.observations)
                notes = [Said(note.code, line.hidden(dict(note.facts))) for note in shaped.notes]
                return Read(target.id, observed, shaped.complete, (*notes, *line.notes))
            except RunStopped:
                raise
            except ForeshockError as error:
                pause = error.facts.get("seconds") or BACKOFF * 2.0 ** (attempt - 1)
                if error.family is not Family.RETRY or attempt == ATTEMPTS or pause >= line.left():
                    self._count(error)
                    return self._failed(target, line, said_of(error))
                attempt += 1
                line.wait(pause)
            except Exception as error:
                # A connector's own fault is that target's, not the run's.
                return self._failed(target, line, said_of(error))

    def _failed(self, target: Target, line: TargetLine, said: Said) -> Read:
        return Read(target.id, notes=tuple(line.notes), failed=Said(said.code, line.hidden(dict(said.facts))))

    def _refuse_hopeless(self, target: Target) -> None:
        with self.lock:
            if self.refused >= MOST_REFUSED:
                raise TargetSkipped(target=target.id, reason=f"{self.refused} other targets refused the credential")
            if self.unreachable >= MOST_UNREACHABLE:
                raise TargetSkipped(target=target.id, reason=f"{self.unreachable} targets in a row can not be reached")

    def _answered(self) -> None:
        with self.lock:
            self.unreachable = 0

    def _count(self, error: ForeshockError) -> None:
        with self.lock:
            self.refused += isinstance(error, CredentialsRefused)
            self.unreachable = self.unreachable + 1 if isinstance(error, Unreachable) else self.unreachable


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "targets": tuple(given.get("targets", ())),
        "may_lose": tuple(given.get("may_lose", ())),
        "dry_run": bool(given.get("dry_run", False)),
    }


def _result(work: Work, reads: Sequence[Read], taken: Taken, *, dry_run: bool) -> Result:
    failed = [each for each in reads if each.failed is not None]
    state = RunState.OK
    if failed or taken.held:
        state = RunState.FAILED if reads and len(failed) == len(reads) else RunState.PARTIAL
    counts = taken.counts()
    figures = {
        "targets": len(reads),
        "failed": len(failed),
        "observations": sum(len(each.observations) for each in reads),
        **counts,
        "findings": len(taken.opened),
        **({"revision": taken.revision} if taken.revision is not None else {}),
        **({"result": work.context.store.put_blob(canonical(_shown(taken)))} if dry_run else {}),
    }
    code = "discover.would" if dry_run else "discover.done"
    return Result(
        state, Said(code, {**counts, "targets": len(reads), "failed": len(failed)}), _details(reads, taken), figures
    )


def _shown(taken: Taken) -> list[dict[str, Any]]:
    """Return the differences of a dry run as JSON."""
    return [each._asdict() for each in taken.differences]


def _details(reads: Sequence[Read], taken: Taken) -> tuple[Said, ...]:
    def lines() -> Iterator[Said]:
        for each in reads:
            if each.failed is not None:
                yield each.failed
            yield from each.notes
        for held in taken.held:
            yield Said("scope.held", {"scope": held.scope, "had": held.had, "would_lose": len(held.lost)})
        for finding in taken.opened:
            yield Said(finding.code, {"cis": list(finding.cis), **finding.facts})

    return tuple(lines())
