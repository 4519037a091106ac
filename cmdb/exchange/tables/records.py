"""Reads a table from a list of records, in JSON or YAML: what is a key in any of them is a column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from cmdb.exchange.bounded_yaml import MAX_DEPTH, MAX_VALUES, MAX_YAML, YamlFault, read_yaml
from cmdb.exchange.estate.faults import NotJson, Twice, shown
from cmdb.exchange.tables.encoding import decoded
from cmdb.exchange.tables.findings import Findings
from cmdb.exchange.tables.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from cmdb.exchange.tables.table import Row, Table

_YAML_CODES = {
    "syntax": "table.not_yaml",
    "nested": "table.nested",
    "large": "table.yaml_large",
    "loop": "table.yaml_loop",
    "documents": "table.yaml_documents",
}


def read_records(
    raw: bytes, findings: Findings, form: str, *, encoding: str | None = None, check: Callable[[], None] | None = None
) -> Table:
    """
    Return the table of a list of records; an object that holds nothing but one list stands for that list.

    Raises:
        TableSpoilt: nothing can be read; why is in ``findings``, which is complete when the last row was taken.
    """
    text, found = decoded(raw, findings, named=encoding)
    if not text.strip():
        raise findings.spoil("table.empty")
    value = _json(text, findings) if form == "json" else _yaml(text, len(raw), findings, check)
    if isinstance(value, dict) and len(value) == 1 and isinstance(next(iter(value.values())), list):
        value = next(iter(value.values()))
    if not isinstance(value, list):
        raise findings.spoil("table.not_records", found=shown(value))
    if len(value) > MAX_ROWS:
        raise findings.spoil("table.too_many_rows", limit=MAX_ROWS)
    findings.by_pointer = True
    columns = tuple(
        dict.fromkeys(key for record in value if isinstance(record, dict) for key in record if _is_key(key))
    )
    if len(columns) > MAX_COLUMNS:
        raise findings.spoil("table.too_many_columns", limit=MAX_COLUMNS)
    return Table(columns, _rows(value, columns, findings), form, {"encoding": found})


def _json(text: str, findings: Findings) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=NotJson)
    except json.JSONDecodeError as error:
        raise findings.spoil("table.not_json", line=error.lineno, what=error.msg, column=error.colno) from None
    except RecursionError:
        raise findings.spoil("table.nested", limit=MAX_DEPTH) from None
    except ValueError as error:  # A number of thousands of digits.
        raise findings.spoil("table.not_json", what=str(error)[:80], line=1, column=1) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = Twice(pairs)
    return found if found.repeated else dict(found)


def _yaml(text: str, size: int, findings: Findings, check: Callable[[], None] | None) -> Any:
    if size > MAX_YAML:
        raise findings.spoil("table.too_large", limit=MAX_YAML)
    try:
        return read_yaml(text, check=check)
    except YamlFault as fault:
        facts: dict[str, Any] = {"what": fault.what, "limit": MAX_DEPTH if fault.kind == "nested" else MAX_VALUES}
        raise findings.spoil(_YAML_CODES[fault.kind], line=fault.line, **facts) from None


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and bool(key.strip()) and len(key) <= MAX_CELL and key.isprintable()


def _rows(records: list[Any], columns: tuple[str, ...], findings: Findings) -> Iterator[Row]:
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            findings.cell("table.not_record", number, "", found=shown(record))
            yield Row(number, (None,) * len(columns), False)
            continue
        before = findings.count
        for key in record.repeated if isinstance(record, Twice) else ():
            findings.cell("table.key_repeated", number, str(key))
        for key in record:
            if not _is_key(key):
                findings.cell("table.key_wrong", number, "", found=shown(key))
        cells = tuple(_cell(record.get(column), number, column, findings) for column in columns)
        yield Row(number, cells, findings.count == before)


def _cell(value: Any, number: int, column: str, findings: Findings) -> Any:
    if isinstance(value, NotJson):
        findings.cell("table.cell_error", number, column, shown=value)
        return None
    if isinstance(value, str):
        text = value.strip()
        if len(text) > MAX_CELL:
            findings.cell("table.cell_long", number, column, found=len(text), limit=MAX_CELL)
            return None
        return text or None
    return value
