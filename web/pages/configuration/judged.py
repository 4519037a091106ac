"""What would be wrong with records from a form, all of it at once and nothing written: shape, catalogue and ends."""

from __future__ import annotations

from typing import Any

from cmdb.configuration.intake import FORM, Options, Row, plan
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.estate import Faults, shape

Record = tuple[str, str, dict[str, Any]]
"""The pointer of a record in the form's document, its kind ("item", "relation", "group") and the record."""


def faults_of(context: Context, records: list[Record]) -> InvalidInput | None:
    """Return every fault the desk would find in the records, or None."""
    faults = Faults()
    rows: list[Row] = []
    for place, kind, record in records:
        shaped = shape(kind, dict(record), place, faults)
        if shaped is not None:
            rows.append((place, kind, *shaped))
    found: list[Problem] = list(faults.problems)
    try:
        plan(context, rows, Options(FORM, partial=True))
    except InvalidInput as wrong:
        found += wrong.problems
    return InvalidInput(found, what="the form") if found else None
