"""
Who saw a difference and when it came about, from observations, coverage and the history of what differs.

A difference came about between two readings: the last that showed the former state, and the one from which on it stands
as it does now. Where history was let go of, or nobody looked, the time of the baseline is the earlier one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.configuration.differences import same
from cmdb.configuration.discovered import DISCOVERED
from cmdb.configuration.drift import Estate, is_there
from cmdb.context import Context
from cmdb.model.ci import CIS
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.drift import DriftDifference, Way
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document, Kind
from cmdb.model.observation import OBSERVATIONS
from cmdb.model.relation import RELATIONS, RelationStatus
from cmdb.model.verification import Sighted
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Snapshot
from cmdb.records import from_document

_KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in (CIS, RELATIONS, GROUPS)}
_VERSIONS = 100
Thing = tuple[str, str]


class Sight(NamedTuple):
    """What one source says of a CI in one scope, and the last reading of that scope it was seen in, or missing from."""

    source: str
    scope: str
    owner: str | None
    ci_class: str
    name: str | None
    attributes: Mapping[str, Any]
    there: bool
    whole: bool
    at: datetime | None


class Evidence:
    """What all sources say of some CIs, as of one revision."""

    def __init__(self, state: Snapshot, estates: Iterable[Estate], cis: Collection[str]) -> None:
        self.coverages = {
            stored.key: from_document(COVERAGES, stored.document) for stored in state.documents(COVERAGES)
        }
        self.ci_of: dict[Thing, str] = {}
        for estate in estates:
            for key, document in estate.cis.items():
                for source, native_id in document.get("seen_as", ()):
                    self.ci_of[source, native_id] = document.get("merged_into") or key
        self._sights: dict[str, list[Sight]] = defaultdict(list)
        for stored in state.documents(OBSERVATIONS):
            document = stored.document
            ci = self.ci_of.get((document["source"], document["native_id"]))
            if ci is not None and ci in cis:
                self._sights[ci].append(_sight(document, self.coverages.get(document["source"])))

    def of(self, ci: str) -> list[Sight]:
        """Return what sources say of a CI, by source and scope."""
        return sorted(self._sights.get(ci, ()), key=lambda each: (each.source, each.scope))

    def owners(self, ci: str) -> Iterator[str]:
        """Yield the CIs that this one is a part of, and what these are parts of."""
        seen, left = {ci}, [ci]
        while left:
            for sight in self._sights.get(left.pop(), ()):
                owner = self.ci_of.get((sight.source, sight.owner)) if sight.owner is not None else None
                if owner is not None and owner not in seen:
                    seen.add(owner)
                    left.append(owner)
                    yield owner

    def looked_at(self, ci: str) -> datetime | None:
        """Return when a CI was last looked at, or looked for; None where no source knows it."""
        return max((each.at for each in self._sights.get(ci, ()) if each.at is not None), default=None)


def _sight(document: Document, coverage: Coverage | None) -> Sight:
    there = document.get("absent_since") is None
    reading = coverage.reading(document["scope"]).at if coverage is not None else None
    seen_at = datetime.fromisoformat(document["seen_at"]) if document.get("seen_at") else None
    moments = [each for each in (reading, seen_at) if each is not None]
    return Sight(
        document["source"],
        document["scope"],
        document.get("owner"),
        document["class"],
        document.get("name"),
        document.get("attributes", {}),
        there,
        coverage is not None and document["scope"] not in coverage.behind and coverage.readings > 0,
        max(moments, default=None),
    )


class Sighter:
    """Finds out who saw each difference and when; ``since`` and ``revision`` are the baseline's."""

    def __init__(
        self, context: Context, evidence: Evidence, after: Estate, *, since: datetime, revision: int, now: datetime
    ) -> None:
        self._context = context
        self._evidence = evidence
        self._after = after
        self._since = since
        self._revision = revision
        self._now = now
        self._read: dict[tuple[str, int], Coverage | None] = {}

    def sighted(self, each: DriftDifference) -> Sighted:
        """Return who saw a difference and when it came about."""
        said = self._sayings(each)
        sources = tuple(sorted({sight.source for sight in said}))
        seen_at = max((sight.at for sight in said if sight.at is not None), default=None)
        found_at, number = self._came(each)
        found_at = found_at or seen_at or self._now
        if not said:
            # What a person enters comes about as it is entered.
            return Sighted((), None, max(self._since, found_at) if number else self._since, found_at)
        before = [self._reading(sight, number) for sight in said] if number else []
        later_than = max((moment for moment in before if moment is not None), default=self._since)
        return Sighted(sources, seen_at, min(max(later_than, self._since), found_at), found_at)

    def values_since(self, ci: str, field: str, moment: datetime) -> list[Any]:
        """Return the values a field of a CI has had since a moment, the one that stood then included."""
        values = []
        for past in self._history(CIS, ci):
            values.append(field_of(past.after, field))
            if past.at <= moment:
                break
        return values

    # who says so -----------------------------------------------------------------------------------------------------
    def _sayings(self, each: DriftDifference) -> list[Sight]:
        if each.kind != "ci":
            return self._of_link(each)
        sights = self._evidence.of(each.key)
        if each.way is Way.GONE:
            return [sight for sight in sights if not sight.there]
        there = [sight for sight in sights if sight.there]
        if each.way is Way.APPEARED:
            return there

        def tell(sight: Sight) -> Any:
            own = {"/name": sight.name, "/class": sight.ci_class}
            return own[each.field] if each.field in own else sight.attributes.get(each.field)

        said = [sight for sight in there if tell(sight) is not None and same(tell(sight), each.after)]
        if each.after is None:
            return [sight for sight in there if tell(sight) is None]
        # A source calls what an attribute refers to by a name of its own.
        known = self._evidence.ci_of
        return said or [
            sight
            for sight in there
            if isinstance(tell(sight), str) and known.get((sight.source, tell(sight))) == each.after
        ]

    def _of_link(self, each: DriftDifference) -> list[Sight]:
        documents = self._after.relations if each.kind == "relation" else self._after.groups
        document = documents.get(each.key) or self._former(each) or {}
        names = {name.removeprefix(DISCOVERED) for name in document.get("sources", ()) if name.startswith(DISCOVERED)}
        found = [sight for ci in each.cis for sight in self._evidence.of(ci) if sight.source in names]
        return list({sight.source: sight for sight in found}.values())

    def _former(self, each: DriftDifference) -> Document | None:
        past = self._history(_KINDS[each.kind], each.key)
        return next((one.before for one in past if one.after is None), None)

    # when it came about ----------------------------------------------------------------------------------------------
    def _came(self, each: DriftDifference) -> tuple[datetime | None, int | None]:
        """Return when the present state began, and the revision, None where that can not be told."""
        found: tuple[datetime | None, int | None] = (None, None)
        for past in self._history(_KINDS[each.kind], each.key):
            if not _stands(each, past.after):
                break
            found = (past.at, past.revision)
        return found

    def _history(self, kind: Kind[Any], key: str) -> Iterator[Any]:
        """Yield the versions of a document since the baseline, the newest first."""
        before = None
        while True:
            some = self._context.store.history(kind, key, before=before, limit=_VERSIONS)
            for past in some:
                if past.revision <= self._revision:
                    return
                yield past
            if len(some) < _VERSIONS:
                return
            before = some[-1].version

    def _reading(self, sight: Sight, revision: int) -> datetime | None:
        """Return the last time its scope was read to its end before a revision."""
        place = (sight.source, revision - 1)
        if place not in self._read:
            try:
                stored = self._context.store.get(COVERAGES, sight.source, at=revision - 1)
            except HistoryGone:
                stored = None
            self._read[place] = None if stored is None else from_document(COVERAGES, stored.document)
        coverage = self._read[place]
        return None if coverage is None else coverage.reading(sight.scope).at


def field_of(document: Document | None, field: str) -> Any:
    """Return the value of a field of a CI, None where there is none; "/status" is "active" or "retired"."""
    if field == "/status":
        return "active" if document is not None and is_there(document) else "retired"
    if document is None:
        return None
    return document.get(field[1:]) if field.startswith("/") else document.get("attributes", {}).get(field)


def _stands(each: DriftDifference, document: Document | None) -> bool:
    """Tell whether a version of what differs already is as it is now."""
    there = document is not None
    if document is not None and each.kind == "ci":
        there = is_there(document)
    if document is not None and each.kind == "relation" and each.way is Way.APPEARED:
        there = document.get("status") != RelationStatus.PROPOSED
    if each.way is not Way.CHANGED:
        return there is (each.way is Way.APPEARED)
    if document is None:
        return False
    if each.kind == "ci":
        return same(field_of(document, each.field), each.after)
    default = "hard" if (each.kind, each.field) == ("group", "/strength") else None
    return same(document.get(each.field[1:], default), each.after)
