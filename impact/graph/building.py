"""Building the graph from rows, in any order and any batches: the same rows give the same graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impact.errors import MalformedSnapshot
from impact.graph.columns import (
    LARGEST,
    GroupColumns,
    ItemColumns,
    Numbering,
    RelationColumns,
    group_ranks,
    needed_of,
    read_groups,
    read_items,
    read_relations,
)
from impact.graph.rows import GroupBatches, GroupColumn, ItemBatches, ItemColumn, RelationBatches, RelationColumn
from impact.graph.structure import GROUP_HARD, HARD, NONE, NUMBER, SOFT, UNRECORDED, Graph, Ints, frozen

Longs = NDArray[np.int64]


def build(*, revision: int, items: ItemBatches, relations: RelationBatches, groups: GroupBatches) -> Graph:
    """
    Return the graph of an estate.

    Args:
        revision: the store revision the rows were read at; answers repeat it.
        items, relations, groups: batches of plain tuples (:mod:`impact.graph.rows`), any sizes, any order, each read
            once. A relation naming a group without a row makes all members of that group needed, hard.

    Raises:
        MalformedSnapshot: an id or a group stands twice, an end or an owner is no CI, a strength is unknown, or
            ``needs`` is neither a whole number from 1 nor a share above 0 % and up to 100 %.

    Cost: O(m log m) for m rows. A million CIs with three million relations take some ten seconds and, while loading,
    about 0.8 kB a CI; what stays is what :mod:`impact.graph.structure` tells.

    >>> shop = ("shop", "service", "Shop", None, None, 1, True)
    >>> web = ("web", "server", "web 1", 0.001, None, None, False)
    >>> graph = build(revision=1, items=[[shop, web]], relations=[[("shop", "web", None, "hard", 1.0)]], groups=[])
    >>> graph.ids, graph.ids_of(graph.targets)
    (('shop', 'web'), ('web',))
    """
    return build_columns(
        revision=revision,
        items=_turned(items),
        relations=_turned(relations),
        groups=_turned(groups),
    )


def _turned(batches: Iterable[Sequence[tuple[Any, ...]]]) -> Iterator[Any]:
    return (tuple(zip(*batch, strict=True)) for batch in batches if batch)


def build_columns(
    *,
    revision: int,
    items: Iterable[ItemColumn],
    relations: Iterable[RelationColumn],
    groups: Iterable[GroupColumn],
) -> Graph:
    """Return the graph of an estate as :func:`build` does, from batches that hold a sequence for each field."""
    columns = read_items(items)
    numbering = Numbering(places=dict(zip(columns.ids, range(len(columns.ids)), strict=True)))
    related, grouped = read_relations(relations, numbering), read_groups(groups, numbering)
    numbering.refuse_strangers()
    ranks, group_names = group_ranks(numbering)
    # One number stands for (source, group): relations outside any group come first, then groups by name.
    width = len(group_names) + 1
    keys = related.sources.astype(np.int64) * width + np.append(ranks + 1, 0)[related.groups]
    row_keys = grouped.owners.astype(np.int64) * width + ranks[grouped.names] + 1
    _refuse_twice(row_keys, width, columns.ids, group_names)
    group_keys = _distinct_sorted(np.concatenate([row_keys, keys[related.groups >= 0]]))
    if len(group_keys) > LARGEST:
        raise MalformedSnapshot(fault="more groups than can be numbered", subjects=[str(len(group_keys))])
    order = _order(related, keys)
    graph = Graph(
        revision=revision,
        group_names=group_names,
        **{name: getattr(columns, name) for name in ItemColumns.__slots__},
        **_arrays(columns, _reordered(related, order), keys[order], grouped, row_keys, group_keys, width),
    )
    frozen([value for name in Graph.__slots__ if isinstance(value := getattr(graph, name), np.ndarray)])
    return graph


def _order(related: RelationColumns, keys: Longs) -> Longs:
    """Return the order of the relations: by key, target, strength and confidence."""
    order = np.argsort(keys, kind="stable")
    # Rows come nearly in order, so sorting by one number is quick; what is left are the targets of each key.
    targets = related.targets[order].astype(np.int64)
    sorted_keys = keys[order]
    fresh = np.append(True, sorted_keys[1:] != sorted_keys[:-1]) if len(keys) else np.zeros(0, bool)
    places = (np.cumsum(fresh) << 30) | targets
    order = order[np.argsort(places, kind="stable")]
    places = np.sort(places)
    alike = np.zeros(len(places), bool)
    alike[1:] = places[1:] == places[:-1]
    alike[:-1] |= alike[1:]
    if alike.any():
        rows = order[alike]
        order[alike] = rows[np.lexsort((related.confidences[rows], related.strengths[rows], places[alike]))]
    return order


def _arrays(
    columns: ItemColumns,
    related: RelationColumns,
    keys: Longs,
    grouped: GroupColumns,
    row_keys: Longs,
    group_keys: Longs,
    width: int,
) -> dict[str, Any]:
    """Return the graph's fields about relations and groups; ``keys`` belong to the sorted ``related``."""
    cis = np.arange(len(columns.ids) + 1, dtype=np.int64)
    owners = (group_keys // width).astype(np.int32)
    starts, ends = (np.searchsorted(keys, group_keys, side).astype(np.int32) for side in ("left", "right"))
    sizes = _distinct(related.targets, keys, starts, ends)
    needs, strengths, shares, share_codes = _needs(grouped, row_keys, group_keys, sizes, columns.ids)
    effect_starts, effects = _effects(related, keys, group_keys, strengths, len(columns.ids))
    confidences = _distinct_sorted(related.confidences.astype(np.float64))
    confidence_codes = np.searchsorted(confidences, related.confidences)
    unmet = needs > sizes
    return {
        "relation_starts": np.searchsorted(related.sources, cis).astype(np.int32),
        "alone_ends": np.searchsorted(keys, cis[:-1] * width, "right").astype(np.int32),
        "targets": related.targets,
        "strengths": related.strengths.astype(np.int8),
        "confidences": confidences,
        "confidence_codes": confidence_codes.astype(np.uint8 if len(confidences) <= 256 else np.int32),
        "group_starts": np.searchsorted(owners, cis).astype(np.int32),
        "owners": owners,
        "needs": needs,
        "falls_at": sizes - needs + 1,
        "group_strengths": strengths,
        "member_starts": starts,
        "member_ends": ends,
        "group_name_codes": (group_keys % width - 1).astype(np.int32),
        "shares": shares,
        "share_codes": share_codes,
        "effect_starts": effect_starts,
        "effects": effects,
        "failing": tuple(np.unique(owners[unmet & (strengths == HARD)]).tolist()),
        "ailing": tuple(np.unique(owners[unmet & (strengths == SOFT)]).tolist()),
    }


def _reordered(related: RelationColumns, order: Longs) -> RelationColumns:
    return RelationColumns(
        sources=related.sources[order],
        targets=related.targets[order],
        groups=related.groups[order],
        strengths=related.strengths[order],
        confidences=related.confidences[order],
    )


def _distinct_sorted(values: NDArray[Any]) -> NDArray[Any]:
    """Return the distinct values, ascending; ``numpy.unique`` hashes first, which takes four times as long here."""
    values = np.sort(values)
    return values[np.append(values[1:] != values[:-1], True)] if len(values) else values


def _refuse_twice(row_keys: Longs, width: int, ids: tuple[str, ...], names: tuple[str, ...]) -> None:
    ordered = np.sort(row_keys)
    twice = ordered[1:][ordered[1:] == ordered[:-1]].tolist()
    if twice:
        subjects = [f"{ids[key // width]} {names[key % width - 1]}" for key in twice]
        raise MalformedSnapshot(fault="a group that stands twice", subjects=subjects)


def _distinct(targets: Ints, keys: Longs, starts: Ints, ends: Ints) -> Ints:
    """Return how many distinct targets each group has; ``targets`` is sorted within ``keys``."""
    first = np.ones(len(targets), np.int32)
    first[1:] = (targets[1:] != targets[:-1]) | (keys[1:] != keys[:-1])
    so_far = np.concatenate([np.zeros(1, np.int32), np.cumsum(first, dtype=np.int32)])
    sizes: Ints = (so_far[ends] - so_far[starts]).astype(np.int32)
    return sizes


def _needs(
    grouped: GroupColumns, row_keys: Longs, group_keys: Longs, sizes: Ints, ids: tuple[str, ...]
) -> tuple[Ints, NDArray[np.int8], tuple[str, ...], Ints]:
    """Return needs and strength of each group, the texts of shares, and where each group's stands among them."""
    needs = sizes.copy()
    strengths = np.full(len(group_keys), HARD, np.int8)
    places = np.searchsorted(group_keys, row_keys)
    strengths[places] = grouped.strengths
    share_codes = np.full(len(group_keys), UNRECORDED, np.int32)
    share_codes[places] = NUMBER
    counts = sizes[places].tolist()
    wrong = not {int, str}.issuperset(map(type, grouped.needs))
    asked = [] if wrong else list(zip(grouped.needs, counts, strict=True))
    known = {each: needed_of(*each) for each in set(asked)}
    if wrong or min(known.values(), default=0) < 0:
        told = zip(grouped.owners.tolist(), grouped.needs, counts, strict=True)
        subjects = [f"{ids[owner]} needs {needed!r}" for owner, needed, size in told if needed_of(needed, size) < 0]
        raise MalformedSnapshot(fault="a group that can not count", subjects=subjects)
    needs[places] = np.fromiter(map(known.__getitem__, asked), np.int32, len(asked))
    texts = tuple(sorted({needed for needed, _ in known if isinstance(needed, str)}))
    codes: dict[int | str, int] = {text: code for code, text in enumerate(texts)}
    if codes:
        share_codes[places] = [codes[needed] if isinstance(needed, str) else NUMBER for needed in grouped.needs]
    return needs, strengths, texts, share_codes


def _effects(
    related: RelationColumns, keys: Longs, group_keys: Longs, strengths: NDArray[np.int8], count: int
) -> tuple[Ints, Ints]:
    """Return the effects of every CI's loss, each once: by target, then alone before in a group, then by subject."""
    in_group = related.groups >= 0
    tags = (related.sources.astype(np.int64) << 2) | related.strengths
    groups = np.searchsorted(group_keys, keys[in_group])
    tags[in_group] = (1 << 32) | (groups << 2) | (GROUP_HARD + strengths[groups])
    works = related.strengths != NONE
    works[in_group] = strengths[groups] != NONE
    pairs = _distinct_sorted((related.targets[works].astype(np.int64) << 33) | tags[works])
    starts = np.searchsorted(pairs, np.arange(count + 1, dtype=np.int64) << 33).astype(np.int32)
    return starts, (pairs & 0xFFFFFFFF).astype(np.int32)
