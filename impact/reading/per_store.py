"""What one process keeps in memory for each store: one value, held by one thread at a time, let go with the store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from cmdb.ports.store import Store
from impact.reading.shelf import itself

Value = TypeVar("Value")


class PerStore(Generic[Value]):
    """
    A value for each store, made by ``make`` when it is first asked for.

    Who holds it may take long: all others would do the same work.
    """

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._opening = Lock()
        self._kept: WeakKeyDictionary[Store, tuple[Lock, Value]] = WeakKeyDictionary()
        _ALL.add(self)

    @contextmanager
    def of(self, store: Store) -> Iterator[Value]:
        """Hold the value of a store while the ``with`` lasts."""
        store = itself(store)
        with self._opening:
            if store not in self._kept:
                self._kept[store] = (Lock(), self._make())
            lock, value = self._kept[store]
        with lock:
            yield value

    def forget(self) -> None:
        """Start anew; locks that another process's threads held are left behind."""
        self._opening = Lock()
        self._kept = WeakKeyDictionary()


_ALL: WeakSet[PerStore[Any]] = WeakSet()


def _after_fork() -> None:
    """A thread that held a value may have been in the midst of it, and does not live on in the child."""
    for each in list(_ALL):
        each.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
