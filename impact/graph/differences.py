"""A change of the estate as the graph sees it: which rows, groups and effects go and come, found by bisection."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from impact.errors import MalformedSnapshot
from impact.graph.bundles import (
    NOWHERE,
    Bundle,
    BundleKey,
    GroupFacts,
    Row,
    alone_kinds,
    bundle_of,
    kind_of,
    order,
    strength_code,
)
from impact.graph.columns import LARGEST
from impact.graph.edits import Edits
from impact.graph.rows import ItemRow, RelationRow
from impact.graph.structure import Graph


class Delta(NamedTuple):
    """
    What is different.

    ``items`` holds CIs that are new or changed, None for one that is gone: it takes with it all that touches it, so
    relations of it among ``gone`` do not matter. ``groups`` holds needs and strength by item and name, None for a group
    whose record is gone. A relation changes by going and coming.
    """

    items: Mapping[str, ItemRow | None]
    gone: Sequence[RelationRow]
    come: Sequence[RelationRow]
    groups: Mapping[tuple[str, str], tuple[int | str, str] | None]

    @property
    def size(self) -> int:
        return len(self.items) + len(self.gone) + len(self.come) + len(self.groups)


class Differences:
    """
    What a delta does to a graph. Numbers and positions are those before it, unless called new.

    ``cis`` edits the CIs. ``rows_gone`` are positions of relations, ``rows_come`` the place, target, strength and
    confidence of new ones, ``net`` the rows each bundle gains. ``groups`` holds the facts afterwards of every group
    that is not as it was (None: it is gone). ``effects_gone`` are (target, kind, subject), ``effects_come`` (target id,
    kind, bundle).

    Raises:
        MalformedSnapshot: the estate would be none, or a relation goes that is not there.
    """

    def __init__(self, graph: Graph, delta: Delta) -> None:
        self.old = graph
        self.delta = delta
        self._numbers: dict[str, int] = {}
        gone = {ci: number for ci in _without(delta.items) if (number := self.number(ci)) != NOWHERE}
        self.gone_ids = frozenset(gone)
        self.new_ids = sorted(ci for ci, row in delta.items.items() if row is not None and self.number(ci) == NOWHERE)
        self.cis = Edits(len(graph), sorted(gone.values()), [bisect_left(graph.ids, ci) for ci in self.new_ids])
        if self.cis.new_size > LARGEST:
            raise MalformedSnapshot(fault="more CIs than can be numbered", subjects=[str(self.cis.new_size)])
        self.bundles: dict[BundleKey, Bundle] = {}
        self.rows_gone: list[int] = []
        self.rows_come: list[tuple[int, str, Row]] = []
        self.net: dict[BundleKey, int] = {}
        self.groups: dict[BundleKey, GroupFacts | None] = {}
        self.effects_gone: list[tuple[int, int, int]] = []
        self.effects_come: list[tuple[str, int, BundleKey]] = []
        self._refuse_strangers()
        self._collect()
        for key in sorted(self.bundles, key=order):
            self._settle(key, self.bundles[key])

    # numbers ---------------------------------------------------------------------------------------------------------
    def number(self, ci: str) -> int:
        """Return the number of a CI, NOWHERE for one that was not there."""
        known = self._numbers.get(ci)
        if known is None:
            ids = self.old.ids
            place = bisect_left(ids, ci)
            known = self._numbers[ci] = place if place < len(ids) and ids[place] == ci else NOWHERE
        return known

    def new_number(self, ci: str) -> int:
        """Return the new number of a CI; for one that goes, that of the one behind it."""
        number = self.number(ci)
        return self.cis.moved(number) if number != NOWHERE else self.cis.arrived(bisect_left(self.new_ids, ci))

    def behind(self, ci: str) -> int:
        """Return the new number of the CI behind one that stays or comes, or behind where one was that goes."""
        return self.new_number(ci) + (ci not in self.gone_ids)

    def lives(self, ci: str) -> bool:
        """Tell whether a CI is there afterwards."""
        return ci not in self.gone_ids and (self.number(ci) != NOWHERE or self.delta.items.get(ci) is not None)

    # what the delta names --------------------------------------------------------------------------------------------
    def _refuse_strangers(self) -> None:
        ends = {end for row in self.delta.come for end in row[:2]}
        ends.update(item for (item, _), record in self.delta.groups.items() if record is not None)
        strange = [end for end in ends if not self.lives(end)]
        if strange:
            raise MalformedSnapshot(fault="an end that is no CI", subjects=strange)

    def _bundle(self, source: str, name: str | None) -> Bundle:
        key = source, name
        if key not in self.bundles:
            self.bundles[key] = bundle_of(self.old, source, name, self.number(source))
        return self.bundles[key]

    def _collect(self) -> None:
        """Look up every cell and group the delta touches."""
        for ci in self.cis.gone:
            self._take_all_of(ci)
        for source, target, name, strength, confidence in self.delta.gone:
            if source not in self.gone_ids and target not in self.gone_ids:
                cell = self._bundle(source, name).cell(target, self.number(target))
                cell.gone.append((strength_code(strength), confidence))
        for source, target, name, strength, confidence in self.delta.come:
            cell = self._bundle(source, name).cell(target, self.number(target))
            cell.come.append((strength_code(strength), confidence))
        for item, name in self.delta.groups:
            if self.lives(item):
                self._bundle(item, name)

    def _take_all_of(self, ci: int) -> None:
        """Let all relations and groups of a CI go, and all relations to it."""
        old = self.old
        first, behind = old.group_starts.data[ci], old.group_starts.data[ci + 1]
        names = [old.group_names[code] for code in old.group_name_codes.data[first:behind]]
        for name in (None, *names):
            bundle = self._bundle(old.ids[ci], name)
            for target in bundle.members():
                bundle.cell(old.ids[target], target).all_gone = True
        # Relations that have no effect stand nowhere else, so all are looked through, once for each CI that goes.
        for row in np.flatnonzero(old.targets == ci).tolist():
            owner = int(np.searchsorted(old.relation_starts, row, "right")) - 1
            self._bundle(old.ids[owner], self._group_of(row, owner)).cell(old.ids[ci], ci).all_gone = True

    def _group_of(self, row: int, owner: int) -> str | None:
        """Return the name of the group a relation stands in, None for one outside any."""
        old = self.old
        if row < old.alone_ends.data[owner]:
            return None
        first, behind = old.group_starts.data[owner], old.group_starts.data[owner + 1]
        group = bisect_left(old.member_ends.data, row + 1, first, behind)
        return old.group_names[old.group_name_codes.data[group]]

    # what it does ----------------------------------------------------------------------------------------------------
    def _settle(self, key: BundleKey, bundle: Bundle) -> None:
        """Turn the cells of a bundle into rows, group and effects that go and come."""
        changed: dict[str, tuple[list[Row], list[Row]]] = {}
        for target in sorted(bundle.cells):
            cell = bundle.cells[target]
            new = cell.new(f"{bundle.source} to {target}")
            if new != cell.old:
                changed[target] = cell.old, new
                self.rows_gone.extend(range(cell.start, cell.start + len(cell.old)))
                self.rows_come.extend((cell.start, target, row) for row in new)
        net = sum(len(new) - len(old) for old, new in changed.values())
        if net:
            self.net[key] = net
        if bundle.name is not None:
            self._settle_group(key, bundle, changed)
            return
        for target, (old, new) in changed.items():
            self._effects(key, target, alone_kinds(old), alone_kinds(new))

    def _settle_group(self, key: BundleKey, bundle: Bundle, changed: Mapping[str, tuple[list[Row], list[Row]]]) -> None:
        source, name = key
        assert name is not None
        facts, record = bundle.facts(), None
        size = bundle.size() + sum(bool(new) - bool(old) for old, new in changed.values())
        if source not in self.gone_ids:
            stated = self.delta.groups
            record = stated[source, name] if (source, name) in stated else bundle.record()
        after = bundle.facts_after(size, record)
        if after != facts:
            self.groups[key] = after
        before, now = kind_of(facts), kind_of(after)
        members = {target: (bool(old), bool(new)) for target, (old, new) in changed.items()}
        if before != now:
            members = {**{self.old.ids[ci]: (True, True) for ci in bundle.members()}, **members}
        for target, (was, becomes) in members.items():
            self._effects(key, target, before if was else (), now if becomes else ())

    def _effects(self, key: BundleKey, target: str, before: Sequence[int], after: Sequence[int]) -> None:
        bundle = self.bundles[key]
        subject = bundle.owner if bundle.name is None else bundle.group
        self.effects_gone.extend((self.number(target), kind, subject) for kind in before if kind not in after)
        self.effects_come.extend((target, kind, key) for kind in after if kind not in before)


def _without(items: Mapping[str, ItemRow | None]) -> Iterable[str]:
    return (ci for ci, row in items.items() if row is None)
