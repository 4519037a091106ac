"""An estate that lives: random batches of everything that can happen to it, the catalogue included."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from cmdb.errors import ForeshockError
from cmdb.model.change import CHANGES
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.ci_class import CI_CLASSES, CIClass
from cmdb.model.group import GROUPS, Group
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.model.relation_type import RELATION_TYPES, RelationType
from cmdb.ports.store import Delete, Op, Put, Store
from cmdb.records import to_document
from impact.answers import blast_radius, reasons, what_goes_down
from impact.graph import Graph
from impact.reading.defaults import defaults_in
from impact.reading.following import following
from impact.reading.live import graph_at, newest_graph
from impact.reading.making import built
from tests.builders import a_change
from tests.impact.contents import content

STRENGTHS = (None, None, Strength.HARD, Strength.SOFT, Strength.NONE)
TYPES = ("depends_on", "runs_on", "feeds")
CLASSES = ("server", "service", "rack", "robot")
GROUP_NAMES = (None, None, "a", "b", "")
KINDS = (CIS, GROUPS, RELATIONS)


class Story:
    """Writes one random batch after the other into a store, the same ones for the same seed."""

    def __init__(self, store: Store, seed: int, *, cis: int = 24) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.name = f"story {seed}"
        self.cis = cis
        self.living: dict[tuple[str, str], dict[str, Any]] = {}
        self.turn = 0

    def go_on(self, batches: int = 1) -> int:
        """Write so many batches that change something, and return the last one's revision."""
        revision = -1
        while batches:
            self.turn += 1
            ops = self._batch()
            try:
                applied = self.store.apply(ops, txn_id=f"{self.name} {self.turn}", actor="a", reason="r")
            except ForeshockError:
                continue
            revision = applied.revision
            for op in ops:
                key = op.kind.key(op.document) if isinstance(op, Put) else op.key
                if isinstance(op, Put):
                    self.living[op.kind.name, key] = op.document
                else:
                    self.living.pop((op.kind.name, key), None)
            batches -= bool(applied.changed)
        return revision

    def _batch(self) -> list[Op]:
        ops: dict[tuple[str, str], Op] = {}
        for _ in range(self.chance.choice((1, 1, 2, 4, 12))):
            for op in self._ops():
                ops[op.kind.name, op.kind.key(op.document) if isinstance(op, Put) else op.key] = op  # type: ignore[union-attr]
        return list(ops.values())

    def _ops(self) -> Iterator[Op]:
        chance = self.chance
        cis = sorted(key for kind, key in self.living if kind == "ci")
        draw = chance.random()
        if draw < 0.2 or len(cis) < 4:
            yield self._ci(f"c{chance.randrange(self.cis):02d}", CIStatus.ACTIVE)
        elif draw < 0.3:
            yield self._ci(chance.choice(cis), chance.choice(list(CIStatus)))
        elif draw < 0.6:
            yield self._relation(*chance.choices(cis, k=2))
        elif draw < 0.72:
            needs = chance.choice((1, 1, 2, 3, "50%", "67%", "100%"))
            strength = chance.choice(STRENGTHS) or Strength.HARD
            yield _put(GROUPS, Group(chance.choice(cis), chance.choice(("a", "b", "")), needs, strength))
        elif draw < 0.87:
            kind = chance.choice((RELATIONS, GROUPS))
            keys = sorted(key for name, key in self.living if name == kind.name)
            if keys:
                yield Delete(kind, chance.choice(keys))
        elif draw < 0.91:
            yield from self._end_of(chance.choice(cis))
        elif draw < 0.95:
            yield _put(CHANGES, a_change(chance.choice(cis), id=f"CHG-{chance.randrange(99)}"))
        else:
            yield self._definition()

    def _ci(self, ci: str, status: CIStatus) -> Op:
        chance = self.chance
        return _put(
            CIS,
            CI(
                ci,
                chance.choice(CLASSES),
                chance.choice((ci, "Zürich", "")),
                attributes={"tier": chance.choice((1, 2, "gold", True))} if chance.random() < 0.4 else {},
                unavailability=chance.choice((None, None, 0.0, 0.25)),
                mtbf_hours=chance.choice((None, None, 100.0)),
                status=status,
            ),
        )

    def _relation(self, source: str, target: str) -> Op:
        chance = self.chance
        return _put(
            RELATIONS,
            Relation(
                source,
                chance.choice(TYPES),
                target,
                chance.choice(GROUP_NAMES),
                chance.choice(STRENGTHS),
                chance.choice((1.0, 1.0, 0.5, chance.randint(1, 9) / 10)),
            ),
        )

    def _end_of(self, ci: str) -> Iterator[Op]:
        yield Delete(CIS, ci)
        for (name, key), document in self.living.items():
            if ci in (document.get("source"), document.get("target"), document.get("item")):
                yield Delete(next(kind for kind in KINDS if kind.name == name), key)

    def _definition(self) -> Op:
        chance = self.chance
        figure = chance.choice((None, 0.125, 0.5))
        if chance.random() < 0.3:
            return _put(
                RELATION_TYPES, RelationType("feeds", "feeds", "is fed by", strength=chance.choice(list(Strength)))
            )
        if chance.random() < 0.5:
            return _put(
                CI_CLASSES, CIClass("robot", parent=chance.choice(("service", "server")), unavailability=figure)
            )
        return _put(CI_CLASSES, CIClass(chance.choice(("rack", "server")), unavailability=figure, extends=True))


def _put(kind: Kind[Any], record: Any) -> Put:
    return Put(kind, to_document(kind, record))


def fresh(store: Store, revision: int) -> Graph:
    """Return the graph of a revision as it is built from a snapshot."""
    return built(store, defaults_in(store, revision), revision)


def assert_fresh(store: Store, graph: Graph) -> None:
    """The graph is, byte for byte, the one built from the snapshot of the revision it names."""
    expected = content(fresh(store, graph.revision))
    found = content(graph)
    assert {name for name in found if found[name] != expected[name]} == set(), graph.revision


def walk(store: Store, batches: int, seed: int) -> int:
    """Follow a story batch by batch, compare at each, look back now and then; return the last revision."""
    story, chance = Story(store, seed), random.Random(seed)
    revision = 0
    with following(store):
        for _ in range(batches):
            revision = story.go_on()
            graph = newest_graph(store, seen=revision)
            assert graph is not None
            assert graph.revision == revision
            assert_fresh(store, graph)
            assert_same_answers(graph, fresh(store, revision), chance)
            if chance.random() < 0.2:
                past = chance.randint(0, revision)
                assert_fresh(store, graph_at(store, defaults_in(store, past), at=past))
    return revision


def assert_same_answers(one: Graph, other: Graph, chance: random.Random) -> None:
    """States, outcomes, reasons and blast radius of a random failure are the same."""
    failed = chance.sample(one.ids, min(len(one), chance.randint(1, 3)))
    assert what_goes_down(one, failed) == what_goes_down(other, failed)
    assert reasons(one, failed) == reasons(other, failed)
    assert blast_radius(one, failed) == blast_radius(other, failed)
