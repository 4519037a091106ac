"""The way out: the estate, now or as of a revision, as a file that an import takes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from cmdb.context import Context
from cmdb.exchange.estate import write
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document, Kind
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Snapshot


@dataclass(frozen=True, slots=True)
class ExportReport:
    """
    What was written, of which revision.

    ``retired`` CIs are not a part of the estate and were left out, and so were ``loose`` relations and groups that
    still named one: an estate that holds them could not be taken in again.
    """

    revision: int
    items: int
    relations: int
    groups: int
    retired: int
    loose: int


def export_estate(
    context: Context,
    out: BinaryIO,
    *,
    lines: bool = False,
    compressed: bool = False,
    at: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """
    Write the active CIs with their relations and groups to ``out`` in the format ``estate/1``, sorted by key.

    Everything is of one revision (``at``, or the newest), whatever is written meanwhile; nothing is held in memory.

    Raises:
        NotAllowed: the actor may not export.
        NotFound: ``at`` is no revision of the store.
    """
    context.allow("estate:export")
    with context.store.snapshot(at=at) as snapshot:
        active = _Active(snapshot)
        written = write(
            out,
            active.items(),
            active.standing(RELATIONS),
            active.standing(GROUPS),
            lines=lines,
            compressed=compressed,
            progress=progress,
        )
        return ExportReport(
            revision=snapshot.revision,
            items=written["items"],
            relations=written["relations"],
            groups=written["groups"],
            retired=len(active.retired),
            loose=active.loose,
        )


class _Active:
    """The documents of the active part of a snapshot; the items are to be taken first."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.retired: set[str] = set()
        self.loose = 0

    def items(self) -> Iterator[Document]:
        for stored in self._snapshot.documents(CIS):
            if stored.document.get("status") == CIStatus.RETIRED.value:
                self.retired.add(stored.key)
            else:
                yield stored.document

    def standing(self, kind: Kind[Any]) -> Iterator[Document]:
        for stored in self._snapshot.documents(kind):
            if self.retired and any(stored.document[end] in self.retired for end in kind.ends):
                self.loose += 1
            else:
                yield stored.document
