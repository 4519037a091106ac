"""Schema 1: the log's head, revisions, the registry of kinds, claims, blobs, coordination, the graph for people."""

from __future__ import annotations

from cmdb.chain import START
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database

_UNIQUE = (
    ("_Head", "one"),
    ("_Gate", "one"),
    ("_Revision", "number"),
    ("_Revision", "txn"),
    # Batches that changed nothing have no revision, yet must do nothing again when they are repeated.
    ("_Idle", "txn"),
    ("_Kind", "name"),
    ("_Claim", "claim"),
    ("_Blob", "sha256"),
    ("_BlobPart", "id"),
    ("_Lease", "id"),
    ("_ClaimedRun", "id"),
    ("_Queue", "id"),
    ("_QueuedRun", "id"),
    ("_Counter", "id"),
    ("_Series", "id"),
    ("_Seen", "id"),
    # Every node that stands for a living document, and what only its referrers know of.
    ("_Node", "_id"),
)
_INDEXED = (
    ("_Revision", "at, n.number"),
    ("_Claim", "staged"),
    ("_Seen", "until"),
    ("_QueuedRun", "waiting, n.due, n.place"),
    ("CI", "id"),
)


def indexes() -> dict[str, str]:
    """Return what makes the indexes of everything but the kinds, by the index's name."""
    wanted = {
        f"{label} {name}": f"CONSTRAINT @name IF NOT EXISTS FOR (n:{label}) REQUIRE n.{name} IS UNIQUE"
        for label, name in _UNIQUE
    }
    for label, names in _INDEXED:
        wanted[f"{label} {names.replace(', n.', ' ')}"] = f"INDEX @name IF NOT EXISTS FOR (n:{label}) ON (n.{names})"
    return wanted


def up(database: Database) -> None:
    """Create everything."""
    schema.create(database, indexes())
    database.alone(
        "MERGE (h:_Head {one: 1}) ON CREATE SET h += {revision: 0, at: '', hash: $start, seq: 0, undone: 0}"
        " MERGE (:_Gate {one: 1})",
        start=START,
    )
