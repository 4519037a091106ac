"""
The way in for files of incidents: read, judge every line, compare with what is there, write one revision or nothing.

An incident is known by its id, so the same file again changes nothing, whatever it is called then. What a file no
longer names stays: it is a part of a history, not the whole of a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from cmdb.configuration.differences import differences
from cmdb.configuration.nearest import nearest_cis
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.estate.shape import is_name
from cmdb.exchange.incidents_csv import Row, read
from cmdb.model.change import CHANGES
from cmdb.model.ci import CIS
from cmdb.model.incident import FORM, INCIDENTS, Incident, IncidentState
from cmdb.model.kind import Document, Kind
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Put
from cmdb.records import from_document, to_document
from cmdb.service.checks import Entered, fault, is_clean, problems_of, unknown_problems

T = TypeVar("T")
SHOWN = 100
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class IncidentDifference:
    """One incident that is new or changed: its line, and (field, before, after) for each field that differs."""

    what: str
    id: str
    line: int
    fields: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """
    What an import of incidents did or, in a dry run, would do.

    ``revision`` is None when nothing was written. ``differences`` are the first of them in the order of the file,
    ``new`` and ``changed`` count them all.
    """

    source: str
    dry_run: bool
    revision: int | None
    new: int
    changed: int
    unchanged: int
    differences: tuple[IncidentDifference, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as every door shows it."""
        figures = {name: getattr(self, name) for name in ("source", "dry_run", "revision", "new", "changed")}
        return {**figures, "unchanged": self.unchanged, "differences": [_shown(one) for one in self.differences]}


@dataclass(slots=True)
class _Plan:
    puts: list[Put]
    differences: list[IncidentDifference]
    new: int = 0
    unchanged: int = 0


def import_incidents(
    context: Context, stream: BinaryIO, *, source: str, dry_run: bool = False, show: int = SHOWN
) -> IncidentReport:
    """
    Read incidents from CSV (:mod:`cmdb.exchange.incidents_csv`) and write the new and changed ones as one revision.

    ``source`` names where the file comes from, ``show`` how many single differences the report keeps.

    Raises:
        NotAllowed: the actor may not import incidents.
        InvalidInput: all that is wrong with the file, each at its line; nothing is written.
        VersionConflict: others changed the same incidents meanwhile, twice.
    """
    context.allow("incident:import")
    if not is_name(source) or source == FORM:
        sentence = (
            "{source} can not be the source of a file; right would be a name such as that of the file, not {form}"
        )
        facts = {"source": shown(source), "form": FORM}
        raise InvalidInput([Problem("incident_csv.source", sentence, facts, "/source")], what="the import")
    faults = Faults()
    rows = _judged(context, list(read(stream, faults)), faults)
    faults.refuse(source)
    incidents = [_incident(row, source) for row in rows]
    found = _plan(context, rows, incidents)
    revision = None
    if found.puts and not dry_run:
        try:
            revision = context.records.put_all(found.puts, because="incident:imported").revision
        except VersionConflict:
            found = _plan(context, rows, incidents)
            revision = context.records.put_all(found.puts, because="incident:imported").revision if found.puts else None
    changed, told = len(found.puts) - found.new, tuple(found.differences[:show])
    return IncidentReport(source, dry_run, revision, found.new, changed, found.unchanged, told)


def _judged(context: Context, rows: Sequence[Row], faults: Faults) -> Sequence[Row]:
    """Tell ``faults`` all that is wrong with the rows in themselves and together, and return them."""
    now = context.clock.now()
    known = set(_there(context, CIS, (ci for row in rows for ci in row.cis or ())))
    changes = set(_there(context, CHANGES, (row.caused_by for row in rows if row.caused_by)))
    unknown = {ci for row in rows for ci in row.cis or () if is_clean(ci) and ci not in known}
    hints = nearest_cis(context, unknown) if unknown else {}
    first: dict[str, int] = {}
    for row in rows:
        entered = Entered(*row[1:-1])
        for found in problems_of(entered, row.line, now=now):
            faults.keep(found)
        for found in unknown_problems(entered, row.line, cis=known, changes=changes, hints=hints):
            faults.keep(found)
        if row.id is not None and first.setdefault(row.id, row.line) != row.line:
            faults.keep(fault("incident.repeated", row.line, id=shown(row.id), first=first[row.id]))
    return rows


def _incident(row: Row, source: str) -> Incident:
    return Incident(
        id=row.id or "",
        title=row.title or "",
        cis=tuple(sorted(row.cis or ())),
        opened=row.opened,  # type: ignore[arg-type]  # What is missing was refused.
        priority=row.priority,  # type: ignore[arg-type]
        state=IncidentState.OPEN if row.resolved is None else IncidentState.RESOLVED,
        source=source,
        resolved=row.resolved,
        caused_by=row.caused_by,
    )


def _plan(context: Context, rows: Sequence[Row], incidents: Sequence[Incident]) -> _Plan:
    """Return what has to be written, each expected at the version that is there now."""
    there = _there(context, INCIDENTS, (incident.id for incident in incidents))
    plan = _Plan([], [])
    for row, incident in zip(rows, incidents, strict=True):
        stored = there.get(incident.id)
        document = to_document(INCIDENTS, incident if stored is None else _kept(incident, stored.document))
        before = None if stored is None else stored.document
        if before is not None and {**before, "source": incident.source} == document:
            plan.unchanged += 1
            continue
        what = "new" if before is None else "changed"
        plan.new += before is None
        told = () if before is None else tuple(differences(before, document))
        plan.differences.append(IncidentDifference(what, incident.id, row.line, told))
        plan.puts.append(Put(INCIDENTS, document, 0 if stored is None else stored.version))
    return plan


def _kept(incident: Incident, stored: Document) -> Incident:
    """
    Return an incident of a file with what people said here of its cause.

    A file that names no cause takes none away, and one that names a cause that was declined is believed.
    """
    was = from_document(INCIDENTS, stored)
    cause = incident.caused_by or was.caused_by
    return replace(incident, caused_by=cause, declined=tuple(each for each in was.declined if each.change != cause))


def _shown(one: IncidentDifference) -> dict[str, Any]:
    fields = [{"field": name, "before": before, "after": after} for name, before, after in one.fields]
    return {"what": one.what, "id": one.id, "line": one.line, "fields": fields}


def _there(context: Context, kind: Kind[Any], keys: Iterable[str]) -> dict[str, Any]:
    """Return those of the documents that are there, by key."""
    found: dict[str, Any] = {}
    for some in _some(dict.fromkeys(keys)):
        found.update(context.store.get_many(kind, some))
    return found


def _some(entries: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(entries)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
