"""
Discovery at scale: a source of many hosts taken in from empty, and once more as it is.

``python -m bench.discovery [HOSTS]``: 10,000 by default, simulated at the connector's edge, each with two interfaces,
three programmes that listen and ten connections to others; a hundred hosts share a target. Then a source of ten hosts
beside it: what comes in, the same again, and when one of its hosts has changed.
"""

from __future__ import annotations

import argparse
import gc
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.table import tell
from cmdb.configuration.observing import take
from cmdb.context import Context
from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedRelation
from cmdb.roles import Actor, Role
from cmdb.stores.sqlite import open_store

HOSTS_A_TARGET = 100
PORTS = {"nginx": 80, "app": 8080, "postgres": 5432}
FIRST_GOAL, SECOND_GOAL = 60.0, 15.0
FEW = 10


class _Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


def address(host: int) -> str:
    return f"10.{host >> 16}.{host >> 8 & 255}.{host & 255}"


def observations(hosts: int) -> Iterator[Observation]:
    """Yield what a source of so many hosts sees, the same each time."""
    for host in range(hosts):
        name, scope = f"host{host}", f"rack{host // HOSTS_A_TARGET}"
        yield Observation(
            "",
            scope,
            name,
            "server",
            name,
            attributes={"os": "debian", "os_version": "12", "kernel": "6.1.0", "cpu_cores": 8, "memory_mb": 32_768},
            identifiers=(
                Identifier("machine_id", f"{host:032x}"[::-1]),
                Identifier("serial", f"Acme|S{host:08d}"),
                Identifier("fqdn", f"{name}.example"),
                Identifier("ip", address(host)),
            ),
        )
        for interface in ("eth0", "eth1"):
            part = (Identifier("part", f"interface:{interface}"),)
            yield Observation("", scope, f"{name}/{interface}", "interface", interface, owner=name, identifiers=part)
        for place, (programme, port) in enumerate(PORTS.items()):
            yield _programme(host, hosts, name, scope, programme, port, place)


def _programme(host: int, hosts: int, name: str, scope: str, programme: str, port: int, place: int) -> Observation:
    others = [(host * 7 + place * 31 + n * n + 1) % hosts for n in range(10)] if programme == "app" else []
    return Observation(
        "",
        scope,
        f"{name}/{programme}",
        "application_component",
        programme,
        owner=name,
        identifiers=(
            Identifier("part", f"process:{programme}"),
            Identifier("endpoint", f"{address(host)}:{port}/tcp"),
        ),
        relations=(
            ObservedRelation("runs_on", EvidenceKind.INVENTORY, target=End(name)),
            *(
                ObservedRelation(
                    "depends_on",
                    EvidenceKind.TRAFFIC_OUT,
                    target=End(identifiers=(Identifier("endpoint", f"{address(other)}:5432/tcp"),)),
                )
                for other in others
            ),
        ),
    )


def elsewhere(seen: Observation) -> Observation:
    """Return the same of a host that is another, in another place."""
    spelled = (Identifier(each.kind, f"{each.value[:-1]}x") for each in seen.identifiers if each.kind != "endpoint")
    return replace(seen, scope="branch", identifiers=tuple(spelled), relations=())


def one_run(context: Context, source: str, what: str, came: list[Observation], goal: float) -> None:
    """Take in what a run saw, and tell what it took."""
    gc.collect()
    scopes, before = {each.scope for each in came}, context.store.revision()
    began, processor = time.perf_counter(), time.process_time()
    taken = take(context, source, "bench", came, scopes, run=what)
    seconds, processor = time.perf_counter() - began, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    written = sum(revision.size for revision in context.store.changes(before))
    changes = f"{len(taken.differences):,} changes, {written:,} documents written"
    told = f"{seconds:.1f} s ({processor:.1f} s of processor), peak {peak} MB, {changes}"
    size = f"{sum(each.owner is None for each in came):,} hosts, {len(came):,} observations"
    print(f"{what:<22} {size}: {told}")
    tell(f"discovery, {what}", size, told, goal=f"{goal:.0f} s", kept=seconds < goal)


def main() -> None:
    """Take the source in twice, and a small one beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hosts", type=int, nargs="?", default=10_000)
    hosts = parser.parse_args().hosts
    with tempfile.TemporaryDirectory() as folder:
        clock = _Clock()
        store = open_store(Path(folder, "estate.db"), clock=clock.now)
        context = Context(store, store.coordination, clock, Actor("bench", frozenset({Role.ENGINEER})))
        many, few = list(observations(hosts)), [elsewhere(each) for each in observations(FEW)]
        changed = [replace(few[0], attributes={"os": "ubuntu"}), *few[1:]]
        for source, what, came, goal in (
            ("dc1", "from empty", many, FIRST_GOAL),
            ("dc1", "the same again", many, SECOND_GOAL),
            ("dc2", "a small one beside it", few, SECOND_GOAL),
            ("dc2", "the small one again", few, SECOND_GOAL),
            ("dc2", "the small one changed", changed, SECOND_GOAL),
        ):
            one_run(context, source, what, came, goal)
            clock.moment += timedelta(hours=1)
        store.close()


if __name__ == "__main__":
    main()
