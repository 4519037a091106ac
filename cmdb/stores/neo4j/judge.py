"""What is judged when a batch is in place: that every end is there, and that a claim has one holder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from cmdb.ports.errors import MissingEndpoint, UniqueViolation
from cmdb.stores import batch
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.texts import bounded, field_form, full, is_long, quoted


def refuse_missing(found: Iterable[tuple[str, str, str]]) -> None:
    """Refuse the batch when ends are missing."""
    missing = sorted(found)
    if missing:
        raise MissingEndpoint(ends=missing[: batch.NAMED_ENDS], count=len(missing))


def without_end(
    tx: Any, shape: Shape, documents: Sequence[tuple[str, dict[str, Any]]]
) -> Iterable[tuple[str, str, str]]:
    """Yield the documents that name an end which is not there."""
    for field, target in shape.ends.items():
        named: dict[str, list[str]] = {}
        for key, document in documents:
            if (end := batch.dig(document, field)) is not None:
                named.setdefault(str(end), []).append(key)
        if not named:
            continue
        there = Shape(target, (), (), {}, {}, (), (), 0)
        rows = tx.run(
            f"UNWIND $keys AS k MATCH (v:{there.open} {{k: k}}) WHERE v.body IS NOT NULL RETURN v.k",
            keys=sorted(map(bounded, named)),
        )
        living = {k for (k,) in rows}
        for end, keys in named.items():
            if bounded(end) not in living:
                yield from ((shape.name, key, end) for key in keys)


def left_behind(tx: Any, target: str, gone: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    """Yield the living documents that name an end which was deleted."""
    ends = {field_form(key): key for key in gone}
    for shape in schema.shapes(tx):
        for field, kind in shape.ends.items():
            if kind != target:
                continue
            named = quoted(f"$.{field}")
            rows = tx.run(
                f"UNWIND $ends AS end MATCH (v:{shape.open}) WHERE v.{named} = end AND v.body IS NOT NULL"
                " RETURN v.k, v.key, end",
                ends=list(ends),
            )
            yield from ((shape.name, full(k, key), ends[end]) for k, key, end in rows)


def release(tx: Any, claims: Sequence[str], staged: int | None) -> None:
    """Let go of claims; of a staged batch they are remembered."""
    if not claims:
        return
    forms = sorted(map(bounded, claims))
    if staged is None:
        tx.run("UNWIND $claims AS claim MATCH (c:_Claim {claim: claim}) DELETE c", claims=forms).consume()
        return
    tx.run(
        "UNWIND $claims AS claim MATCH (c:_Claim {claim: claim})"
        " SET c.was = [c.kind, c.key], c.staged = $staged REMOVE c.kind, c.key",
        claims=forms,
        staged=staged,
    ).consume()


def claim(tx: Any, kind: str, holders: Sequence[tuple[str, str | None]], staged: int | None) -> None:
    """
    Take the claims of documents, in their order.

    Raises:
        UniqueViolation: one is held by another document.
    """
    wanted = [(text, key) for key, claims in holders for text in json.loads(claims or "[]")]
    if not wanted:
        return
    rows = tx.run(
        "UNWIND $claims AS claim MATCH (c:_Claim {claim: claim}) WHERE c.kind IS NOT NULL"
        " RETURN c.claim, c.kind, c.key",
        claims=sorted({bounded(text) for text, _ in wanted}),
    )
    held = {form: (holder, key) for form, holder, key in rows}
    new = []
    for text, key in wanted:
        form = bounded(text)
        holder = held.get(form)
        if holder is None:
            held[form] = kind, key
            new.append({"claim": form, "kind": kind, "key": key, "text": text if is_long(text) else None})
        elif holder != (kind, key):
            raise UniqueViolation(claim=text, holder=holder[1])
    note = "" if staged is None else ", c.staged = $staged"
    tx.run(
        "UNWIND $rows AS row MERGE (c:_Claim {claim: row.claim})"
        f" SET c.kind = row.kind, c.key = row.key, c.text = row.text{note}",
        rows=new,
        staged=staged,
    ).consume()
