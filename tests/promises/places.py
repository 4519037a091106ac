"""Where a promise is proved: the stores by their addresses, so that one process can tell another which to open."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from tests.neo4j_server import Named

SQLITE = "sqlite:///"


class Place(NamedTuple):
    """One store: its name in the table of promises, and its address with user and password."""

    name: str
    address: str

    def open(self, **options: Any) -> Any:
        """Open a handle on the store, as another process would have."""
        return open_at(self.address, **options)


def open_at(address: str, **options: Any) -> Any:
    """Open the store at an address, ``sqlite:///PATH`` or ``bolt://[USER:PASSWORD@]HOST:PORT``."""
    if address.startswith(SQLITE):
        from cmdb.stores.sqlite import open_store

        return open_store(Path(address.removeprefix(SQLITE)), **options)
    from cmdb.stores.neo4j import open_store as open_neo4j

    server = Named(address)
    return open_neo4j(server.address, user=server.user, password=server.password, **options)


def restored(place: Place, source: Path, path: Path) -> Any:
    """Bring a backup back, in a file at ``path`` or in the emptied database of the place's server, and open it."""
    if is_embedded(place.address):
        from cmdb.stores.sqlite import open_store, restore

        restore(source, path)
        return open_store(path)
    from cmdb.stores.neo4j import restore as restore_neo4j

    server = Named(place.address)
    server.wipe()
    restore_neo4j(source, server.address, user=server.user, password=server.password)
    return place.open()


def is_embedded(address: str) -> bool:
    """Tell the store in a file, where an open takes a millisecond, from the one on a server."""
    return address.startswith(SQLITE)
