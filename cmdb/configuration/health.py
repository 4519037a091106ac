"""
The health of the CMDB: which CIs have which fault, and the figures that come of it. Pure, and linear in what there is.

CIs that were made of what is known of others are not measured: whatever is wrong with one is wrong with these.

Every measure is asked of the CIs it makes sense for and answered yes or no for each; what is wrong with one is a
:class:`~cmdb.model.health.Fault` with its facts, so that a door can say what to do about it. The score of some CIs is
the share of them that have no fault at all. Nothing is weighed: a weight would be an opinion that nobody can check.

==============  =========================================  =============================================================
measure         is asked of                                is a fault when
==============  =========================================  =============================================================
completeness    CIs of whose class something is expected   an attribute that the class requires or expects has no value
correctness     CIs a person judged in some sample         the newest judgement is "wrong", and the CI is as it was then
freshness       CIs discovery sees, or could see           no source has seen it within that source's time to live
orphans         CIs whose class expects a relation         it has none, or none outwards where such CIs rest on others
duplicates      all                                        an open finding, or a likeness, says it may be there twice
evidence        CIs with relations to what they rest on    one is stated by nobody, and proposed only or no longer seen
==============  =========================================  =============================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.catalogue.expected import Expected, Joined, expected_of
from cmdb.configuration.discovered import DISCOVERED, is_derived
from cmdb.model.health import Fault, Measure, Share, Tally
from cmdb.model.kind import Document
from cmdb.model.relation import RelationStatus

NAMED = 20
"""So many relations, or CIs, stand in the facts of one fault; all are counted."""


class Sighting(NamedTuple):
    """
    When ``source`` saw a CI last (None: not known), whether it is still ``present`` there, and whether that is fresh.

    ``hours`` is how long its word lives, None: for ever.
    """

    source: str
    at: datetime | None
    present: bool
    fresh: bool
    hours: float | None = None


class Likeness(NamedTuple):
    """Why a CI may be there twice: an open ``finding`` about it, or a ``way`` to know it that ``others`` share."""

    others: tuple[str, ...]
    finding: str | None = None
    way: str | None = None


class Link(NamedTuple):
    """One relation with the sources that say so; of none and asserted, a person did."""

    source: str
    type: str
    target: str
    sources: tuple[str, ...] = ()
    status: str = RelationStatus.ASSERTED


class Wrong(NamedTuple):
    """What a person found wrong in an audit sample."""

    sample: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """
    All that health is judged by.

    ``cis`` are the documents of the CIs that are not retired, by id, ``relations`` are read once. ``sightings`` and
    ``alike`` are by CI. ``judged`` has every CI that a person judged, with what is wrong with it or None.
    """

    cis: Mapping[str, Document]
    relations: Iterable[Link]
    catalogue: Catalogue
    sightings: Mapping[str, Sequence[Sighting]] = field(default_factory=dict)
    alike: Mapping[str, Sequence[Likeness]] = field(default_factory=dict)
    judged: Mapping[str, Wrong | None] = field(default_factory=dict)


class Subject(NamedTuple):
    """What CIs are told apart by: class, and the owner group ("" where none is known)."""

    ci_class: str
    owner: str


@dataclass(frozen=True, slots=True)
class Health:
    """Every CI with its class and owner, the CIs each measure was asked of, and the faults by their key."""

    subjects: Mapping[str, Subject]
    asked: Mapping[Measure, Collection[str]]
    faults: tuple[Fault, ...]


def health_of(known: Known) -> Health:
    """Return the health of every CI."""
    return _Looking(known).run()


def tally(health: Health) -> Tally:
    """Return the figures of all CIs together."""
    return tallies(health, lambda _: "").get("", Tally(measures={each.value: Share() for each in Measure}))


def tallies(health: Health, part: Callable[[Subject], str]) -> dict[str, Tally]:
    """Return the figures of each part that there is, by its name; ``part`` says to which a CI belongs."""
    place = {ci: part(subject) for ci, subject in health.subjects.items()}
    cis: dict[str, int] = defaultdict(int)
    for name in place.values():
        cis[name] += 1
    asked = {measure: _counted(place, health.asked[measure]) for measure in Measure}
    faulty_cis: dict[Measure, set[str]] = {measure: set() for measure in Measure}
    for fault in health.faults:
        faulty_cis[fault.measure].add(fault.ci)
    faulty = {measure: _counted(place, faulty_cis[measure]) for measure in Measure}
    unsound = _counted(place, set().union(*faulty_cis.values()))
    return {
        name: Tally(
            count,
            count - unsound.get(name, 0),
            {each.value: Share(asked[each].get(name, 0), faulty[each].get(name, 0)) for each in Measure},
        )
        for name, count in sorted(cis.items())
    }


def _counted(place: Mapping[str, str], cis: Iterable[str]) -> Mapping[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for ci in cis:
        counts[place[ci]] += 1
    return counts


class _Looking:
    def __init__(self, known: Known) -> None:
        self._known = known
        self._asked: dict[Measure, set[str]] = {measure: set() for measure in Measure}
        self._faults: list[Fault] = []
        self._expected: dict[str, Expected] = {}
        shared: dict[frozenset[str], frozenset[str]] = {}
        self._fresh: dict[str, frozenset[str]] = {}
        for ci, sightings in known.sightings.items():
            fresh = frozenset(DISCOVERED + each.source for each in sightings if each.fresh and each.present)
            self._fresh[ci] = shared.setdefault(fresh, fresh)
        self._out: set[str] = set()
        self._weak: dict[str, dict[str, list[list[str]]]] = {}
        self._joined: set[str] = set()
        self._owners: dict[str, str] = {}

    def run(self) -> Health:
        self._relations()
        measured = {ci: doc for ci, doc in self._known.cis.items() if not is_derived(doc)}
        for ci, document in measured.items():
            expected = self._expectation(document["class"])
            self._complete(ci, document, expected)
            self._correct(ci)
            self._seen(ci, expected)
            self._related(ci, expected)
            self._single(ci)
            self._evidenced(ci)
        subjects = {ci: Subject(doc["class"], self._owner(ci, doc)) for ci, doc in measured.items()}
        faults = tuple(sorted(self._faults, key=lambda each: each.key))
        return Health(subjects, self._asked, faults)

    def _expectation(self, ci_class: str) -> Expected:
        if ci_class not in self._expected:
            self._expected[ci_class] = expected_of(self._known.catalogue, ci_class)
        return self._expected[ci_class]

    def _relations(self) -> None:
        cis = self._known.cis
        for link in self._known.relations:
            if link.source not in cis or link.target not in cis or link.source == link.target:
                continue
            self._out.add(link.source)
            self._joined.update((link.source, link.target))
            weakness = self._weakness(link)
            if weakness is not None:
                self._weak.setdefault(link.source, {}).setdefault(weakness, []).append([link.type, link.target])
            if link.type == "owned_by":
                name = str(cis[link.target].get("name") or link.target)
                self._owners[link.source] = min(name, self._owners.get(link.source, name))

    def _owner(self, ci: str, document: Document) -> str:
        return str(document.get("attributes", {}).get("owner") or self._owners.get(ci, ""))

    def _fault(self, ci: str, measure: Measure, code: str, **facts: Any) -> None:
        self._faults.append(Fault(ci, measure, f"{measure.value}.{code}", facts))

    # the measures ----------------------------------------------------------------------------------------------------
    def _complete(self, ci: str, document: Document, expected: Expected) -> None:
        if not expected.attributes:
            return
        self._asked[Measure.COMPLETENESS].add(ci)
        values = document.get("attributes", {})
        missing = [name for name in expected.attributes if values.get(name) in (None, "", [], {})]
        if "owner" in missing and ci in self._owners:
            missing.remove("owner")
        if missing:
            self._fault(ci, Measure.COMPLETENESS, "missing", attributes=missing)

    def _correct(self, ci: str) -> None:
        if ci not in self._known.judged:
            return
        self._asked[Measure.CORRECTNESS].add(ci)
        wrong = self._known.judged[ci]
        if wrong is not None:
            self._fault(ci, Measure.CORRECTNESS, "wrong", sample=wrong.sample, note=wrong.note)

    def _seen(self, ci: str, expected: Expected) -> None:
        sightings = self._known.sightings.get(ci, ())
        if not sightings and not expected.seen:
            return
        self._asked[Measure.FRESHNESS].add(ci)
        if not sightings:
            self._fault(ci, Measure.FRESHNESS, "never")
            return
        if self._fresh[ci]:
            return
        newest = max(sightings, key=lambda each: (each.present, each.at is not None, each.at or _NEVER, each.source))
        at = None if newest.at is None else newest.at.isoformat().replace("+00:00", "Z")
        code = "stale" if newest.present else "gone"
        self._fault(ci, Measure.FRESHNESS, code, source=newest.source, at=at, hours=newest.hours)

    def _related(self, ci: str, expected: Expected) -> None:
        if expected.joined is Joined.NO:
            return
        self._asked[Measure.ORPHANS].add(ci)
        alone = ci not in (self._out if expected.joined is Joined.OUT else self._joined)
        if alone:
            self._fault(ci, Measure.ORPHANS, "out" if expected.joined is Joined.OUT else "alone")

    def _single(self, ci: str) -> None:
        self._asked[Measure.DUPLICATES].add(ci)
        for likeness in sorted(self._known.alike.get(ci, ()), key=lambda each: (each.finding is None, each)):
            others = {"others": list(likeness.others[:NAMED]), "count": len(likeness.others)}
            if likeness.finding is not None:
                self._fault(ci, Measure.DUPLICATES, "doubted", finding=likeness.finding, **others)
            else:
                self._fault(ci, Measure.DUPLICATES, "possible", way=likeness.way, **others)

    def _evidenced(self, ci: str) -> None:
        if ci not in self._out:
            return
        self._asked[Measure.EVIDENCE].add(ci)
        for code, relations in sorted(self._weak.get(ci, {}).items()):
            named = sorted(relations)
            self._fault(ci, Measure.EVIDENCE, code, relations=named[:NAMED], count=len(named))

    def _weakness(self, link: Link) -> str | None:
        """Return why nothing speaks for a relation, None where something does."""
        if not link.sources:
            return None if link.status == RelationStatus.ASSERTED else "none"
        if any(not each.startswith(DISCOVERED) for each in link.sources):
            return None
        if link.status == RelationStatus.PROPOSED:
            return "proposed"
        ends = (link.source, link.target)
        return None if any(not self._fresh.get(end, _NOBODY).isdisjoint(link.sources) for end in ends) else "stale"


_NEVER = datetime.min.replace(tzinfo=UTC)
_NOBODY: frozenset[str] = frozenset()


def chosen(
    health: Health, *, measure: Measure | None = None, ci_class: Collection[str] = (), owner: str | None = None
) -> Iterator[Fault]:
    """Yield the faults by one measure, of CIs of these classes and of this owner, where these are given."""
    for fault in health.faults:
        subject = health.subjects[fault.ci]
        if measure is not None and fault.measure is not measure:
            continue
        if (not ci_class or subject.ci_class in ci_class) and (owner is None or subject.owner == owner):
            yield fault
