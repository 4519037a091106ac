"""What would be wrong with records from a form, all of it at once and nothing written: shape, catalogue and ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cmdb.configuration.intake import FORM, Options, Row, plan
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.estate import Faults, shape

_WORDS = {
    "estate.missing_end": "there is no CI {id}; correct the id, or register it first",
    "estate.retired_end": "{id} is retired; name another CI",
    "estate.undefined_group": "{item} has no group {name} yet; say how many of it are needed",
}
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
    return InvalidInput([_reworded(each) for each in found], what="the form") if found else None


def _reworded(problem: Problem) -> Problem:
    """Return the problem in the words of a form, where the desk's speak of a file."""
    sentence = _WORDS.get(problem.code)
    return replace(problem, sentence=sentence) if sentence else problem
