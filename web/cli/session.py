"""One run of the programme: its settings, its output format, the store it opens at most once, and its stopwatch."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from web.settings import Settings, read

if TYPE_CHECKING:
    from cmdb.context import Context
    from cmdb.ports.store import Store

FORMATS = ("table", "json", "jsonl", "yaml", "csv")


class Stopwatch:
    """
    The seconds of a run, as ``--timing`` prints them.

    ``load`` is the time until the data are there (starting, opening the store, reading a file or the graph),
    ``compute`` the time of the answer itself, ``total`` everything up to the last byte printed.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._answered: float | None = None
        self._compute = 0.0

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Count what happens inside as computing; what came before it was loading, what follows is printing."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._answered = time.perf_counter()
            self._compute += self._answered - began

    def seconds(self) -> dict[str, float]:
        """Return the three figures, rounded to a tenth of a millisecond."""
        now = time.perf_counter()
        loaded = (self._answered or now) - self._began - self._compute
        figures = {"load": loaded, "compute": self._compute, "total": now - self._began}
        return {name: round(value, 4) for name, value in figures.items()}


class Session:
    """
    What the commands of one run share.

    ``txn_id`` is the transaction id of the first batch this run writes, so that after an interruption the store itself
    can say whether it was written.
    """

    def __init__(self, began: float | None = None) -> None:
        self.output = "table"
        self.timing = False
        self.watch = Stopwatch(time.perf_counter() if began is None else began)
        self.txn_id = os.urandom(16).hex()
        self._store: Store | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings of this process's environment."""
        return read()

    @cached_property
    def _opened(self) -> Any:
        """The adapter, whose type is the composition root's affair; closed when the command ends."""
        from web.bootstrap import open_store

        self._store = store = open_store(self.settings)
        click.get_current_context().find_root().call_on_close(store.close)
        return store

    @property
    def store(self) -> Store:
        """The store the settings name; opened at its first use."""
        opened: Store = self._opened
        return opened

    @cached_property
    def context(self) -> Context:
        """The acting person's context on the store."""
        from web.bootstrap import make_context

        return make_context(self.settings, self._opened, txn_id=self.txn_id)

    def written(self) -> bool:
        """Tell whether this run's first batch is in the store; asked when the run was interrupted."""
        return self._store is not None and self._store.applied(self.txn_id) is not None

    @property
    def on_terminal(self) -> bool:
        """Whether a person watches the messages, so that progress may be shown."""
        return sys.stderr.isatty()

    @property
    def can_ask(self) -> bool:
        """Whether a person can be asked something, and answer."""
        return sys.stderr.isatty() and sys.stdin.isatty()
