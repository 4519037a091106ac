"""A hundred decisions replay byte for byte after estate, policy and models have moved on, without their results."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from random import Random

import pytest

from cmdb.chain import canonical, digest
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS
from impact.questions.replay import replay
from impact.reading import shelf
from tests.builders import NOON, TestClock, an_actor
from tests.decided import decide_a_hundred, move_on, the_house
from tests.promises.places import SQLITE, is_embedded

MANY, FEW = 100, 12
RESULTS = (
    *("verdict", "reasons", "services", "phases", "down", "degraded", "standing", "outlook", "facts"),
    *("prediction", "consequence", "unaffected", "retired", "hash"),
)


@pytest.mark.promises
def test_decisions_replay_after_everything_has_moved_on(place, promise):
    """Computed again from the inputs alone; on the embedded store once more with every result taken out of the file."""
    count = MANY if is_embedded(place.address) else FEW
    kept = promise(f"replay of {count} decisions, all else moved on", f"{count} equal", place.name)
    clock, chance = TestClock(NOON), Random(11)
    with closing(place.open(clock=clock.now)) as store:
        context = the_house(chance, Context(store, store.coordination, clock, an_actor("engineer", "engineer")))
        decided = decide_a_hundred(context, chance, count=count)
        before = {key: canonical(store.get(ASSESSMENTS, key).document) for _, key in decided}
        move_on(context, chance)
        shelf.SHELVES.clear()
        same = sum(replay(context, change, assessment=key).same for change, key in decided)
        bare = count
        if is_embedded(place.address):
            _take_results_out(place.address.removeprefix(SQLITE))
            bare = sum(_computed(context, change, key) == digest(json.loads(before[key])) for change, key in decided)
    kept.seen(f"{same} equal, {bare} of them where no result was stored")
    assert (len(decided), same, bare) == (count, count, count)


def _take_results_out(path: str) -> None:
    fields = ", ".join(f"'$.{name}'" for name in RESULTS)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"UPDATE doc_assessment SET document = json_remove(document, {fields})")
        raw.commit()


def _computed(context: Context, change: str, key: str) -> str:
    """Return the digest of what is computed where a record holds inputs alone."""
    assert not set(RESULTS) & context.store.get(ASSESSMENTS, key).document.keys()
    found = replay(context, change, assessment=key)
    return next(str(each.computed) for each in found.differences if each.pointer == "")
