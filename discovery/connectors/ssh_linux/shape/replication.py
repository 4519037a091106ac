"""
Data services that follow others of their kind, from their connections and the titles of PostgreSQL's processes.

The instances that replicate are a cluster, named by the primary's address, of which one is needed to answer at all.
Whether a replica takes over by itself is not to be seen here; so who uses the primary still needs the primary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmdb.model.observation import EvidenceKind
from discovery.connectors.ssh_linux.shape.draft import Draft, here, there
from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.sockets import Connection
from discovery.connectors.ssh_linux.shape.software import Program, Programs
from discovery.connectors.ssh_linux.shape.values import IP, endpoint, ip_of

OUT, IN = EvidenceKind.TRAFFIC_OUT, EvidenceKind.TRAFFIC_IN
INSTANCES = "instances"
MOST_LINKS = 256
# The account of a sender may have any name, so its address is what stands in the last brackets before the state.
_TITLE = re.compile(
    r"\s*(\d{1,9}) postgres: (?:\S+: )?(walsender|walreceiver|startup recovering)"
    r"(?: .*? ?([0-9a-fA-F.:]+)\(\d{1,5}\) )?.*"
)


def read_replication(
    reading: Reading,
    programs: Programs,
    connections: Sequence[Connection],
    following: Sequence[tuple[Program, IP, int]],
) -> list[Draft]:
    """Return the observations of clusters, and set the role of each instance here that takes part in one."""
    clusters: dict[str, Draft] = {}
    scope = f"{reading.target}/replication"
    postgres = _titles(reading)
    for program, address, port in sorted(following, key=lambda each: (each[0].native_id, int(each[1]), each[2])):
        cluster = _cluster(clusters, scope, program, address, port)
        end = there(address, port)
        cluster.relate("depends_on", OUT, target=end, group=INSTANCES, detail=f"{endpoint(address, port)} is followed")
        _is_replica(cluster, program)
        program.draft.relate("replicates_to", OUT, source=end, detail=f"follows {endpoint(address, port)}")
    _sending(scope, programs, connections, postgres, clusters)
    for program in programs.all:
        if program.engine is not None and program.engine.name == "postgresql" and _recovers(postgres):
            program.draft.put(role="replica")
    return list(clusters.values())[:MOST_LINKS]


def receives(reading: Reading) -> bool:
    """Tell whether a PostgreSQL of the host receives what another one writes."""
    return any(kind == "walreceiver" for kind, _ in _titles(reading).values())


def _titles(reading: Reading) -> dict[int, tuple[str, IP | None]]:
    """Return the kind of each process that takes part in replication, and whom it sends to."""
    found = {}
    for line in reading.lines("postgresql")[:MOST_LINKS]:
        match = _TITLE.fullmatch(line)
        if match:
            found[int(match[1])] = match[2], ip_of(match[3]) if match[3] else None
    return found


def _recovers(titles: dict[int, tuple[str, IP | None]]) -> bool:
    return any(kind in ("walreceiver", "startup recovering") for kind, _ in titles.values())


def _sending(
    scope: str,
    programs: Programs,
    connections: Sequence[Connection],
    titles: dict[int, tuple[str, IP | None]],
    clusters: dict[str, Draft],
) -> None:
    senders = {pid: client for pid, (kind, client) in titles.items() if kind == "walsender" and client is not None}
    for connection in connections:
        if not {owner.pid for owner in connection.owners} & senders.keys():
            continue
        program = programs.at(connection.local, connection.local_port)
        if program is None or program.engine is None or connection.remote.is_loopback:
            continue
        # The replica most often listens where its primary does; if it does not, its host is meant.
        end = there(connection.remote, program.engine.port)
        cluster = _cluster(clusters, scope, program, connection.local, connection.local_port)
        cluster.relate("depends_on", IN, target=end, group=INSTANCES, detail=f"{connection.remote} follows")
        cluster.relate("depends_on", IN, target=here(program.native_id), group=INSTANCES, detail="is followed")
        program.draft.relate("replicates_to", IN, target=end, detail=f"{connection.remote} follows")
        if not _recovers(titles):
            program.draft.put(role="primary")


def _cluster(clusters: dict[str, Draft], scope: str, program: Program, address: IP, port: int) -> Draft:
    engine = program.engine
    assert engine is not None
    native_id = f"database_cluster:{engine.name}:{endpoint(address, port)}"
    if native_id not in clusters:
        draft = clusters[native_id] = Draft(scope, native_id, "database_cluster", f"{engine.name} of {address}")
        draft.put(engine=engine.name, port=port)
        draft.group(INSTANCES, 1, OUT, detail="replicate from one another")
    return clusters[native_id]


def _is_replica(cluster: Draft, program: Program) -> None:
    cluster.relate("depends_on", OUT, target=here(program.native_id), group=INSTANCES, detail="follows")
    if program.engine is not None and program.engine.ci_class == "database_instance":
        program.draft.put(role="replica")
