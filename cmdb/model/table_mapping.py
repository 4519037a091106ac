"""How the columns of a table are meant: kept for each source, so that its next table needs no asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.kind import Kind

SEPARATORS = ";,|\n、，；"
EMPTY = ("-", "--", "—", "/", "N/A", "n/a", "NULL", "null", "无", "暂无")


@dataclass(frozen=True, slots=True)
class RelationColumn:
    """A column that lists ids of CIs: the row's CI depends on each of them, or, with ``reverse``, they on it."""

    column: str
    type: str
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class TableMapping:
    """
    How one source's tables are meant.

    ``id_column`` names the column that a row's CI is known by; ``name_column`` that of its name, None where the id is
    its name. A row's class stands in ``class_column``, or is ``ci_class`` where there is no such column or it is
    empty. ``attributes`` maps columns to the attributes they hold. ``separators`` stand between entries of one cell;
    a text of ``empty`` means that there is no value. ``sheet``, ``header``, ``encoding`` and ``delimiter`` are as in
    :func:`cmdb.exchange.tables.read`.
    """

    source: str
    id_column: str = field(metadata={"json": "id"})
    ci_class: str | None = field(default=None, metadata={"json": "class"})
    class_column: str | None = None
    name_column: str | None = field(default=None, metadata={"json": "name"})
    attributes: Mapping[str, str] = field(default_factory=dict)
    relations: tuple[RelationColumn, ...] = ()
    separators: str = SEPARATORS
    empty: tuple[str, ...] = EMPTY
    sheet: str | None = None
    header: int = 1
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it names, each once, those of the row's identity first."""
        own = (self.id_column, self.name_column, self.class_column)
        named = (*own, *self.attributes, *(each.column for each in self.relations))
        return tuple(dict.fromkeys(column for column in named if column))


def table_mapping_key(document: Mapping[str, Any]) -> str:
    """Return the key of a mapping: the name of its source."""
    key: str = document["source"]
    return key


TABLE_MAPPINGS = Kind(TableMapping, name="table_mapping", key=table_mapping_key, indexed=("source",))
