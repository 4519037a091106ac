"""
One run of a source: read its targets (:mod:`discovery.reading`), and take in what was seen, all of it at once.

A run whose worker died is begun anew by another: it reads what was not read, and takes in what was not taken in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from cmdb import maintenance
from cmdb.beginning import Closed, Limit, always_open
from cmdb.configuration.discovered import Found
from cmdb.configuration.intake import OVERTAKEN
from cmdb.configuration.observing import Taken, take
from cmdb.configuration.shown import Shown
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.jobs import Job, Result, Schedule
from cmdb.model.ci import CIS
from cmdb.model.coverage import COVERAGES
from cmdb.model.finding import HELD, NATIVE_ID_TWICE, OF_A_READING
from cmdb.model.observation import OBSERVATIONS
from cmdb.model.run import RunState, Said
from cmdb.model.source import Source
from cmdb.ports.outside import Secrets
from cmdb.ports.store import Equals
from cmdb.roles import Role
from cmdb.work import Work
from discovery import sources
from discovery.applying import kept_for_applying, taken_at, what_was_shown
from discovery.keeping import Read, read_at
from discovery.reading import read
from discovery.registry import connector_of
from discovery.together import CODE, Clash, as_last_read, facts, lines, told_apart

PREFIX = "discover:"
"""What the job of a source is called begins with this; its name follows."""
HOURS = 12 * 3600.0
_DAY = 86_400.0
_TRIES = 5


class SourceOff(ForeshockError):
    """The source is switched off."""

    code = "source.off"
    sentence = "the source {source} is switched off; foreshock discover source on {source} switches it on"
    family = Family.REFUSED

    def __init__(self, *, source: str) -> None:
        super().__init__(source=source)


def job_name(source: str) -> str:
    """Return the name of the job that runs a source."""
    return f"{PREFIX}{source}"


class Most(NamedTuple):
    """How many runs of sources may go on at one time: ``in_all``, and by connector; 0 and those not named: any."""

    in_all: int = 0
    by_connector: Mapping[str, int] = MappingProxyType({})

    def limits(self, connector: str) -> tuple[Limit, ...]:
        """Return the limits of a source of this connector."""
        found = [Limit(f"connector {connector}", self.by_connector.get(connector, 0)), Limit("discovery", self.in_all)]
        return tuple(each for each in found if each.most)


def job_of(source: Source, secrets: Secrets, most: Most = Most()) -> Job:  # noqa: B008  # A value.
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
        limits=most.limits(source.connector),
        closed=partial(_closed, source) if source.maintenance else always_open,
    )


def _closed(source: Source, now: datetime) -> Closed | None:
    end = maintenance.end_of(source.maintenance, now)
    return None if end is None else Closed(end, source.maintenance_stops)


def discover(work: Work, *, secrets: Secrets) -> Result:
    """
    Run a source.

    The run's parameters may name ``targets`` and scopes it ``may_lose``, ask for a ``dry_run`` or for the dry run to
    ``apply``, and for credentials to be tried that were refused (``try_refused``).
    """
    wanted = _parameters(work.run.parameters)
    source = sources.get(work.context, work.run.job.removeprefix(PREFIX)).record
    if not source.enabled:
        raise SourceOff(source=source.id)
    taking = _Taking(work, source, wanted)
    if (result := taking.taken_before()) is not None:
        return result
    if wanted["apply"]:
        reads, then, shown = what_was_shown(work.context, source, wanted["apply"])
        taking.wanted = {**_parameters(then), "dry_run": False}
        return taking.take(reads, shown=shown)
    reads = read(
        work,
        source,
        connector_of(source.connector),
        secrets,
        only=wanted["targets"],
        try_refused=wanted["try_refused"],
    )
    return taking.take(reads)


class _Taking:
    """The end of a run: what was read is taken in once, whatever becomes of its worker."""

    def __init__(self, work: Work, source: Source, wanted: Mapping[str, Any]) -> None:
        self.work = work
        self.source = source
        self.wanted = wanted
        # One transaction for the run: an attempt that died behind it has taken it in, and the next finds that.
        self.txn_id = f"taken by {work.run.id}"
        asked = work.context
        self.context = Context(asked.store, asked.coordination, asked.clock, asked.actor, txn_id=self.txn_id)

    def taken_before(self) -> Result | None:
        """Return the result of the run where an earlier attempt has taken it in; None where none has."""
        applied = None if self.work.run.attempt == 1 else self.context.store.applied(self.txn_id)
        if applied is None:
            return None
        taken = taken_at(self.context, applied.revision)
        left = self.context.coordination.seen([self._name]).get(self._name, {})
        figures = left.get("figures", {"targets": 0, "failed": 0, "observations": 0})
        details = tuple(Said(*each) for each in left.get("details", ()))
        return _result(taken, figures, details, source=self.source.id, called=self._called(taken))

    def take(self, reads: Sequence[Read], *, shown: Shown | None = None) -> Result:
        """Take in what was read, and return what the run says."""
        wanted, before = self.wanted, self.context.store.get(COVERAGES, self.source.id)
        apart, clashes = self._apart(reads)
        figures: dict[str, Any] = {
            "targets": len(reads),
            "failed": sum(each.failed is not None for each in reads),
            "observations": sum(len(each.observations) for each in apart),
        }
        details = (*_lines(apart), *lines(clashes)) or _nothing(self.source, reads)
        found = [Found(NATIVE_ID_TWICE, (), {"source": self.source.id, **facts(clashes)})] if clashes else []
        if not wanted["dry_run"]:
            state = {"figures": figures, "details": [[each.code, dict(each.facts)] for each in details]}
            self.context.coordination.leave(self._name, state, seconds=_DAY)
        taken = self._taken(apart, found, shown)
        if wanted["dry_run"]:
            figures = {**figures, **kept_for_applying(self.work, self.source, reads, taken, before)}
        named = self._called(taken)
        return _result(taken, figures, details, source=self.source.id, called=named, dry_run=wanted["dry_run"])

    def _called(self, taken: Taken) -> Mapping[str, str]:
        """Return the names of the CIs that findings are about, as they are now or would be after a dry run."""
        wanted = sorted({ci for finding in taken.opened for ci in finding.cis})
        stored = self.context.store.get_many(CIS, wanted)
        made = {each.key: each.after for each in taken.differences if each.kind == CIS.name and each.after is not None}
        documents = {**{ci: each.document for ci, each in stored.items()}, **made}
        return {ci: str(documents[ci]["name"]) for ci in wanted if documents.get(ci, {}).get("name")}

    def _apart(self, reads: Sequence[Read]) -> tuple[list[Read], tuple[Clash, ...]]:
        """Return what was read without what two targets mean by one id, and those ids."""
        of_source, last = connector_of(self.source.connector).ids_of_source, list[Read]()
        if not of_source and any(each.failed is not None for each in reads):
            last = as_last_read(reads, self.context.records.find(OBSERVATIONS, [Equals("source", self.source.id)]))
        apart, clashes = told_apart([*reads, *last], ids_of_source=of_source)
        return apart[: len(reads)], clashes

    def _taken(self, reads: Sequence[Read], found: Sequence[Found], shown: Shown | None) -> Taken:
        """Take it in when it is this run's turn; whoever writes meanwhile is a person, and few do that often."""
        with self.work.turn("taking in"):
            for tries_left in reversed(range(_TRIES)):
                try:
                    return self._take(reads, found, shown)
                except OVERTAKEN:
                    if not tries_left:
                        raise
                    self.work.check()
        raise AssertionError

    def _take(self, reads: Sequence[Read], found: Sequence[Found], shown: Shown | None) -> Taken:
        wanted = self.wanted
        return take(
            self.context,
            self.source.id,
            self.source.connector,
            [observation for each in reads for observation in each.observations],
            frozenset(scope for each in reads for scope in each.complete),
            run=self.work.run.id,
            whole=not wanted["targets"],
            reached=any(each.failed is None for each in reads),
            may_lose=wanted["may_lose"],
            at=read_at(self.context, reads),
            dry_run=wanted["dry_run"],
            shown=shown,
            found=found,
            progress=lambda step, done: self.work.progress(step, done),
        )

    @property
    def _name(self) -> str:
        return f"{self.work.run.id} takes"


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "targets": tuple(given.get("targets", ())),
        "may_lose": tuple(given.get("may_lose", ())),
        "dry_run": bool(given.get("dry_run", False)),
        "try_refused": bool(given.get("try_refused", False)),
        "apply": str(given.get("apply", "")),
    }


