"""Edits of the graph as targets carry them to rows of the graph, with what of them no longer fits the estate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cmdb.model.change import EDITING, Target
from cmdb.model.graph_edit import AddedRelation, EditGap, EndedRelation, GraphEdit
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document
from cmdb.model.relation import RELATIONS, Strength
from cmdb.model.rewiring import EditNote
from cmdb.ports.store import Store
from impact.reading.defaults import Defaults
from impact.reading.rows import item_row, relation_row

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.drafts import Drafts, EditRows
    from impact.graph import Graph
    from impact.graph.rows import RelationRow


def drafts_of(store: Store, graph: Graph, defaults: Defaults, targets: Iterable[Target]) -> Drafts | None:
    """
    Return the drafts of the targets' edits on the estate at the graph's revision, None where no target has an edit.

    ``defaults`` are those the graph was read by. Raises HistoryGone: the revision is no longer kept.
    """
    edits = {each.ci: each for each in targets if each.edit is not None and each.effect in EDITING}
    if not edits:
        return None
    from impact.drafts import Drafts

    reading = _Reading(store, graph, defaults, edits)
    rows = {ci: reading.rows(target) for ci, target in sorted(edits.items())}
    return Drafts(graph, rows, tuple(sorted(set(reading.notes), key=lambda note: (note.ci, note.gap, note.subject))))


class _Reading:
    def __init__(self, store: Store, graph: Graph, defaults: Defaults, edits: Mapping[str, Target]) -> None:
        self._graph, self._defaults = graph, defaults
        all_of = [target.edit for target in edits.values() if target.edit is not None]
        relations = sorted({each.key for edit in all_of for each in edit.touched})
        groups = sorted({group.key for edit in all_of for group in edit.groups})
        self._relations = _documents(store.get_many(RELATIONS, relations, at=graph.revision))
        self._groups = _documents(store.get_many(GROUPS, groups, at=graph.revision))
        self._to_come = {ci for ci, target in edits.items() if target.edit is not None and target.edit.item is not None}
        self.notes: list[EditNote] = []

    def rows(self, target: Target) -> EditRows:
        from impact.drafts import EditRows

        edit, ci = target.edit, target.ci
        assert edit is not None
        gone = [row for each in edit.ended if (row := self._ended(ci, each)) is not None]
        come = []
        for each in edit.relations:
            fits = self._come(ci, edit, each)
            if fits is not None:
                replaced, row = fits
                gone += replaced
                come.append(row)
        return EditRows(self._item(target), tuple(gone), tuple(come), dict(self._counted(ci, edit)))

    def _there(self, ci: str) -> bool:
        return ci in self._to_come or self._graph.shows(ci)

    def _note(self, ci: str, gap: EditGap, *subject: str | None) -> None:
        self.notes.append(EditNote(ci, gap, tuple(each for each in subject if each is not None)))

    def _item(self, target: Target) -> Any:
        item = target.edit.item if target.edit is not None else None
        if item is None:
            return None
        if self._graph.shows(target.ci):
            self._note(target.ci, EditGap.CI_THERE, target.ci)
            return None
        tier = target.expected.get("tier")
        if isinstance(tier, str) and tier.isascii() and tier.isdigit():
            tier = int(tier[:9])
        document: dict[str, Any] = {
            "id": target.ci,
            "class": item.ci_class,
            "name": item.name,
            "unavailability": item.unavailability,
            "mtbf_hours": item.mtbf_hours,
            "attributes": {"tier": tier},
        }
        return item_row(document, self._defaults)

    def _held(self, each: AddedRelation | EndedRelation) -> RelationRow | None:
        """Return the row the graph has of a relation, None where it has none."""
        document = self._relations.get(each.key)
        if document is None or not (self._graph.shows(each.source) and self._graph.shows(each.target)):
            return None
        return relation_row(document, self._defaults)

    def _ended(self, ci: str, each: EndedRelation) -> RelationRow | None:
        row = self._held(each)
        if row is None:
            self._note(ci, EditGap.RELATION_GONE, each.source, each.type, each.target, each.group)
        return row

    def _come(self, ci: str, edit: GraphEdit, each: AddedRelation) -> tuple[list[RelationRow], RelationRow] | None:
        subject = each.source, each.type, each.target, each.group
        missing = [end for end in (each.source, each.target) if not self._there(end)]
        for end in missing:
            self._note(ci, EditGap.END_GONE, end)
        if missing:
            return None
        strength = each.strength.value if each.strength else self._defaults.strength_of(each.type)
        row = each.source, each.target, each.group, strength, each.confidence
        held = None if each.key in {ended.key for ended in edit.ended} else self._held(each)
        if held == row:
            self._note(ci, EditGap.RELATION_THERE, *subject)
            return None
        return ([] if held is None else [held]), row

    def _counted(self, ci: str, edit: GraphEdit) -> Iterator[tuple[tuple[str, str], tuple[int | str, str]]]:
        for group in edit.groups:
            if not self._there(group.item):
                self._note(ci, EditGap.END_GONE, group.item)
                continue
            held = self._groups.get(group.key, {})
            strength = group.strength.value if group.strength else held.get("strength") or Strength.HARD.value
            yield (group.item, group.name), (group.needs, strength)


def _documents(found: Mapping[str, Any]) -> dict[str, Document]:
    return {key: stored.document for key, stored in found.items()}
