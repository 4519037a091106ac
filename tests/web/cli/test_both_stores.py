"""The same estate on both stores: what comes out is the same bytes, and so is every answer, but for the revision."""

from __future__ import annotations

import json
import random
import re

import pytest

SOME, ALL = 10, 100


@pytest.fixture
def both(foreshock, data, tmp_path, neo4j_server):
    """Run a command on both stores, which hold the estate, and return the two runs."""
    neo4j_server.wipe()
    stores = ({"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db"}, {"FORESHOCK_STORE": neo4j_server.address})

    def run(*words: str, **more):
        return [foreshock(*words, env=store, **more).ok() for store in stores]

    run("import", "estate", str(data / "wikimedia" / "estate.json.gz"))
    yield run
    neo4j_server.wipe()


def without_revision(text: str) -> str:
    """Return an answer without the number of the revision it was read at."""
    return re.sub(r'"revision": \d+', '"revision": 0', text)


def same_answers(both, count: int) -> None:
    """Assert that so many random failure sets have the same answers, byte for byte."""
    ids = [item["id"] for item in json.loads(both("export", "estate", "-")[0].out)["items"]]
    chance = random.Random(4)
    for _ in range(count):
        failed = "\n".join(chance.sample(sorted(ids), chance.randint(1, 40)))
        one, other = both("impact", "--from", "-", "-o", "json", input=failed)
        assert without_revision(one.out) == without_revision(other.out)


def test_both_stores_export_the_same_bytes_and_answer_alike(both):
    """The short form: the export, searching, histories and ten failure sets."""
    one, other = both("export", "estate", "-")
    assert one.out == other.out
    for words in (("ci", "search", "eqiad"), ("ci", "show", "dc:eqiad"), ("ci", "tree", "dc:eqiad")):
        one, other = both(*words)
        assert one.out == other.out
    same_answers(both, SOME)


@pytest.mark.promises
def test_a_hundred_failure_sets_have_the_same_answers(both):
    """As the issue asks."""
    same_answers(both, ALL)
