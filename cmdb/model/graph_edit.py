"""What a change does to the graph itself: a CI that comes, relations that come or end, groups that count otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from cmdb.model.kind import json_array
from cmdb.model.relation import Strength


@dataclass(frozen=True, slots=True)
class AddedItem:
    """A CI that is to come; its id is the target's. Left out, ``unavailability`` and ``mtbf_hours`` are the class's."""

    ci_class: str = field(metadata={"json": "class"})
    name: str
    unavailability: float | None = None
    mtbf_hours: float | None = None


@dataclass(frozen=True, slots=True)
class EndedRelation:
    """A relation by what identifies it, such as one that is to end."""

    source: str
    type: str
    target: str
    group: str | None = None

    @property
    def key(self) -> str:
        """The key of the relation's record."""
        return json_array(self.source, self.type, self.target, self.group)


@dataclass(frozen=True, slots=True)
class AddedRelation(EndedRelation):
    """A relation that is to come, as in an estate document; one that is there already is to have this strength."""

    strength: Strength | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class EditedGroup:
    """A redundancy group as it is to count; ``strength`` left out is the one it has, of a new group hard."""

    item: str
    name: str
    needs: int | str
    strength: Strength | None = None

    @property
    def key(self) -> str:
        """The key of the group's record."""
        return json_array(self.item, self.name)


@dataclass(frozen=True, slots=True)
class GraphEdit:
    """
    The edit of one target, in the words of an estate document.

    ``item`` is the target itself where it does not exist yet. Relations ``ended`` go before ``relations`` come. A group
    whose last relation ends goes with it, unless ``groups`` has it.
    """

    item: AddedItem | None = None
    relations: tuple[AddedRelation, ...] = ()
    ended: tuple[EndedRelation, ...] = ()
    groups: tuple[EditedGroup, ...] = ()

    @property
    def touched(self) -> tuple[EndedRelation, ...]:
        """The relations that come and those that end."""
        return *self.relations, *self.ended

    @property
    def named(self) -> Iterator[str]:
        """Every CI that relations and groups of the edit name."""
        for relation in self.touched:
            yield relation.source
            yield relation.target
        yield from (group.item for group in self.groups)

    @property
    def owners(self) -> frozenset[str]:
        """The CIs that need something else than before: the sources of its relations, and whose groups count anew."""
        return frozenset([*(each.source for each in self.touched), *(group.item for group in self.groups)])


class EditGap(StrEnum):
    """Why a part of an edit does nothing to the estate it is computed on: the estate moved since it was written."""

    RELATION_GONE = "relation_gone"
    RELATION_THERE = "relation_there"
    END_GONE = "end_gone"
    CI_THERE = "ci_there"
