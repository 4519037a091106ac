"""What an import of a table tells: the report, the bad rows with their reasons, and the file that hands them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cmdb.configuration.intake.report import Difference, ImportReport
from cmdb.configuration.tables.rows import retold
from cmdb.errors import Problem
from cmdb.exchange.tables import Findings, Row, write
from cmdb.model.table_mapping import TABLE_MAPPINGS, TableMapping
from cmdb.records import to_document

REASON = "reason"
SENTENCES = {
    "table.missing_unsure": "the rows that are left out count as missing here; nothing of theirs was taken away",
}
_MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not applied: its number, its cells, and what is wrong, as (column, code, message)."""

    row: int
    cells: tuple[Any, ...]
    problems: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class TableReport:
    """
    What an import of a table did or, in a dry run, would do.

    ``report`` is as that of any import. ``read`` says how the file was read, ``mapping`` what its columns were taken
    for, which was "given", "kept" or "suggested" (``mapping_is``); ``unmapped`` are the columns nobody read, each with
    why. ``bad`` are the first bad rows of ``bad_count``, and ``bad_file`` is a table of all of them with a column
    that says why, where one was wanted.
    """

    report: ImportReport
    read: Mapping[str, Any]
    mapping: TableMapping
    mapping_is: str
    unmapped: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: int
    bad: tuple[BadRow, ...]
    bad_count: int
    bad_file: bytes | None

    def as_json(self) -> dict[str, Any]:
        """Return it as doors show it: the report of the import first; the file is in base64."""
        import base64

        mapped = frozenset(self.mapping.columns)
        return {
            **self.report.as_json(),
            "rows": self.rows,
            "read": dict(self.read),
            "mapping": to_document(TABLE_MAPPINGS, self.mapping),
            "mapping_is": self.mapping_is,
            "unmapped": [{"column": column, "why": why} for column, why in self.unmapped],
            "bad_rows": [
                {
                    "row": one.row,
                    # Columns that nobody mapped may hold anything, such as passwords; they are in the file alone.
                    "cells": {name: _plain(cell) for name, cell in self._cells(one) if name in mapped},
                    "problems": [{"column": c, "code": code, "message": said} for c, code, said in one.problems],
                }
                for one in self.bad
            ],
            "bad_count": self.bad_count,
            "bad_file": None if self.bad_file is None else base64.b64encode(self.bad_file).decode(),
        }

    def _cells(self, one: BadRow) -> Iterator[tuple[str, Any]]:
        return zip(self.columns, one.cells, strict=True)


def by_rows(report: ImportReport, how: TableMapping, columns: Sequence[str], findings: Findings) -> ImportReport:
    """Return the report with rows as the places of its differences, and with what is worth a word of the table."""
    differences = tuple(replace(one, place=_row_of(one)) for one in report.differences)
    notes = [*findings.notes]
    if findings.rows and report.total.missing:
        notes.append(Problem("table.missing_unsure", SENTENCES["table.missing_unsure"], {}, ""))
    again = Findings()
    again.by_pointer = findings.by_pointer
    retold(report.notes, how, columns, again)
    notes += [*again.file, *(note for row in sorted(again.rows) for note in again.rows[row])]
    return replace(
        report,
        differences=differences,
        notes=tuple(notes),
        notes_count=report.notes_count + len(notes) - len(report.notes),
    )


def _row_of(one: Difference) -> int | str | None:
    part = one.place.split("/")[1] if isinstance(one.place, str) and "/" in one.place else ""
    return int(part) if part.isdecimal() else one.place


def bad_of(rows: Iterable[Row], findings: Findings) -> list[BadRow]:
    """Return the rows that are bad, in their order."""
    return [
        BadRow(
            row.number,
            row.cells,
            tuple(_told(findings.rows[row.number])),
        )
        for row in rows
        if row.number in findings.rows
    ]


def _told(problems: Sequence[Problem]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with one row; of very many faults how many more there are."""
    for problem in problems[:_MOST_TOLD]:
        yield str(problem.facts.get("column", "")), problem.code, problem.message
    if len(problems) > _MOST_TOLD:
        yield "", "table.more", f"and {len(problems) - _MOST_TOLD} more"
    if not problems:
        yield "", "table.more", "so much is wrong with the table that this was only counted"


def bad_file(columns: Sequence[str], bad: Iterable[BadRow], form: str) -> bytes:
    """Return the bad rows as a table in "csv" or "xlsx", with a last column that says why."""
    names = list(columns)
    reason = next(each for each in (REASON, *(f"{REASON} {n}" for n in range(2, 1000))) if each not in names)
    rows = [[*one.cells, "; ".join(said for _, _, said in one.problems)] for one in bad]
    return write([*names, reason], rows, form)


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, (str, int, float, bool, list, dict)) else cell.isoformat()
