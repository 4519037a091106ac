"""
A hub's dependants with their depth, beside Neo4j in the same run: ``python -m bench.neo4j_hub [CIS]``.

Neo4j (Java and its jars, as for ``make servertest``) gets the same dependencies as nodes and relationships under an
index, and is asked by Cypher for every node that leads to the hub with the length of a shortest path, once unmeasured
and then in rounds of which the least counts, as for ours. Its answers are compared with ours. Where it can not be
started the table says so.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from bench.impact import hubs_of, timed
from bench.synthetic import Synthetic
from bench.table import tell
from impact.graph import Graph, build
from impact.graph.blast import blast_of
from impact.kernels import warm

CIS, HUBS, BATCH = 100_000, 3, 20_000
ASK = "MATCH p = (:CI {n: $hub})<-[:NEEDS*1..]-(other) RETURN other.n AS n, min(length(p)) AS depth"
LOAD = {
    "UNWIND $rows AS row CREATE (:CI {n: row})": "nodes",
    "UNWIND $rows AS row MATCH (a:CI {n: row[0]}), (b:CI {n: row[1]}) CREATE (a)-[:NEEDS]->(b)": "edges",
}


@contextmanager
def loaded(graph: Graph) -> Iterator[Any]:
    """Run a server that holds the dependencies of a graph, each pair of CIs once, and give a session on it."""
    from tests.neo4j_server import Server

    starts, effects, owners = graph.effect_starts.tolist(), graph.effects.tolist(), graph.owners.tolist()
    pairs = {
        (owners[effect >> 2] if effect & 2 else effect >> 2, ci)
        for ci in range(len(graph))
        for effect in effects[starts[ci] : starts[ci + 1]]
    }
    rows: dict[str, Sequence[Any]] = {"nodes": range(len(graph)), "edges": sorted(map(list, pairs))}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder, "neo4j"), heap="4g")
        try:
            with server.start().ready().driver() as driver, driver.session() as session:
                session.run("CREATE CONSTRAINT FOR (ci:CI) REQUIRE ci.n IS UNIQUE").consume()
                for statement, kind in LOAD.items():
                    left = iter(rows[kind])
                    while batch := list(islice(left, BATCH)):
                        session.run(statement, rows=batch).consume()
                yield session
        finally:
            server.kill()


def main() -> None:
    """Print both times, and how many times ours goes into the other."""
    from tests.neo4j_jars import Missing
    from tests.neo4j_server import NotReady

    size = int(sys.argv[1]) if len(sys.argv) > 1 else CIS
    warm()
    graph = build(revision=1, **Synthetic(size).rows())
    hubs = hubs_of(graph, HUBS)
    ours = timed(hubs, lambda hub: blast_of(graph, [hub]))
    job, told = "a hub's dependants with depth", f"{len(graph):,} CIs, {len(ours.answers[0].cis):,} dependants"
    found = f"p50 {ours.middle * 1e3:.2f} ms"
    try:
        began = time.perf_counter()
        with loaded(graph) as session:
            print(f"Neo4j loaded in {time.perf_counter() - began:.0f} s", flush=True)
            theirs = timed(hubs, lambda hub: {n: depth for n, depth in session.run(ASK, hub=hub) if n != hub})
    except (Missing, NotReady, ImportError) as error:
        print(f"{job}, {told}: {found}; Neo4j is missing: {error}")
        tell(job, told, found, peer="Neo4j is missing")
        return
    for hub, blast, other in zip(hubs, ours.answers, theirs.answers, strict=True):
        mine = {ci: depth for depth, ring in enumerate(blast.rings()) for ci in ring if ci != hub}
        assert mine == other, f"hub {hub}: {len(mine)} dependants here, {len(other)} there"
    ratio = sum(theirs.seconds) / sum(ours.seconds)
    peer = f"Neo4j p50 {theirs.middle * 1e3:,.0f} ms"
    print(f"{job}, {told}: {found}; {peer}; ratio {ratio:,.0f}")
    tell(job, told, found, peer=peer, ratio=f"{ratio:,.0f}")


if __name__ == "__main__":
    main()
