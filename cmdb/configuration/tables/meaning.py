"""What the columns of a table mean at last: as stated, or as suggested; and of which classes its rows are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.tables.stated import SENTENCES, misfits
from cmdb.configuration.tables.suggest import class_column_of, class_named, suggest
from cmdb.errors import Problem
from cmdb.exchange.tables import Findings, Row, Table
from cmdb.model.table_mapping import TableMapping


def meant(
    how: TableMapping | None,
    ci_class: str | None,
    source: str,
    table: Table,
    rows: Sequence[Row],
    catalogue: Catalogue,
    findings: Findings,
) -> tuple[TableMapping, tuple[tuple[str, str], ...]]:
    """
    Return what the columns mean, and those that mean nothing, each with why.

    ``how`` is a mapping that was stated or kept, None where one is to be suggested; ``ci_class`` counts before its own.

    Raises:
        InvalidInput: they can not be meant, or a mapping does not fit; the findings hold why.
    """
    column = how.class_column if how is not None else class_column_of(table.columns)
    if how is None and ci_class is not None and not _names_classes(column, table.columns, rows, catalogue):
        column = None  # Such as a column "Type" of a table of which somebody said that all its rows are servers.
    given = class_named(catalogue, ci_class) or ci_class if ci_class is not None else how.ci_class if how else None
    classes = _classes(column, given, table.columns, rows, catalogue)
    if how is None:
        suggested = suggest(source, table.columns, catalogue, classes, class_column=column)
        how, unmapped = suggested.mapping, suggested.left
        if how is None:
            facts = {"columns": ", ".join(each for each in table.columns if each)[:300]}
            findings.keep(Problem("table_mapping.no_id", SENTENCES["table_mapping.no_id"], facts, "/mapping/id"))
            findings.refuse(source, rows=False)
            raise AssertionError("a fault was kept")
        how = replace(how, ci_class=given)
    else:
        how = replace(how, ci_class=given)
        unmapped = tuple((each, "unknown") for each in table.columns if each and each not in how.columns)
    for problem in misfits(how, table.columns, catalogue, classes):
        findings.keep(problem)
    findings.refuse(source, rows=False)
    return how, unmapped


def _names_classes(column: str | None, columns: Sequence[str], rows: Iterable[Row], catalogue: Catalogue) -> bool:
    """Tell whether a column holds nothing but names of classes."""
    if column is None:
        return False
    at = columns.index(column)
    cells = [row.cells[at] for row in rows if row.cells[at] is not None]
    if not cells or not all(isinstance(cell, str) for cell in cells):
        return False
    return all(class_named(catalogue, text) for text in sorted(set(cells)))


def _classes(
    column: str | None, given: str | None, columns: Sequence[str], rows: Iterable[Row], catalogue: Catalogue
) -> list[str]:
    """Return the classes that the rows are of, as far as they are any, sorted."""
    found = {given} if given is not None and given in catalogue.classes else set()
    if column is not None and column in columns:
        at = columns.index(column)
        named = {row.cells[at] for row in rows if isinstance(row.cells[at], str)}
        found |= {name for name in (class_named(catalogue, text) for text in sorted(named)) if name is not None}
    return sorted(name for name in found if name is not None)
