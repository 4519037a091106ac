"""
The desk of health: how good the records are, what is wrong with which, and how that changed from day to day.

Everything is read from one snapshot and judged by :mod:`cmdb.configuration.health`. What was found stays in memory for
as long as nothing is written and the minute lasts, so that a person who turns pages does not wait for each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from cmdb.configuration.audit_sample import wilson
from cmdb.configuration.believing import Precedence, Saying
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.discovery_rules import rules_in_force
from cmdb.configuration.health import (
    Health,
    Known,
    Likeness,
    Link,
    Sighting,
    Wrong,
    chosen,
    health_of,
    tallies,
    tally,
)
from cmdb.configuration.likeness import alike
from cmdb.context import Context
from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.garbage import uncollected
from cmdb.model.audit_sample import AUDIT_SAMPLES, AuditSample
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.discovery_rules import ANY, DiscoveryRules
from cmdb.model.finding import FINDINGS
from cmdb.model.health import (
    HEALTH_MEASUREMENTS,
    Audited,
    Fault,
    HealthMeasurement,
    HealthSummary,
    Measure,
    Share,
    Tally,
)
from cmdb.model.identity import IDENTITY_DECISIONS
from cmdb.model.kind import Document, json_array
from cmdb.model.observation import OBSERVATIONS
from cmdb.model.relation import RELATIONS, RelationStatus
from cmdb.model.verification import SAMPLE_CHECKS
from cmdb.ports.store import Between, Delete, Op, Put, Snapshot
from cmdb.records import Listing, from_document, to_document

DOUBTS = ("identity.vetoed", "identity.contradiction", "ci.value_taken")
"""The findings that say a CI may be there twice."""
KEPT_DAYS = 400
"""So long a day's measurement is kept: a year, and the same days of the year before to compare with."""
PARTS_KEPT = 100
"""So many of the largest classes and owners stand in a day's measurement."""
PARTS = ("class", "owner")
_RELATION = ("source", "type", "target", "sources", "status")
_OBSERVATION = ("source", "native_id", "scope", "seen_at", "absent_since")


class Looked(NamedTuple):
    """What was found at one revision and moment."""

    health: Health
    revision: int
    at: datetime
    audited: Audited | None


class _Judged(NamedTuple):
    """What a person found of one CI of a sample, and the version the CI had then."""

    at: datetime
    sample: str
    ci: str
    right: bool
    note: str
    version: int | None


class FaultPage(NamedTuple):
    """Some faults, by CI and code; ``total`` counts all that were asked for, ``after`` continues the list."""

    rows: tuple[Fault, ...]
    after: str | None
    total: int


def summary(context: Context, *, by: str | None = None) -> HealthSummary:
    """
    Return how healthy the records are, all together and by "class" or "owner".

    Raises:
        NotAllowed: the actor may not read it.
        InvalidInput: it is told by nothing else.
    """
    context.allow("health:read")
    if by is not None and by not in PARTS:
        fault = Problem("health.by", "{by} is nothing to tell health by; class or owner is", {"by": by}, "/by")
        raise InvalidInput([fault], what="the question")
    looked = look(context)
    return HealthSummary(
        looked.revision, looked.at, tally(looked.health), by, _parts(looked.health, by), looked.audited
    )


