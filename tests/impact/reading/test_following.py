"""The follower: at every revision, after any pause and fault, its graph is the one a fresh snapshot gives."""

from __future__ import annotations

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from cmdb.model.ci import CI, CIS
from cmdb.model.ci_class import CI_CLASSES, CIClass
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.model.relation_type import RELATION_TYPES, RelationType
from cmdb.ports.errors import HistoryGone, StoreUnavailable
from cmdb.ports.store import Fence, Put
from cmdb.records import to_document
from cmdb.stores.sqlite import open_store
from cmdb.work import FencedStore
from impact.answers import what_goes_down
from impact.errors import MalformedSnapshot
from impact.questions.graphs import graph_of
from impact.reading import advancing, following, making
from impact.reading.defaults import defaults_in
from impact.reading.live import graph_at, newest_graph
from tests.builders import a_server, a_service, add, needs, the_context
from tests.impact.contents import content
from tests.impact.reading.story import Story, assert_fresh, fresh, walk


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    opened = open_store(tmp_path / "estate.db")
    yield opened
    opened.close()


class Wrapped:
    """A store whose operations a test can make fail: ``faults`` maps a name to what is raised instead."""

    def __init__(self, store):
        self._store = store
        self.faults = {}

    def __getattr__(self, name):
        if name in self.faults:
            raise self.faults[name]
        return getattr(self._store, name)


@contextmanager
def counting(monkeypatch, module, name):
    """Count the calls of a function by those who find it in the module."""
    calls, real = [], getattr(module, name)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, lambda *a, **more: calls.append(a) or real(*a, **more))
        yield calls


def test_at_every_revision_it_is_the_graph_of_a_fresh_snapshot(store, monkeypatch):
    """Whatever happens to CIs, relations, groups and the catalogue; and hardly ever by building it anew."""
    with counting(monkeypatch, making, "built") as built:
        assert walk(store, 150, seed=1) == 150
    assert len(built) < 5


def test_several_revisions_at_once_and_both_ways(store):
    """From any revision to any other, earlier or later, by the log alone."""
    story = Story(store, 2)
    last = story.go_on(60)
    chance = random.Random(2)
    for _ in range(60):
        start, end = chance.randint(0, last), chance.randint(0, last)
        graph, before, after = fresh(store, start), defaults_in(store, start), defaults_in(store, end)
        happened = advancing.walked(store, start, end, rows=10**6)
        assert_fresh(store, advancing.advanced(store, graph, before, after, happened, revision=end))


def test_no_older_graph_is_shown_than_what_the_reader_has_written(store):
    """Twenty writers, each of whom asks right after its own write."""
    Story(store, 3).go_on(10)

    def write_and_ask(number):
        document = to_document(CIS, CI(f"new{number}", "server", "new"))
        revision = store.apply([Put(CIS, document)], txn_id=f"w{number}", actor="a", reason="r").revision
        graph = newest_graph(store, seen=revision)
        store.close()
        return graph.revision >= revision and f"new{number}" in graph.ids

    with following.following(store), ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write_and_ask, range(20)))


def test_a_person_finds_their_own_write_in_the_next_answer():
    """The desk knows what each actor wrote through this process, from one request to the next."""
    context = the_context(a_service("shop"), a_server("web0"), *needs("shop", 1, "web0"))
    with following.following(context.store):
        for number in range(1, 20):
            revision = add(context, a_server(f"web{number}"))
            graph = graph_of(context)
            assert graph.revision == revision
            assert len(graph) == 2 + number


def test_one_request_asks_one_graph(store):
    """What is asked as of the answer's revision is answered from the graph that gave it, not from a new one."""
    context = the_context(a_service("shop"), a_server("web1"), *needs("shop", 1, "web1"))
    with following.following(context.store) as follower:
        graph = graph_of(context)
        context.store.apply([Put(CIS, to_document(CIS, a_server("x")))], txn_id="x", actor="b", reason="r")
        follower.reach(2)
        assert graph_of(context, at=graph.revision) is graph
        assert graph_of(context).revision == 2


