"""
Where the nodes of a layered drawing stand, and how the lines between them run: at right angles, none on another's way.

Layers in rows, long lines over place holders, order by the mean of the neighbours, places by least squares. Source:
Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system structures, 1981; the places of a row
by pooling adjacent violators (Ayer et al., 1955).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

GAP, MARGIN, BETWEEN = 18.0, 12.0, 32.0
_THREAD = 14.0
_SWEEPS = 8
# A line that would step aside by less than this goes straight on.
_KINK = 6.0

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a node is, and how far from its left edge lines reach it."""

    width: float
    height: float
    anchor: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The frame, the left upper corner of each node, and an SVG path for each pair from its lower to its upper node."""

    width: float
    height: float
    places: tuple[tuple[float, float], ...]
    paths: tuple[str, ...]


def layers_of(count: int, pairs: Sequence[Pair], top: Sequence[int]) -> list[int] | None:
    """Return each node's layer from the bottom, those of ``top`` in the highest; None where pairs go in a circle."""
    layer = [0] * count
    for _ in range(count + 1):
        moved = False
        for low, high in pairs:
            if layer[high] <= layer[low]:
                layer[high], moved = layer[low] + 1, True
        if not moved:
            highest = max(layer, default=0)
            above = {low for low, _ in pairs}
            return [highest if node in top and node not in above else layer[node] for node in range(count)]
    return None


def laid_out(sizes: Sequence[Size], layer: Sequence[int], pairs: Sequence[Pair], least: float = 0.0) -> Layout:
    """Return where everything stands; ``least`` is the smallest width of the frame."""
    sizes, layer = list(sizes), list(layer)
    chains = [_chain(pair, sizes, layer) for pair in pairs]
    links = sorted({link for chain in chains for link in itertools.pairwise(chain)})
    rows = _ordered(layer, links)
    x = _across(sizes, rows, links)
    left = min(x[node] - sizes[node].anchor for node in range(len(sizes)))
    right = max(x[node] - sizes[node].anchor + sizes[node].width for node in range(len(sizes)))
    width = max(right - left, least) + 2 * MARGIN
    shift = (width - (right - left)) / 2 - left
    x = [place + shift for place in x]
    tops, height = _down(sizes, rows)
    tracks = _tracks(links, layer, x)
    y = [
        tops[layer[node]] + (_row_height(sizes, rows[layer[node]]) - sizes[node].height) / 2
        for node in range(len(sizes))
    ]
    real = len(layer) - sum(len(chain) - 2 for chain in chains)
    return Layout(
        round(width, 1),
        round(height, 1),
        tuple((round(x[node] - sizes[node].anchor, 1), round(y[node], 1)) for node in range(real)),
        tuple(_path(chain, sizes, x, y, tops, layer, tracks) for chain in chains),
    )


def _chain(pair: Pair, sizes: list[Size], layer: list[int]) -> list[int]:
    """Return the pair with a place holder in every layer between; the holders are added to the nodes."""
    low, high = pair
    between = range(layer[low] + 1, layer[high])
    holders = list(range(len(sizes), len(sizes) + len(between)))
    sizes.extend(Size(_THREAD, 0.0, _THREAD / 2) for _ in between)
    layer.extend(between)
    return [low, *holders, high]


