"""
The desk of discovery: takes what a run saw, reconciles everything that is known, and writes what comes of it.

Observations, coverage, CIs, relations, groups and findings change in one revision or not at all. Nothing is written
that is as it was, so the same run twice writes its coverage alone; and where nothing is seen anew, nobody wrote what it
rests on and no moment has come that changes anything, nothing needs to be compared either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import is_
from typing import Any

from cmdb.chain import canonical
from cmdb.configuration.becoming import KINDS, Difference, Standing, differences_of, is_declared, is_stated
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.discovered import Found, World
from cmdb.configuration.discovery_rules import rules_in_force
from cmdb.configuration.discovery_rules_text import read_rules
from cmdb.configuration.ending import every
from cmdb.configuration.identify import Decided
from cmdb.configuration.intake import OVERTAKEN
from cmdb.configuration.intake.judging import Judge
from cmdb.configuration.reconcile import reconcile
from cmdb.configuration.shown import NotAsShown, Shown, refuse_others
from cmdb.configuration.sightings import HeldScope, Sightings, place_of, seen
from cmdb.configuration.unmoved import JUDGED_BY, reconciled_at, unmoved
from cmdb.context import Context
from cmdb.exchange.estate import Faults
from cmdb.garbage import uncollected
from cmdb.model.ci import CIS
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.finding import FINDINGS, FOUND_ELSEWHERE, HELD, OF_A_READING, Finding
from cmdb.model.group import GROUPS
from cmdb.model.identity import IDENTITY_DECISIONS, RELATION_REJECTIONS
from cmdb.model.kind import Kind
from cmdb.model.observation import OBSERVATIONS, Observation, Thing
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Delete, Equals, Filter, Op, Put, Stored, Unwritten
from cmdb.records import from_document, to_document

Told = Callable[[str, int], None]
_ABOUT = ("attribute", "way", "values", "group", "identifier", "type", "scope", "source")
"""The facts of a finding that tell it from others of its code about the same CIs; the rest may change meanwhile."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a run: the differences, the scopes held for a person, findings opened and closed, the revision."""

    differences: tuple[Difference, ...]
    held: tuple[HeldScope, ...]
    opened: tuple[Finding, ...]
    closed: tuple[Finding, ...]
    revision: int | None

    def counts(self) -> dict[str, int]:
        """Return how many CIs, relations and groups are created, updated, missing, retired, merged and ended."""
        counts = dict.fromkeys(("created", "updated", "missing", "retired", "merged", "ended"), 0)
        for each in self.differences:
            counts[each.what] += 1
        return counts


def take(
    context: Context,
    source: str,
    connector: str,
    came: Iterable[Observation],
    complete: Collection[str],
    *,
    run: str,
    whole: bool = True,
    reached: bool = True,
    may_lose: Collection[str] = (),
    at: datetime | None = None,
    dry_run: bool = False,
    shown: Shown | None = None,
    found: Sequence[Found] = (),
    progress: Told | None = None,
) -> Taken:
    """
    Take what a run of a source saw, and write what comes of it as one revision.

    ``complete`` are the scopes that were read to their end, ``whole`` tells whether the run was over all targets, and
    ``reached`` whether any of them could be read.
    ``at`` is when the first of it was read (None: now): who asks later whether something was looked at since, is never
    told so of a moment at which it was not.
    ``shown`` is what a dry run showed of it: that alone is written. ``found`` is what the run found wrong with what it
    read, of the codes that only a reading closes. ``progress`` hears (step, how many), the steps
    being "compare" and "write".

    Raises:
        NotAllowed: the actor may not take in observations.
        NotAsShown: it would not change what was shown.
        VersionConflict, WrittenMeanwhile: others changed what it rests on, twice.
    """
    context.allow("discovery:take")
    named = [replace(each, source=source) for each in came]

    def taken() -> Taken:
        with uncollected():
            return _Taking(context, source, connector, progress).take(
                named,
                complete,
                run=run,
                whole=whole,
                reached=reached,
                may_lose=may_lose,
                at=at,
                dry_run=dry_run,
                shown=shown,
                found=found,
            )

    try:
        return taken()
    except OVERTAKEN:
        return taken()


def settle(
    context: Context,
    *,
    rules: DiscoveryRules | None = None,
    because: str = "discovery:settle",
    dry_run: bool = False,
    progress: Told | None = None,
) -> Taken:
    """
    Reconcile what is known anew, without looking at any source: after a decision, under other rules, as time goes by.

    ``rules`` are tried in place of those in force, for a dry run alone. Raises as :func:`take`.
    """
    context.allow("discovery:take")
    if rules is not None and not dry_run:
        raise ValueError("rules are tried in a dry run")

    def settled() -> Taken:
        with uncollected():
            return _Taking(context, "", "", progress, rules=rules).settle(dry_run=dry_run, because=because)

    try:
        return settled()
    except OVERTAKEN:
        return settled()