def test_readers_are_never_shown_a_torn_graph(store):
    """Four readers, a writer and the follower at once: each answer is a fresh graph's of the revision it names."""
    story = Story(store, 4, cis=40)
    story.go_on(30)
    done = threading.Event()
    answers: dict[int, list] = {}
    order: list[list[int]] = [[] for _ in range(4)]

    def read(number):
        chance = random.Random(number)
        while not done.is_set():
            graph = newest_graph(store)
            failed = tuple(sorted(chance.sample(graph.ids, min(2, len(graph)))))
            answers.setdefault(graph.revision, []).append((failed, what_goes_down(graph, failed)))
            order[number].append(graph.revision)

    with following.following(store):
        readers = [threading.Thread(target=read, args=(number,)) for number in range(4)]
        for reader in readers:
            reader.start()
        story.go_on(40)
        done.set()
        for reader in readers:
            reader.join()
    for revisions in order:
        assert revisions == sorted(revisions)
    assert len(answers) > 3
    for revision, told in sorted(answers.items()):
        graph = fresh(store, revision)
        for failed, answer in told[:40]:
            assert what_goes_down(graph, failed) == answer


def test_a_reader_is_not_held_up_while_the_follower_works(store, monkeypatch):
    """While a step takes as long as it likes, the last graph answers; only who wrote waits."""
    story = Story(store, 5)
    story.go_on(10)
    working, go_on = threading.Event(), threading.Event()
    real = making.walked

    def slow(*given, **more):
        working.set()
        assert go_on.wait(20)
        return real(*given, **more)

    with following.following(store):
        before = newest_graph(store)
        monkeypatch.setattr(making, "walked", slow)
        revision = story.go_on()
        assert working.wait(20)
        assert newest_graph(store) is before
        go_on.set()
        assert newest_graph(store, seen=revision).revision == revision


def test_who_was_away_for_hundreds_of_revisions_catches_up(store, monkeypatch):
    """In one step, by the log."""
    story = Story(store, 6)
    story.go_on(5)
    with following.following(store) as follower:
        newest_graph(store)
        follower.stop()
        kept = follower._live
    last = story.go_on(300)
    with counting(monkeypatch, making, "built") as built:
        caught_up = making.followed(store, kept, last)
    assert not built
    assert caught_up.last == last
    assert_fresh(store, caught_up.graph)


def test_a_log_that_was_cut_leads_to_a_fresh_snapshot(store, monkeypatch):
    """HistoryGone is no reason for a wrong graph, nor for none."""
    story, wrapped = Story(store, 7), Wrapped(store)
    story.go_on(5)
    with following.following(wrapped), counting(monkeypatch, making, "built") as built:
        newest_graph(wrapped)
        wrapped.faults["changes"] = HistoryGone(revision=1, oldest=5)
        revision = story.go_on(3)
        assert_fresh(store, newest_graph(wrapped, seen=revision))
        assert len(built) > 1


def test_history_let_go_beneath_a_follower_that_was_away_changes_no_answer(store):
    """The store's own letting go of history, past the revision of the graph that is kept."""
    story = Story(store, 16)
    story.go_on(5)
    with following.following(store) as follower:
        newest_graph(store)
        kept = follower._live
    last = story.go_on(30)
    store.compact(last, txn_id="let go", actor="a")
    newest = store.revision()
    with pytest.raises(HistoryGone):
        list(store.changes(kept.last))
    assert_fresh(store, making.followed(store, kept, newest).graph)


def test_a_store_that_fails_for_a_while_is_ridden_out(store, monkeypatch):
    """The last graph answers meanwhile; who wants more hears why not; afterwards all is as if nothing had been."""
    monkeypatch.setattr(following, "_LATE", 0.1)
    story, wrapped = Story(store, 8), Wrapped(store)
    story.go_on(5)
    with following.following(wrapped):
        before = newest_graph(wrapped)
        for name in ("wait_for", "revision", "changes", "snapshot"):
            wrapped.faults[name] = StoreUnavailable(store="it", cause="gone for a while")
        revision = story.go_on(2)
        with pytest.raises(StoreUnavailable):
            newest_graph(wrapped, seen=revision)
        assert newest_graph(wrapped) is before
        wrapped.faults.clear()
        assert_fresh(store, newest_graph(wrapped, seen=revision))


def test_a_store_that_is_not_there_at_first_is_asked_again(store):
    """Who asks hears why; who asks later is answered."""
    wrapped = Wrapped(store)
    revision = Story(store, 9).go_on(5)
    wrapped.faults["revision"] = StoreUnavailable(store="it", cause="not there yet")
    with following.following(wrapped):
        with pytest.raises(StoreUnavailable):
            newest_graph(wrapped)
        wrapped.faults.clear()
        assert newest_graph(wrapped).revision == revision


