"""
The drawing of reasons: which CIs a failure travels through, from what failed up to the services, and past which groups.

It draws what the words and the table beside it say and never the estate itself. A redundancy group is a node of its
own, a gate, with a mark for each member. CIs and gates that look and stand alike are merged into one node
("45 services") as far as it takes to stay within :data:`MOST_NODES` and the width of the page; where that is not
enough, first what stands beside the way is left out, then the gates. What is not drawn is counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cmdb.model.assessment import ServiceOutcome
from cmdb.model.gate import Gate, Why
from cmdb.model.outcome import Outcome
from cmdb.model.relation import Strength
from web.pages.layout import Pair, Size, laid_out, layers_of
from web.pages.looks import OUTCOMES, Look

MOST_NODES = 12
MOST_PIPS = 8
_WIDEST, _NARROWEST = 780.0, 560.0
_HEIGHT, _PILL = 44.0, 28.0
_LONGEST_NAME = 12
# From how many alike nodes on one stands for all of them, and whether what is below must be alike as well.
_COARSER: tuple[tuple[int, bool], ...] = ((10_000_000, True), (3, True), (2, True), (2, False))
_PLAIN, _GATES, _FALLEN, _POINTS = range(4)
_ANY = 10_000_000

Key = str | tuple[str, str]
"""A CI by its id, a gate by item and name."""


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
class Pill:
    """One gate, or some that are alike; ``pips`` tells for each member whether it holds, empty for very many."""

    x: float
    y: float
    width: float
    label: str
    pips: tuple[bool, ...]
    aside: str
    css: str

    @property
    def pip_places(self) -> list[tuple[float, bool]]:
        """Where each pip stands, and whether its member holds."""
        first = self.x + self.width - 8 - 13 * len(self.pips)
        return [(round(first + 13 * place, 1), holds) for place, holds in enumerate(self.pips)]


@dataclass(frozen=True, slots=True)
class Edge:
    """One line at right angles, whether the failure travels along it or is held, and whether it is soft."""

    path: str
    fails: bool
    soft: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All nodes and lines in one frame, and how many CIs and groups they stand for; ``left`` CIs are not drawn."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    pills: tuple[Pill, ...]
    edges: tuple[Edge, ...]
    total: int
    groups: int
    left: int

    @property
    def nodes(self) -> int:
        return len(self.boxes) + len(self.pills)


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to draw: the services with their reasons, what failed by itself, and what that did."""

    services: Sequence[ServiceOutcome]
    failed: frozenset[str]
    down: frozenset[str]
    degraded: frozenset[str]
    why: Why | None
    changed: bool = True
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Picture:
    """The nodes of one way to draw the facts, and which one stands on which."""

    facts: Facts
    outcomes: dict[str, Outcome]
    names: dict[str, str]
    pairs: list[tuple[Key, Key]] = field(default_factory=list)
    gates: dict[Key, Gate] = field(default_factory=dict)
    points: set[str] = field(default_factory=set)

    @property
    def keys(self) -> list[Key]:
        return list(dict.fromkeys(key for pair in self.pairs for key in pair))


def drawing_of(facts: Facts) -> Drawing | None:
    """Return the drawing, or None where there is nothing to draw or no merging makes it readable."""
    # Who keeps a spare has lost nothing yet, and a gate with spares lets nothing through: these give way first.
    worse = [service for service in facts.services if service.outcome is not Outcome.REDUCED]
    milder = replace(facts, services=worse) if 0 < len(worse) < len(facts.services) else None
    pictures = {detail: _picture(facts, detail) for detail in (_POINTS, _FALLEN, _GATES, _PLAIN)}
    if not pictures[_PLAIN].pairs:
        return None
    first = [pictures[detail] for detail in (_POINTS, _FALLEN, _GATES)]
    if milder is not None:
        first += [_picture(milder, detail, most) for most in (_ANY, 0, -1) for detail in (_POINTS, _FALLEN, _GATES)]
    least_first = [(picture, coarser) for coarser in _COARSER[:2] for picture in first]
    then = [(pictures[detail], coarser) for coarser in _COARSER[2:] for detail in (_POINTS, _FALLEN, _GATES)]
    last = [(pictures[_PLAIN], coarser) for coarser in _COARSER]
    touched = facts.failed | facts.down | facts.degraded | {service.id for service in facts.services}
    for picture, (least, strictly) in (*least_first, *then, *last):
        drawing = _drawn(picture, least, strictly, touched) if picture.pairs else None
        if drawing is not None:
            return drawing
    return None


