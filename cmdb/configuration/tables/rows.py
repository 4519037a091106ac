"""
What the rows of a table come to: each a CI with its attributes, and its relations, as records for the intake.

Places of records are pointers that lead back to row and column: ``/7`` is the CI of row 7, ``/7/2/0`` the first
relation of the cell in its column 2 (from 0); what the intake finds below them is told at the cell it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cmdb.configuration.catalogue import NO_CLASS, Catalogue
from cmdb.configuration.tables.suggest import class_named
from cmdb.errors import Problem
from cmdb.exchange.estate import is_name
from cmdb.exchange.estate.faults import shown
from cmdb.exchange.estate.limits import MAX_NAME
from cmdb.exchange.tables import Findings, Row, Unfit, texts_of, value_of
from cmdb.exchange.tables.values import SENTENCES as VALUES
from cmdb.exchange.tables.values import text_of
from cmdb.model.kind import Document
from cmdb.model.table_mapping import TableMapping

SENTENCES = {
    "table.no_id": "it is empty; a row needs its id",
    "table.no_class": "it is empty, and no class is given for such rows",
    "table.class_unknown": "{value} is no class, by name or label; name one that foreshock class list shows",
    "table.id_repeated": "{id} stands in row {first} already; an id stands once",
    "table.name_wrong": "{value} can not be an id or a name: {limit} characters without control characters at most",
    "table.too_many_entries": "it lists {found} CIs; at most {limit} are taken",
    "table.left_out": "it names {id}, whose own row {row} is left out",
}
MAX_ENTRIES = 1_000
Record = tuple[str, str, Document, bool]


@dataclass(frozen=True, slots=True)
class Shaped:
    """What one row came to: its CI's id ("" where it has none), and its records, the CI first."""

    row: Row
    id: str
    records: tuple[Record, ...]


class Shaping:
    """Makes records of rows, one after the other; what is wrong goes to the findings at its row and column."""

    def __init__(
        self,
        mapping: TableMapping,
        columns: Sequence[str],
        catalogue: Catalogue,
        findings: Findings,
        *,
        epoch: date | None = None,
    ) -> None:
        self._mapping, self._columns, self._catalogue, self._findings = mapping, columns, catalogue, findings
        self._at = {column: columns.index(column) for column in mapping.columns}
        self._empty = frozenset(mapping.empty)
        self._epoch = epoch
        self._first: dict[str, int] = {}
        self._classes: dict[str, str | None] = {}
        self._joined: set[tuple[str, str, str]] = set()

    def shape(self, row: Row) -> Shaped:
        """Return what a row comes to; one without an id or a class comes to nothing."""
        ci_id = self._id(row)
        ci_class = self.class_of(row)
        if not ci_id or ci_class is None:
            return Shaped(row, ci_id, ())
        before = self._findings.count
        attributes = dict(self._attributes(row, ci_class))
        name = self._name(row)
        relations = tuple(self._relations(row, ci_id))
        sound = row.sound and self._findings.count == before
        document: Document = {"id": ci_id, "class": ci_class, **({"name": name} if name else {})}
        if attributes:
            document["attributes"] = attributes
        return Shaped(row, ci_id, ((f"/{row.number}", "item", document, sound), *relations))

    def class_of(self, row: Row) -> str | None:
        """Return the class of a row, None where it says none, which is told."""
        column = self._mapping.class_column
        cell = None if column is None else self._cell(row, column)
        if cell is None:
            if self._mapping.ci_class is None:
                self._tell("table.no_class", row, column or self._mapping.id_column)
            return self._mapping.ci_class
        text = _text(cell)
        if text not in self._classes:
            self._classes[text] = class_named(self._catalogue, text)
        found = self._classes[text]
        if found is None:
            self._tell("table.class_unknown", row, column or "", value=shown(cell))
        return found

    def _id(self, row: Row) -> str:
        column = self._mapping.id_column
        cell = row.cells[self._at[column]]
        if cell is None:
            self._tell("table.no_id", row, column)
            return ""
        text = self._name_in(row, column, cell)
        first = self._first.setdefault(text, row.number) if text else row.number
        if first != row.number:
            self._tell("table.id_repeated", row, column, id=text, first=first)
            return ""
        return text

    def _name(self, row: Row) -> str:
        column = self._mapping.name_column
        cell = None if column is None else self._cell(row, column)
        return "" if cell is None or column is None else self._name_in(row, column, cell)

    def _name_in(self, row: Row, column: str, cell: Any) -> str:
        text = _text(cell)
        if is_name(text):
            return text
        self._tell("table.name_wrong", row, column, value=shown(cell), limit=MAX_NAME)
        return ""

    def _attributes(self, row: Row, ci_class: str) -> Iterator[tuple[str, Any]]:
        """Yield the attributes of a row; one whose cell can not be meant is None, as the intake expects it."""
        known = self._catalogue.attributes_of(ci_class) or NO_CLASS
        for column, name in self._mapping.attributes.items():
            cell = self._cell(row, column)
            if cell is None:
                continue
            if name not in known:
                # The catalogue tells that the class has no such attribute.
                yield name, cell if isinstance(cell, (str, int, float, bool)) else _text(cell)
                continue
            try:
                yield name, value_of(known[name], cell, separators=self._mapping.separators, epoch=self._epoch)
            except Unfit as unfit:
                self._findings.keep_cell(unfit.code, VALUES[unfit.code], row.number, column, unfit.facts)
                yield name, None

    def _relations(self, row: Row, ci_id: str) -> Iterator[Record]:
        for each in self._mapping.relations:
            cell = self._cell(row, each.column)
            try:
                others = texts_of(cell, self._mapping.separators)
            except Unfit as unfit:
                self._findings.keep_cell(unfit.code, VALUES[unfit.code], row.number, each.column, unfit.facts)
                continue
            if len(others) > MAX_ENTRIES:
                self._tell("table.too_many_entries", row, each.column, found=len(others), limit=MAX_ENTRIES)
                continue
            for number, other in enumerate(others):
                if other in self._empty or not self._name_in(row, each.column, other):
                    continue
                source, target = (other, ci_id) if each.reverse else (ci_id, other)
                if (source, each.type, target) in self._joined:
                    continue  # Two rows may say the same from both ends.
                self._joined.add((source, each.type, target))
                place = f"/{row.number}/{self._at[each.column]}/{number}"
                yield place, "relation", {"source": source, "type": each.type, "target": target}, True

    def _cell(self, row: Row, column: str) -> Any:
        """Return a cell, None where it is empty or says so in words."""
        cell = row.cells[self._at[column]]
        return None if isinstance(cell, str) and cell in self._empty else cell

    def _tell(self, code: str, row: Row, column: str, **facts: Any) -> None:
        self._findings.keep_cell(code, SENTENCES[code], row.number, column, facts)


