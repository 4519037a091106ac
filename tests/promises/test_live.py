"""The live graph equals the store at every revision, and is a moment behind it at most."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Any

import pytest

from impact.reading.following import following
from tests.impact.reading.story import Story, assert_fresh, walk
from tests.promises.places import Place

WRITES, A_SECOND = 400, 20
LAGS = {"SQLite": 0.25, "Neo4j": 1.0}


def equal(place: Place, promise: Any, batches: int) -> None:
    """Follow a random story and compare at every revision."""
    asked = "equals the snapshot at every revision of 2,000 random batches"
    kept = promise("the live graph", asked, place.name)
    with closing(place.open()) as store:
        revisions = walk(store, batches, seed=2000)
    kept.seen(f"0 of {revisions:,} revisions differ, byte for byte")
    assert revisions == batches


@pytest.mark.promises
def test_the_live_graph_equals_the_snapshot_at_every_revision_of_2000_batches(sqlite, promise):
    """CIs made, changed, retired and ended, relations, groups, classes and types; and its answers."""
    equal(sqlite, promise, 2000)


def test_the_live_graph_equals_the_snapshot_on_a_server(neo4j, promise):
    """The short form: a server answers about a hundred commits a second."""
    equal(neo4j, promise, 15)


@pytest.mark.promises
def test_the_live_graph_equals_the_snapshot_on_a_server_at_every_revision_of_2000_batches(neo4j, promise):
    """As promised."""
    equal(neo4j, promise, 2000)


@pytest.mark.promises
@pytest.mark.timed
def test_the_live_graph_is_a_moment_behind(place, promise):
    """Twenty writes a second for twenty seconds; the time from each commit to the graph that shows it."""
    most = LAGS[place.name]
    kept = promise("the live graph's lag", f"p99 {most * 1e3:,.0f} ms at {A_SECOND} writes a second", place.name)
    with closing(place.open()) as store:
        lags = sorted(lags_of(store))
    middle, late = lags[len(lags) // 2], lags[len(lags) * 99 // 100]
    kept.seen(f"p50 {middle * 1e3:.0f} ms, p99 {late * 1e3:.0f} ms")
    assert late < most


def lags_of(store: Any) -> list[float]:
    """Write a story at a steady rate; return the seconds from each commit to the graph that shows it."""
    story = Story(store, 1, cis=200)
    story.go_on(50)
    commits: list[tuple[int, float]] = []
    lags: list[float] = []

    def write() -> None:
        began = time.monotonic()
        for turn in range(WRITES):
            time.sleep(max(0.0, began + turn / A_SECOND - time.monotonic()))
            commits.append((story.go_on(), time.monotonic()))

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
    return lags