def faults(
    context: Context,
    *,
    measure: Measure | None = None,
    ci_class: str | None = None,
    owner: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> FaultPage:
    """
    Return a page of what is wrong, by one measure, with CIs of a class and all below it, of an owner group ("": none).

    Raises:
        NotAllowed: the actor may not read it.
        NotFound: there is no such class.
        InvalidInput: ``after`` is no place in such a list.
    """
    context.allow("health:read")
    classes = catalogue_of(context).descendants(ci_class) if ci_class is not None else ()
    if ci_class is not None and not classes:
        raise NotFound(kind="ci_class", ids=(ci_class,))
    begin = None if after is None else _place(after)
    found = list(chosen(look(context).health, measure=measure, ci_class=frozenset(classes), owner=owner))
    rest = found if begin is None else [fault for fault in found if fault.key > begin]
    rows = tuple(rest[:limit])
    return FaultPage(rows, json_array(*rows[-1].key) if len(rest) > limit else None, len(found))


def trend(context: Context, *, since: datetime | None = None) -> list[HealthMeasurement]:
    """Return the measurements, the oldest first, those since a moment where one is given; raises NotAllowed."""
    context.allow("health:read")
    where = [] if since is None else [Between("measured_at", _text(since), None)]
    return sorted(context.records.find(HEALTH_MEASUREMENTS, where), key=lambda each: each.id)


def trend_page(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[HealthMeasurement]:
    """Return a page of the measurements, the newest first; raises NotAllowed."""
    context.allow("health:read")
    more: Any = {"order": "measured_at", "descending": True, "after": after, "limit": limit}
    return context.records.listing(HEALTH_MEASUREMENTS, **more)


def measure(context: Context) -> HealthMeasurement:
    """
    Keep how healthy the records are today, in place of what was kept today before, and let go of what is too old.

    Raises:
        NotAllowed: the actor may not.
    """
    context.allow("health:measure")
    looked, now = look(context), context.clock.now()
    by_class, by_owner = (_parts(looked.health, by) for by in PARTS)
    kept = [_largest(parts) for parts in (by_class, by_owner)]
    made = HealthMeasurement(
        id=now.astimezone(UTC).date().isoformat(),
        measured_at=now,
        revision=looked.revision,
        all=tally(looked.health),
        by_class=kept[0],
        by_owner=kept[1],
        left_out=len(by_class) + len(by_owner) - len(kept[0]) - len(kept[1]),
    )
    old = [Between("measured_at", None, _text(now - timedelta(days=KEPT_DAYS)))]
    ops: list[Op] = [Put(HEALTH_MEASUREMENTS, to_document(HEALTH_MEASUREMENTS, made))]
    ops += [Delete(HEALTH_MEASUREMENTS, each.id) for each in context.records.find(HEALTH_MEASUREMENTS, old)]
    context.records.apply(ops, because="health:measure")
    return made


def document_of(found: HealthSummary) -> Document:
    """Return a summary as JSON, with its shares."""
    audited = found.audited
    return {
        "revision": found.revision,
        "at": _text(found.at),
        "all": tally_document(found.all),
        "by": found.by,
        "parts": {name: tally_document(each) for name, each in found.parts.items()},
        "audited": None if audited is None else asdict(audited),
    }


def tally_document(found: Tally) -> Document:
    """Return figures as JSON, with the score and the share of each measure; null: of none."""
    measures = {name: _share_document(share) for name, share in found.measures.items()}
    return {"cis": found.cis, "sound": found.sound, "score": _rounded(found.score), "measures": measures}


def _share_document(share: Share) -> Document:
    return {"asked": share.asked, "faulty": share.faulty, "share": _rounded(share.sound)}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _parts(health: Health, by: str | None) -> dict[str, Tally]:
    if by is None:
        return {}
    return tallies(health, (lambda each: each.ci_class) if by == "class" else (lambda each: each.owner))


def _largest(parts: Mapping[str, Tally]) -> dict[str, Tally]:
    largest = sorted(parts, key=lambda name: (-parts[name].cis, name))[:PARTS_KEPT]
    return {name: parts[name] for name in sorted(largest)}


def _place(after: str) -> tuple[str, str, str]:
    try:
        found = json.loads(after)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list) and len(found) == 3 and all(isinstance(each, str) for each in found):
        return found[0], found[1], found[2]
    fault = Problem("health.after", "{after} is no place in this list", {"after": after[:100]}, "/after")
    raise InvalidInput([fault], what="the question")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# reading -------------------------------------------------------------------------------------------------------------
_REMEMBERED: WeakKeyDictionary[Any, tuple[tuple[int, datetime], Looked]] = WeakKeyDictionary()


def look(context: Context) -> Looked:
    """Return the health of every living CI, as of this minute; the right to see it is for others to ask."""
    store = getattr(context.store, "behind", context.store)
    now = context.clock.now().replace(second=0, microsecond=0)
    held = _REMEMBERED.get(store)
    if held is not None and held[0] == (context.store.revision(), now):
        return held[1]
    with uncollected(), context.store.snapshot() as snapshot:
        found = _Reading(context, snapshot, now).looked()
    _REMEMBERED[store] = ((found.revision, now), found)
    return found


class _Reading:
    """One snapshot, and what health is judged by in it."""

    def __init__(self, context: Context, snapshot: Snapshot, now: datetime) -> None:
        self._context = context
        self._snapshot = snapshot
        self._now = now
        self._rules: DiscoveryRules = rules_in_force(context)
        self._catalogue = catalogue_of(context)
        self._cis: dict[str, Document] = {}
        self._versions: dict[str, int] = {}

    def looked(self) -> Looked:
        samples = [from_document(AUDIT_SAMPLES, each.document) for each in self._snapshot.documents(AUDIT_SAMPLES)]
        for stored in self._snapshot.documents(CIS):
            if stored.document.get("status") != CIStatus.RETIRED:
                self._cis[stored.key] = stored.document
                self._versions[stored.key] = stored.version
        known = Known(
            cis=self._cis,
            relations=self._relations(),
            catalogue=self._catalogue,
            sightings=self._sightings(),
            alike=self._alike(),
            judged=self._judged(self._judgements(samples)),
        )
        return Looked(health_of(known), self._snapshot.revision, self._now, audited_of(samples))

    def _relations(self) -> Iterator[Link]:
        shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        for columns in self._snapshot.columns(RELATIONS, *_RELATION):
            for source, kind, target, sources, status in zip(*columns, strict=True):
                said = tuple(sources or ())
                yield Link(source, kind, target, shared.setdefault(said, said), status or RelationStatus.ASSERTED)

    def _sightings(self) -> dict[str, list[Sighting]]:
        coverages = {each.key: from_document(COVERAGES, each.document) for each in self._snapshot.documents(COVERAGES)}
        seen_as = {
            (source, native): ci for ci, doc in self._cis.items() for source, native in doc.get("seen_as", ()) if source
        }
        # Most of what a source lists was seen at the same moment, so few sightings are told apart.
        known: dict[tuple[str, str, str | None, bool], Sighting] = {}
        found: dict[str, list[Sighting]] = {}
        precedence = Precedence(self._rules, self._now)
        for columns in self._snapshot.columns(OBSERVATIONS, *_OBSERVATION):
            for source, native, scope, seen_at, absent in zip(*columns, strict=True):
                ci = seen_as.get((source, native))
                if ci is None or source not in coverages:
                    continue
                key = (source, scope, seen_at, absent is None)
                if key not in known:
                    known[key] = self._sighting(coverages[source], scope, seen_at, precedence, present=absent is None)
                found.setdefault(ci, []).append(known[key])
        return found

    def _sighting(
        self, coverage: Coverage, scope: str, seen_at: str | None, precedence: Precedence, *, present: bool
    ) -> Sighting:
        seen = None if seen_at is None else datetime.fromisoformat(seen_at)
        # A scope that was not read to its end tells nothing of what it lacks, but what it showed was there.
        read = coverage.reading(scope).at if present else None
        at = max((each for each in (read, seen) if each is not None), default=None)
        saying = Saying(coverage.source, coverage.connector, {}, at, None, present, scope)
        hours = _hours(self._rules, coverage.source, coverage.connector)
        return Sighting(coverage.source, at, present, precedence.fresh(saying), hours)

    def _alike(self) -> dict[str, list[Likeness]]:
        """Return what may be there twice: by open findings, and of the pairs these are not about, by likeness."""
        found: dict[str, list[Likeness]] = {}
        told = set(self._kept_apart())
        for stored in self._snapshot.documents(FINDINGS):
            document = stored.document
            if document["code"] not in DOUBTS or document.get("closed_at") is not None:
                continue
            cis = [ci for ci in document["cis"] if ci in self._cis]
            for ci in cis:
                others = tuple(sorted(each for each in cis if each != ci))
                found.setdefault(ci, []).append(Likeness(others, finding=stored.key))
                told.update(frozenset((ci, other)) for other in others)
        for ci, several in alike(self._cis, self._rules, self._catalogue, told).items():
            found.setdefault(ci, []).extend(several)
        return found

    def _kept_apart(self) -> Iterator[frozenset[str]]:
        decisions = [
            from_document(IDENTITY_DECISIONS, d.document) for d in self._snapshot.documents(IDENTITY_DECISIONS)
        ]
        apart = [each for each in decisions if not each.same and each.revoked_at is None]
        if not apart:
            return
        ci_of = {tuple(thing): ci for ci, doc in self._cis.items() for thing in doc.get("seen_as", ())}
        ci_of.update({("", ci): ci for ci in self._cis})
        for each in apart:
            one, other = ci_of.get(tuple(each.one)), ci_of.get(tuple(each.other))
            if one is not None and other is not None and one != other:
                yield frozenset((one, other))

    def _judgements(self, samples: list[AuditSample]) -> Iterator[_Judged]:
        """Yield what people found of single CIs, in audit samples and in those of verifications."""
        for sample in samples:
            for each in sample.judgements:
                if each.judged_at is not None:
                    yield _Judged(each.judged_at, sample.id, each.ci, bool(each.right), each.note, each.version)
        for stored in self._snapshot.documents(SAMPLE_CHECKS):
            check = from_document(SAMPLE_CHECKS, stored.document)
            yield _Judged(check.checked_at, check.verification, check.ci, check.right, check.note, check.version)

    def _judged(self, several: Iterable[_Judged]) -> dict[str, Wrong | None]:
        """Return what was found at last of each CI; one that was wrong and was changed since is not judged any more."""
        found: dict[str, Wrong | None] = {}
        for each in sorted(several, key=lambda each: each[:3]):
            found.pop(each.ci, None)
            if each.ci not in self._cis:
                continue
            if each.right:
                found[each.ci] = None
            elif each.version == self._versions[each.ci]:
                found[each.ci] = Wrong(each.sample, each.note)
        return found


def audited_of(samples: list[AuditSample]) -> Audited | None:
    """Return what the newest sample of all CIs says that somebody has begun to look at; None where there is none."""
    begun = [each for each in samples if each.judged and each.ci_class is None and each.owner is None]
    if not begun:
        return None
    newest = max(begun, key=lambda each: (each.drawn_at, each.id))
    low, high = wilson(newest.right, newest.judged)
    return Audited(newest.id, len(newest.judgements), newest.judged, newest.right, round(low, 4), round(high, 4))


def _hours(rules: DiscoveryRules, source: str, connector: str) -> float | None:
    hours = rules.hours_to_live
    return hours.get(source, hours.get(connector, hours.get(ANY)))
