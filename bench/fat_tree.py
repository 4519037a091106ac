"""
A fat-tree data centre as an estate document, with a service whose replicas stand in pods of their own.

``python -m bench.fat_tree 48 estate.jsonl.gz --replicas 3 --needs 1`` writes it, to go through the ordinary import.
With switches of k ports (k even) there are k pods of k/2 edge and k/2 aggregation switches, k/2 servers on each edge
switch, and (k/2)^2 core switches, of which the aggregation switch at place j of every pod reaches those of row j:
k^3/4 + 5 k^2/4 devices, 30,528 at k = 48 and 70,656 at k = 64. A server needs its edge switch, an edge switch one of
its pod's aggregation switches, and such a one needs one of its core switches. Every device is down with the same
chance.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

from cmdb.exchange.estate import write

SERVICE = "service"
CHANCE = 1e-3
_TYPE = "depends_on"


@dataclass(frozen=True, slots=True)
class FatTree:
    """
    A fat-tree of ``k`` ports a switch, and a service that needs ``needs`` of its ``replicas``.

    The replica of pod p is the first server of the first edge switch of that pod; ``chance`` is every device's own.

    Raises:
        ValueError: k is odd or below 2, there are more replicas than pods, or more are needed than there are.
    """

    k: int
    replicas: int = 3
    needs: int = 1
    chance: float = CHANCE

    def __post_init__(self) -> None:
        if self.k < 2 or self.k % 2 or not 1 <= self.needs <= self.replicas <= self.k:
            raise ValueError("k must be even, from 2 on, and 1 <= needs <= replicas <= k")

    @property
    def devices(self) -> int:
        """How many servers and switches there are; the service comes on top."""
        return self.k**3 // 4 + 5 * self.k**2 // 4

    def items(self) -> Iterator[dict[str, Any]]:
        """Yield the CIs as items of an estate document."""
        yield {"id": SERVICE, "class": "service", "name": "Service", "attributes": {"tier": 1}, "unavailability": 0}
        for core in range((self.k // 2) ** 2):
            yield self._device("switch", _core(core))
        for pod, place in self._places():
            yield self._device("switch", _aggregation(pod, place))
            yield self._device("switch", _edge(pod, place))
            for port in range(self.k // 2):
                yield self._device("server", _server(pod, place, port))

    def relations(self) -> Iterator[dict[str, Any]]:
        """Yield the relations as those of an estate document."""
        half = self.k // 2
        for pod in range(self.replicas):
            yield _relation(SERVICE, _server(pod, 0, 0), "replicas")
        for pod, place in self._places():
            for port in range(half):
                yield _relation(_server(pod, place, port), _edge(pod, place))
                yield _relation(_edge(pod, place), _aggregation(pod, port), "uplinks")
                yield _relation(_aggregation(pod, place), _core(place * half + port), "uplinks")

    def groups(self) -> Iterator[dict[str, Any]]:
        """Yield the groups as those of an estate document."""
        yield {"item": SERVICE, "name": "replicas", "needs": self.needs}
        for pod, place in self._places():
            for switch in (_aggregation(pod, place), _edge(pod, place)):
                yield {"item": switch, "name": "uplinks", "needs": 1}

    def expected(self) -> float:
        """
        Return the chance that the service is down when a replica only fails with its server or its edge switch.

        What is left out is that all k/2 ways up fail together, about chance^(k/2) for a pod: 1e-72 at k = 48.
        """
        failing = 1 - (1 - self.chance) ** 2
        most = self.replicas - self.needs + 1
        return sum(
            comb(self.replicas, down) * failing**down * (1 - failing) ** (self.replicas - down)
            for down in range(most, self.replicas + 1)
        )

    def write(self, path: Path) -> dict[str, int]:
        """Write the document, as JSON Lines packed with gzip, and return how many records of each kind it has."""
        with path.open("wb") as out:
            return write(out, self.items(), self.relations(), self.groups(), lines=True, compressed=True)

    def _places(self) -> Iterator[tuple[int, int]]:
        return ((pod, place) for pod in range(self.k) for place in range(self.k // 2))

    def _device(self, ci_class: str, ci_id: str) -> dict[str, Any]:
        return {"id": ci_id, "class": ci_class, "name": ci_id, "unavailability": self.chance}


def _core(number: int) -> str:
    return f"core-{number:04d}"


def _aggregation(pod: int, place: int) -> str:
    return f"aggregation-{pod:02d}-{place:02d}"


def _edge(pod: int, place: int) -> str:
    return f"edge-{pod:02d}-{place:02d}"


def _server(pod: int, place: int, port: int) -> str:
    return f"server-{pod:02d}-{place:02d}-{port:02d}"


def _relation(source: str, target: str, group: str | None = None) -> dict[str, Any]:
    relation = {"source": source, "target": target, "type": _TYPE}
    return relation if group is None else {**relation, "group": group}


def main() -> None:
    """Write the estate that the arguments ask for."""
    parser = argparse.ArgumentParser(description="Write a fat-tree data centre as an estate.")
    parser.add_argument("k", type=int, help="ports of a switch, even")
    parser.add_argument("out", type=Path, help="the file, such as estate.jsonl.gz")
    parser.add_argument("--replicas", type=int, default=3, help="servers of the service, each in a pod of its own")
    parser.add_argument("--needs", type=int, default=1, help="how many of them must be up")
    given = parser.parse_args()
    try:
        tree = FatTree(given.k, given.replicas, given.needs)
    except ValueError as error:
        parser.error(str(error))
    counts = tree.write(given.out)
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    print(f"{tree.devices} devices: {told}; expected chance of an outage {tree.expected():.12g}")


if __name__ == "__main__":
    main()
