"""One run of the programme: its settings, its output format, the store it opens at most once, and its stopwatch."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, cast

import click

from cmdb.errors import Family, ForeshockError, NotFound
from web.settings import Settings, read

if TYPE_CHECKING:
    from cmdb.context import Context
    from cmdb.ports.store import Store
    from web.cli.remote.server import Server
    from web.languages import Language

FORMATS = ("table", "json", "jsonl", "yaml", "csv")


class OnlyHere(ForeshockError):
    """The command works on a store of this machine, and FORESHOCK_URL names a server."""

    code = "cli.only_here"
    sentence = "this works on a store of this machine; run it where the server {url} runs, with FORESHOCK_URL not set"
    family: ClassVar[Family] = Family.REFUSED

    def __init__(self, *, url: str) -> None:
        super().__init__(url=url)


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
        self.in_parts = False
        self.is_told = False

    @cached_property
    def settings(self) -> Settings:
        """The settings of this process's environment."""
        return read()

    @cached_property
    def store(self) -> Store:
        """
        The store the settings name; opened at its first use, closed when the command ends.

        Where there was none, an empty one is made, and that is said: the address may have been mistyped.
        """
        store, made = self.opened()
        if made:
            from web.bootstrap import store_address
            from web.cli.output import note

            note(f"There was no store, so an empty one is made: {store_address(self.settings).shown}")
        return store

    def opened(self) -> tuple[Store, bool]:
        """Open the store the settings name until the command ends, and tell whether there was none before."""
        from cmdb.ports.errors import NotAStore
        from web.bootstrap import open_store

        made = False
        try:
            store = open_store(self.settings, create=False)
        except (NotFound, NotAStore):
            store, made = open_store(self.settings), True
        self._store = store
        click.get_current_context().find_root().call_on_close(store.close)
        return store, made

    @cached_property
    def server(self) -> Server | None:
        """The server that FORESHOCK_URL names, where commands are to ask one instead of a store of this machine."""
        if not self.settings.url:
            return None
        from web.cli.remote.server import Server

        return Server(self.settings.url, key=self.txn_id, token=self.settings.token)

    def here(self) -> None:
        """
        Return if this command works on a store of this machine.

        Raises:
            OnlyHere: FORESHOCK_URL names a server, whose store is kept where it runs.
        """
        if self.server is not None:
            raise OnlyHere(url=self.settings.url)

    def twin(self, desk: ModuleType) -> Any:
        """Return the desk, or its twin of the same functions that asks the server."""
        if self.server is None:
            return desk
        from web.cli.remote import twin_of

        return twin_of(desk)

    def names(self, cis: Iterable[str], *, at: Any = None, language: Language | None = None) -> dict[str, str]:
        """
        Return what the CIs of one answer are called, by id, at its revision; see :func:`web.naming.names_of`.

        Those of a revision that is no longer kept go by their ids.
        """
        from cmdb.configuration import naming
        from web.languages import Language
        from web.naming import names_of

        wanted = list(dict.fromkeys(cis))
        try:
            called = self.twin(naming).called(self.context, wanted, at=at) if wanted else {}
        except ForeshockError as gone:
            if gone.family is not Family.NOT_FOUND:
                raise
            called = {}
        return names_of(called, wanted, language or Language.EN)

    def at(self, as_of: str | None) -> int | None:
        """Return the revision that ``--as-of`` means, None for the newest; raises as :func:`web.as_of.revision_of`."""
        if self.server is not None:
            # The server reads the text itself, by its own store's times.
            return cast("int | None", as_of)
        from web.as_of import revision_of

        return revision_of(self.store, as_of)

    def pinned(self, as_of: str | None) -> int:
        """Return the same, and for the newest its number: several reads then speak of one estate."""
        at = self.at(as_of)
        if at is None:
            at = self.store.revision() if self.server is None else self.server.revision()
        return at

    @cached_property
    def context(self) -> Context:
        """The acting person's context on the store; of a server, what its twins take in place of one."""
        if self.server is not None:
            from web.cli.remote import RemoteContext

            return cast("Context", RemoteContext(self.server))
        from web.bootstrap import make_context

        return make_context(self.settings, self.store, txn_id=self.txn_id)

    def written(self) -> bool | None:
        """Tell whether this run's first batch is in the store (None: nobody can know), asked when interrupted."""
        if self.settings.url:
            return None
        return self._store is not None and self._store.applied(self.txn_id) is not None

    @property
    def on_terminal(self) -> bool:
        """Whether a person watches the messages, so that progress may be shown."""
        return sys.stderr.isatty()

    @property
    def can_ask(self) -> bool:
        """Whether a person can be asked something, and answer."""
        return sys.stderr.isatty() and sys.stdin.isatty()
