"""The parts of one device as tables of columns, and which of them were read to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cmdb.model.run import Said
from discovery.connectors.snmp_network.tables import SYSTEM, Table
from discovery.connectors.snmp_network.values import Value, number, text
from discovery.ports import Part, Target


class Reading:
    """What was read of one device; ``notes`` is what people are to be told of it."""

    def __init__(self, target: Target, parts: Sequence[Part]) -> None:
        self.target = target
        self.notes: list[Said] = []
        self._bodies: dict[str, Mapping[str, Any]] = {part.name: part.body for part in parts}
        self._whole = {part.name for part in parts if part.whole}
        for part in parts:
            if not part.whole:
                because = part.body.get("because", "silent")
                self.note("snmp.table_cut", table=part.name, because=because)

    def note(self, code: str, **facts: Any) -> None:
        """Tell people something."""
        self.notes.append(Said(code, facts))

    def whole(self, *tables: Table | str) -> bool:
        """Tell whether all these were read to their end."""
        return all((table if isinstance(table, str) else table.name) in self._whole for table in tables)

    def value(self, name: str) -> Value | None:
        """Return a single value of the device."""
        found: Value | None = self._bodies.get(SYSTEM, {}).get(name)
        return found

    def text(self, name: str) -> str:
        """Return a single value as a text, "" where there is none."""
        return text(self.value(name))

    def column(self, table: Table, column: int) -> Mapping[str, Value]:
        """Return a column: its values by the index of their row."""
        found: Mapping[str, Value] = self._bodies.get(table.name, {}).get("columns", {}).get(str(column), {})
        return found

    def by_number(self, table: Table, column: int) -> Iterator[tuple[int, Value]]:
        """Yield the values of a column whose index is one number."""
        for index, value in self.column(table, column).items():
            if index.isascii() and index.isdigit():
                yield int(index), value

    def numbers(self, table: Table, column: int) -> dict[str, int]:
        """Return a column of whole numbers."""
        found = ((index, number(value)) for index, value in self.column(table, column).items())
        return {index: value for index, value in found if value is not None}
