"""
What receives in a process for the sources that are pushed to: opened as the sources are, closed as they go.

One that can not be opened keeps no other from it, is told once and tried again; so a receiver whose address another
process had is opened when that one ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from cmdb.chain import digest
from cmdb.errors import ForeshockError, InvalidInput
from cmdb.jobs import said_of
from cmdb.model.run import Said
from cmdb.model.source import SOURCES, Source
from cmdb.ports.outside import Secrets
from cmdb.records import from_document, to_json
from discovery import sources
from discovery.ports import Receiving
from discovery.registry import connectors

if TYPE_CHECKING:
    from cmdb.ports.store import Store

EVERY = 5.0
"""Seconds between two looks at the sources."""


class _Open(NamedTuple):
    made_of: str
    receiving: Receiving | None


class Reception:
    """
    The receivers of one process, by the name of their source.

    With ``listen`` they are the servers that the sources' settings name; without, they are handed bodies. ``say`` hears
    which servers run, and what could not be opened.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        secrets: Secrets,
        *,
        listen: bool,
        say: Callable[[Said], None] = lambda _: None,
    ) -> None:
        self._store, self._secrets, self._listen, self._say = store, secrets, listen, say
        self._open: dict[str, _Open] = {}
        self._told: dict[str, Said] = {}
        self._lock = threading.Lock()

    def sync(self) -> None:
        """
        Open and close what the sources ask for now.

        Raises:
            Whatever keeps the store from answering; what is open stays open then.
        """
        with self._lock:
            wanted = {source.id: source for source in receivable(self._store())}
            gone = [self._open.pop(name) for name in list(self._open) if self._is_other(name, wanted.get(name))]
            for each in gone:
                _close(each)
            for name in sorted(wanted.keys() - self._open.keys()):
                self._begin(wanted[name])
            self._told = {name: said for name, said in self._told.items() if name in wanted}

    def _is_other(self, name: str, source: Source | None) -> bool:
        return source is None or self._open[name].made_of != _made_of(source)

    def _begin(self, source: Source) -> None:
        connector = connectors()[source.connector]
        assert connector.receive is not None
        try:
            settings = sources.settings_of(source, connector)
            found = connector.receive(settings, self._secrets.read, self._listen)
        except ForeshockError as error:
            said = Said("receiving.failed", {"source": source.id, "why": _why(error)})
            if self._told.get(source.id) != said:
                self._told[source.id] = said
                self._say(said)
            return
        self._told.pop(source.id, None)
        self._open[source.id] = _Open(_made_of(source), found)
        if self._listen and found is not None:
            self._say(Said("receiving.opened", {"source": source.id}))

    def of(self, source: str) -> Receiving | None:
        """Return what receives for a source, None where nothing does; raises as :meth:`sync`."""
        found = self._open.get(source)
        if found is None:
            # It may have been entered a moment ago.
            self.sync()
            found = self._open.get(source)
        return None if found is None else found.receiving

    def names(self) -> tuple[str, ...]:
        """Return the sources for which something receives."""
        return tuple(sorted(name for name, each in self._open.items() if each.receiving is not None))

    def close(self) -> None:
        """Close all, each of which leaves behind what it holds."""
        with self._lock:
            while self._open:
                _close(self._open.popitem()[1])

    @contextmanager
    def kept(self, every: float = EVERY) -> Iterator[None]:
        """Follow the sources in the background until this is left, which closes all."""
        leaving = threading.Event()

        def follow() -> None:
            told = None
            while not leaving.is_set():
                said = None
                try:
                    self.sync()
                except Exception as error:
                    # Most likely the store is away; what is open goes on.
                    said = said_of(error)
                if said is not None and said != told:
                    self._say(said)
                told = said
                leaving.wait(every)

        thread = threading.Thread(target=follow, name="receiving", daemon=True)
        thread.start()
        try:
            yield
        finally:
            leaving.set()
            thread.join()
            self.close()


def receivable(store: Store) -> Iterator[Source]:
    """Yield the enabled sources whose connector can receive, by name."""
    names = {name for name, connector in connectors().items() if connector.receive is not None}
    after = None
    while True:
        page = store.find(SOURCES, after=after, limit=1000)
        for stored in page.rows:
            source: Source = from_document(SOURCES, stored.document)
            if source.enabled and source.connector in names:
                yield source
        after = page.after
        if after is None:
            return


def _why(error: ForeshockError) -> str:
    problems = error.problems if isinstance(error, InvalidInput) else ()
    return "; ".join([str(error), *(each.message for each in problems)])


def _made_of(source: Source) -> str:
    told: Mapping[str, object] = to_json(SOURCES, source)
    return digest([told["connector"], told["settings"]])


def _close(opened: _Open) -> None:
    if opened.receiving is not None:
        opened.receiving.close()
