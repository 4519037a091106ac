"""
Data services that follow others of their kind, from their connections and the titles of PostgreSQL's processes.

The instances that replicate are a cluster, named by the primary's address, of which one is needed to answer at all.
Whether a replica takes over by itself is not to be seen here; so who uses the primary still needs the primary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

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
    r"\s*(\d{1,9}) +(\d{1,9}) postgres: (?:\S+: )?(walsender|walreceiver|startup recovering)"
    r"(?: .*? ?([0-9a-fA-F.:]+)\(\d{1,5}\) )?.*"
)


class Title(NamedTuple):
    """A process of a PostgreSQL that takes part in replication: what it does, and whom it sends to."""

    program: Program
    kind: str
    client: IP | None


def read_titles(reading: Reading, programs: Programs) -> dict[int, Title]:
    """Return such processes by their ids; those whose parent holds no socket here are of a container."""
    found = {}
    for line in reading.lines("postgresql")[:MOST_LINKS]:
        match = _TITLE.fullmatch(line)
        program = programs.with_pid(int(match[2])) if match else None
        if match and program is not None and program.engine is not None:
            found[int(match[1])] = Title(program, match[3], ip_of(match[4]) if match[4] else None)
    return found


def receiving(titles: Mapping[int, Title]) -> frozenset[str]:
    """Return the native ids of those that receive what another one writes."""
    return frozenset(title.program.native_id for title in titles.values() if title.kind == "walreceiver")


def read_replication(
    scope: str,
    connections: Sequence[Connection],
    titles: Mapping[int, Title],
    following: Sequence[tuple[Program, IP, int]],
) -> list[Draft]:
    """Return the observations of clusters, and set the role of each instance here that takes part in one."""
    clusters: dict[str, Draft] = {}
    for program, address, port in sorted(following, key=lambda each: (each[0].native_id, int(each[1]), each[2])):
        cluster = _cluster(clusters, scope, program, address, port)
        end = there(address, port)
        cluster.relate("depends_on", OUT, target=end, group=INSTANCES, detail=f"{endpoint(address, port)} is followed")
        cluster.relate("depends_on", OUT, target=here(program.native_id), group=INSTANCES, detail="follows")
        program.draft.relate("replicates_to", OUT, source=end, detail=f"follows {endpoint(address, port)}")
        _role(program, "replica")
    _sending(scope, connections, titles, clusters)
    for title in titles.values():
        if title.kind != "walsender":
            _role(title.program, "replica")
    return list(clusters.values())[:MOST_LINKS]


def _sending(
    scope: str,
    connections: Sequence[Connection],
    titles: Mapping[int, Title],
    clusters: dict[str, Draft],
) -> None:
    senders = {pid: title for pid, title in titles.items() if title.kind == "walsender" and title.client is not None}
    for connection in connections:
        pid = next((owner.pid for owner in connection.owners if owner.pid in senders), None)
        if pid is None or connection.remote.is_loopback:
            continue
        program = senders[pid].program
        # The replica most often listens where its primary does; if it does not, its host is meant.
        end = there(connection.remote, program.engine.port if program.engine else None)
        cluster = _cluster(clusters, scope, program, connection.local, connection.local_port)
        cluster.relate("depends_on", IN, target=end, group=INSTANCES, detail=f"{connection.remote} follows")
        cluster.relate("depends_on", IN, target=here(program.native_id), group=INSTANCES, detail="is followed")
        program.draft.relate("replicates_to", IN, target=end, detail=f"{connection.remote} follows")
        _role(program, "primary")


def _role(program: Program, role: str) -> None:
    """Set the role of a database; one that follows another is a replica, also where a third one follows it."""
    if program.engine is not None and program.engine.ci_class == "database_instance":
        program.draft.put(role="replica" if program.draft.attributes.get("role") == "replica" else role)


def _cluster(clusters: dict[str, Draft], scope: str, program: Program, address: IP, port: int) -> Draft:
    engine = program.engine
    assert engine is not None
    native_id = f"database_cluster:{engine.name}:{endpoint(address, port)}"
    if native_id not in clusters:
        draft = clusters[native_id] = Draft(scope, native_id, "database_cluster", f"{engine.name} of {address}")
        draft.put(engine=engine.name, port=port)
        draft.group(INSTANCES, 1, OUT, detail="replicate from one another")
    return clusters[native_id]
