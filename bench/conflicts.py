"""Joint conflicts of 10,000 changes in a quarter on 100,000 CIs, of one window that is dragged, and its next safe one.

``python -m bench.conflicts [CIS] [CHANGES] [DRAGS]`` prints each figure with its goal beside it. Changes are drawn as
an operations team has them: most are of hosts, nine in ten of one to three CIs side by side, one in ten of up to twenty
of a class; half of the windows are at night, half in office hours, from half an hour to eight hours long.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime, timedelta

from bench.synthetic import Synthetic
from bench.table import tell
from cmdb.model.intervals import Interval
from impact.graph import Graph, build
from impact.risk.conflicts import CHANGE, Calendar, Party
from impact.risk.moves import moves_of
from impact.risk.safe_window import Grid, first_safe, ruled_by_conflicts

CIS, CHANGES, DRAGS = 100_000, 10_000, 300
DAYS, HOUR = 90, 3600
GOAL_ALL, GOAL_DRAG = 2.0, 0.050
CLASSES = {
    "server": 30,
    "virtual_machine": 30,
    "service_instance": 15,
    "database_instance": 10,
    "storage_array": 5,
    "switch": 5,
    "application": 3,
    "pdu": 2,
}


def drawn(graph: Graph, estate: Synthetic, count: int, seed: int = 1, *, days: int = DAYS) -> list[Party]:
    """Return ``count`` changes with their windows within a quarter, or so many ``days``."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        ci_class = draw.choices(list(CLASSES), list(CLASSES.values()))[0]
        total = estate.count(ci_class)
        size = draw.choice((1, 1, 1, 1, 1, 1, 2, 2, 3)) if draw.random() < 0.9 else draw.randint(4, 20)
        first = draw.randrange(total)
        targets = {graph.index(f"{ci_class}:{(first + step) % total:07d}") for step in range(min(size, total))}
        start = draw.randrange(days) * 24 * HOUR + draw.choice((22, 9)) * HOUR + draw.randrange(24) * 900
        end = start + draw.choice((0.5, 1, 1, 2, 2, 2, 4, 8)) * HOUR
        found.append(Party(CHANGE, f"CHG-{number:05d}", tuple((ci, start, end) for ci in sorted(targets))))
    return found


def shifted(party: Party, seconds: float) -> Party:
    """Return a party as much later."""
    return party._replace(outages=tuple((ci, start + seconds, end + seconds) for ci, start, end in party.outages))


def drag(calendar: Calendar, drags: int, seed: int = 2) -> list[float]:
    """Move one window after the other by up to three days, and return the seconds until all conflicts are told."""
    draw = random.Random(seed)
    names, seconds = sorted(calendar.parties), []
    for _ in range(drags):
        party = calendar.parties[draw.choice(names)]
        moved = shifted(party, draw.randint(-72 * 4, 72 * 4) * 900)
        start = time.perf_counter()
        calendar.place(moved)
        calendar.conflicts()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def next_windows(graph: Graph, parties: list[Party], count: int, seed: int = 3) -> tuple[list[float], int]:
    """
    Look for the next start in the quarter at which one change after the other is in no joint conflict, 15 min apart.

    Return the seconds of each, among all parties, and for how many there is one.
    """
    draw = random.Random(seed)
    calendar, found, seconds = Calendar(graph, parties), 0, []
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    grid = Grid.between(origin, origin + timedelta(days=DAYS), 15)
    for party in draw.sample(parties, count):
        start, end = (origin + timedelta(seconds=each) for each in (party.outages[0][1] or 0, party.outages[0][2] or 0))
        begun = time.perf_counter()
        ruled = ruled_by_conflicts(grid, calendar, party.id, Interval(start, end))
        found += first_safe(grid, ruled).number is not None
        seconds.append(time.perf_counter() - begun)
    return sorted(seconds), found


def since(begun: tuple[float, float]) -> tuple[float, str]:
    """Return the seconds by the clock, and in words those of the processor too: the machine may have other work."""
    clock, processor = time.perf_counter() - begun[0], time.process_time() - begun[1]
    return clock, f"{clock:.2f} s (processor {processor:.2f} s)"


def main() -> None:
    """Print seconds in all, those of the moves beside, and those of dragging."""
    size, count, drags = (
        int(sys.argv[place]) if len(sys.argv) > place else usual
        for place, usual in enumerate((CIS, CHANGES, DRAGS), start=1)
    )
    estate = Synthetic(size)
    graph = build(revision=1, **estate.rows())
    parties = drawn(graph, estate, count)
    targets = sum(len(party.outages) for party in parties)
    print(f"{len(graph)} CIs, {len(parties)} changes of {targets} targets in {DAYS} days", flush=True)

    begun = time.perf_counter(), time.process_time()
    calendar = Calendar(graph, parties)
    found = calendar.conflicts()
    seconds_all, told = since(begun)
    sizes = sorted(len(conflict.parties) for conflict in found)
    services = {service for conflict in found for service in conflict.services}
    print(f"conflicts: {len(found)}, of up to {max(sizes, default=0)} changes, over {len(services)} services")
    print(f"more sets than are listed: {len(calendar.cuts())} times")
    print(f"all conflicts                            {told}   goal {GOAL_ALL:g} s", flush=True)

    begun = time.perf_counter(), time.process_time()
    moves = [moves_of(calendar, conflict, {who: float("inf") for who in conflict.parties}) for conflict in found]
    _, told_moves = since(begun)
    print(f"the smallest move of each change in one  {told_moves}   ({sum(map(len, moves))} moves)", flush=True)

    seconds = drag(calendar, drags)
    p50, p95 = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.95)]
    print(f"one window dragged: p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms   goal p95 {GOAL_DRAG * 1e3:g} ms")
    asked, found_windows = next_windows(graph, parties, min(drags, len(parties)))
    w50, w95 = asked[len(asked) // 2], asked[int(len(asked) * 0.95)]
    print(f"next safe window in the quarter: p50 {w50 * 1e3:.1f} ms, p95 {w95 * 1e3:.1f} ms   ({found_windows} found)")
    size_told = f"{len(graph):,} CIs, {len(parties):,} changes"
    kept = seconds_all <= GOAL_ALL
    tell("all joint conflicts of a quarter", size_told, told, goal=f"{GOAL_ALL:g} s", kept=kept)
    tell("the smallest move of each change in one", f"{sum(map(len, moves))} moves", told_moves)
    dragged, goal = f"p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f}", f"p95 {GOAL_DRAG * 1e3:g} ms"
    tell("one window dragged", size_told, dragged, goal=goal, kept=p95 <= GOAL_DRAG)
    tell("the next safe window of a change", size_told, f"p50 {w50 * 1e3:.1f} ms, p95 {w95 * 1e3:.1f}")
    anew = Calendar(graph, calendar.parties.values()).conflicts()
    assert calendar.conflicts() == anew, "dragging and asking anew differ"

    begun = time.perf_counter(), time.process_time()
    night = Calendar(graph, drawn(graph, estate, count, days=1))
    told = f"{len(night.unexamined())} of {night.overlaps()} overlaps not examined"
    print(f"the same changes in one single day       {since(begun)}   ({len(night.conflicts())} conflicts, {told})")


if __name__ == "__main__":
    main()