def _text(cell: Any) -> str:
    """Return a cell as a name has it: on one line, as only the layout of a table breaks names."""
    try:
        return " ".join(text_of(cell).split())
    except Unfit:
        return ""


def place_of(problem: Problem, mapping: TableMapping, columns: Sequence[str]) -> tuple[int, str]:
    """Return the row and the column of what the intake found at a record of this module, (0, "") of none of them."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in (problem.pointer or "").split("/")[1:]]
    if not parts or not parts[0].isdecimal():
        return 0, ""
    row, rest = int(parts[0]), parts[1:]
    by_name = {name: column for column, name in mapping.attributes.items()}
    claimed = str(problem.facts.get("claim", "")).partition(":")[0].rpartition(".")[2]
    if rest and rest[0].isdecimal():
        return row, columns[int(rest[0])]
    if rest[:1] == ["attributes"] and len(rest) > 1:
        return row, by_name.get(rest[1], "")
    if rest[:1] == ["class"]:
        return row, mapping.class_column or ""
    if not rest and problem.code == "attribute.taken":
        return row, by_name.get(claimed, "")
    return row, ""


def retold(problems: Iterable[Problem], mapping: TableMapping, columns: Sequence[str], findings: Findings) -> int:
    """Keep what the intake found at the rows and columns it came from; return how much of it has none."""
    without = 0
    for problem in problems:
        row, column = place_of(problem, mapping, columns)
        if row:
            findings.keep_cell(problem.code, problem.sentence, row, column, problem.facts)
        else:
            without += 1
            findings.keep(problem)
    return without


def cascade(shaped: Sequence[Shaped], findings: Findings, columns: Sequence[str], there: set[str]) -> None:
    """
    Find the rows that name others which are left out, and those that name these, until there are no more.

    ``there`` are ids that the store has: who names one of them loses nothing.
    """
    row_of = {one.id: one.row.number for one in shaped if one.id}
    named_by: dict[str, list[tuple[int, str, str]]] = {}
    for one in shaped:
        for place, kind, document, _ in one.records:
            if kind == "relation":
                other = document["target"] if document["source"] == one.id else document["source"]
                column = columns[int(place.split("/")[2])]
                named_by.setdefault(other, []).append((one.row.number, column, one.id))
    waiting = [one.id for one in shaped if one.id and one.row.number in findings.rows and one.id not in there]
    done = set(waiting)
    while waiting:
        lost = waiting.pop()
        for row, column, ci_id in named_by.get(lost, ()):
            facts: Mapping[str, Any] = {"id": lost, "row": row_of[lost]}
            findings.keep_cell("table.left_out", SENTENCES["table.left_out"], row, column, dict(facts))
            if ci_id not in done and ci_id not in there:
                done.add(ci_id)
                waiting.append(ci_id)
