"""Where cables lead: from plug to plug, through the patch panels between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from cmdb.model.run import Said
from discovery.connectors.netbox.shape.book import Book, native_id
from discovery.connectors.netbox.shape.rows import Ref

CABLE, FRONT, REAR = "dcim.cable", "dcim.frontport", "dcim.rearport"
INTERFACE, CIRCUIT = "dcim.interface", "circuits.circuittermination"
_LONGEST = 100  # Cables on one path.
_MOST_PLACES = 2_000  # Places that the paths of one plug lead over.
_MOST_ENDS = 64  # Plugs on one side of one cable.


@dataclass(frozen=True, slots=True)
class Path:
    """A way from one plug to another, and what it leads over."""

    end: Ref
    over: tuple[Ref, ...]


@dataclass(slots=True)
class Cabling:
    """All cables that are plugged in; ``used`` is what some path leads over."""

    peers: dict[Ref, list[tuple[int, Ref]]] = field(default_factory=lambda: defaultdict(list))
    rears: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    fronts: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    positions: dict[int, int] = field(default_factory=dict)
    used: set[Ref] = field(default_factory=set)
    too_long: int = 0

    def paths(self, start: Ref) -> Iterator[Path]:
        """
        Yield the paths from a plug to each other end.

        A rear port may hold several front ports; which of them a path goes on with is where it came in by another
        panel of that kind, as NetBox traces it. A path that enters such a port from nowhere splits, and ends there.
        """
        waiting: list[tuple[Ref, tuple[int, ...], tuple[Ref, ...]]] = [(start, (), ())]
        seen: set[tuple[Ref, tuple[int, ...]]] = set()
        while waiting:
            at, held, over = waiting.pop()
            if (at, held) in seen:
                continue
            seen.add((at, held))
            if len(over) > _LONGEST * 3 or len(seen) > _MOST_PLACES:
                self.too_long += 1
                continue
            for cable, peer in self.peers.get(at, ()):
                way = (*over, Ref(CABLE, cable))
                if peer.model == FRONT:
                    for rear, position in self.rears.get(peer.id, ()):
                        waiting.append((Ref(REAR, rear), (*held, position), (*way, peer, Ref(REAR, rear))))
                elif peer.model == REAR:
                    position, rest = (held[-1], held[:-1]) if held else (1, ())
                    if held or self.positions.get(peer.id, 1) == 1:
                        for front in self.fronts.get((peer.id, position), ()):
                            waiting.append((Ref(FRONT, front), rest, (*way, peer, Ref(FRONT, front))))
                elif peer != start:
                    self.used.update(way, (start, peer))
                    yield Path(peer, way)


def cabling_of(book: Book) -> Cabling:
    """Return the cables that are there; one with a status that says it is not is counted."""
    found = Cabling()
    rows = book.rows
    gone = {id_ for id_, row in rows.of(CABLE).items() if book.skipped(CABLE, row)}
    sides: dict[int, dict[str, list[Ref]]] = defaultdict(lambda: {"A": [], "B": []})
    for end in rows.cable_ends:
        if end.cable in rows.of(CABLE) and end.cable not in gone and end.side in ("A", "B"):
            sides[end.cable][end.side].append(end.at)
    crowded = 0
    for cable, both in sorted(sides.items()):
        if max(map(len, both.values())) > _MOST_ENDS:
            crowded += 1
            continue
        for one in both["A"]:
            for other in both["B"]:
                found.peers[one].append((cable, other))
                found.peers[other].append((cable, one))
    if crowded:
        book.notes.append(Said("netbox.cable_with_too_many_ends", {"count": crowded, "most": _MOST_ENDS}))
    for front, _, rear, position in rows.port_pairs:
        found.rears[front].append((rear, position))
        found.fronts[rear, position].append(front)
    for id_, row in rows.of(REAR).items():
        found.positions[id_] = row["positions"] if type(row.get("positions")) is int else 1
    return found


def connections(book: Book, cabling: Cabling) -> None:
    """Relate interfaces to the interfaces and circuits that their cables lead to, each pair once."""
    for id_ in book.rows.of(INTERFACE):
        draft = book.drafts.get(native_id(INTERFACE, id_))
        if draft is None:
            continue
        start = Ref(INTERFACE, id_)
        for path in cabling.paths(start):
            words = _words(book, path)
            if path.end.model == CIRCUIT:
                circuit = book.rows.find(CIRCUIT, path.end.id).get("circuit")
                if line := book.there("circuits.circuit", circuit):
                    draft.relate("connects_to", line, words)
            elif path.end.model == INTERFACE and start < path.end and (other := book.drafts.get(native_id(*path.end))):
                draft.relate("connects_to", other.native_id, words)


def used_up(book: Book, cabling: Cabling) -> None:
    """Account for cables and the ports of panels, once all paths were followed."""
    if cabling.too_long:
        book.notes.append(Said("netbox.path_too_long", {"count": cabling.too_long, "most": _LONGEST}))
    gone = book.settings["skip_statuses"]
    for id_, row in book.rows.of(CABLE).items():
        if row.get("status") in gone:
            continue
        if Ref(CABLE, id_) in cabling.used:
            book.taken_as[CABLE, "relation of what it joins"] += 1
        else:
            book.left_out[CABLE, "it joins nothing that is taken"] += 1
    for model in (FRONT, REAR):
        for id_ in book.rows.of(model):
            if Ref(model, id_) in cabling.used:
                book.taken_as[model, "place on the way of a cable"] += 1
            else:
                book.left_out[model, "no cable leads over it to an interface"] += 1
    book.taken_as["dcim.portmapping", "place on the way of a cable"] += book.rows.counts.get("dcim.portmapping", 0)
    book.taken_as["dcim.cabletermination", "end of its cable"] += book.rows.counts.get("dcim.cabletermination", 0)


def _words(book: Book, path: Path) -> str:
    cables = [each for each in path.over if each.model == CABLE]
    label = str(book.rows.find(CABLE, cables[0].id).get("label") or "")
    first = f"cable {cables[0].id}" + (f" ({label})" if label else "")
    return first if len(cables) == 1 else f"{first} and {len(cables) - 1} more, through patch panels"
