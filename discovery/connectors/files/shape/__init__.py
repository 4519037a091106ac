"""Makes observations of what a file said, whichever format it was in; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from cmdb.model.observation import Observation
from cmdb.model.run import Said
from discovery.connectors.files.shape.bom import of_bom
from discovery.connectors.files.shape.compose import of_compose
from discovery.connectors.files.shape.records import of_records
from discovery.connectors.files.shape.rows import of_rows
from discovery.ports import Part, Shaped, Target

MOST_NOTES = 200


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    """Return what the parts of one file come to; its one scope is complete if it was read to its end."""
    notes: list[Said] = []
    bodies = {name: [part.body for part in parts if part.name == name] for name in ("rows", "records")}
    observations: list[Observation] = []
    if bodies["rows"]:
        observations += of_rows(target.id, settings["table"], bodies["rows"], notes)
    if bodies["records"]:
        observations += of_records(target.id, [row for page in bodies["records"] for row in page], notes)
    for part in parts:
        if part.name == "compose":
            observations += of_compose(target.id, part.body, notes)
        elif part.name == "cyclonedx":
            observations += of_bom(target.id, part.body, notes)
        elif part.name == "faults":
            notes += _faults(target.id, part.body)
    known = {"rows", "records", "compose", "cyclonedx"}
    whole = all(part.whole for part in parts) and any(part.name in known for part in parts)
    whole = whole and not any(note.code == "files.row_left_out" for note in notes)
    # Sorted, and each thing once: a file that says something twice of one thing says it of the first.
    return Shaped(tuple(_once(observations, notes)), frozenset({target.id} if whole else ()), _bounded(notes))


def _faults(file: str, body: Any) -> Iterable[Said]:
    yield from (Said("files.fault", {"file": file, **each}) for each in body["faults"])
    if body["count"] > len(body["faults"]):
        yield Said("files.more_faults", {"file": file, "count": body["count"] - len(body["faults"])})


def _once(observations: Iterable[Observation], notes: list[Said]) -> Iterable[Observation]:
    found: dict[str, Observation] = {}
    for each in observations:
        before = found.setdefault(each.native_id, each)
        if before is not each:
            notes.append(Said("files.twice", {"file": each.scope, "id": each.native_id}))
            found[each.native_id] = replace(
                before, relations=tuple(dict.fromkeys((*before.relations, *each.relations)))
            )
    return [found[native_id] for native_id in sorted(found)]


def _bounded(notes: list[Said]) -> tuple[Said, ...]:
    if len(notes) <= MOST_NOTES:
        return tuple(notes)
    return (*notes[:MOST_NOTES], Said("files.more_notes", {"count": len(notes) - MOST_NOTES}))
