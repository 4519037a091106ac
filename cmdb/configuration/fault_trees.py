"""
The desk for fault trees: a tree in Open-PSA MEF goes into the estate through the intake, as every other file does.

Names of a tree say little ("e1"), so two trees easily share some; records that only another source vouches for are
never made part of this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from cmdb.configuration.intake import SHOWN, ImportReport, Options, judge_source, take_in
from cmdb.configuration.intake.gathered import Gathered
from cmdb.configuration.intake.planned import Told
from cmdb.context import Context
from cmdb.errors import Problem
from cmdb.exchange.estate import Faults, problem
from cmdb.exchange.open_psa import SENTENCES, FaultTree, read
from cmdb.model.ci import CIS

_LOOKED_UP = 1_000
_NAMED = 5


@dataclass(frozen=True, slots=True)
class FaultTreeReport:
    """
    What an import of a fault tree did or would do.

    ``service`` is the id of the CI that stands for the top gate; ``items``, ``relations`` and ``groups`` count what the
    tree is in the estate, ``report`` tells what of it was new or changed.
    """

    service: str
    items: int
    relations: int
    groups: int
    report: ImportReport

    def as_json(self) -> dict[str, Any]:
        """Return it as doors show it: the tree first, then the report as that of any import."""
        tree = {"service": self.service, "items": self.items, "relations": self.relations, "groups": self.groups}
        return {**tree, **self.report.as_json()}


def import_open_psa(
    context: Context,
    stream: BinaryIO,
    *,
    source: str,
    top: str | None = None,
    prefix: str = "",
    dry_run: bool = False,
    retire_missing: bool = False,
    allow_broken_groups: bool = False,
    show: int = SHOWN,
    progress: Told | None = None,
) -> FaultTreeReport:
    """
    Read a fault tree in Open-PSA MEF and apply what is new and changed in it, as one revision; a dry run only tells.

    ``top`` names the gate whose tree it is, where the file has several; ``prefix`` begins every id. All else is as in
    :func:`cmdb.configuration.intake.import_estate`.

    Raises:
        NotAllowed: the actor may not import.
        InvalidInput: all that is wrong with the file, or ids of it belong to other sources.
        Whatever :func:`cmdb.configuration.intake.take_in` raises.
    """
    context.allow("estate:import")
    judge_source(source)
    faults = Faults()
    tree = read(stream, faults, top=top, prefix=prefix)
    faults.refuse(source)
    assert tree is not None
    for fault in _taken(context, tree, source):
        faults.keep(fault)
    faults.refuse(source)
    gathered = Gathered()
    gathered.take(tree.rows)
    if progress is not None:
        progress("read", len(tree.rows))
    options = Options(source, retire_missing=retire_missing, allow_broken_groups=allow_broken_groups)
    report = take_in(context, gathered, faults, options, dry_run=dry_run, show=show, progress=progress)
    report = _with_notes(report, [*tree.notes, *_staying(report, retire_missing=retire_missing)])
    return FaultTreeReport(tree.service, tree.items, tree.relations, tree.groups, report)


def _taken(context: Context, tree: FaultTree, source: str) -> Iterator[Problem]:
    """Yield the fault of ids that are in the store and that this source never brought."""
    ids = [document["id"] for _, kind, document, _ in tree.rows if kind == "item"]
    taken, sources = [], set()
    for start in range(0, len(ids), _LOOKED_UP):
        for stored in context.store.get_many(CIS, ids[start : start + _LOOKED_UP]).values():
            others = stored.document.get("sources", ())
            if source not in others:
                taken.append(stored.key)
                sources.update(others)
    if taken:
        facts = {"count": len(taken), "ids": _some(sorted(taken)), "sources": _some(sorted(sources))}
        yield problem("open_psa.id_taken", SENTENCES["open_psa.id_taken"], "", **facts)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


def _staying(report: ImportReport, *, retire_missing: bool) -> Iterator[Problem]:
    if report.total.missing and not retire_missing:
        yield problem("open_psa.stays", SENTENCES["open_psa.stays"], "", count=report.total.missing)


def _with_notes(report: ImportReport, notes: list[Problem]) -> ImportReport:
    return replace(report, notes=(*notes, *report.notes), notes_count=report.notes_count + len(notes))
