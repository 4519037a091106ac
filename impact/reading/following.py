"""
A follower: a thread that keeps the newest graph of one store ready, so that a question never waits for a writer.

It waits for the next revision, takes over all that were made meanwhile in one step, and shows the result; readers go on
with the graph they hold, which nothing changes. A store that can not be read is asked again and again, at first soon
and then every few seconds, while the last graph still answers under its own revision. What the log no longer tells, or
what would take too long to follow, leads to a fresh snapshot.

It starts with the first question, once in each process, also in a forked one; each process follows by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cmdb.errors import Family, ForeshockError
from cmdb.ports.errors import StoreBusy
from cmdb.ports.store import Store
from impact.reading.advancing import rehearse
from impact.reading.making import followed
from impact.reading.shelf import Kept, itself, shelf_of

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph import Graph

PATIENCE = 120.0
"""Seconds a question waits for a revision at most: as long as the largest estate may take to be loaded."""

_LISTENING = 0.25
_SOON, _LATE = 0.05, 5.0

_FOLLOWERS: WeakKeyDictionary[Store, Follower] = WeakKeyDictionary()


@contextmanager
def following(store: Store) -> Iterator[Follower]:
    """Keep the newest graph of ``store`` ready while the ``with`` lasts, from the first question on."""
    follower = _FOLLOWERS[store] = Follower(store)
    try:
        yield follower
    finally:
        # A forked child has one of its own by now, and leaves it to the end of the process.
        _FOLLOWERS.pop(store, follower).stop()


def follower_of(store: Store) -> Follower | None:
    """Return what follows the store in this process, None if nothing does."""
    return _FOLLOWERS.get(itself(store))


class Follower:
    """Follows one store from the first question to :meth:`stop`; may be asked by any number of threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shelf = shelf_of(store)
        self._state = Condition()
        self._stopping, self._again = Event(), Event()
        self._thread: Thread | None = None
        self._live: Kept | None = self._shelf.live
        self._fault: Exception | None = None
        self._begun = self._ended = 0

    @property
    def revision(self) -> int:
        """The revision of the graph that is ready, -1 before the first is."""
        live = self._live
        return -1 if live is None else live.last

    def newest(self, seen: int) -> Graph | None:
        """
        Return the newest graph there is, at least of the revision ``seen``; None when the follower was stopped.

        While the store can not be read that is the graph from before. Raises as :meth:`reach` does.
        """
        if self._thread is None:
            self._start()
        if self._live is None or self._live.last < seen or self._broken():
            self.reach(max(seen, self.revision + self._broken()))
        live = self._live
        return None if live is None or self._stopping.is_set() else live.graph

    def reach(self, revision: int) -> bool:
        """
        Wait until the graph is at a revision or beyond; False when the follower was stopped.

        Raises:
            StoreBusy: it took longer than ``PATIENCE``.
            Whatever keeps the follower from going there: the store can not be read, or what it holds makes no graph.
        """
        if self._thread is None:
            self._start()
        with self._state:
            # An attempt that began before this question may have missed what made it well again.
            begun = self._begun

            def over() -> bool:
                failed = self._fault is not None and self._ended > begun
                return self.revision >= revision or failed or self._stopping.is_set()

            if not over():
                self._again.set()
            if not self._state.wait_for(over, PATIENCE):
                raise StoreBusy(seconds=PATIENCE)
            if self.revision < revision and self._fault is not None and not self._stopping.is_set():
                raise self._fault
            return self.revision >= revision

    def _broken(self) -> bool:
        """Tell whether the store's newest revision makes no graph, which no older one may hide."""
        fault = self._fault
        return fault is not None and not (isinstance(fault, ForeshockError) and fault.family is Family.RETRY)

    def stop(self) -> None:
        """End the thread; questions are answered as if there had been none."""
        self._stopping.set()
        self._again.set()
        with self._state:
            self._state.notify_all()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        self._shelf.publish(None)

    # the thread ------------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        with self._state:
            if self._thread is None and not self._stopping.is_set():
                self._thread = Thread(target=self._follow, name="foreshock-follower", daemon=True)
                self._thread.start()

    def _follow(self) -> None:
        pause = _SOON
        while not self._stopping.is_set():
            if self._attempt() is None:
                pause = _SOON
                continue
            # Whoever asks meanwhile does not wait for the pause to end.
            self._again.wait(pause)
            self._again.clear()
            pause = min(2 * pause, _LATE)

    def _attempt(self) -> Exception | None:
        """Take one step, and tell those who wait how it went."""
        with self._state:
            self._begun += 1
        live: Kept | None = self._live
        fault: Exception | None = None
        try:
            live = self._step(live)
        except Exception as error:  # Whatever it is, the thread must live on: the next revision may be well again.
            fault = error
        with self._state:
            changed = live is not self._live
            self._live, self._fault = live, fault
            self._ended = self._begun
            if changed:
                self._shelf.publish(live)
            self._state.notify_all()
        return fault

    def _step(self, live: Kept | None) -> Kept:
        """Wait for a revision that is not shown yet, for a moment, and return the graph of the newest."""
        if live is None:
            live = followed(self._store, None, self._store.revision())
            rehearse(self._store, live.graph, live.last)
            return live
        revision = self._store.wait_for(live.last + 1, seconds=_LISTENING)
        return followed(self._store, live, revision) if revision > live.last else live


def _after_fork() -> None:
    """A thread does not survive a fork: the child starts its own with its first question."""
    for store in list(_FOLLOWERS):
        _FOLLOWERS[store] = Follower(store)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
