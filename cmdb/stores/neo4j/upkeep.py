"""Upkeep of the database: migration, check, repair, and blobs."""

from __future__ import annotations

from typing import Any

from cmdb.chain import sha256
from cmdb.ports.store import Finding, Progress
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database

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

    def repair(self) -> None:
        """Make anew what derives from the log: indexes, counts, and the graph for people."""
        from cmdb.stores.neo4j.repair import repair

        repair(self._database)

    def put_blob(self, content: bytes) -> str:
        """Keep ``content`` and return its SHA-256 in hexadecimal; keeping the same twice is keeping it once."""
        name = sha256(content).hexdigest()
        if self._database.read(lambda tx: tx.run("MATCH (b:_Blob {sha256: $name}) RETURN 1", name=name).single()):
            return name
        starts = range(0, len(content), _PART_BYTES)
        for number, start in enumerate(starts):
            part = {"id": f"{name}:{number:06}", "content": content[start : start + _PART_BYTES]}
            self._database.alone("MERGE (p:_BlobPart {id: $part.id}) SET p.content = $part.content", part=part)
        # It is there when all its parts are.
        self._database.alone(
            "MERGE (b:_Blob {sha256: $name}) SET b.parts = $parts, b.size = $size",
            name=name,
            parts=len(starts),
            size=len(content),
        )
        return name

    def get_blob(self, sha256: str) -> bytes | None:
        """Return the content, or None."""
        from cmdb.stores.neo4j.texts import is_text

        return self._database.read(lambda tx: blob(tx, sha256)) if is_text(sha256) else None


def blob(tx: Any, name: str) -> bytes | None:
    """Return a blob, None when it is not there or lacks a part."""
    row = tx.run("MATCH (b:_Blob {sha256: $name}) RETURN b.parts", name=name).single()
    if row is None:
        return None
    ids = [f"{name}:{number:06}" for number in range(row[0])]
    rows = tx.run("UNWIND $ids AS id MATCH (p:_BlobPart {id: id}) RETURN id, p.content", ids=ids)
    parts = {row[0]: row[1] for row in rows}
    return b"".join(parts[one] for one in ids) if len(parts) == len(ids) else None
