"""
The desk of discovery: takes what a run saw, reconciles everything that is known, and writes what comes of it.

Observations, coverage, CIs, relations, groups and findings change in one revision or not at all. Nothing is written
that is as it was, so the same run twice writes its coverage alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cmdb.chain import canonical
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.differences import same
from cmdb.configuration.discovered import DISCOVERED, Found, Reconciled, World
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.ending import every
from cmdb.configuration.intake import OVERTAKEN
from cmdb.configuration.intake.judging import Judge
from cmdb.configuration.reconcile import locks_of, reconcile, stated
from cmdb.configuration.sightings import HeldScope, Sightings, seen
from cmdb.context import Context
from cmdb.exchange.estate import Faults
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.finding import FINDINGS, Finding
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document, Kind
from cmdb.model.observation import OBSERVATIONS, Observation
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Delete, Op, Put, Stored, Unwritten
from cmdb.records import from_document, to_document

Told = Callable[[str, int], None]
_ABOUT = ("attribute", "way", "values", "group", "identifier", "type", "scope", "source")
"""The facts of a finding that tell it from others of its code about the same CIs; the rest may change meanwhile."""


class Difference(NamedTuple):
    """One document that a run changes: its kind and key, and what it was (None: nothing) and becomes."""

    kind: str
    key: str
    before: Document | None
    after: Document | None


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
            counts[_what(each)] += 1
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
    may_lose: Collection[str] = (),
    dry_run: bool = False,
    progress: Told | None = None,
) -> Taken:
    """
    Take what a run of a source saw, and write what comes of it as one revision.

    ``complete`` are the scopes that were read to their end, ``whole`` tells whether the run was over all targets.
    ``progress`` hears (step, how many), the steps being "compare" and "write".

    Raises:
        NotAllowed: the actor may not take in observations.
        VersionConflict, WrittenMeanwhile: others changed what it rests on, twice.
    """
    context.allow("discovery:take")
    named = [replace(each, source=source) for each in came]

    def taken() -> Taken:
        return _Taking(context, source, connector, progress).take(
            named, complete, run=run, whole=whole, may_lose=may_lose, dry_run=dry_run
        )

    try:
        return taken()
    except OVERTAKEN:
        return taken()


class _Taking:
    def __init__(self, context: Context, source: str, connector: str, progress: Told | None) -> None:
        self._context = context
        self._source = source
        self._connector = connector
        self._told = progress or (lambda *_: None)
        self._revision = context.store.revision()
        self._catalogue = catalogue_of(context)
        self._observations = self._all(OBSERVATIONS)
        self._coverages = self._all(COVERAGES)
        self._cis = self._all(CIS)
        self._relations = self._all(RELATIONS)
        self._groups = self._all(GROUPS)

    def _all(self, kind: Kind[Any]) -> dict[str, Stored]:
        return {stored.key: stored for stored in every(self._context, kind)}

    def take(
        self,
        came: list[Observation],
        complete: Collection[str],
        *,
        run: str,
        whole: bool,
        may_lose: Collection[str],
        dry_run: bool,
    ) -> Taken:
        context, now = self._context, self._context.clock.now()
        known = [from_document(OBSERVATIONS, stored.document) for stored in self._observations.values()]
        coverages = {key: from_document(COVERAGES, stored.document) for key, stored in self._coverages.items()}
        mine = [each for each in known if each.source == self._source]
        coverage = coverages.get(self._source, Coverage(self._source, self._connector))
        sightings = seen(mine, came, complete, coverage, RULES, at=now, run=run, whole=whole, may_lose=may_lose)
        coverages[self._source] = sightings.coverage
        others = [each for each in known if each.source != self._source]
        world = World(
            observations=[*others, *sightings.observations],
            coverages=coverages,
            declared=self._declared(),
            decided=(),
            rejected=frozenset(),
            catalogue=self._catalogue,
            rules=RULES,
            now=now,
        )
        self._told("compare", len(world.observations))
        found = reconcile(world)
        differences = sorted(self._differences(found), key=lambda each: (each.kind, each.key))
        opened, closed = self._findings([*found.findings, *self._of_held(sightings)])
        if dry_run:
            return Taken(tuple(differences), sightings.held, opened, closed, None)
        ops = [
            *self._ops_of_sightings(sightings),
            *(self._op(each) for each in differences),
            *(Put(FINDINGS, to_document(FINDINGS, each)) for each in (*opened, *closed)),
        ]
        unwritten = Unwritten((OBSERVATIONS.name, COVERAGES.name), self._revision)
        self._told("write", len(ops))
        applied = context.records.apply(ops, because="discovery:take", unwritten=unwritten)
        return Taken(tuple(differences), sightings.held, opened, closed, applied.revision)

    # what people stated ----------------------------------------------------------------------------------------------
    def _declared(self) -> dict[str, Document]:
        return {key: stored.document for key, stored in self._cis.items() if is_declared(stored.document)}

    # what changes ----------------------------------------------------------------------------------------------------
    def _differences(self, found: Reconciled) -> Iterator[Difference]:
        for key, document in found.cis.items():
            yield from self._difference(CIS, key, _ci_after(self._before(CIS, key), document))
        for key, stored in self._cis.items():
            if stored.document.get("seen_as") and key not in found.cis:
                yield from self._difference(CIS, key, _unseen(stored.document, found.merged.get(key)))
        for kind, wanted in ((RELATIONS, found.relations), (GROUPS, found.groups)):
            standing = self._relations if kind is RELATIONS else self._groups
            for key, document in wanted.items():
                yield from self._difference(kind, key, _link_after(self._before(kind, key), document))
            for key, stored in standing.items():
                if key not in wanted and _is_discovered(stored.document):
                    rest = [name for name in stored.document["sources"] if not name.startswith(DISCOVERED)]
                    yield from self._difference(kind, key, {**stored.document, "sources": rest} if rest else None)

    def _before(self, kind: Kind[Any], key: str) -> Document | None:
        held = {CIS.name: self._cis, RELATIONS.name: self._relations, GROUPS.name: self._groups}[kind.name].get(key)
        return None if held is None else held.document

    def _difference(self, kind: Kind[Any], key: str, after: Document | None) -> Iterator[Difference]:
        before = self._before(kind, key)
        if before is None or after is None or not same(before, after):
            yield Difference(kind.name, key, before, after)

    def _op(self, difference: Difference) -> Op:
        kind = {each.name: each for each in (CIS, RELATIONS, GROUPS)}[difference.kind]
        held = {CIS.name: self._cis, RELATIONS.name: self._relations, GROUPS.name: self._groups}[difference.kind]
        version = held[difference.key].version if difference.key in held else 0
        if difference.after is None:
            return Delete(kind, difference.key, version)
        claims = Judge(self._catalogue, Faults()).claims(difference.after) if kind is CIS else ()
        return Put(kind, difference.after, version, claims)

    def _ops_of_sightings(self, sightings: Sightings) -> Iterator[Op]:
        for observation in sightings.observations:
            document = to_document(OBSERVATIONS, observation)
            held = self._observations.get(OBSERVATIONS.key(document))
            if held is None or not same(held.document, document):
                yield Put(OBSERVATIONS, document, held.version if held else 0)
        yield Put(COVERAGES, to_document(COVERAGES, sightings.coverage))

    # findings --------------------------------------------------------------------------------------------------------
    def _of_held(self, sightings: Sightings) -> Iterator[Found]:
        for held in sightings.held:
            facts = {"source": self._source, "scope": held.scope, "had": held.had, "would_lose": len(held.lost)}
            yield Found("scope.held", (), facts)

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
        return opened, gone

    def _is_mine(self, finding: Finding) -> bool:
        # A scope of another source that is held was not looked at.
        return finding.code != "scope.held" or finding.facts.get("source") == self._source


def finding_id(found: Found) -> str:
    """Return the id of a finding: its code, and a digest of what it is about."""
    about = {name: found.facts[name] for name in _ABOUT if name in found.facts}
    digest = hashlib.sha256(canonical({"cis": list(found.cis), **about})).hexdigest()
    return f"{found.code}:{digest[:16]}"


def is_declared(document: Mapping[str, Any]) -> bool:
    """Tell whether people or imports stated something of a CI; one that was merged into another speaks through that."""
    if document.get("merged_into") is not None:
        return False
    return bool(document.get("locked")) or any(not each.startswith(DISCOVERED) for each in document.get("sources", ()))


def _is_discovered(document: Mapping[str, Any]) -> bool:
    return any(each.startswith(DISCOVERED) for each in document.get("sources", ()))


def _ci_after(before: Document | None, wanted: Document) -> Document:
    """Return the document of a CI as it should be; what people stated of it besides stays."""
    if before is None or not is_declared(before):
        return wanted
    others = [each for each in before.get("sources", ()) if not each.startswith(DISCOVERED)]
    after = {**before, **wanted, "sources": sorted({*others, *wanted["sources"]})}
    for name in ("attributes", "status"):
        if name not in wanted:
            after.pop(name, None)
    declared, locked = stated(before), {*before.get("locked", ()), *locks_of(before)}
    after.update({"declared": dict(declared)} if declared else {})
    after.update({"locked": sorted(locked)} if locked else {})
    return after


def _unseen(before: Document, merged_into: str | None) -> Document:
    """Return the document of a CI that discovery no longer has: it is another one, or no source knows it any more."""
    after = {name: value for name, value in before.items() if name not in ("seen_as", "declared")}
    others = [each for each in before.get("sources", ()) if not each.startswith(DISCOVERED)]
    if merged_into is not None or not is_declared(before):
        after["status"] = CIStatus.RETIRED.value
        return {**after, **({"merged_into": merged_into} if merged_into is not None else {})}
    after = {**after, "sources": others}
    after.pop("attributes", None)
    return {**after, "attributes": dict(before["declared"])} if before.get("declared") else after


def _link_after(before: Document | None, wanted: Document) -> Document:
    """Return a relation or group as it should be; one that people stated stands as they stated it."""
    others = [each for each in (before or {}).get("sources", ()) if not each.startswith(DISCOVERED)]
    stated_by_people = before is not None and (others or not _is_discovered(before))
    if before is None or not stated_by_people:
        return wanted
    return {**before, "sources": sorted({*others, *wanted["sources"]})}


def _what(difference: Difference) -> str:
    """Return what happens to a document, in one word."""
    if difference.before is None:
        return "created"
    if difference.after is None:
        return "ended"
    status = difference.after.get("status")
    if difference.kind == CIS.name and status != difference.before.get("status"):
        if difference.after.get("merged_into"):
            return "merged"
        if status in (CIStatus.MISSING, CIStatus.RETIRED):
            return str(status)
    return "updated"


__all__ = ["Difference", "Taken", "finding_id", "is_declared", "take"]