def _picture(facts: Facts, detail: int, most_spares: int = _ANY) -> _Picture:
    """
    Return what is drawn: the reasons; with their gates; with what else fell in these; with the new single points.

    Gates with more than ``most_spares`` spares are left out.
    """
    outcomes = {service.id: service.outcome for service in facts.services}
    picture = _Picture(facts, outcomes, {**facts.names, **{service.id: service.name for service in facts.services}})
    pairs: dict[tuple[Key, Key], None] = {}
    for service in facts.services:
        gates = facts.why.gates.get(service.id, ()) if facts.why and detail > _PLAIN else ()
        for (low, high), gate in itertools.zip_longest(itertools.pairwise(service.reason), gates):
            if gate is None or gate.spares > most_spares:
                pairs[low, high] = None
                continue
            between: Key = (gate.item, gate.name)
            picture.gates[between] = gate
            pairs.update({(low, between): None, (between, high): None})
    for key, gate in picture.gates.items() if detail >= _FALLEN else ():
        for member in gate.down if gate.spares < 0 else ():
            pairs.update(dict.fromkeys(itertools.pairwise((*member.path, key))))
    for key, gate in picture.gates.items() if detail >= _POINTS else ():
        carried = [member.id for member in gate.members if not member.path and _carries(member.id, facts)]
        picture.points.update(carried)
        pairs.update({(ci, key): None for ci in carried})
    picture.pairs = list(pairs)
    return picture


def _carries(ci: str, facts: Facts) -> bool:
    return any(ci in service.new_single_points for service in facts.services)


def _drawn(picture: _Picture, least: int, strictly: bool, touched: frozenset[str]) -> Drawing | None:
    """Return the drawing with nodes merged that far, or None where it has too many or is too wide."""
    keys = picture.keys
    number = {key: place for place, key in enumerate(keys)}
    single = layers_of(len(keys), [(number[low], number[high]) for low, high in picture.pairs], _tops(keys, picture))
    if single is None:
        return None
    groups = _grouped(picture, {key: single[number[key]] for key in keys}, least, strictly)
    if len(groups) > MOST_NODES:
        return None
    node_of = {key: node for node, members in enumerate(groups) for key in members}
    links: list[Pair] = list(dict.fromkeys((node_of[low], node_of[high]) for low, high in picture.pairs))
    tops = [node for node, members in enumerate(groups) if members[0] in picture.outcomes]
    layer = layers_of(len(groups), links, tops)
    if layer is None:
        return None
    faces = [_face(members, picture) for members in groups]
    layout = laid_out([size for size, _ in faces], layer, links, _NARROWEST)
    if layout.width > max(_WIDEST, _NARROWEST) + 24:
        return None
    made = [make(x, y) for (_, make), (x, y) in zip(faces, layout.places, strict=True)]
    cis = [key for key in keys if isinstance(key, str)]
    edges = zip(layout.paths, links, strict=True)
    return Drawing(
        layout.width,
        layout.height,
        tuple(node for node in made if isinstance(node, Box)),
        tuple(node for node in made if isinstance(node, Pill)),
        tuple(_edge(path, groups[low][0], groups[high][0], picture) for path, (low, high) in edges),
        len(cis),
        len(keys) - len(cis),
        len(touched - set(cis)),
    )


def _tops(keys: Iterable[Key], picture: _Picture) -> list[int]:
    return [place for place, key in enumerate(keys) if key in picture.outcomes]


