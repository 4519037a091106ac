"""The drawn estate of the benchmarks: legal, layered, and the same for the same size and seed."""

from __future__ import annotations

import gzip
import json

from bench.synthetic import SHARES, Synthetic
from impact.graph import build


def test_the_same_size_and_seed_give_the_same_bytes(tmp_path):
    """Two writings are equal byte for byte, another seed is another estate."""
    paths = [tmp_path / f"{number}.jsonl.gz" for number in range(3)]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        Synthetic(1_500, seed).write(path)

    first, second, other = (path.read_bytes() for path in paths)
    assert first == second
    assert gzip.decompress(first) != gzip.decompress(other)


def test_the_document_is_a_legal_estate_of_the_promised_shape(tmp_path):
    """Every end exists, every group has enough members, nothing stands twice; about three relations a CI."""
    path = tmp_path / "estate.jsonl"
    Synthetic(5_000).write(path)
    head, *lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert head == {"format": "estate/1"}
    kinds = {kind: [line for line in lines if line["kind"] == kind] for kind in ("item", "relation", "group")}
    assert sum(map(len, kinds.values())) == len(lines)

    ids = {item["id"] for item in kinds["item"]}
    assert len(ids) == len(kinds["item"])
    assert abs(len(ids) - 5_000) < 50
    assert {item["class"] for item in kinds["item"]} == set(SHARES)
    assert all({relation["source"], relation["target"]} <= ids for relation in kinds["relation"])
    keys = {(r["source"], r["type"], r["target"], r.get("group")) for r in kinds["relation"]}
    assert len(keys) == len(kinds["relation"])
    assert 2.5 < len(keys) / len(ids) < 3.6
    members: dict = {}
    for relation in kinds["relation"]:
        if "group" in relation:
            assert "strength" not in relation
            members.setdefault((relation["source"], relation["group"]), set()).add(relation["target"])
    assert set(members) == {(group["item"], group["name"]) for group in kinds["group"]}
    assert all(
        isinstance(group["needs"], str) or group["needs"] <= len(members[group["item"], group["name"]])
        for group in kinds["group"]
    )


def test_rows_and_document_are_the_same_estate():
    """What the benchmarks load directly is what an import of the document would bring."""
    estate = Synthetic(2_000)
    graph = build(revision=1, **estate.rows())

    assert list(graph.ids) == sorted(item["id"] for item in estate.items())
    assert [row[:3] for row in graph.relation_rows()] == sorted(
        ((r["source"], r["target"], r.get("group")) for r in estate.relations()),
        key=lambda row: (row[0], row[2] is not None, row[2] or "", row[1]),
    )
    assert len(list(graph.group_rows())) == len(list(estate.groups()))
