"""The store as one object, and how it is opened."""

from __future__ import annotations

from cmdb.errors import NotFound
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import PATIENCE, Clock, Database
from cmdb.stores.neo4j.coordination import Neo4jCoordination
from cmdb.stores.neo4j.feed import Feed
from cmdb.stores.neo4j.read import Reading
from cmdb.stores.neo4j.retain import Retaining
from cmdb.stores.neo4j.upkeep import Upkeep
from cmdb.stores.neo4j.write import Writing


class Neo4jStore(Writing, Reading, Feed, Retaining, Upkeep):
    """
    One database of a Neo4j server or cluster as :class:`~cmdb.ports.store.Store`.

    ``coordination`` is the same database as :class:`~cmdb.ports.coordination.Coordination`.
    May be shared by threads and used on after a fork: each process has a driver of its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.coordination = Neo4jCoordination(database)

    @property
    def address(self) -> str:
        """The address of the server."""
        return self._database.address

    def close(self) -> None:
        """Let go of what this process holds."""
        self._database.close()


def open_store(
    address: str,
    *,
    user: str = "",
    password: str = "",
    database: str = "neo4j",
    create: bool = True,
    clock: Clock | None = None,
    patience: float = PATIENCE,
) -> Neo4jStore:
    """
    Open the store at ``address`` (``bolt://``, ``neo4j://``, or either with ``+s``); an older schema is brought up.

    Args:
        address: the server or cluster, without user and password.
        user: none where the server asks for none.
        password: never shown in any message.
        database: its name; Community Edition has only ``neo4j``.
        create: whether an empty database becomes a store.
        clock: aware time; None takes the server's.
        patience: seconds to wait for the server and for another writer.

    Raises:
        NotFound: no store was made in the database, and ``create`` is False; nothing is written.
        NotAStore: the database holds something else.
        SchemaTooNew: a later programme wrote it; it is left untouched.
        StoreUnavailable: the server does not answer, refuses the user, or is too old.
    """
    opened = Database(address, user=user, password=password, database=database, clock=clock, patience=patience)
    try:
        schema.check_server(opened, opened.agent())
        there = schema.recognise(opened)
        if there == 0 and not create:
            raise NotFound(kind="store", ids=(address,))
        if there < schema.known():
            schema.migrate(opened)
    except BaseException:
        opened.close()
        raise
    return Neo4jStore(opened)