def _grouped(picture: _Picture, layer: Mapping[Key, int], least: int, strictly: bool) -> list[tuple[Key, ...]]:
    """Return the nodes as groups of keys, from the bottom; ``strictly``: only what stands on the same ones is alike."""
    below: dict[Key, list[Key]] = {}
    for low, high in picture.pairs:
        below.setdefault(high, []).append(low)
    node_of: dict[Key, Hashable] = {}
    groups: dict[Hashable, list[Key]] = {}
    for key in sorted(layer, key=lambda each: (layer[each], isinstance(each, str), each)):
        under = frozenset(node_of.get(low, low) for low in below.get(key, ())) if strictly else None
        alike = (layer[key], *_kind(key, picture), under)
        groups.setdefault(alike, []).append(key)
        node_of[key] = alike
    found: list[tuple[Key, ...]] = []
    for members in groups.values():
        found += [tuple(members)] if len(members) >= least else [(key,) for key in members]
    return found


def _kind(key: Key, picture: _Picture) -> tuple[Hashable, ...]:
    gate = picture.gates.get(key)
    if gate is not None:
        return ("gate", gate.needs, len(gate.members), len(gate.down), gate.strength)
    assert isinstance(key, str)
    return (_look(key, picture), key in picture.outcomes, key in picture.facts.failed)


def _look(ci: str, picture: _Picture) -> Look:
    if ci in picture.outcomes:
        return OUTCOMES[picture.outcomes[ci]]
    if ci in picture.facts.down or ci in picture.facts.failed:
        return OUTCOMES[Outcome.DOWN]
    if ci in picture.points:
        return Look("lost", "lost", "Single point")
    return OUTCOMES[Outcome.DEGRADED] if ci in picture.facts.degraded else Look("up", "up", "Holds")


def _face(members: tuple[Key, ...], picture: _Picture) -> tuple[Size, Callable[[float, float], Box | Pill]]:
    """Return how large a node is, and what makes it once its place is known."""
    first = members[0]
    gate = picture.gates.get(first)
    if gate is not None:
        return _pill(gate, len(members))
    assert isinstance(first, str)
    look, service = _look(first, picture), first in picture.outcomes
    if len(members) == 1:
        label = picture.names.get(first, first)
    else:
        label = f"{len(members)} {'services' if service else 'CIs'}"
    # Ids are set in a wide type; characters of other scripts take twice the room.
    length = sum(2 if ord(character) > 0x2E7F else 1 for character in label)
    width = max(112.0, 8.1 * length + 26, 7.0 * len(look.word) + 46)
    mono = len(members) == 1 and label == first and not service
    changed = picture.facts.changed and first in picture.facts.failed
    return Size(width, _HEIGHT, width / 2), lambda x, y: Box(x, y, width, label, mono, look, changed)


def _pill(gate: Gate, count: int) -> tuple[Size, Callable[[float, float], Pill]]:
    label = f"{f'{count} × ' if count > 1 else ''}{gate.needs} of {len(gate.members)}"
    if count == 1 and len(gate.name) <= _LONGEST_NAME:
        label += f" {gate.name}"
    pips = tuple(not member.down for member in gate.members) if len(gate.members) <= MOST_PIPS else ()
    if gate.spares < 0:
        aside, css = "too few left", "down"
    elif gate.spares == 0:
        aside, css = "no spare left", "lost"
    else:
        aside, css = f"{gate.spares} spare{'s' if gate.spares > 1 else ''} left", "reduced"
    width = 7.4 * len(label) + 24 + 13 * len(pips)
    size = Size(width + 8 + 6.8 * len(aside), _PILL, width / 2)
    return size, lambda x, y: Pill(x, y, round(width, 1), label, pips, aside, css)


def _edge(path: str, low: Key, high: Key, picture: _Picture) -> Edge:
    into, out_of = picture.gates.get(high), picture.gates.get(low)
    if into is not None:
        fails = isinstance(low, str) and _look(low, picture).css == "down"
    elif out_of is not None:
        fails = out_of.spares < 0
    else:
        fails = isinstance(high, str) and _look(high, picture).css == "down"
    gate = into or out_of
    return Edge(path, fails, gate is not None and gate.strength is Strength.SOFT)
