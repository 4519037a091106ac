"""The live graph equals the store at every revision, and is a moment behind it at most."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cmdb.stores.sqlite import open_store
from impact.reading.following import following
from tests.impact.reading.story import Story, assert_fresh, walk

LAG = 0.25
WRITES, A_SECOND = 400, 20


@pytest.fixture
def store(path) -> Iterator[Any]:
    """An empty store in a file."""
    opened = open_store(path)
    yield opened
    opened.close()


@pytest.fixture
def announced(request) -> Callable[[str, str], Callable[[str], None]]:
    """Announce a promise and tell what was seen, in the table if there is one."""

    def announce(name: str, asked: str) -> Callable[[str], None]:
        try:
            return request.getfixturevalue("promise")(name, asked).seen
        except pytest.FixtureLookupError:
            return lambda seen: print(f"\n{name}: asked {asked}; seen {seen}")

    return announce


@pytest.mark.promises
def test_the_live_graph_equals_the_snapshot_at_every_revision_of_2000_batches(store, announced):
    """CIs made, changed, retired and ended, relations, groups, classes and types: byte for byte, with its answers."""
    seen = announced("the live graph", "equals the snapshot at every revision of 2,000 random batches")
    revisions = walk(store, 2000, seed=2000)
    seen(f"{revisions:,} revisions, 0 different")
    assert revisions == 2000


@pytest.mark.promises
def test_the_live_graph_is_a_moment_behind(store, announced):
    """Twenty writes a second for twenty seconds; the time from each commit to the graph that shows it."""
    seen = announced("the live graph's lag", f"p99 {LAG * 1e3:.0f} ms")
    story = Story(store, 1, cis=400)
    story.go_on(200)
    commits: list[tuple[int, float]] = []
    lags: list[float] = []

    def write() -> None:
        began = time.monotonic()
        for turn in range(WRITES):
            time.sleep(max(0.0, began + turn / A_SECOND - time.monotonic()))
            commits.append((story.go_on(), time.monotonic()))
        store.close()

    with following(store) as follower:
        follower.newest(0)
        first = follower.revision
        writer = threading.Thread(target=write)
        writer.start()
        for turn in range(WRITES):
            follower.reach(first + turn + 1)
            shown = time.monotonic()
            while len(commits) <= turn:
                time.sleep(0.0005)
            lags.append(max(0.0, shown - commits[turn][1]))
        writer.join()
        graph = follower.newest(commits[-1][0])
        assert graph is not None
        assert_fresh(store, graph)
    lags.sort()
    seen(f"p50 {lags[WRITES // 2] * 1e3:.0f} ms, p99 {lags[WRITES * 99 // 100] * 1e3:.0f} ms")
    assert lags[WRITES * 99 // 100] < LAG
