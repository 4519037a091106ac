"""
The records of one input, put aside in order, and who is who among them.

Texts that come again (ids, types, names of groups) are told apart by small numbers, so that the tables which find what
stands twice and which relation joins what take about 130 bytes a record, exact and whatever the order of the file.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import Any

from cmdb.configuration.intake.spool import Spool
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document, Kind
from cmdb.model.relation import RELATIONS

Place = int | str
Row = tuple[Place, str, Document, bool]

KIND: dict[str, Kind[Any]] = {"item": CIS, "relation": RELATIONS, "group": GROUPS}
_NOT_HERE = -1
_SHIFT = 32


class Gathered:
    """
    Rows of (place, document, sound) by "item", "relation" and "group", without those that repeat an earlier one.

    ``repeated`` maps, for each of the three, the key of what stands more than once to the places of the repetitions.
    """

    def __init__(self) -> None:
        self.rows = {name: Spool() for name in KIND}
        self.repeated: dict[str, dict[str, list[Place]]] = {name: {} for name in KIND}
        self._classes: dict[str, int] = {}
        self._class_names: list[str] = []
        self._ids: dict[str, int] = {}
        self._class_of = array("i")
        self._types: dict[str, int] = {}
        self._names: dict[str | None, int] = {None: 0}
        # (source, target, name of the group) as one number > the type, or the types where there are several.
        self._joined: dict[int, int] = {}
        self._joined_also: dict[int, set[int]] = {}
        self._slots: dict[int, int] = {}
        self._members = array("I")
        self._defined = bytearray()

    def take(self, rows: Iterable[Row]) -> None:
        """Take every row of an input."""
        takers = {"item": self._take_item, "relation": self._take_relation, "group": self._take_group}
        for place, name, document, sound in rows:
            if takers[name](document):
                self.rows[name].append((place, document, sound))
            else:
                self.repeated[name].setdefault(KIND[name].key(document), []).append(place)

    def _number(self, ci_id: str) -> int:
        number = self._ids.get(ci_id)
        if number is None:
            number = self._ids[ci_id] = len(self._ids)
            self._class_of.append(_NOT_HERE)
        return number

    def _take_item(self, document: Document) -> bool:
        number = self._number(document["id"])
        if self._class_of[number] != _NOT_HERE:
            return False
        ci_class = document.get("class", "")
        held = self._classes.get(ci_class)
        if held is None:
            held = self._classes[ci_class] = len(self._class_names)
            self._class_names.append(ci_class)
        self._class_of[number] = held
        return True

    def _take_relation(self, document: Document) -> bool:
        group = document.get("group")
        name = 0 if group is None else self._names.setdefault(group, len(self._names))
        source = self._number(document["source"])
        kind = self._types.setdefault(document["type"], len(self._types))
        joined = ((source << _SHIFT) | self._number(document["target"])) << _SHIFT | name
        first = self._joined.get(joined)
        if first is None:
            self._joined[joined] = kind
            if name:
                # A target counts once in a group, however many relations lead to it.
                self._members[self._slot(source, name)] += 1
            return True
        others = self._joined_also.get(joined, ())
        if kind == first or kind in others:
            return False
        self._joined_also.setdefault(joined, set()).add(kind)
        return True

    def _take_group(self, document: Document) -> bool:
        name = self._names.setdefault(document["name"], len(self._names))
        slot = self._slot(self._number(document["item"]), name)
        if self._defined[slot]:
            return False
        self._defined[slot] = True
        return True

    def _slot(self, item: int, name: int) -> int:
        key = (item << _SHIFT) | name
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = len(self._members)
            self._members.append(0)
            self._defined.append(False)
        return slot

    # what is here ----------------------------------------------------------------------------------------------------
    def class_of(self, ci_id: str) -> str | None:
        """Return the class of an item that is here ("" where it is faulty), or None."""
        number = self._ids.get(ci_id)
        held = _NOT_HERE if number is None else self._class_of[number]
        return None if held == _NOT_HERE else self._class_names[held]

    def has_relation(self, document: Mapping[str, Any]) -> bool:
        """Tell whether a relation of this source, type, target and group is here."""
        joined = self._place_of(document["source"], document["target"], document.get("group"))
        kind = self._types.get(document["type"])
        if joined is None or kind is None or joined not in self._joined:
            return False
        return self._joined[joined] == kind or kind in self._joined_also.get(joined, ())

    def has_member(self, item: str, target: str, group: str) -> bool:
        """Tell whether a relation that is here makes ``target`` a member of the group."""
        return self._place_of(item, target, group) in self._joined

    def _place_of(self, source: str, target: str, group: str | None) -> int | None:
        numbers = self._ids.get(source), self._ids.get(target), self._names.get(group)
        if None in numbers:
            return None
        return ((numbers[0] << _SHIFT) | numbers[1]) << _SHIFT | numbers[2]  # type: ignore[operator]

    def members_of(self, item: str, group: str) -> int:
        """Return how many distinct targets the relations that are here give the group."""
        slot = self._slot_of(item, group)
        return 0 if slot is None else self._members[slot]

    def defines_group(self, item: str, group: str) -> bool:
        """Tell whether the group's own record is here."""
        slot = self._slot_of(item, group)
        return slot is not None and bool(self._defined[slot])

    def names_group(self, item: str, group: str) -> bool:
        """Tell whether the group's own record, or a relation that names it, is here."""
        return self._slot_of(item, group) is not None

    def _slot_of(self, item: str, group: str) -> int | None:
        number, name = self._ids.get(item), self._names.get(group)
        return None if number is None or name is None else self._slots.get((number << _SHIFT) | name)

    # what is named and must be elsewhere -----------------------------------------------------------------------------
    def outside_ends(self) -> list[str]:
        """Return the ids that relations and groups name and no item here has."""
        return [ci_id for ci_id, number in self._ids.items() if self._class_of[number] == _NOT_HERE]

    def outside_groups(self) -> list[tuple[str, str]]:
        """Return the (item, name) of the groups that relations name and no record here defines."""
        ids, names = list(self._ids), list(self._names)
        mask = (1 << _SHIFT) - 1
        open_slots = ((key, slot) for key, slot in self._slots.items() if not self._defined[slot])
        return [(ids[key >> _SHIFT], names[key & mask] or "") for key, _ in open_slots]
