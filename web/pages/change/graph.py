"""
The drawing of an assessment's reasons: which CIs the failure travels through, from the targets up to the services.

It draws what the table beside it says and never the estate itself. CIs that look and stand alike are merged into one
box ("45 services") as far as it takes to stay within :data:`MOST_BOXES` and the width of the page, so none is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from cmdb.model.assessment import Assessment, Outcome
from web.pages.looks import OUTCOMES, Look

MOST_BOXES = 12
_WIDEST = 780.0
_NARROWEST = 560.0
_HEIGHT, _ROW, _GAP, _MARGIN = 44, 76, 22, 12
# From how many alike CIs on a box stands for all of them, and whether what is below must be alike as well.
_COARSER: tuple[tuple[int, bool], ...] = ((10_000_000, True), (3, True), (2, True), (2, False))

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """One CI, or some that are alike: where the box is, what it says and how it looks."""

    x: float
    y: float
    width: float
    label: str
    mono: bool
    look: Look
    changed: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """One line at right angles, and whether the failure travels along it or is held."""

    path: str
    fails: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All boxes and lines in one frame; ``total`` counts the CIs they stand for."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Paths:
    """The CIs on all paths with their depth from the targets, their looks, and which one stands on which."""

    depth: dict[str, int]
    looks: dict[str, Look]
    pairs: list[Pair]
    services: dict[str, str]
    changed: frozenset[str]


def drawing_of(assessment: Assessment) -> Drawing | None:
    """Return the drawing, or None where there is nothing to draw or no merging makes it readable."""
    paths = _paths_of(assessment)
    if not paths.pairs:
        return None
    for least, strictly in _COARSER:
        groups = _grouped(paths, least, strictly)
        labels = [_label(members, paths) for members in groups]
        layers = _layers(groups, paths)
        widths = [_width(label, paths.looks[members[0]]) for label, members in zip(labels, groups, strict=True)]
        spans = [sum(widths[box] for box in row) + _GAP * (len(row) - 1) for row in layers]
        if len(groups) <= MOST_BOXES and max(spans) <= _WIDEST:
            return _drawn(paths, groups, labels, layers, widths, spans)
    return None


def _paths_of(assessment: Assessment) -> _Paths:
    paths = [service.reason for service in assessment.services if len(service.reason) > 1]
    pairs = list(dict.fromkeys(pair for path in paths for pair in itertools.pairwise(path)))
    depth = {ci: 0 for path in paths for ci in path}
    for path in paths:
        for place, ci in enumerate(path):
            depth[ci] = max(depth[ci], place)
    outcomes = {service.id: service.outcome for service in assessment.services}
    failed = frozenset(ci for phase in assessment.phases for ci in phase.failed)
    down, degraded = failed | set(assessment.down), set(assessment.degraded)
    looks = {ci: _look(ci, outcomes, down, degraded) for ci in depth}
    services = {service.id: service.name for service in assessment.services}
    return _Paths(depth, looks, pairs, services, failed)


def _look(ci: str, outcomes: Mapping[str, Outcome], down: frozenset[str], degraded: set[str]) -> Look:
    if ci in outcomes:
        return OUTCOMES[outcomes[ci]]
    if ci in down:
        return OUTCOMES[Outcome.DOWN]
    return OUTCOMES[Outcome.DEGRADED] if ci in degraded else Look("up", "up", "Holds")


def _grouped(paths: _Paths, least: int, strictly: bool) -> list[tuple[str, ...]]:
    """Return the boxes as groups of CIs, from the bottom; ``strictly``: only what stands on the same boxes is alike."""
    below: dict[str, list[str]] = {}
    for low, high in paths.pairs:
        below.setdefault(high, []).append(low)
    box_of: dict[str, Hashable] = {}
    groups: dict[Hashable, list[str]] = {}
    for ci in sorted(paths.depth, key=lambda each: (paths.depth[each], each)):
        under = frozenset(box_of.get(low, low) for low in below.get(ci, ())) if strictly else None
        alike = (paths.depth[ci], paths.looks[ci], ci in paths.services, ci in paths.changed, under)
        groups.setdefault(alike, []).append(ci)
        box_of[ci] = alike
    found: list[tuple[str, ...]] = []
    for members in groups.values():
        found += [tuple(members)] if len(members) >= least else [(ci,) for ci in members]
    return found


def _label(members: tuple[str, ...], paths: _Paths) -> str:
    if len(members) == 1:
        return paths.services.get(members[0], members[0])
    return f"{len(members)} {'services' if members[0] in paths.services else 'CIs'}"


def _width(label: str, look: Look) -> float:
    # Ids are set in a wide type; characters of other scripts take twice the room.
    length = sum(2 if ord(character) > 0x2E7F else 1 for character in label)
    return max(112.0, 8.1 * length + 26, 7.0 * len(look.word) + 46)


def _layers(groups: Sequence[tuple[str, ...]], paths: _Paths) -> list[list[int]]:
    """Return the boxes in rows from the bottom, each row in the order of what it stands on."""
    rows: dict[int, list[int]] = {}
    for box, members in enumerate(groups):
        rows.setdefault(paths.depth[members[0]], []).append(box)
    layers = [rows[depth] for depth in sorted(rows)]
    box_of = {ci: box for box, members in enumerate(groups) for ci in members}
    for under, row in itertools.pairwise(layers):
        place = {box: at for at, box in enumerate(under)}
        reached: dict[int, list[int]] = {box: [] for box in row}
        for low, high in paths.pairs:
            if box_of[high] in reached and box_of[low] in place:
                reached[box_of[high]].append(place[box_of[low]])
        row.sort(key=lambda box: (sum(reached[box]) / len(reached[box]) if reached[box] else 99.0, box))
    return layers


def _drawn(
    paths: _Paths,
    groups: Sequence[tuple[str, ...]],
    labels: Sequence[str],
    layers: Sequence[Sequence[int]],
    widths: Sequence[float],
    spans: Sequence[float],
) -> Drawing:
    width = max(*spans, _NARROWEST) + 2 * _MARGIN
    places: dict[int, tuple[float, float]] = {}
    for number, (row, span) in enumerate(zip(layers, spans, strict=True)):
        x, y = (width - span) / 2, float(_MARGIN + (len(layers) - 1 - number) * _ROW)
        for box in row:
            places[box] = (round(x, 1), y)
            x += widths[box] + _GAP
    boxes = tuple(
        Box(
            *places[box],
            widths[box],
            labels[box],
            len(members) == 1 and members[0] not in paths.services,
            paths.looks[members[0]],
            members[0] in paths.changed,
        )
        for box, members in enumerate(groups)
    )
    box_of = {ci: box for box, members in enumerate(groups) for ci in members}
    lines = dict.fromkeys((box_of[low], box_of[high]) for low, high in paths.pairs)
    edges = tuple(Edge(_line(boxes[low], boxes[high]), boxes[high].look.css == "down") for low, high in lines)
    height = (len(layers) - 1) * _ROW + _HEIGHT + 2 * _MARGIN
    return Drawing(round(width, 1), float(height), boxes, edges, len(paths.depth))


def _line(low: Box, high: Box) -> str:
    turn = low.y - (_ROW - _HEIGHT) / 2
    return f"M{low.x + low.width / 2:.1f} {low.y:.1f}V{turn:.1f}H{high.x + high.width / 2:.1f}V{high.y + _HEIGHT:.1f}"
