"""
The drawing of an assessment's reasons: which CIs the failure travels through, from the targets up to the services.

It draws what the table beside it says and never the estate itself: at most :data:`MOST_NODES` CIs, the others counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmdb.model.assessment import Assessment, Outcome
from web.pages.looks import OUTCOMES

MOST_NODES = 12
LONGEST_LABEL = 40
_HEIGHT, _ROW, _GAP, _MARGIN = 44, 86, 22, 12


@dataclass(frozen=True, slots=True)
class Node:
    """One box: where it is, what it says and how it looks."""

    x: float
    y: float
    width: float
    label: str
    mono: bool
    css: str
    icon: str
    word: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """One line at right angles, and whether the failure travels along it or is held."""

    path: str
    fails: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All boxes and lines in one frame; ``total`` counts the CIs on all paths, drawn or not."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    total: int


def drawing_of(assessment: Assessment, names: Mapping[str, str]) -> Drawing | None:
    """Return the drawing, or None where there is nothing to draw or a label has no place in a box."""
    paths = [service.reason for service in assessment.services if len(service.reason) > 1]
    drawn = _chosen(paths)
    used = list(dict.fromkeys(ci for path in drawn for ci in path))
    services = {service.id: service for service in assessment.services}
    labels = {ci: services[ci].name if ci in services else ci for ci in used}
    if not used or max(map(len, labels.values())) > LONGEST_LABEL:
        return None
    looks = {ci: _look(ci, assessment, services) for ci in used}
    pairs = list(dict.fromkeys(pair for path in drawn for pair in zip(path, path[1:], strict=False)))
    widths = {ci: max(112.0, 8.1 * len(labels[ci]) + 26, 7.0 * len(looks[ci][2]) + 42) for ci in used}
    layers = _layers(used, drawn, pairs)
    places, width = _places(layers, widths)
    changed = {ci for phase in assessment.phases for ci in phase.failed}
    nodes = tuple(
        Node(*places[ci], widths[ci], labels[ci], ci not in services, *looks[ci], ci in changed) for ci in used
    )
    edges = tuple(Edge(_line(places, widths, low, high), looks[high][0] == "down") for low, high in pairs)
    total = len({ci for path in paths for ci in path})
    return Drawing(width, len(layers) * _ROW - (_ROW - _HEIGHT) + 2 * _MARGIN, nodes, edges, total)


def _chosen(paths: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the paths that fit together, in the order of the record."""
    used: set[str] = set()
    chosen = []
    for path in paths:
        if len(used | set(path)) <= MOST_NODES:
            used |= set(path)
            chosen.append(path)
    return chosen


def _look(ci: str, assessment: Assessment, services: Mapping[str, object]) -> tuple[str, str, str]:
    outcome = Outcome.UNAFFECTED
    for service in assessment.services:
        if service.id == ci:
            outcome = service.outcome
    if ci not in services:
        failed = any(ci in phase.failed for phase in assessment.phases)
        if failed or ci in assessment.down:
            outcome = Outcome.DOWN
        elif ci in assessment.degraded:
            outcome = Outcome.DEGRADED
    look = OUTCOMES[outcome]
    return look.css, look.icon, look.word


def _layers(used: Sequence[str], paths: Sequence[tuple[str, ...]], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the CIs in rows from the bottom: each above all it depends on; a cycle of reasons is cut by their number."""
    depth = dict.fromkeys(used, 0)
    for _ in used:
        for low, high in pairs:
            depth[high] = min(max(depth[high], depth[low] + 1), len(used))
    rows: dict[int, list[str]] = {}
    for ci in used:
        rows.setdefault(depth[ci], []).append(ci)
    layers = [rows[row] for row in sorted(rows)]
    for below, row in zip(layers, layers[1:], strict=False):
        place = {ci: float(at) for at, ci in enumerate(below)}
        reached = {ci: [place[low] for low, high in pairs if high == ci and low in place] for ci in row}
        row.sort(key=lambda ci: (sum(reached[ci]) / len(reached[ci]) if reached[ci] else 99.0, ci))
    return layers


def _places(layers: Sequence[Sequence[str]], widths: Mapping[str, float]) -> tuple[dict[str, tuple[float, float]], float]:
    """Return the upper left corner of every box, and the width of the frame."""
    spans = [sum(widths[ci] for ci in row) + _GAP * (len(row) - 1) for row in layers]
    width = max(*spans, 560.0) + 2 * _MARGIN
    places = {}
    for number, (row, span) in enumerate(zip(layers, spans, strict=True)):
        x, y = (width - span) / 2, _MARGIN + (len(layers) - 1 - number) * _ROW
        for ci in row:
            places[ci] = (round(x, 1), float(y))
            x += widths[ci] + _GAP
    return places, round(width, 1)


def _line(places: Mapping[str, tuple[float, float]], widths: Mapping[str, float], low: str, high: str) -> str:
    from_x, from_y = places[low][0] + widths[low] / 2, places[low][1]
    to_x, to_y = places[high][0] + widths[high] / 2, places[high][1] + _HEIGHT
    turn = from_y - (_ROW - _HEIGHT) / 2
    return f"M{from_x:.1f} {from_y:.1f}V{turn:.1f}H{to_x:.1f}V{to_y:.1f}"
