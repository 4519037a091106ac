"""A layered estate of any size, the same for the same size and seed: for benchmarks and for tests at scale.

``python -m bench.synthetic 100000 estate.jsonl.gz`` writes it as an ``estate/1`` document in JSON Lines. From the power
feeds up to the services each layer rests on the one below it, mostly on its own neighbourhood: servers share racks,
PDUs and switch pairs, virtual machines run on one server or a cluster of three, applications need some of their
instances, databases and other applications, services need applications. One application dependency in fifty points
anywhere, so there are cycles. About three relations a CI, two CIs in five own a redundancy group.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

SHARES = {
    "virtual_machine": 0.42,
    "service_instance": 0.27,
    "server": 0.14,
    "application": 0.05,
    "database_instance": 0.04,
    "storage_array": 0.03,
    "switch": 0.02,
    "rack": 0.013,
    "pdu": 0.011,
    "service": 0.005,
    "power_feed": 0.0008,
    "data_center": 0.0002,
}
"""The class of every CI and its share of the estate; the document needs no other class."""

RUNS_ON, DEPENDS_ON = "runs_on", "depends_on"
DEFAULT_SEED = 1
BATCH = 10_000
_LEAST = 4
_STRIDE = 7


class Requirement(NamedTuple):
    """What a CI needs: its targets all together (no ``group``), or ``needs`` of them."""

    source: str
    type: str
    targets: tuple[str, ...]
    group: str | None = None
    needs: int | str = 1
    strength: str = "hard"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Synthetic:
    """An estate of about ``size`` CIs (at least four of a class)."""

    size: int
    seed: int = DEFAULT_SEED

    def count(self, ci_class: str) -> int:
        return max(_LEAST, round(self.size * SHARES[ci_class]))

    def ids(self, ci_class: str) -> Iterator[str]:
        return (_id(ci_class, number) for number in range(self.count(ci_class)))

    def items(self) -> Iterator[dict[str, Any]]:
        """Yield the CIs as items of an estate document, by class."""
        for ci_class in SHARES:
            for number, ci_id in enumerate(self.ids(ci_class)):
                item: dict[str, Any] = {"id": ci_id, "class": ci_class, "name": f"{ci_class} {number}"}
                if ci_class == "service":
                    item["attributes"] = {"tier": 1 + number % 4}
                yield item

    def requirements(self) -> Iterator[Requirement]:
        """Yield what every CI needs; each call draws the same."""
        for ci_class, needs in LAYERS.items():
            draw = random.Random(f"{self.seed} {self.size} {ci_class}")
            for number, ci_id in enumerate(self.ids(ci_class)):
                yield from needs(Draws(self, draw, ci_class, ci_id, number))

    def relations(self) -> Iterator[dict[str, Any]]:
        """Yield the relations as those of an estate document."""
        for each in self.requirements():
            for target in each.targets:
                relation: dict[str, Any] = {"source": each.source, "target": target, "type": each.type}
                if each.group is not None:
                    relation["group"] = each.group
                elif each.strength != "hard":
                    relation["strength"] = each.strength
                if each.confidence != 1.0:
                    relation["confidence"] = each.confidence
                yield relation

    def groups(self) -> Iterator[dict[str, Any]]:
        """Yield the groups as those of an estate document."""
        for each in self.requirements():
            if each.group is not None:
                yield {"item": each.source, "name": each.group, "needs": each.needs}

    def rows(self) -> dict[str, Any]:
        """Return the arguments ``items``, ``relations`` and ``groups`` of ``impact.graph.build``, in batches."""
        items = (
            (i["id"], i["class"], i["name"], None, None, i.get("attributes", {}).get("tier"), i["class"] == "service")
            for i in self.items()
        )
        relations = (
            (each.source, target, each.group, each.strength, each.confidence)
            for each in self.requirements()
            for target in each.targets
        )
        groups = ((group["item"], group["name"], group["needs"], "hard") for group in self.groups())
        return {"items": batches(items), "relations": batches(relations), "groups": batches(groups)}

    def write(self, path: Path) -> None:
        """Write the estate to ``path`` as JSON Lines, compressed when it ends in ``.gz``; always the same bytes."""
        with path.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed:
                    packed.writelines(self._lines())
            else:
                raw.writelines(self._lines())

    def _lines(self) -> Iterator[bytes]:
        yield b'{"format": "estate/1"}\n'
        for kind, objects in (("item", self.items()), ("relation", self.relations()), ("group", self.groups())):
            for each in objects:
                yield json.dumps({"kind": kind, **each}, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Draws:
    """One CI while its needs are drawn."""

    estate: Synthetic
    draw: random.Random
    ci_class: str
    id: str
    number: int

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def near(self, ci_class: str, *, width: int = 1, count: int = 1) -> tuple[str, ...]:
        """Return ``count`` different CIs of the ``width`` neighbours of a class that this CI's place points to."""
        total = self.estate.count(ci_class)
        start = self.number * total // self.estate.count(self.ci_class) // width * width
        width = min(width, total)
        return tuple(_id(ci_class, (start + step) % total) for step in self._steps(width, count))

    def popular(self, ci_class: str, *, count: int = 1, skew: float = 2.0) -> tuple[str, ...]:
        """Return up to ``count`` different CIs of a class, low numbers more often the greater ``skew`` is."""
        total = self.estate.count(ci_class)
        numbers = {int(self.draw.random() ** skew * total) for _ in range(count)}
        return tuple(_id(ci_class, number) for number in sorted(numbers))

    def _steps(self, width: int, count: int) -> list[int]:
        first = int(self.draw.random() * width)
        return [(first + step * max(1, width // count)) % width for step in range(min(count, width))]

    def all_of(
        self, type_: str, targets: Iterable[str], strength: str = "hard", confidence: float = 1.0
    ) -> Requirement:
        return Requirement(self.id, type_, tuple(targets), strength=strength, confidence=confidence)

    def some_of(self, type_: str, targets: Iterable[str], group: str, needs: int | str = 1) -> Requirement:
        return Requirement(self.id, type_, tuple(targets), group, needs)


def _services(ci: Draws) -> Iterator[Requirement]:
    yield ci.all_of(DEPENDS_ON, ci.popular("application", count=ci.draw.randint(2, 6), skew=1.5))
    if ci.number and ci.chance(0.3):
        earlier = _id("service", int(ci.draw.random() * ci.number))
        yield ci.all_of(DEPENDS_ON, (earlier,), "soft" if ci.chance(0.5) else "hard")


def _applications(ci: Draws) -> Iterator[Requirement]:
    own = [_id("service_instance", number) for number in _own_instances(ci)]
    half = len(own) // 2
    shape = ci.draw.random()
    if shape < 0.4:
        yield ci.some_of(RUNS_ON, own[:half], "frontend")
        yield ci.some_of(RUNS_ON, own[half:], "backend")
    elif shape < 0.85:
        yield ci.some_of(RUNS_ON, own, "instances", "60%" if shape < 0.6 else 2)
    else:
        yield ci.all_of(RUNS_ON, own)
    others: set[int] = set()
    for share in (0.6, 0.3):
        if ci.number and ci.chance(share):
            anywhere = ci.chance(0.02)
            others.add(int(ci.draw.random() * (ci.estate.count("application") if anywhere else ci.number)))
    yield ci.all_of(DEPENDS_ON, (_id("application", other) for other in sorted(others - {ci.number})))
    databases = ci.popular("database_instance", count=2, skew=1.2)
    yield ci.some_of(DEPENDS_ON, databases, "databases")


def _own_instances(ci: Draws) -> range:
    instances, applications = ci.estate.count("service_instance"), ci.estate.count("application")
    return range(ci.number * instances // applications, max(2, (ci.number + 1) * instances // applications))


def _instances(ci: Draws) -> Iterator[Requirement]:
    yield ci.all_of(RUNS_ON, ci.near("virtual_machine"))
    if ci.chance(0.3):
        yield ci.all_of(DEPENDS_ON, ci.popular("database_instance", skew=1.5))
    if ci.chance(0.2):
        yield ci.all_of(DEPENDS_ON, ci.popular("application", skew=3.0), "soft", 0.8)


def _virtual_machines(ci: Draws) -> Iterator[Requirement]:
    if ci.chance(0.7):
        yield ci.all_of(RUNS_ON, ci.near("server", width=4))
    else:
        yield ci.some_of(RUNS_ON, ci.near("server", width=4, count=3), "cluster")
    if ci.chance(0.5):
        yield ci.all_of(DEPENDS_ON, ci.near("storage_array", width=8))
    else:
        yield ci.some_of(DEPENDS_ON, ci.near("storage_array", width=8, count=2), "storage")


def _databases(ci: Draws) -> Iterator[Requirement]:
    yield ci.some_of(RUNS_ON, ci.popular("virtual_machine", count=2, skew=1.0), "replicas")
    yield ci.all_of(DEPENDS_ON, ci.near("storage_array", width=4))


def _storage(ci: Draws) -> Iterator[Requirement]:
    yield ci.some_of(DEPENDS_ON, ci.near("switch", width=2, count=2), "fabric")
    yield ci.some_of(DEPENDS_ON, ci.near("pdu", width=2, count=2), "power")


def _servers(ci: Draws) -> Iterator[Requirement]:
    yield ci.all_of(DEPENDS_ON, ci.near("rack"))
    yield ci.some_of(DEPENDS_ON, ci.near("switch", width=2, count=2), "network")
    yield ci.some_of(DEPENDS_ON, ci.near("pdu", width=2, count=2), "power")


def _switches(ci: Draws) -> Iterator[Requirement]:
    # One switch in a hundred is a core switch; the two of a pair stand far apart.
    total = ci.estate.count("switch")
    pairs = max(1, total // 200)
    distance = total // (2 * pairs)
    if ci.number % distance or ci.number >= 2 * pairs * distance:
        first = ci.number * _STRIDE % pairs
        pair = (_id("switch", first * distance), _id("switch", (first + pairs) * distance))
        yield ci.some_of(DEPENDS_ON, pair, "core")
    yield ci.some_of(DEPENDS_ON, ci.near("pdu", width=2, count=2), "power")


def _racks(ci: Draws) -> Iterator[Requirement]:
    yield ci.all_of(DEPENDS_ON, ci.near("data_center"))


def _pdus(ci: Draws) -> Iterator[Requirement]:
    yield ci.all_of(DEPENDS_ON, ci.near("power_feed", width=2))


def _feeds(ci: Draws) -> Iterator[Requirement]:
    yield ci.all_of(DEPENDS_ON, ci.near("data_center"))


LAYERS = {
    "service": _services,
    "application": _applications,
    "service_instance": _instances,
    "virtual_machine": _virtual_machines,
    "database_instance": _databases,
    "storage_array": _storage,
    "server": _servers,
    "switch": _switches,
    "rack": _racks,
    "pdu": _pdus,
    "power_feed": _feeds,
}


def _id(ci_class: str, number: int) -> str:
    return f"{ci_class}:{number:07d}"


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Yield ``rows`` in lists of ``size``."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def main() -> None:
    """Write an estate of the size given first to the file given second, with the seed given third."""
    size, path = int(sys.argv[1]), Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else DEFAULT_SEED
    Synthetic(size, seed).write(path)


if __name__ == "__main__":
    main()