def _nothing(source: Source, reads: Sequence[Read]) -> tuple[Said, ...]:
    return () if reads else (Said("discover.nothing", {"source": source.id}),)


def _result(
    taken: Taken,
    figures: Mapping[str, Any],
    details: Sequence[Said],
    *,
    source: str,
    called: Mapping[str, str],
    dry_run: bool = False,
) -> Result:
    targets, failed = figures["targets"], figures["failed"]
    state = RunState.OK
    if failed or taken.held or not targets or any(each.code == CODE for each in details):
        state = RunState.FAILED if targets and failed == targets else RunState.PARTIAL
    counts = taken.counts()
    revision = {} if taken.revision is None else {"revision": taken.revision}
    return Result(
        state,
        Said("discover.would" if dry_run else "discover.done", {**counts, "targets": targets, "failed": failed}),
        (*details, *_found(taken, source, called)),
        {**figures, **counts, "findings": len(taken.opened), **revision},
    )


def _lines(reads: Sequence[Read]) -> Iterator[Said]:
    for each in reads:
        if each.failed is not None:
            yield each.failed
        yield from each.notes


def _found(taken: Taken, source: str, called: Mapping[str, str]) -> Iterator[Said]:
    for held in taken.held:
        yield Said(HELD, {"source": source, "scope": held.scope, "had": held.had, "would_lose": len(held.lost)})
    for finding in taken.opened:
        if finding.code not in OF_A_READING:  # The lines of the run say as much, or more.
            names = {"called": [called.get(ci, ci) for ci in finding.cis]} if finding.cis else {}
            yield Said(finding.code, {"cis": list(finding.cis), **names, **finding.facts})
