"""What earlier imports of a source brought and this one lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cmdb.configuration.ending import every
from cmdb.configuration.intake.gathered import KIND, Gathered
from cmdb.configuration.intake.spool import Spool
from cmdb.configuration.intake.standing import Standing
from cmdb.context import Context
from cmdb.model.ci import CIStatus
from cmdb.model.kind import Document
from cmdb.ports.store import Holds, Stored


@dataclass(slots=True)
class Sweep:
    """
    By "item", "relation" and "group": the living documents of the source that its newest input lacks.

    ``missing`` are vouched for by no other source, ``released`` by at least one, so they only lose this one.
    """

    missing: dict[str, Spool] = field(default_factory=lambda: {name: Spool() for name in KIND})
    released: dict[str, Spool] = field(default_factory=lambda: {name: Spool() for name in KIND})
    missing_ids: set[str] = field(default_factory=set)

    def missing_of(self, name: str) -> Iterator[Stored]:
        return (Stored(*row) for row in self.missing[name])

    def released_of(self, name: str) -> Iterator[Stored]:
        return (Stored(*row) for row in self.released[name])


def sweep(
    context: Context, gathered: Gathered, standing: Standing, source: str, *, met: Mapping[str, int] | None = None
) -> Sweep:
    """
    Return what the source brought before and these records lack.

    ``met`` says, by kind, how many documents of the store the records have met, where that is known: if it is all of
    them, none is missing and they need not be walked.
    """
    found = Sweep()
    for name, kind in KIND.items():
        if not standing.has_any(kind) or (met and met[kind.name] == context.store.count(kind)):
            continue
        for stored in every(context, kind, Holds("sources", source)):
            if not _is_here(name, stored.document, gathered):
                others = len(stored.document["sources"]) > 1
                (found.released if others else found.missing)[name].append(
                    (stored.key, stored.document, stored.version, stored.revision)
                )
                if name == "item" and not others:
                    found.missing_ids.add(stored.key)
    return found


def _is_here(name: str, document: Document, gathered: Gathered) -> bool:
    if name == "item":
        retired = document.get("status") == CIStatus.RETIRED.value
        return retired or gathered.class_of(document["id"]) is not None
    if name == "relation":
        return gathered.has_relation(document)
    # A group that relations of the input name is still meant, though its own record is only in the store.
    return gathered.names_group(document["item"], document["name"])
