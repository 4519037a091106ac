"""The plain rows a graph is built from and given back as: tuples, because millions of them pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

ItemRow = tuple[str, str, str, float | None, float | None, int | None, bool]
"""(id, class, name, unavailability or None, mtbf_hours or None, tier or None, is a service)."""

RelationRow = tuple[str, str, str | None, str, float]
"""(source id, target id, group name or None, strength with the type's default already applied, confidence)."""

GroupRow = tuple[str, str, int | str, str]
"""(item id, name, needs as a number or a share such as "50%", strength)."""

ItemColumn = tuple[
    Sequence[str],
    Sequence[str],
    Sequence[str],
    Sequence[float | None],
    Sequence[float | None],
    Sequence[int | None],
    Sequence[bool],
]
"""Some items, a sequence for each field."""

RelationColumn = tuple[Sequence[str], Sequence[str], Sequence[str | None], Sequence[str], Sequence[float]]
GroupColumn = tuple[Sequence[str], Sequence[str], Sequence[int | str], Sequence[str]]

ItemBatches = Iterable[Sequence[ItemRow]]
RelationBatches = Iterable[Sequence[RelationRow]]
GroupBatches = Iterable[Sequence[GroupRow]]