def _ordered(layer: Sequence[int], links: Sequence[Pair]) -> list[list[int]]:
    """Return the nodes of each layer from left to right, near what they are joined to."""
    rows: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for node, at in enumerate(layer):
        rows[at].append(node)
    for sweep in range(_SWEEPS):
        up = sweep % 2 == 0
        for at in range(1, len(rows)) if up else range(len(rows) - 2, -1, -1):
            beside = {node: place for place, node in enumerate(rows[at - 1 if up else at + 1])}
            joined: dict[int, list[int]] = {node: [] for node in rows[at]}
            for low, high in links:
                here, there = (high, low) if up else (low, high)
                if here in joined and there in beside:
                    joined[here].append(beside[there])
            order = {node: place for place, node in enumerate(rows[at])}
            rows[at].sort(key=lambda node: (_mean(joined[node], order[node]), order[node]))
    return rows


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _across(sizes: Sequence[Size], rows: Sequence[Sequence[int]], links: Sequence[Pair]) -> list[float]:
    """Return for each node how far right lines reach it: as near to what it is joined to as the row has room."""
    x = [0.0] * len(sizes)
    for row in rows:
        for node, place in zip(row, _fitted([0.0] * len(row), row, sizes), strict=True):
            x[node] = place
    joined: dict[int, list[int]] = {node: [] for node in range(len(sizes))}
    for low, high in links:
        joined[low].append(high)
        joined[high].append(low)
    for sweep in range(2 * _SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_mean([x[other] for other in joined[node]], x[node]) for node in row]
            for node, place in zip(row, _fitted(wanted, row, sizes), strict=True):
                x[node] = place
    return x


def _fitted(wanted: Sequence[float], row: Sequence[int], sizes: Sequence[Size]) -> list[float]:
    """Return the places nearest to the wanted ones (least squares) at which no two nodes of the row overlap."""
    offsets, before = [], 0.0
    for at, node in enumerate(row):
        if at:
            last = sizes[row[at - 1]]
            before += last.width - last.anchor + GAP + sizes[node].anchor
        offsets.append(before)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        pools.append((mean, count))
    level = [mean for mean, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(level, offsets, strict=True)]


def _row_height(sizes: Sequence[Size], row: Sequence[int]) -> float:
    return max((sizes[node].height for node in row), default=0.0)


def _down(sizes: Sequence[Size], rows: Sequence[Sequence[int]]) -> tuple[list[float], float]:
    """Return the upper edge of each row, the first row lowest, and the height of the frame."""
    tops = [0.0] * len(rows)
    y = MARGIN
    for at in range(len(rows) - 1, -1, -1):
        tops[at] = y
        y += _row_height(sizes, rows[at]) + BETWEEN
    return tops, y - BETWEEN + MARGIN


def _tracks(links: Sequence[Pair], layer: Sequence[int], x: Sequence[float]) -> dict[Pair, float]:
    """Return for each link at which share of the gap above its lower row it turns, so that no two lines share a way."""
    turns: dict[Pair, float] = {}
    for gap in sorted({layer[low] for low, _ in links}):
        here = [link for link in links if layer[link[0]] == gap]
        spans: dict[int, tuple[float, float]] = {}
        for low, high in here:
            first, last = spans.get(high, (x[high], x[high]))
            spans[high] = (min(first, x[low]), max(last, x[low]))
        track_of: dict[int, int] = {}
        taken: list[list[tuple[float, float]]] = []
        for high in sorted(spans, key=lambda node: (spans[node][0], -spans[node][1], node)):
            span = spans[high]
            free = (at for at, used in enumerate(taken) if all(span[0] > b + 4 or span[1] < a - 4 for a, b in used))
            at = next(free, len(taken))
            taken += [[]] if at == len(taken) else []
            # A line that only goes straight up is in nobody's way.
            taken[at] += [span] if span[1] - span[0] > 1 else []
            track_of[high] = at
        turns.update({link: (track_of[link[1]] + 1) / (len(taken) + 1) for link in here})
    return turns


def _path(
    chain: Sequence[int],
    sizes: Sequence[Size],
    x: Sequence[float],
    y: Sequence[float],
    tops: Sequence[float],
    layer: Sequence[int],
    tracks: dict[Pair, float],
) -> str:
    path, here = f"M{x[chain[0]]:.1f} {y[chain[0]]:.1f}", x[chain[0]]
    for low, high in itertools.pairwise(chain):
        if abs(here - x[high]) > _KINK:
            here = x[high]
            path += f"V{tops[layer[low]] - BETWEEN * tracks[low, high]:.1f}H{x[high]:.1f}"
    return f"{path}V{y[chain[-1]] + sizes[chain[-1]].height:.1f}"
