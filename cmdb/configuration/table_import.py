"""
The desk for tables: a CSV, a workbook or a list of records goes into the estate through the intake, row by row.

What the columns mean is given, kept from last time, or suggested from what heads them, and kept when rows were applied.
Every fault is told by row and column. Either nothing is written while a row is bad, or, where that is wanted, the good
rows are applied as one revision and the bad ones handed back as a table with a column that says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, BinaryIO

from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.intake import (
    OVERTAKEN,
    SHOWN,
    ImportReport,
    Options,
    apply,
    judge_source,
    report_of,
    take_in,
)
from cmdb.configuration.intake.gathered import Gathered
from cmdb.configuration.intake.planned import Plan, Told
from cmdb.configuration.intake.planning import make_plan
from cmdb.configuration.tables.meaning import meant
from cmdb.configuration.tables.report import TableReport, bad_file, bad_of, by_rows
from cmdb.configuration.tables.rows import Shaped, Shaping, cascade, retold
from cmdb.configuration.tables.stated import mapping_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.estate import Faults
from cmdb.exchange.tables import WRITTEN, Findings, Row, Table, TableSpoilt, read
from cmdb.exchange.tables.limits import MAX_KEPT
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.table_mapping import TABLE_MAPPINGS, TableMapping
from cmdb.ports.store import Put
from cmdb.records import to_document

GIVEN, KEPT, SUGGESTED = "given", "kept", "suggested"
_AT_ONCE = 2_000
_MOST_PASSES = 20

SENTENCES = {
    "table.retire_with_bad": (
        "{count} rows are bad, so nobody can tell what is missing; mend them, or retire nothing this time"
    ),
    "table.form_unknown": "{form} is no form of a file; one of {known} would be right",
    "table.no_writer": "writing Excel needs XlsxWriter; install foreshock[excel], or hand them back as CSV",
}


def import_table(
    context: Context,
    stream: BinaryIO,
    *,
    source: str,
    ci_class: str | None = None,
    mapping: Any = None,
    anew: bool = False,
    form: str | None = None,
    sheet: str | None = None,
    header: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    dry_run: bool = False,
    apply_good: bool = False,
    bad_rows: str | None = None,
    retire_missing: bool = False,
    allow_broken_groups: bool = False,
    show: int = SHOWN,
    progress: Told | None = None,
) -> TableReport:
    """
    Read a table and apply what is new and changed in it, as one revision; a dry run only tells.

    ``source`` names where the table comes from; the mapping is kept under it. ``mapping`` is one as a document, which
    counts before the kept one; with ``anew`` the kept one does not count. ``ci_class`` is the class of rows that name
    none. ``form`` is "csv", "xlsx", "json" or "yaml", found from the content where it is left out (but YAML);
    ``sheet``, ``header``, ``encoding`` and ``delimiter`` count before those of the mapping.
    ``bad_rows`` ("csv" or "xlsx") asks for the bad rows as a file. All else is as in
    :func:`cmdb.configuration.intake.import_estate`.

    Raises:
        NotAllowed: the actor may not import.
        InvalidInput: what keeps the table from being read or meant; without ``apply_good`` also all that is wrong with
            its rows, by row and column.
        Whatever :func:`cmdb.configuration.intake.take_in` raises.
    """
    context.allow("estate:import")
    judge_source(source)
    _judge_forms(form, bad_rows, source)
    stated = _stated(mapping, source)
    kept = None if anew else context.store.get(TABLE_MAPPINGS, source)
    before = context.records.get(TABLE_MAPPINGS, source) if kept is not None else None
    how = stated or before
    findings = Findings()
    asked: dict[str, Any] = {"sheet": sheet, "header": header, "encoding": encoding, "delimiter": delimiter}
    reading = {name: getattr(how, name, None) if value is None else value for name, value in asked.items()}
    table, rows = _taken(stream, findings, form, {name: v for name, v in reading.items() if v is not None}, progress)
    if table is None:
        findings.refuse(source)
    assert table is not None
    catalogue = catalogue_of(context)
    how, unmapped = meant(how, ci_class, source, table, rows, catalogue, findings)
    how = replace(
        how,
        sheet=reading["sheet"],
        header=reading["header"] or 1,
        encoding=reading["encoding"],
        delimiter=reading["delimiter"],
    )
    work = _Work(
        context,
        how,
        table.columns,
        findings,
        Options(source, retire_missing=retire_missing, allow_broken_groups=allow_broken_groups),
    )
    shaping = Shaping(how, table.columns, catalogue, findings, epoch=table.epoch)
    shaped = [shaping.shape(row) for row in rows]
    plan = work.plan(shaped, apply_good=apply_good)
    # What the columns mean is kept in the revision that rests on it.
    keeping = () if before == how else (Put(TABLE_MAPPINGS, to_document(TABLE_MAPPINGS, how)),)
    report = work.finish(plan, shaped, keeping, dry_run=dry_run, show=show, progress=progress)
    bad = bad_of(rows, findings)
    return TableReport(
        by_rows(report, how, table.columns, findings),
        {"format": table.form, **table.told},
        how,
        GIVEN if stated else KEPT if before is not None else SUGGESTED,
        unmapped,
        table.columns,
        len(rows),
        tuple(bad[: max(show, SHOWN)]),
        len(bad),
        None if bad_rows is None or not bad else bad_file(table.columns, bad, bad_rows),
    )


# reading -------------------------------------------------------------------------------------------------------------
def _judge_forms(form: str | None, bad_rows: str | None, source: str) -> None:
    from cmdb.exchange.tables import FORMS

    for pointer, value, known in (("/format", form, FORMS), ("/bad_rows", bad_rows, WRITTEN)):
        if value is not None and value not in known:
            facts = {"form": value[:40], "known": ", ".join(known)}
            problem = Problem("table.form_unknown", SENTENCES["table.form_unknown"], facts, pointer)
            raise InvalidInput([problem], what=source)
    if bad_rows == "xlsx" and find_spec("xlsxwriter") is None:
        raise InvalidInput([Problem("table.no_writer", SENTENCES["table.no_writer"], {}, "/bad_rows")], what=source)


def _stated(mapping: Any, source: str) -> TableMapping | None:
    if mapping is None:
        return None
    found, problems = mapping_of(mapping, source)
    if problems:
        raise InvalidInput(problems, what="the mapping")
    return found


def _taken(
    stream: BinaryIO, findings: Findings, form: str | None, reading: Mapping[str, Any], progress: Told | None
) -> tuple[Table | None, list[Row]]:
    """Return the table and all of its rows; None where it can not be read, which the findings then tell."""
    try:
        table = read(stream, findings, form=form, **reading)
        rows = list(table.rows)
    except TableSpoilt:
        return None, []
    if progress is not None:
        progress("read", len(rows))
    return table, rows


# planning and applying -----------------------------------------------------------------------------------------------
class _Work:
    """One table on its way into the store."""

    def __init__(
        self, context: Context, how: TableMapping, columns: tuple[str, ...], findings: Findings, options: Options
    ) -> None:
        self._context, self._how, self._columns = context, how, columns
        self._findings, self._options = findings, options

    def plan(self, shaped: Sequence[Shaped], *, apply_good: bool) -> Plan:
        """
        Return the plan for the rows that are right; the findings then hold every row that is not.

        Raises:
            InvalidInput: rows are bad and the good ones are not to be applied without them.
        """
        plan = self._judged(shaped)
        if not apply_good:
            self._findings.refuse(self._options.source)
        for _ in range(_MOST_PASSES):
            self._findings.refuse(self._options.source, rows=False)
            if not self._findings.rows:
                return plan
            self._refuse_retiring()
            cascade(shaped, self._findings, self._columns, self._there(shaped))
            left = len(self._findings.rows)
            plan = self._judged([one for one in shaped if one.row.number not in self._findings.rows])
            if len(self._findings.rows) == left:
                self._findings.refuse(self._options.source, rows=False)
                return plan
        # Each row that was left out brought forth another that is bad without it.
        self._findings.refuse(self._options.source)
        return plan

    def _judged(self, shaped: Iterable[Shaped]) -> Plan:
        faults = Faults(limit=MAX_KEPT)
        plan = make_plan(self._context, self._gathered(shaped), faults, self._options)
        retold(faults.problems, self._how, self._columns, self._findings)
        if faults.count > len(faults.problems):
            self._findings.keep(Problem("table.too_many_faults", "more than {limit} faults", {"limit": MAX_KEPT}, ""))
        return plan

    @staticmethod
    def _gathered(shaped: Iterable[Shaped]) -> Gathered:
        gathered = Gathered()
        gathered.take(record for one in shaped for record in one.records)
        return gathered

    def _there(self, shaped: Sequence[Shaped]) -> set[str]:
        """Return which of the bad rows' CIs the store has, so that others may go on naming them."""
        ids = sorted({one.id for one in shaped if one.id and one.row.number in self._findings.rows})
        there: set[str] = set()
        for start in range(0, len(ids), _AT_ONCE):
            found = self._context.store.get_many(CIS, ids[start : start + _AT_ONCE])
            there |= {key for key, held in found.items() if held.document.get("status") != CIStatus.RETIRED.value}
        return there

    def _refuse_retiring(self) -> None:
        if self._options.retire_missing:
            facts = {"count": len(self._findings.rows)}
            problem = Problem("table.retire_with_bad", SENTENCES["table.retire_with_bad"], facts, "/retire_missing")
            raise InvalidInput([problem], what=self._options.source)

    def finish(
        self,
        plan: Plan,
        shaped: Sequence[Shaped],
        keeping: Sequence[Put],
        *,
        dry_run: bool,
        show: int,
        progress: Told | None,
    ) -> ImportReport:
        """Apply the plan, or only tell; where others were faster, the good rows are planned once more."""
        if dry_run:
            return report_of(plan, dry_run=True, revision=None, show=show)
        try:
            applied = apply(self._context, plan, because="estate:import", progress=progress, besides=keeping)
        except OVERTAKEN:
            good = self._gathered(one for one in shaped if one.row.number not in self._findings.rows)
            return take_in(self._context, good, Faults(), self._options, show=show, progress=progress, besides=keeping)
        revision = applied.revision if applied is not None and applied.changed else None
        return report_of(plan, dry_run=False, revision=revision, show=show)
