"""Upkeep of the database: migration, check, repair, and blobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmdb.chain import sha256
from cmdb.ports.store import Finding, Progress
from cmdb.stores.batch import is_text
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database

if TYPE_CHECKING:
    from cmdb.ports.dump import DumpRow

_PART_BYTES = 2**20


class Upkeep:
    """The part of the store that keeps the database itself in order."""

    _database: Database

    def migrate(self) -> int:
        """Bring the store to this programme's schema and return the schema's number."""
        return schema.migrate(self._database)

    def check(self, *, progress: Progress | None = None) -> tuple[Finding, ...]:
        """Return all that is wrong; empty means sound."""
        from cmdb.stores.neo4j.check import check

        return check(self._database, progress)

    def repair(self, *, progress: Progress | None = None) -> tuple[Finding, ...]:
        """Make anew all that derives from the log; return what a check would have found there."""
        from cmdb.stores.neo4j.repair import repair

        return repair(self._database, progress)

    def dump(self, *, since: int = 0) -> Iterator[DumpRow]:
        """Yield everything the store holds above revision ``since``, consistent at one revision, while others write."""
        from cmdb.stores.neo4j.dump import dump

        return dump(self._database, since)

    def load(self, rows: Iterable[DumpRow], *, progress: Progress | None = None) -> int:
        """Take over a dump and return its revision (:meth:`cmdb.ports.store.Store.load`)."""
        from cmdb.stores.neo4j.load import load

        return load(self._database, rows, progress)

    def backup(self, target: Path) -> int:
        """Write a dump into the new file ``target``, consistent at one revision, and return that revision."""
        from cmdb.stores.neo4j.backup import backup

        return backup(self._database, Path(target))

    def put_blob(self, content: bytes) -> str:
        """Keep ``content`` and return its SHA-256 in hexadecimal; keeping the same twice is keeping it once."""
        self._database.read(self._database.head)
        return put_blob(self._database, content)

    def get_blob(self, sha256: str) -> bytes | None:
        """Return the content, or None."""
        if not is_text(sha256):
            return None

        def look(tx: Any) -> bytes | None:
            self._database.head(tx)
            return blob(tx, sha256)

        return self._database.read(look)


def is_there(database: Database, content: bytes) -> bool:
    """Tell whether a content is kept."""
    query = "MATCH (b:_Blob {sha256: $name}) RETURN 1"
    return database.read(lambda tx: tx.run(query, name=sha256(content).hexdigest()).single()) is not None


def put_blob(database: Database, content: bytes) -> str:
    """Keep ``content`` and return its SHA-256 in hexadecimal."""
    name = sha256(content).hexdigest()
    if is_there(database, content):
        return name
    starts = range(0, len(content), _PART_BYTES)
    for number, start in enumerate(starts):
        part = {"id": f"{name}:{number:06}", "content": content[start : start + _PART_BYTES]}
        database.alone("MERGE (p:_BlobPart {id: $part.id}) SET p.content = $part.content", part=part)
    # It is there when all its parts are.
    database.alone(
        "MERGE (b:_Blob {sha256: $name}) SET b.parts = $parts, b.size = $size",
        name=name,
        parts=len(starts),
        size=len(content),
    )
    return name


def blob(tx: Any, name: str) -> bytes | None:
    """Return a blob, None when it is not there or lacks a part."""
    row = tx.run("MATCH (b:_Blob {sha256: $name}) RETURN b.parts", name=name).single()
    if row is None:
        return None
    ids = [f"{name}:{number:06}" for number in range(row[0])]
    rows = tx.run("UNWIND $ids AS id MATCH (p:_BlobPart {id: id}) RETURN id, p.content", ids=ids)
    parts = {row[0]: row[1] for row in rows}
    return b"".join(parts[one] for one in ids) if len(parts) == len(ids) else None
