"""Histories of any shape, and all that can be read of a store, to be held against a plain model or another store."""

from __future__ import annotations

import random
from typing import Any

from cmdb.errors import ForeshockError
from cmdb.model.baseline import BASELINES
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Delete, Op, Patch, Put
from tests.contracts.plain import PlainStore
from tests.contracts.things import NOTES, ci, group, note, relation, rows_of

KINDS: list[Kind[Any]] = [CIS, GROUPS, NOTES, RELATIONS]


def random_ops(chance: random.Random, plain: PlainStore) -> list[Op]:
    """A batch that suits what is there: new and changed things, claims, and deletes with all that hangs on them."""
    state = plain.states[-1]
    living = sorted(key for kind, key in state if kind == "ci")
    ops: dict[tuple[str, str], Op] = {}

    def add(op: Op) -> None:
        ops[op.kind.name, op.kind.key(op.document) if isinstance(op, Put) else op.key] = op

    for _ in range(chance.randint(1, 6)):
        one, other = (chance.choice(living or ["c0"]) for _ in range(2))
        draw = chance.random()
        if draw < 0.4 or not living:
            name = f"c{chance.randrange(9)}"
            add(ci(name, rank=chance.randrange(3), claims=(f"serial:{name}",) if chance.random() < 0.3 else ()))
        elif draw < 0.55:
            add(relation(one, other, confidence=chance.randint(1, 4) / 4))
        elif draw < 0.65:
            add(group(one, "g", chance.randint(1, 3)))
        elif draw < 0.8:
            add(
                note(f"n{chance.randrange(5)}", rank=chance.randrange(3), title=chance.choice(["Straße", "web 01", ""]))
            )
        elif draw < 0.88:
            add(Patch(CIS, one, {"name": f"v{chance.randrange(9)}", "rank": None}))
        else:
            add(Delete(CIS, one))
            for (kind, key), stored in state.items():
                ends = (stored.document.get(field) for field in ("source", "target", "item"))
                if one in ends:
                    add(Delete(next(k for k in KINDS if k.name == kind), key))
    return list(ops.values())


def random_history(store: Any, plain: PlainStore, batches: int, *, seed: int) -> None:
    """Write random batches to both; what one refuses so does the other."""
    chance = random.Random(seed)
    for turn in range(batches):
        ops, txn_id = random_ops(chance, plain), f"{seed}-{turn}"
        try:
            wanted = plain.apply(ops, txn_id)[:2]
        except ForeshockError:
            continue
        applied = store.apply(ops, txn_id=txn_id, actor=f"role:{turn % 3}", reason=f"turn:{turn}")
        assert (applied.revision, applied.changed) == wanted


def state_at(store: Any, at: int | None, kinds: list[Kind[Any]] = KINDS) -> dict[str, Any]:
    """All that every way of reading as of one revision gives."""
    with store.snapshot(at=at) as state:
        found: dict[str, Any] = {
            kind.name: (
                list(state.documents(kind)),
                rows_of(state, kind, "id", "name", "rank", "source", "nowhere"),
            )
            for kind in kinds
        }
    for kind in kinds:
        keys = [row.key for row in found[kind.name][0]]
        found[f"{kind.name} read"] = (
            store.get_many(kind, keys, at=at),
            [store.get(kind, key, at=at) for key in keys[:2]],
            store.find(kind, limit=1000, at=at),
            store.find(kind, order=kind.indexed[0], descending=True, limit=1000, at=at),
            store.count(kind, at=at),
            {key: store.history(kind, key, at=at) for key in keys},
        )
    found["search"] = [store.search(kind, word, at=at) for kind in (CIS, NOTES) for word in ("c1", "STRASSE", "web")]
    found["neighbours"] = [store.neighbours(f"c{n}", "both", at=at) for n in range(9)]
    return found


def everything(store: Any) -> dict[str, Any]:
    """All that can be read of a store, coordination and blobs aside."""
    floor, newest = store.floor(), store.revision()
    found: dict[str, Any] = {"floor": floor, "revision": newest, "now": state_at(store, None)}
    for at in range(newest + 1):
        try:
            found[f"as of {at}"] = state_at(store, at)
        except HistoryGone as gone:
            found[f"as of {at}"] = gone.facts
    found["feed"] = [(revision, list(revision.entries)) for revision in store.changes(floor)]
    keys = {(kind, f"{letter}{n}") for kind in (CIS, NOTES) for letter in "cn" for n in range(9)}
    found["past"] = {(kind.name, key): store.history(kind, key) for kind, key in keys}
    found["baseline"] = store.history(BASELINES, "baseline")
    return found
