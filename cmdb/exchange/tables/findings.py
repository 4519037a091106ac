"""What is wrong with a table, told by row and column: the sentence of each code, and the collector of them all."""

from __future__ import annotations

from typing import Any

from cmdb.errors import InvalidInput, Problem, below
from cmdb.exchange.estate.faults import short
from cmdb.exchange.tables.limits import MAX_KEPT

SENTENCES = {
    # the file
    "table.empty": "it is empty; a table begins with a header that names its columns",
    "table.too_large": "it has more than {limit} bytes; bring it in as several files",
    "table.too_many_rows": "it has more than {limit} rows; bring it in as several files",
    "table.too_many_columns": "it has more than {limit} columns; remove those that are not needed",
    "table.encoding_unknown": "{name} is no encoding this reads; one of {known} would be right",
    "table.not_encoded": "byte {byte} (0x{value:02x}) is not {encoding}; save the file as UTF-8",
    "table.encoding_unclear": (
        "byte {byte} (0x{value:02x}) is not UTF-8, and whether the file is GBK or GB18030 can not be told for sure;"
        " save it as UTF-8, or name its encoding"
    ),
    "table.utf16_unmarked": "it seems to be UTF-16 without its byte-order mark; save the file as UTF-8",
    "table.binary": "it holds bytes that no text has (NUL); a CSV, an .xlsx, a JSON or a YAML file would be right",
    "table.separator_unknown": "{name} is no delimiter; one character such as ; or , would be right",
    "table.syntax": "it is no CSV: {cause}",
    "table.old_excel": (
        "it is a workbook of an old Excel (.xls), or one that is locked by a password; save it as .xlsx without one"
    ),
    "table.other_workbook": "it is {found}; save it as .xlsx or as CSV",
    "table.not_xlsx": "it is a zip file, but no workbook (.xlsx) lies in it",
    "table.damaged": "the workbook is damaged ({what}); open it in Excel, save it anew and try again",
    "table.workbook_large": "the workbook unpacks to {found} bytes, the limit is {limit}; save less of it, or as CSV",
    "table.workbook_bomb": (
        "the workbook unpacks to {ratio} times its size, the limit is {limit}; real ones do not, so it is refused"
    ),
    "table.workbook_lies": "{part} of the workbook unpacks to more than the {stated} bytes it states; it is refused",
    "table.workbook_dtd": "{part} of the workbook declares a document type, which a workbook has no use for",
    "table.workbook_parts": "the workbook consists of {found} parts, the limit is {limit}",
    "table.sheet_unknown": "there is no sheet {name}; the sheets are {sheets}",
    "table.merged_many": "the sheet has more than {limit} merged ranges; undo those that are not needed",
    "table.not_json": "not JSON: {what}, at column {column}",
    "table.not_yaml": "not YAML: {what}",
    "table.nested": "it is nested more than {limit} deep",
    "table.yaml_large": "its aliases unfold to more than {limit} values; write them out where they are needed",
    "table.yaml_loop": "an alias stands inside of what it stands for, so it would never end",
    "table.yaml_documents": "it holds several documents; one would be right",
    "table.not_records": 'it is {found}; a list of records, such as [{{"id": "web1"}}], would be right',
    "table.library": "reading {form} needs {library}; install foreshock[{extra}]",
    # the header
    "table.header_repeated": "the column {column} stands twice in the header; it may stand once",
    "table.header_empty": "column {at} holds values but has no name in the header; name it",
    "table.header_merged": "the header has merged cells ({cells}); undo them, or say in which row the header stands",
    "table.header_missing": "there is no row {at}, in which the header should stand",
    # a row, or one cell of it
    "table.fields": "the row has {found} fields; the header has {wanted}",
    "table.cell_long": "it has {found} characters; at most {limit} are taken",
    "table.cell_formula": "it holds a formula ({shown}); save its value instead",
    "table.cell_uncomputed": "it holds a formula that was never computed; open the file in Excel, save it, try again",
    "table.cell_error": "it shows the error {shown}; right would be a value",
    "table.not_record": 'it is {found}; a record, such as {{"id": "web1"}}, would be right',
    "table.key_repeated": "the key stands twice in the record; it may stand once",
    "table.key_wrong": "a record has the key {found}; text without line ends would be right",
    # what is right but worth a word
    "table.formulas": "{count} cell(s) hold formulas; their values as they were last computed were taken",
    "table.merged": "{count} range(s) of cells are merged; the value of each counts for all its cells",
    "table.other_sheets": "only the sheet {sheet} was read; there are also {others}",
}


class TableSpoilt(Exception):
    """The table can not be read further; why is in the findings, so this never leaves whoever reads."""


class Findings:
    """
    All that is wrong with one table, and what is worth a word.

    What is wrong with the file as a whole is in ``file``; what is wrong with rows is in ``rows``, by the row's number,
    and every bad row is there even when so many faults were found that theirs was only counted.
    """

    def __init__(self, *, limit: int = MAX_KEPT) -> None:
        self.file: list[Problem] = []
        self.rows: dict[int, list[Problem]] = {}
        self.notes: list[Problem] = []
        self.count = 0
        self.by_pointer = False
        """Whether rows are told by JSON pointers, as in a list of records, and not by lines."""
        self._limit, self._kept = limit, 0

    def spoil(self, code: str, *, line: int | None = None, **facts: Any) -> TableSpoilt:
        """Keep a fault of the file and return what to raise where nothing more can be read."""
        self.keep(_problem(code, SENTENCES[code], facts, line=line, pointer=None if line is not None else ""))
        return TableSpoilt(code)

    def keep(self, fault: Problem) -> None:
        """Keep a fault of the file that brings its own sentence."""
        self.count += 1
        self.file.append(fault)

    def cell(self, code: str, row: int, column: str, **facts: Any) -> None:
        """Keep a fault of this module's sentences at a cell, or, with the column "", at a row."""
        self.keep_cell(code, SENTENCES[code], row, column, facts)

    def keep_cell(self, code: str, sentence: str, row: int, column: str, facts: dict[str, Any]) -> None:
        """Keep a fault of a cell that brings its own sentence."""
        self.count += 1
        told = self.rows.setdefault(row, [])
        if self._kept >= self._limit:
            return
        self._kept += 1
        if column:
            sentence, facts = f"{{column}}: {sentence}", {**facts, "column": short(column)}
        place: dict[str, Any] = {"line": row}
        if self.by_pointer:
            place = {"pointer": below("", row - 1, *([short(column)] if column else []))}
        told.append(_problem(code, sentence, facts, **place))

    def note(self, code: str, **facts: Any) -> None:
        """Keep a remark on what is right but worth a word."""
        self.notes.append(_problem(code, SENTENCES[code], facts, pointer=""))

    def refuse(self, what: str, *, rows: bool = True) -> None:
        """
        Return if nothing is wrong, or, without ``rows``, nothing with the file as a whole.

        Raises:
            InvalidInput: with every fault that was kept, in the order of the rows, and the count of all.
        """
        count = self.count if rows else len(self.file)
        if count:
            told = [fault for row in sorted(self.rows) for fault in self.rows[row]] if rows else []
            raise InvalidInput([*self.file, *told], what=what, count=count)


def _problem(code: str, sentence: str, facts: dict[str, Any], **place: Any) -> Problem:
    return Problem(code, sentence, facts, **place)
