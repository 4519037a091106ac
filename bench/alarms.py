"""
False alarms: for every server of an estate, which services a plain walk would report, and what becomes of them really.

``python -m bench.alarms [ESTATE] [-o csv]`` takes an estate document (left out: the Wikimedia estate of the test data).
A plain walk raises an alarm for each service that it reaches from a server against the dependencies; the rules of
redundancy give each pair one outcome. An alarm is *real* where the service goes down or is degraded; where it only
loses its redundancy or a spare, nobody who uses it notices. Printed is the sum; ``-o csv`` writes the whole table to
standard output instead, a row for each server and service that it reaches, and every outcome of the others is
UNAFFECTED, which is checked.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.table import tell
from cmdb.model.outcome import Outcome
from impact.answers import blast_radius, what_goes_down
from impact.graph import Graph, build

SERVER = "server"
REAL = (Outcome.DOWN, Outcome.DEGRADED)
BENEATH = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


class Alarm(NamedTuple):
    """A service that a plain walk reaches from a server, and the outcome of the server's failure for it."""

    server: str
    service: str
    outcome: Outcome
    new_single_points: int


def graph_of(document: dict[str, Any]) -> tuple[Graph, list[str]]:
    """Return the graph of an estate document of the built-in classes, and its servers."""
    items = [
        (
            item["id"],
            item["class"],
            item["name"],
            item.get("unavailability"),
            item.get("mtbf_hours"),
            item.get("attributes", {}).get("tier"),
            item["class"] == "service",
        )
        for item in document["items"]
    ]
    relations = [
        (each["source"], each["target"], each.get("group"), each.get("strength", "hard"), each.get("confidence", 1.0))
        for each in document["relations"]
    ]
    groups = [(each["item"], each["name"], each["needs"], each.get("strength", "hard")) for each in document["groups"]]
    servers = sorted(item["id"] for item in document["items"] if item["class"] == SERVER)
    return build(revision=1, items=[items], relations=[relations], groups=[groups]), servers


def alarms(graph: Graph, server: str) -> list[Alarm]:
    """
    Return the alarms of a plain walk from a server, by service.

    Raises:
        RuntimeError: the rules of redundancy affect a service that the walk does not reach.
    """
    flags = graph.service_flags
    reached = sorted(each.id for each in blast_radius(graph, [server]) if flags[graph.index(each.id)])
    found = {service.id: service for service in what_goes_down(graph, [server]).services}
    if not found.keys() <= {*reached}:
        raise RuntimeError(f"{server} affects {sorted(found.keys() - {*reached})}, which no walk from it reaches")
    return [
        Alarm(server, service, found[service].outcome, len(found[service].new_single_points))
        if service in found
        else Alarm(server, service, Outcome.UNAFFECTED, 0)
        for service in reached
    ]


class Sum(NamedTuple):
    """How many alarms there are of each outcome, how many servers raise any, and how many a real one."""

    servers: int
    raising: int
    really: int
    outcomes: Counter[Outcome]

    @property
    def alarms(self) -> int:
        return self.outcomes.total()

    @property
    def real(self) -> int:
        return sum(self.outcomes[outcome] for outcome in REAL)


def summed(tables: dict[str, list[Alarm]]) -> Sum:
    """Return the sum of the alarms of all servers."""
    outcomes = Counter(alarm.outcome for table in tables.values() for alarm in table)
    really = sum(any(alarm.outcome in REAL for alarm in table) for table in tables.values())
    return Sum(len(tables), sum(map(bool, tables.values())), really, outcomes)


def lines(total: Sum, services: int) -> Iterator[str]:
    """Yield the sum as a table."""
    yield f"{total.servers:,} servers, {services:,} services, {total.servers * services:,} outcomes"
    yield f"{'alarms of a plain walk':28} {total.alarms:9,}   raised by {total.raising:,} servers"
    for outcome in Outcome:
        number = total.outcomes[outcome]
        yield f"  {outcome.value:26} {number:9,}   {number / max(1, total.alarms):.1%}"
    yield f"{'real (DOWN, DEGRADED)':28} {total.real:9,}   raised by {total.really:,} servers"
    yield f"{'false':28} {total.alarms - total.real:9,}   {(total.alarms - total.real) / max(1, total.alarms):.1%}"


def main() -> None:
    """Print the sum, or the whole table."""
    parser = argparse.ArgumentParser(description="Count the false alarms of a plain walk from every server.")
    usual = Path(os.environ.get("FORESHOCK_TEST_DATA", BENEATH)) / "wikimedia" / "estate.json.gz"
    parser.add_argument("estate", nargs="?", type=Path, default=usual, help="an estate document, may end in .gz")
    parser.add_argument("-o", "--output", choices=("table", "csv"), default="table")
    given = parser.parse_args()
    if not given.estate.is_file():
        print(f"skipped: needs {given.estate}", file=sys.stderr)
        return
    text = given.estate.read_bytes()
    graph, servers = graph_of(json.loads(gzip.decompress(text) if given.estate.suffix == ".gz" else text))
    began = time.perf_counter()
    tables = {server: alarms(graph, server) for server in servers}
    taken = time.perf_counter() - began
    total, services = summed(tables), sum(graph.service_flags)
    if given.output == "csv":
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(Alarm._fields)
        out.writerows((*alarm[:2], alarm.outcome.value, alarm[3]) for table in tables.values() for alarm in table)
        return
    print(*lines(total, services), f"in {taken:.1f} s", sep="\n")
    size = f"{len(graph):,} CIs, {total.servers:,} servers, {services:,} services"
    walk = f"plain walk {total.alarms:,} alarms"
    told = f"{total.real:,} real, {total.outcomes[Outcome.REDUNDANCY_LOST]:,} redundancy lost, "
    told += f"{total.outcomes[Outcome.REDUCED]:,} reduced"
    tell("outcome of every service for every server", size, f"{told} ({taken:.1f} s)", peer=walk)


if __name__ == "__main__":
    main()
