"""
Drafts: the graph as the edits of a change make it, part after part, each spliced from the graph as it is.

A draft is a graph like any other, byte for byte the one that building from an estate with these edits gives; so every
question can be asked of it. Nothing is written, and the graph as it is stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cmdb.model.rewiring import EditNote
from impact.graph.bundles import bundle_of
from impact.graph.differences import Delta
from impact.graph.rows import ItemRow, RelationRow
from impact.graph.splicing import spliced
from impact.graph.structure import Graph

Edited = tuple[str, ...]
"""The targets, sorted, whose edits hold."""


class EditRows(NamedTuple):
    """
    What the edit of one target is in rows: the CI that comes (None: none), relations that go and come, and groups.

    Relations that go are in the graph. Groups are given with needs and strength, by item and name.
    """

    item: ItemRow | None
    gone: tuple[RelationRow, ...]
    come: tuple[RelationRow, ...]
    groups: Mapping[tuple[str, str], tuple[int | str, str]]


class Drafts:
    """
    The drafts of one change; ``edits`` has the rows by target, ``notes`` what of the edits does nothing.

    ``owners`` are by target the CIs that need something else by its edit.
    """

    def __init__(self, graph: Graph, edits: Mapping[str, EditRows], notes: tuple[EditNote, ...] = ()) -> None:
        self.graph = graph
        self.edits = edits
        self.notes = notes
        self._known: dict[Edited, Graph] = {(): graph}

    @property
    def everything(self) -> Edited:
        """All targets with an edit."""
        return tuple(sorted(self.edits))

    def shows(self, ci: str) -> bool:
        """Tell whether a CI is there once all edits hold; cost: none."""
        return self.graph.shows(ci) or any(edit.item is not None and edit.item[0] == ci for edit in self.edits.values())

    def at(self, edited: Edited) -> Graph:
        """
        Return the graph while the edits of these targets hold.

        A relation to a CI that another target adds is there as soon as both are. Raises MalformedSnapshot where the
        estate would be none. Cost: as :func:`impact.graph.spliced`, once for each set of targets.
        """
        if edited not in self._known:
            delta = self._delta(edited)
            self._known[edited] = spliced(self.graph, delta, revision=self.graph.revision) if delta.size else self.graph
        return self._known[edited]

    def changed(self, edited: Edited) -> list[str]:
        """Return the CIs that are new, or need something else, while these edits hold, sorted; all are in the draft."""
        delta = self._delta(edited)
        owners = {row[0] for row in (*delta.gone, *delta.come)}
        return sorted({*delta.items, *owners, *(item for item, _ in delta.groups)})

    def _delta(self, edited: Edited) -> Delta:
        edits = [self.edits[ci] for ci in edited if ci in self.edits]
        items: dict[str, ItemRow | None] = {edit.item[0]: edit.item for edit in edits if edit.item is not None}

        def shown(ci: str) -> bool:
            return ci in items or self.graph.shows(ci)

        gone = [row for edit in edits for row in edit.gone]
        come = [row for edit in edits for row in edit.come if shown(row[0]) and shown(row[1])]
        groups: dict[tuple[str, str], tuple[int | str, str] | None] = {
            key: facts for edit in edits for key, facts in edit.groups.items() if shown(key[0])
        }
        groups.update({key: None for key in self._emptied(gone, come) if key not in groups})
        return Delta(items=items, gone=gone, come=come, groups=groups)

    def _emptied(self, gone: Iterable[RelationRow], come: Iterable[RelationRow]) -> list[tuple[str, str]]:
        """Return the groups that lose their last relation."""
        left: dict[tuple[str, str], int] = {}
        for source, _, name, *_ in gone:
            if name is not None:
                if (source, name) not in left:
                    bundle = bundle_of(self.graph, source, name, self.graph.index(source))
                    left[source, name] = bundle.end - bundle.start
                left[source, name] -= 1
        for source, _, name, *_ in come:
            if name is not None and (source, name) in left:
                left[source, name] += 1
        return sorted(key for key, count in left.items() if count == 0)
