"""Schema 1: revisions, the registry of kinds (each gets a table of its own when first written), blobs, coordination."""

from __future__ import annotations

import sqlite3

_TABLES = (
    # The log's headers. The documents of a revision stand in the tables of their kinds, each with its claims.
    """CREATE TABLE revision (
         number INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL,
         txn_id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, size INTEGER NOT NULL,
         previous_hash TEXT NOT NULL, hash TEXT NOT NULL)""",
    "CREATE INDEX revision_at ON revision (at)",
    # The documents of one revision in one kind: rows first ... first + size - 1 of its table, in the order of the key.
    """CREATE TABLE part (
         revision INTEGER NOT NULL, kind TEXT NOT NULL, first INTEGER NOT NULL, size INTEGER NOT NULL,
         PRIMARY KEY (revision, kind)) WITHOUT ROWID""",
    # The end of the chain, kept a second time, so that a log whose newest revisions were cut off is found.
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, hash TEXT NOT NULL)",
    # Batches that changed nothing have no revision, yet must do nothing again when they are repeated.
    "CREATE TABLE idle (txn_id TEXT PRIMARY KEY, digest TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE kind (
         name TEXT PRIMARY KEY, paths TEXT NOT NULL, ends TEXT NOT NULL, text TEXT NOT NULL, indexed TEXT NOT NULL,
         living INTEGER NOT NULL) WITHOUT ROWID""",
    "CREATE TABLE claim (claim TEXT PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE blob (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL)",
    """CREATE TABLE lease (
         name TEXT PRIMARY KEY, holder TEXT NOT NULL, token INTEGER NOT NULL, until REAL NOT NULL) WITHOUT ROWID""",
    "CREATE TABLE claimed_run (job TEXT NOT NULL, slot TEXT NOT NULL, PRIMARY KEY (job, slot)) WITHOUT ROWID",
    """CREATE TABLE queued_run (
         place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, payload TEXT NOT NULL,
         due REAL NOT NULL, held_until REAL NOT NULL DEFAULT 0, holder TEXT, attempt INTEGER NOT NULL,
         done INTEGER NOT NULL)""",
    "CREATE INDEX queued_run_due ON queued_run (queue, due, place) WHERE done = 0",
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL, until REAL NOT NULL) WITHOUT ROWID",
    "CREATE TABLE series (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000')",
)


def up(connection: sqlite3.Connection) -> None:
    """Create everything."""
    for statement in _TABLES:
        connection.execute(statement)