def rehearse(context: Context, content: bytes, *, what: str = "the rules of discovery") -> Taken:
    """Return what the rules of a text would change, from all that was observed; raises as :func:`settle`."""
    return settle(context, rules=read_rules(content, what=what), dry_run=True)


class _Taking:
    """What is known at one revision, and what comes of it."""

    def __init__(
        self,
        context: Context,
        source: str,
        connector: str,
        progress: Told | None,
        *,
        rules: DiscoveryRules | None = None,
    ) -> None:
        self._context = context
        self._source = source
        self._connector = connector
        self._told = progress or (lambda *_: None)
        self._revision = context.store.revision()
        self._catalogue = catalogue_of(context)
        self._rules = rules or rules_in_force(context)
        self._coverages = self._all(COVERAGES)
        self._known_coverages = {key: from_document(COVERAGES, held.document) for key, held in self._coverages.items()}
        self._observations: dict[str, Stored] = {}
        self._complete: Collection[str] = ()
        self._known: list[Observation] = []
        self._cis, self._relations, self._groups = dict[str, Stored](), dict[str, Stored](), dict[str, Stored]()

    def _read(self, *sources: str) -> list[Observation]:
        """Read what sources told so far, and keep it."""
        found = []
        for source in sources:
            held = self._all(OBSERVATIONS, Equals("source", source))
            self._observations.update(held)
            found += [from_document(OBSERVATIONS, each.document) for each in held.values()]
        return found

    def _read_estate(self) -> None:
        self._cis, self._relations, self._groups = self._all(CIS), self._all(RELATIONS), self._all(GROUPS)

    def _all(self, kind: Kind[Any], *where: Filter) -> dict[str, Stored]:
        return {stored.key: stored for stored in every(self._context, kind, *where)}

    def take(
        self,
        came: list[Observation],
        complete: Collection[str],
        *,
        run: str,
        whole: bool,
        reached: bool,
        may_lose: Collection[str],
        at: datetime | None,
        dry_run: bool,
        shown: Shown | None,
        found: Sequence[Found],
    ) -> Taken:
        self._complete = complete
        now = shown.at if shown is not None else at or self._context.clock.now()
        standing = self._coverages.get(self._source)
        if shown is not None and (standing and standing.document) != shown.coverage:
            raise NotAsShown(run=shown.run, changed=[f"the readings of {self._source}"])
        before = self._known_coverages.get(self._source, Coverage(self._source, self._connector))
        mine = self._read(self._source)
        sightings = seen(mine, came, complete, before, self._rules, at=now, run=run, whole=whole, may_lose=may_lose)
        if reached:
            sightings = replace(sightings, coverage=replace(sightings.coverage, reached_at=now, reached_in=run))
        put = Put(COVERAGES, to_document(COVERAGES, sightings.coverage), self._version_read())
        as_it_was = not dry_run and shown is None and not sightings.held and not found
        as_it_was = as_it_was and len(mine) == len(sightings.observations)
        # What stands as it stood is the same object, not only an equal one.
        if as_it_was and all(map(is_, sorted(mine, key=place_of), sightings.observations)):
            revision = unmoved(self._context, mine, before, sightings.coverage, self._rules, put)
            if revision is not None:
                return Taken((), (), (), (), revision)
        self._known = [*self._read(*(self._known_coverages.keys() - {self._source})), *sightings.observations]
        self._known_coverages[self._source] = sightings.coverage
        self._read_estate()
        more = [put, *self._put_sightings(sightings, {id(each) for each in mine})]
        return self._written(sightings, more, because="discovery:take", dry_run=dry_run, shown=shown, told=found)

    def _version_read(self) -> int:
        held = self._coverages.get(self._source)
        return 0 if held is None else held.version

    def settle(self, *, because: str, dry_run: bool) -> Taken:
        self._known = self._read(*self._known_coverages)
        self._read_estate()
        return self._written(None, [], because=because, dry_run=dry_run)

    def _written(
        self,
        sightings: Sightings | None,
        more: list[Op],
        *,
        because: str,
        dry_run: bool,
        shown: Shown | None = None,
        told: Sequence[Found] = (),
    ) -> Taken:
        world = self._world()
        found = reconcile(world)
        differences = tuple(differences_of(self._stand(), found))
        if shown is not None:
            refuse_others((each._asdict() for each in differences), shown)
        held = sightings.held if sightings is not None else ()
        opened, closed = self._findings([*found.findings, *self._of_held(held), *told])
        if dry_run:
            return Taken(differences, held, opened, closed, None)
        ops = [
            *more,
            *(self._op(each) for each in differences),
            *(Put(FINDINGS, to_document(FINDINGS, each)) for each in (*opened, *closed)),
        ]
        if not ops:
            return Taken(differences, held, opened, closed, None)
        ops.append(reconciled_at(self._revision, self._known, self._known_coverages, self._rules, world.now))
        self._told("write", len(ops))
        unwritten = Unwritten((*JUDGED_BY, COVERAGES.name), self._revision)
        applied = self._context.records.apply(ops, because=because, unwritten=unwritten)
        return Taken(differences, held, opened, closed, applied.revision)

    def _world(self) -> World:
        self._told("compare", len(self._known))
        records = self._context.records
        return World(
            observations=self._known,
            coverages=self._known_coverages,
            declared={key: held.document for key, held in self._cis.items() if is_declared(held.document)},
            decided=[
                Decided(each.same, Thing(*each.one), Thing(*each.other))
                for each in records.find(IDENTITY_DECISIONS)
                if each.revoked_at is None
            ],
            rejected=frozenset(
                RELATION_REJECTIONS.key(to_document(RELATION_REJECTIONS, each))
                for each in records.find(RELATION_REJECTIONS)
            ),
            catalogue=self._catalogue,
            rules=self._rules,
            now=self._context.clock.now(),
            stated=[held.document for _, held in sorted(self._relations.items()) if is_stated(held.document)],
        )

    # what changes ----------------------------------------------------------------------------------------------------
    def _stand(self) -> Standing:
        return {name: {key: each.document for key, each in held.items()} for name, held in self._estate().items()}

    def _estate(self) -> Mapping[str, Mapping[str, Stored]]:
        return {CIS.name: self._cis, RELATIONS.name: self._relations, GROUPS.name: self._groups}

    def _op(self, difference: Difference) -> Op:
        kind = KINDS[difference.kind]
        held = self._estate()[kind.name]
        version = held[difference.key].version if difference.key in held else 0
        if difference.after is None:
            return Delete(kind, difference.key, version)
        claims = Judge(self._catalogue, Faults()).claims(difference.after) if kind is CIS else ()
        return Put(kind, difference.after, version, claims)

    def _put_sightings(self, sightings: Sightings, standing: set[int]) -> Iterator[Op]:
        for observation in sightings.observations:
            if id(observation) not in standing:
                document = to_document(OBSERVATIONS, observation)
                held = self._observations.get(OBSERVATIONS.key(document))
                yield Put(OBSERVATIONS, document, held.version if held else 0)

    # findings --------------------------------------------------------------------------------------------------------
    def _of_held(self, several: Iterable[HeldScope]) -> Iterator[Found]:
        for held in several:
            facts = {"source": self._source, "scope": held.scope, "had": held.had, "would_lose": len(held.lost)}
            yield Found(HELD, (), facts)

    def _findings(self, found: Iterable[Found]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return the findings that are new or open again, and those that are found no more."""
        now = self._context.clock.now()
        standing = {stored.key: from_document(FINDINGS, stored.document) for stored in self._all(FINDINGS).values()}
        wanted = {finding_id(each): each for each in found}
        opened = tuple(
            Finding(key, each.code, each.cis, now, dict(each.facts))
            for key, each in sorted(wanted.items())
            if key not in standing or (standing[key].closed_at is not None and standing[key].closed_by is None)
        )
        gone = tuple(
            replace(each, closed_at=now)
            for key, each in sorted(standing.items())
            if each.closed_at is None and key not in wanted and self._is_mine(each)
        )
        # Whoever closed it answered for what was so then; if it comes back, it is asked anew.
        answered = tuple(
            replace(each, closed_by=None, because=None)
            for key, each in sorted(standing.items())
            if each.closed_by is not None and key not in wanted and self._is_mine(each)
        )
        return opened, (*gone, *answered)

    def _is_mine(self, finding: Finding) -> bool:
        # The reading of another source was not looked at.
        if finding.code.startswith(FOUND_ELSEWHERE):
            return False
        if finding.code not in OF_A_READING:
            return True
        # A scope that waits for a person goes on waiting until it is read to its end again.
        read = "scope" not in finding.facts or finding.facts["scope"] in self._complete
        return read and finding.facts.get("source") == self._source


def finding_id(found: Found) -> str:
    """Return the id of a finding: its code, and a digest of what it is about."""
    about = {name: found.facts[name] for name in _ABOUT if name in found.facts}
    digest = hashlib.sha256(canonical({"cis": list(found.cis), **about})).hexdigest()
    return f"{found.code}:{digest[:16]}"


__all__ = ["Difference", "Taken", "finding_id", "is_declared", "rehearse", "settle", "take"]
