"""The records of parts, whichever of ServiceNow's forms they are in: values, display values, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from discovery.ports import Part


@dataclass(frozen=True, slots=True)
class Record:
    """One record; a field of it is a text, or a value with its display value."""

    fields: dict[str, Any]

    def text(self, name: str) -> str:
        """Return the value of a field, "" where there is none."""
        found = self.fields.get(name)
        value = found.get("value") if isinstance(found, dict) else found
        return value.strip() if isinstance(value, str) else ""

    def shown(self, name: str) -> str:
        """Return the display value of a field, its value where it has no other."""
        found = self.fields.get(name)
        value = found.get("display_value") if isinstance(found, dict) else found
        return value.strip() if isinstance(value, str) else self.text(name)

    def number(self, name: str) -> float | None:
        """Return the number a field holds, which may have separators of thousands; None where it holds none."""
        try:
            return float(self.text(name).replace(",", ""))
        except ValueError:
            return None

    @property
    def sys_id(self) -> str:
        return self.text("sys_id")

    def native_id(self, table: str) -> str:
        """Return what the record is called: its sys_id, or in an export without one its table and name."""
        name = self.shown("name")
        return self.sys_id or (f"{table}:{name}" if name else "")


@dataclass(slots=True)
class Table:
    """The records of a table, and whether all of them were read."""

    records: list[Record] = field(default_factory=list)
    whole: bool = True


def tables_of(parts: Sequence[Part]) -> dict[str, Table]:
    """Return what was read of each table, in the order of the sys_ids."""
    found: dict[str, Table] = {}
    for part in parts:
        table = found.setdefault(part.name, Table())
        table.whole &= part.whole
        if isinstance(part.body, list):
            table.records += [Record(row) for row in part.body if isinstance(row, dict)]
    for table in found.values():
        table.records.sort(key=lambda record: (record.sys_id, record.shown("name")))
    return found