def test_an_estate_that_makes_no_graph_is_not_hidden_behind_an_older_one(store):
    """The error is told as long as the newest revision has it, and the follower goes on behind it."""
    story = Story(store, 10)
    story.go_on(10)
    with following.following(store):
        newest_graph(store)
        wrong = Relation("c00", "depends_on", "c00", confidence=1.0)
        store.apply([Put(CIS, to_document(CIS, a_server("c00")))], txn_id="c", actor="a", reason="r")
        document = {**to_document(RELATIONS, wrong), "strength": "mild"}
        revision = store.apply([Put(RELATIONS, document)], txn_id="w", actor="a", reason="r").revision
        for seen in (revision, 0):
            with pytest.raises(MalformedSnapshot):
                newest_graph(store, seen=seen)
        document["strength"] = "hard"
        revision = store.apply([Put(RELATIONS, document)], txn_id="x", actor="a", reason="r").revision
        assert_fresh(store, newest_graph(store, seen=revision))


def test_a_change_of_the_catalogue_reads_again_only_what_it_touches(store, monkeypatch):
    """A class's chance of failing, what is a service, a type's strength: no new snapshot for any of them."""
    story = Story(store, 11)
    story.go_on(60)
    definitions = (
        (CI_CLASSES, CIClass("robot", parent="service", unavailability=0.75)),
        (CI_CLASSES, CIClass("robot", parent="server")),
        (CI_CLASSES, CIClass("never_used", parent="server", unavailability=0.1)),
        (RELATION_TYPES, RelationType("feeds", "feeds", "is fed by", strength=Strength.SOFT)),
        (RELATION_TYPES, RelationType("depends_on", "needs", "is needed by", strength=Strength.NONE)),
    )
    with following.following(store):
        newest_graph(store)
        with counting(monkeypatch, making, "built") as built:
            for number, (kind, record) in enumerate(definitions):
                put = Put(kind, to_document(kind, record))
                revision = store.apply([put], txn_id=f"d{number}", actor="a", reason="r").revision
                graph = newest_graph(store, seen=revision)
                assert not built
                assert content(graph) == content(fresh(store, revision))


def test_where_building_is_sooner_it_is_built(store, monkeypatch):
    """A change as large as the estate is read from a snapshot."""
    monkeypatch.setattr(advancing, "LEAST", 0)
    story = Story(store, 12)
    story.go_on(5)
    with following.following(store), counting(monkeypatch, making, "built") as built:
        newest_graph(store)
        revision = story.go_on(40)
        assert_fresh(store, newest_graph(store, seen=revision))
        assert len(built) > 1


def test_stopping_ends_the_thread_and_questions_are_answered_without(store):
    """No thread is left behind, and who still asks is not left waiting."""
    revision = Story(store, 13).go_on(5)
    with following.following(store):
        assert newest_graph(store) is not None
        assert any(thread.name == "foreshock-follower" for thread in threading.enumerate())
    assert not any(thread.name == "foreshock-follower" for thread in threading.enumerate())
    assert newest_graph(store) is None
    assert_fresh(store, graph_at(store, defaults_in(store, revision)))


def test_nothing_runs_before_the_first_question(store):
    """A server that nobody asks reads no estate."""
    with following.following(store) as follower:
        assert follower._thread is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_follows_by_itself(store):
    """The parent's thread is not in the child; the child starts its own with its first question."""
    story = Story(store, 14)
    story.go_on(5)
    with following.following(store):
        newest_graph(store)
        child = os.fork()
        if child == 0:
            ok = False
            try:
                until = time.monotonic() + 20
                while newest_graph(store).revision < 8 and time.monotonic() < until:
                    time.sleep(0.01)
                ok = newest_graph(store).revision == 8
            finally:
                os._exit(0 if ok else 1)
        revision = story.go_on(3)
        assert newest_graph(store, seen=revision).revision == 8
        assert os.waitpid(child, 0)[1] == 0


def test_a_run_of_a_job_is_given_the_graph_that_is_ready(store, monkeypatch):
    """Its store is a fenced one, new for each run; nothing is read anew for it."""
    write = Put(CIS, to_document(CIS, CI("a", "server", "a")))
    store.apply([write], txn_id="t", actor="a", reason="r")
    with following.following(store) as follower:
        ready = newest_graph(store, seen=store.revision())
        assert follower is following.follower_of(store)
        monkeypatch.setattr(making, "built", None)
        for _ in range(2):
            fenced = FencedStore(store, Fence("run", 1))
            assert newest_graph(fenced, seen=store.revision()) is ready
            assert graph_at(fenced, defaults_in(fenced, ready.revision), at=ready.revision) is ready
