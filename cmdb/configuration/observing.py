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
from cmdb.configuration.discovery_rules import rules_in_force
from cmdb.configuration.discovery_rules_text import read_rules
from cmdb.configuration.ending import every
from cmdb.configuration.identify import Decided
from cmdb.configuration.intake import OVERTAKEN
from cmdb.configuration.intake.judging import Judge
from cmdb.configuration.reconcile import locks_of, reconcile, stated
from cmdb.configuration.sightings import HeldScope, Sightings, seen
from cmdb.context import Context
from cmdb.exchange.estate import Faults
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.finding import FINDINGS, Finding
from cmdb.model.group import GROUPS
from cmdb.model.identity import IDENTITY_DECISIONS, RELATION_REJECTIONS
from cmdb.model.kind import Document, Kind
from cmdb.model.observation import OBSERVATIONS, Observation, Thing
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


_KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in (CIS, RELATIONS, GROUPS)}


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
    try:
        return _Taking(context, "", "", progress, rules=rules).settle(dry_run=dry_run, because=because)
    except OVERTAKEN:
        return _Taking(context, "", "", progress, rules=rules).settle(dry_run=dry_run, because=because)


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
        self._observations = self._all(OBSERVATIONS)
        self._coverages = self._all(COVERAGES)
        self._cis = self._all(CIS)
        self._relations = self._all(RELATIONS)
        self._groups = self._all(GROUPS)
        self._known = [from_document(OBSERVATIONS, held.document) for held in self._observations.values()]
        self._known_coverages = {key: from_document(COVERAGES, held.document) for key, held in self._coverages.items()}
        self._rules = rules or rules_in_force(context)

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
        now = self._context.clock.now()
        coverage = self._known_coverages.get(self._source, Coverage(self._source, self._connector))
        mine = [each for each in self._known if each.source == self._source]
        sightings = seen(mine, came, complete, coverage, self._rules, at=now, run=run, whole=whole, may_lose=may_lose)
        standing = {id(each) for each in self._known}
        self._known = [*(each for each in self._known if each.source != self._source), *sightings.observations]
        self._known_coverages[self._source] = sightings.coverage
        more = [Put(COVERAGES, to_document(COVERAGES, sightings.coverage)), *self._put_sightings(sightings, standing)]
        return self._written(sightings, more, because="discovery:take", dry_run=dry_run)

    def settle(self, *, because: str, dry_run: bool) -> Taken:
        return self._written(None, [], because=because, dry_run=dry_run)

    def _written(self, sightings: Sightings | None, more: list[Op], *, because: str, dry_run: bool) -> Taken:
        found = reconcile(self._world())
        differences = tuple(self._differences(found))
        held = sightings.held if sightings is not None else ()
        opened, closed = self._findings([*found.findings, *self._of_held(held)])
        if dry_run:
            return Taken(differences, held, opened, closed, None)
        ops = [
            *more,
            *(self._op(each) for each in differences),
            *(Put(FINDINGS, to_document(FINDINGS, each)) for each in (*opened, *closed)),
        ]
        if not ops:
            return Taken(differences, held, opened, closed, None)
        kinds = (OBSERVATIONS.name, COVERAGES.name, IDENTITY_DECISIONS.name, RELATION_REJECTIONS.name)
        self._told("write", len(ops))
        applied = self._context.records.apply(ops, because=because, unwritten=Unwritten(kinds, self._revision))
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
        )

    # what changes ----------------------------------------------------------------------------------------------------
    def _differences(self, found: Reconciled) -> list[Difference]:
        """Return what changes, each document once, by kind and key."""
        after: dict[tuple[str, str], Document | None] = {}

        def present(kind: Kind[Any], key: str) -> Document | None:
            return after[kind.name, key] if (kind.name, key) in after else self._before(kind, key)

        for key, document in found.cis.items():
            after[CIS.name, key] = _ci_after(self._before(CIS, key), document)
        for key, stored in self._cis.items():
            if stored.document.get("seen_as") and key not in found.cis:
                after[CIS.name, key] = _unseen(stored.document, found.merged.get(key))
        for key, moved in self._moved(found.merged):
            after[RELATIONS.name, key] = None
            standing = present(RELATIONS, RELATIONS.key(moved))
            after[RELATIONS.name, RELATIONS.key(moved)] = moved if standing is None else _also_stated(standing, moved)
        for kind, wanted in ((RELATIONS, found.relations), (GROUPS, found.groups)):
            for key, document in wanted.items():
                after[kind.name, key] = _link_after(present(kind, key), document)
            for key in self._held(kind):
                standing = present(kind, key)
                if key not in wanted and standing is not None and _is_discovered(standing):
                    rest = [name for name in standing["sources"] if not name.startswith(DISCOVERED)]
                    after[kind.name, key] = {**standing, "sources": rest} if rest else None
        befores = {place: self._before(_KINDS[place[0]], place[1]) for place in after}
        return [
            Difference(*place, befores[place], after[place])
            for place in sorted(after)
            if not _alike(befores[place], after[place])
        ]

    def _moved(self, merged: Mapping[str, str]) -> Iterator[tuple[str, Document]]:
        """Yield the relations that people stated whose ends are another CI than before: the old key, and as it is."""
        for key, stored in self._relations.items():
            document = stored.document
            if not _is_stated(document):
                continue
            told = document.get("stated_as") or [document["source"], document["target"]]
            ends = [merged.get(each, each) for each in told]
            if ends != [document["source"], document["target"]]:
                moved = {**document, "source": ends[0], "target": ends[1], "stated_as": told}
                if ends == told:
                    del moved["stated_as"]
                yield key, moved

    def _held(self, kind: Kind[Any]) -> Mapping[str, Stored]:
        return {CIS.name: self._cis, RELATIONS.name: self._relations, GROUPS.name: self._groups}[kind.name]

    def _before(self, kind: Kind[Any], key: str) -> Document | None:
        held = self._held(kind).get(key)
        return None if held is None else held.document

    def _op(self, difference: Difference) -> Op:
        kind = _KINDS[difference.kind]
        held = self._held(kind)
        version = held[difference.key].version if difference.key in held else 0
        if difference.after is None:
            return Delete(kind, difference.key, version)
        claims = Judge(self._catalogue, Faults()).claims(difference.after) if kind is CIS else ()
        return Put(kind, difference.after, version, claims)

    def _put_sightings(self, sightings: Sightings, standing: set[int]) -> Iterator[Op]:
        for observation in sightings.observations:
            # What stands as it stood is the same object, not only an equal one.
            if id(observation) not in standing:
                document = to_document(OBSERVATIONS, observation)
                held = self._observations.get(OBSERVATIONS.key(document))
                yield Put(OBSERVATIONS, document, held.version if held else 0)

    # findings --------------------------------------------------------------------------------------------------------
    def _of_held(self, several: Iterable[HeldScope]) -> Iterator[Found]:
        for held in several:
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


def _alike(before: Document | None, after: Document | None) -> bool:
    return before is after if before is None or after is None else same(before, after)


def _is_stated(document: Mapping[str, Any]) -> bool:
    sources = document.get("sources", ())
    return not sources or any(not each.startswith(DISCOVERED) for each in sources)


def _also_stated(standing: Document, moved: Document) -> Document:
    """Return a relation that is there already where one that people stated comes to stand."""
    return {**moved, "sources": sorted({*standing.get("sources", ()), *moved.get("sources", ())})}


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
    if before is None or not _is_stated(before):
        return wanted
    others = [each for each in before.get("sources", ()) if not each.startswith(DISCOVERED)]
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
