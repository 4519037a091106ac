"""What would be wrong with records from a form, all of it at once and nothing written: shape, catalogue and ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cmdb.configuration.intake import FORM, Options, Row, plan
from cmdb.configuration.search import search_cis
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.estate import Faults, shape
from cmdb.model.ci import CIStatus
from web.wording import by_hand

FIGURES = ("unavailability", "mtbf_hours")
_NAMELESS = "(no id yet)"
_SEARCHED = 50
Record = tuple[str, str, dict[str, Any]]
"""The pointer of a record in the form's document, its kind ("item", "relation", "group") and the record."""


def faults_of(context: Context, records: list[Record]) -> InvalidInput | None:
    """Return every fault the desk would find in the records, or None."""
    faults = Faults()
    rows: list[Row] = []
    for place, kind, record in records:
        shaped = shape(kind, dict(record), place, faults)
        if shaped is None and kind == "item":
            shaped = shape(kind, _patched(record), place, Faults())
        if shaped is not None:
            rows.append((place, kind, *shaped))
    found: list[Problem] = list(faults.problems)
    try:
        plan(context, rows, Options(FORM, partial=True))
    except InvalidInput as wrong:
        found += wrong.problems
    return InvalidInput([_told(context, each) for each in found], what="the form") if found else None


def _patched(record: dict[str, Any]) -> dict[str, Any]:
    """Return an item without what makes it no record at all, so that its attributes are judged all the same."""
    rest = {key: value for key, value in record.items() if key not in FIGURES}
    name = record.get("name") or record.get("id") or _NAMELESS
    return {**rest, "id": record.get("id") or _NAMELESS, "name": name}


def _told(context: Context, problem: Problem) -> Problem:
    """Return the problem in the words of a form; who wrote a CI's name is told its id."""
    told = by_hand(problem)
    if problem.code != "estate.missing_end":
        return told
    wanted = str(problem.facts["id"])
    meant = [
        found.record.id
        for found in search_cis(context, wanted, limit=_SEARCHED).rows
        if found.record.name.casefold() == wanted.casefold() and found.record.status is CIStatus.ACTIVE
    ]
    if not meant:
        return told
    facts = {**problem.facts, "meant": " or ".join(meant[:3])}
    return replace(
        told, sentence="there is no CI with the id {id}; the id of the CI of that name is {meant}", facts=facts
    )
