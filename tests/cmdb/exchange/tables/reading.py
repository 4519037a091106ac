"""Reading a table in a test: everything it holds and everything that was found."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

from cmdb.exchange.tables import Findings, TableSpoilt, read


class Seen(NamedTuple):
    """A table that was read to its end, as plain values."""

    columns: tuple[str, ...]
    rows: list[tuple[int, tuple[Any, ...]]]
    bad: list[int]
    codes: list[str]
    messages: list[str]
    notes: list[str]
    told: dict[str, Any]


def seen(raw: bytes, **how: Any) -> Seen:
    """Read all of it; ``codes`` and ``messages`` are of the file first, then of the rows in their order."""
    findings = Findings()
    columns, rows, told = (), [], {}
    try:
        table = read(io.BytesIO(raw), findings, **how)
        columns, told = table.columns, table.told
        rows.extend(table.rows)
    except TableSpoilt:
        pass
    faults = [*findings.file, *(fault for row in sorted(findings.rows) for fault in findings.rows[row])]
    return Seen(
        columns,
        [(row.number, row.cells) for row in rows],
        [row.number for row in rows if not row.sound],
        [fault.code for fault in faults],
        [f"{fault.place}: {fault.message}" for fault in faults],
        [note.code for note in findings.notes],
        told,
    )
