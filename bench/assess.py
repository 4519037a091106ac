"""
A whole assessment by a warm service, one window dragged, and how long a cold one takes to have its graph.

``python -m bench.assess [CIS] [CHANGES]``: 100,000 CIs and 10,000 changes of a quarter by default, in a store of its
own, beside them half as many changes of the year before with their outcomes, and a fifth as many resolved incidents;
every tenth service has a level. Changes are drawn as those of :mod:`bench.conflicts`. Some of them are assessed one
after the other by the same process, as a server's desk does it, record and all; and some are asked for in another
window, as somebody who drags them in the calendar does.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from bench.conflicts import drawn
from bench.live import estate
from bench.synthetic import Synthetic
from bench.table import tell
from cmdb.context import Context
from cmdb.model.change import CHANGES, BackOut, Change, ChangeState, ChangeType, Target, Window
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.incident import INCIDENTS, Incident, IncidentState
from cmdb.model.service_level import SERVICE_LEVELS, ServiceLevel
from cmdb.model.sla import Period
from cmdb.ports.store import Op, Put
from cmdb.records import to_document
from cmdb.roles import Actor, Role
from cmdb.stores.sqlite import open_store
from impact.graph import Graph
from impact.kernels import warm
from impact.questions.assess import assess
from impact.questions.calendar_moves import moved
from impact.questions.graphs import graph_of
from impact.reading.following import following
from web.bootstrap import SystemClock

CIS, IN_CALENDAR, ASKED = 100_000, 10_000, 100
GOAL, COLD, DRAG = 1.0, 3.0, 0.5
FAILS = 0.05
HOUR = timedelta(hours=1)


def the_calendar(graph: Graph, synthetic: Synthetic, count: int, now: datetime) -> Iterator[Change]:
    """Yield submitted changes of the quarter to come."""
    for number, party in enumerate(drawn(graph, synthetic, count)):
        start, end = (now + timedelta(seconds=moment) for moment in party.outages[0][1:])
        yield _change(f"CHG-{100_000 + number}", graph, party.outages, Window(start, end))


def the_year_before(graph: Graph, synthetic: Synthetic, count: int, now: datetime) -> Iterator[Change]:
    """Yield changes that were made, with their outcomes."""
    draw = random.Random(4)
    for number, party in enumerate(drawn(graph, synthetic, count, 3, days=350)):
        first, last = (now - timedelta(days=365) + timedelta(seconds=moment) for moment in party.outages[0][1:])
        yield _change(
            f"CHG-{500_000 + number}",
            graph,
            party.outages,
            Window(first, last),
            state=ChangeState.CLOSED,
            started_at=first,
            ended_at=first + HOUR / 2,
            outcome=ChangeOutcome.FAILED if draw.random() < FAILS else ChangeOutcome.SUCCESS,
            outcome_at=first + HOUR / 2,
        )


def _change(
    key: str, graph: Graph, outages: tuple[tuple[int, float, float], ...], window: Window, **more: object
) -> Change:
    return Change(
        id=key,
        type=ChangeType.NORMAL,
        title=f"Work on {graph.ids[outages[0][0]]}",
        reason="bench",
        targets=tuple(Target(graph.ids[ci]) for ci, _, _ in outages),
        requester="bench",
        revision=1,
        window=window,
        back_out=BackOut("the former version", minutes=20),
        **{"state": ChangeState.SUBMITTED, "raised_at": window.start - timedelta(days=3), **more},  # type: ignore[arg-type]
    )


def incidents(graph: Graph, count: int, now: datetime) -> Iterator[Incident]:
    """Yield incidents of the year before that were resolved."""
    draw = random.Random(5)
    for number in range(count):
        opened = now - timedelta(minutes=draw.randrange(1_500, 500_000))
        failed = graph.ids[draw.randrange(len(graph))]
        resolved = opened + timedelta(minutes=draw.randrange(5, 600))
        yield Incident(f"INC-{number}", "bench", (failed,), opened, 3, IncidentState.RESOLVED, "form", resolved)


def records(graph: Graph, synthetic: Synthetic, count: int, now: datetime) -> Iterator[Op]:
    """Yield all that the store has beside the estate."""
    for change in (*the_calendar(graph, synthetic, count, now), *the_year_before(graph, synthetic, count // 2, now)):
        yield Put(CHANGES, to_document(CHANGES, change))
    for incident in incidents(graph, count // 5, now):
        yield Put(INCIDENTS, to_document(INCIDENTS, incident))
    services = [graph.ids[number] for number, is_service in enumerate(graph.service_flags) if is_service]
    for service in services[::10]:
        yield Put(SERVICE_LEVELS, to_document(SERVICE_LEVELS, ServiceLevel(service, 99.9, Period.MONTH)))


def told(job: str, size: str, seconds: list[float], goal: float) -> None:
    """Print the times of a job and tell them to the table."""
    seconds.sort()
    p50, p95 = seconds[len(seconds) // 2], seconds[ceil(len(seconds) * 0.95) - 1]
    found = f"p50 {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f}"
    print(f"{job}: {found} ms, most {seconds[-1] * 1e3:.0f} of {len(seconds)}   goal p95 {goal:g} s", flush=True)
    tell(job, size, found, goal=f"p95 {goal:g} s", kept=p95 < goal)


def main() -> None:
    """Print the time of the cold start, of the assessments and of the drags."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else CIS
    count = int(sys.argv[2]) if len(sys.argv) > 2 else IN_CALENDAR
    warm()
    with tempfile.TemporaryDirectory() as folder, closing(open_store(Path(folder, "store.db"))) as store:
        store.apply(estate(size), txn_id="estate", actor="bench", reason="bench")
        actor = Actor("bench", frozenset({Role.ADMINISTRATOR}))
        context = Context(store, store.coordination, SystemClock(), actor)
        began = time.perf_counter()
        graph = graph_of(context)
        cold = time.perf_counter() - began
        of = f"{len(graph):,} CIs, {len(graph.targets):,} relations"
        print(f"{of}: cold start of the graph {cold:.2f} s   goal {COLD:g} s", flush=True)
        tell("cold start of the graph from the store", of, f"{cold:.2f} s", goal=f"{COLD:g} s", kept=cold < COLD)
        now = datetime.now(UTC).replace(microsecond=0)
        store.apply(records(graph, Synthetic(size), count, now), txn_id="records", actor="bench", reason="bench")
        of += f", {count:,} changes to come"
        chosen = random.Random(6).sample(range(count), 2 * ASKED)
        with following(store):
            assessing, dragging = [], []
            for place, number in enumerate(chosen):
                change, fresh = f"CHG-{100_000 + number}", Context(store, store.coordination, SystemClock(), actor)
                began = time.perf_counter()
                if place % 2:
                    moved(fresh, change, to=now + timedelta(days=1 + place % 80))
                    dragging.append(time.perf_counter() - began)
                else:
                    assess(fresh, change)
                    assessing.append(time.perf_counter() - began)
        told("a whole assessment, warm", of, assessing[1:], GOAL)
        told("one change dragged, through the desk", of, dragging[1:], DRAG)
        print(f"the first of each, cold: {assessing[0]:.2f} s, {dragging[0]:.2f} s")


if __name__ == "__main__":
    main()
