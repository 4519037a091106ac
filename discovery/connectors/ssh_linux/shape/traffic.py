"""
Who talks to whom: relations from the connections of several looks, as the client and as the server has them.

A connection within the host is seen from both of its ends. Of one that leads outside only the end that is here is
known by its programme; the other is an address. So a client elsewhere is told as a host that connects to the programme
here, which says nothing of what it would be without; what exactly needs it, its own host tells.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from cmdb.model.observation import EvidenceKind
from cmdb.model.relation import Strength
from discovery.connectors.ssh_linux.shape.addresses import Route, route_to
from discovery.connectors.ssh_linux.shape.draft import Draft, here, there
from discovery.connectors.ssh_linux.shape.host import Host
from discovery.connectors.ssh_linux.shape.known import ADMINISTRATION, ADMINISTRATION_PORT, WEAK, relation_to
from discovery.connectors.ssh_linux.shape.pools import Reached
from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.sockets import EPHEMERAL, Connection
from discovery.connectors.ssh_linux.shape.software import Program, Programs
from discovery.connectors.ssh_linux.shape.values import IP, endpoint

OUT, IN = EvidenceKind.TRAFFIC_OUT, EvidenceKind.TRAFFIC_IN
MOST_PEERS = 256
"""So many places that one programme talks to are told."""
MOST_CLIENTS = 64
"""So many addresses that one programme serves are told; one with more serves the public."""


@dataclass(slots=True)
class _Talk:
    """What one programme, or the host, has to do with others: where it goes to, and who comes."""

    goes: dict[tuple[IP, int], None] = field(default_factory=dict)
    comes: dict[tuple[IP, int], None] = field(default_factory=dict)


class Traffic:
    """
    Reads the connections once, and tells what they are evidence of.

    ``receiving`` are the PostgreSQL that receive from others, ``replicating`` all data services that follow others.
    """

    def __init__(
        self,
        reading: Reading,
        host: Host,
        programs: Programs,
        connections: Sequence[Connection],
        receiving: Container[str],
    ) -> None:
        self._reading, self._host, self._programs = reading, host, programs
        self._receiving = receiving
        self._looks = len(reading.pages("connections"))
        self._connections = connections
        self._by_ends = {(c.local, c.local_port, c.remote, c.remote_port): c for c in connections}
        self._talks: dict[str, _Talk] = {}
        self._nobodys: dict[tuple[IP, int], None] = {}
        self._lasting = self._lasting_pids()
        self.replicating: list[tuple[Program, IP, int]] = []

    def read(self) -> None:
        """Sort every connection under the programme it belongs to."""
        for connection in self._connections:
            if ADMINISTRATION_PORT in (connection.remote_port, connection.local_port):
                continue
            if {owner.program for owner in connection.owners} & ADMINISTRATION:
                continue
            if self._is_here(connection.remote):
                self._within(connection)
            elif server := self._programs.at(connection.local, connection.local_port):
                self._of(server).comes[connection.remote, connection.local_port] = None
            elif not (connection.local_port < EPHEMERAL <= connection.remote_port):
                self._outward(connection)

    def tell(self, host_draft: Draft, reached: dict[str, list[Reached]], routes: Sequence[Route]) -> None:
        """Add the relations to the observations of the programmes, and what nobody is known to hold to the host's."""
        known = {(each.address, each.port) for several in reached.values() for each in several}
        for program in self._programs.all:
            talk = self._talks.get(program.native_id, _Talk())
            goes = self._limited(sorted(talk.goes, key=_number), MOST_PEERS, program, "peers")
            known |= set(goes)
            for address, port in goes:
                detail = f"connection to {endpoint(address, port)}"
                program.draft.relate(relation_to(port), OUT, target=there(address, port), detail=detail)
            self._clients(program, talk)
            self._gateways(program, goes, reached.get(program.native_id, ()), routes)
        for address, port in sorted(self._nobodys.keys() - known, key=_number)[:MOST_PEERS]:
            detail = f"connection to {endpoint(address, port)}, its process unknown"
            none = Strength.NONE
            host_draft.relate("connects_to", OUT, target=there(address, port), strength=none, detail=detail)

    def _within(self, connection: Connection) -> None:
        """Take a connection between two programmes of this host; each of its two sockets is evidence of its own."""
        server = self._programs.at(connection.remote, connection.remote_port)
        if server is not None and connection.local_port != connection.remote_port:
            client, port, kind = self._client(connection), connection.remote_port, OUT
        else:
            server, port, kind = self._programs.at(connection.local, connection.local_port), connection.local_port, IN
            ends = (connection.remote, connection.remote_port, connection.local, connection.local_port)
            other = self._by_ends.get(ends)
            client = self._client(other) if other is not None else None
        if client is not None and server is not None and client is not server:
            detail = f"connection to port {port} within the host"
            client.draft.relate(relation_to(port), kind, target=here(server.native_id), detail=detail)

    def _outward(self, connection: Connection) -> None:
        client = self._client(connection)
        place = (connection.remote, connection.remote_port)
        if client is None:
            self._nobodys[place] = None
        elif self._follows(client, connection.remote_port):
            self.replicating.append((client, *place))
        else:
            self._of(client).goes[place] = None

    def _follows(self, client: Program, port: int) -> bool:
        """Tell whether a data service that is a client of its own kind follows it; PostgreSQL tells that itself."""
        if client.engine is None or client.engine.port != port:
            return False
        return client.native_id in self._receiving or client.engine.name != "postgresql"

    def _client(self, connection: Connection) -> Program | None:
        """Return the programme of the client's end; one that listens nowhere counts if it stays."""
        known = self._programs.of(connection.owners)
        if known is not None or not connection.owners:
            return known
        staying = [owner for owner in connection.owners if owner.pid in self._lasting]
        return self._programs.add(staying[0]) if staying else None

    def _lasting_pids(self) -> frozenset[int]:
        """Return the processes that were seen with a connection in the first half of the looks and in the second."""
        looks: dict[int, set[int]] = {}
        for connection in self._connections:
            for owner in connection.owners:
                looks.setdefault(owner.pid, set()).update(connection.looks)
        half = self._looks / 2
        early = {pid for pid, seen in looks.items() if min(seen) < half}
        late = {pid for pid, seen in looks.items() if max(seen) >= half}
        return frozenset(early & late if self._looks > 1 else early)

    def _clients(self, program: Program, talk: _Talk) -> None:
        for address, port in self._limited(sorted(talk.comes, key=_number), MOST_CLIENTS, program, "clients"):
            program.draft.relate(
                "connects_to",
                IN,
                source=there(address),
                strength=Strength.NONE,
                detail=f"{address} is connected to port {port}",
            )

    def _gateways(
        self, program: Program, goes: Iterable[tuple[IP, int]], reached: Iterable[Reached], routes: Sequence[Route]
    ) -> None:
        """
        Say by which gateway a programme reaches what it needs in other networks.

        It needs the gateway as it needs what lies behind; of a pool, where all members lie behind it.
        """
        reached = list(reached)
        # What is one of a pool is not needed alone because there was a connection to it.
        pooled = {(each.address, each.port) for each in reached if each.pool is not None}
        alone = [(place[0], relation_to(place[1]) not in WEAK) for place in goes if place not in pooled]
        alone += [(each.address, not each.soft) for each in reached if each.pool is None]
        needs: dict[IP, bool] = {}
        for address, hard in alone:
            gateway = _gateway(address, routes)
            if gateway is not None:
                needs[gateway] = needs.get(gateway, False) or hard
        pools: dict[str, set[IP | None]] = {}
        for each in reached:
            if each.pool is not None and not each.soft:
                pools.setdefault(each.pool, set()).add(_gateway(each.address, routes))
        for gateways in pools.values():
            if len(gateways) == 1 and (only := next(iter(gateways))) is not None:
                needs[only] = True
        for gateway, hard in sorted(needs.items(), key=lambda each: _number((each[0], 0))):
            strength = None if hard else Strength.SOFT
            detail = f"gateway to networks it talks to: {gateway}"
            program.draft.relate(
                "depends_on", EvidenceKind.INVENTORY, target=there(gateway), strength=strength, detail=detail
            )

    def _limited(self, places: list[tuple[IP, int]], limit: int, program: Program, what: str) -> list[tuple[IP, int]]:
        if len(places) > limit:
            self._reading.note("ssh.limit_reached", what=f"{what} of {program.part}", limit=limit, count=len(places))
        return places[:limit]

    def _of(self, program: Program) -> _Talk:
        return self._talks.setdefault(program.native_id, _Talk())

    def _is_here(self, address: IP) -> bool:
        return address.is_loopback or address in self._host.own


def _gateway(address: IP, routes: Sequence[Route]) -> IP | None:
    route = route_to(address, routes)
    return route.gateway if route else None


def _number(place: tuple[IP, int]) -> tuple[int, int, int]:
    return place[0].version, int(place[0]), place[1]
