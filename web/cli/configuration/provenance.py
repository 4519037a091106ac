"""Where the values of a CI are from, at the command line; its twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table


@command(example="foreshock ci provenance dc1:web1")
@click.argument("ci")
@click.pass_obj
def show(session: Session, /, ci: str) -> None:
    """Show what a CI is seen as and whose each of its values is: fresh or not, locked by a person, and what lost."""
    from cmdb.configuration import provenance

    document = session.twin(provenance).told(session.context, ci)
    emit(session, document, lambda: _lines(document), rows=document["values"])


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield f"{click.style(plain(document['id']), bold=True)}  {document['status']}"
    yield from provenance_lines(document)


def provenance_lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield where a CI is from, for people: its values, where it was seen, and what was decided about it."""
    seen = [f"{source}:{native_id}" for source, native_id in document["seen_as"]]
    yield from fields([("seen as", seen), ("merged into", document["merged_into"]), ("other ids", document["aliases"])])
    yield from heading("Values")
    rows = [
        [row["place"].rpartition("/")[2], _is(row), _who(row["source"]), _state(row), _others(row)]
        for row in document["values"]
    ]
    yield from table(("VALUE OF", "IS", "SAID BY", "", "OTHERS SAY"), rows)
    if document["sightings"]:
        yield from heading("Seen")
        yield from table(("SOURCE", "AS", "IN", "FIRST", "LAST", ""), [_sighting(row) for row in document["sightings"]])
    if document["decisions"] or document["rejections"]:
        yield from heading("Decided")
        yield from (f"  {line}" for line in _decisions(document))


def _sighting(row: dict[str, Any]) -> list[str]:
    from datetime import datetime

    from web.wording_change import moment_words

    first, last, absent = (
        "" if row[name] is None else moment_words(datetime.fromisoformat(row[name]))
        for name in ("first_seen", "last_seen", "absent_since")
    )
    return [row["source"], row["native_id"], row["scope"], first, last, f"gone since {absent}" if absent else ""]


def _decisions(document: dict[str, Any]) -> Iterator[str]:
    from web.wording_finding import decision_words

    for row in document["decisions"]:
        reason = f": {row['reason']}" if row["reason"] else ""
        yield plain(f"{row['id']} {decision_words(row)}, {row['decided_by']} {moment(row['decided_at'])}{reason}")
    for row in document["rejections"]:
        reason = f": {row['reason']}" if row["reason"] else ""
        what = f"{row['source']} {row['type']} {row['target']} does not exist"
        yield plain(f"{what}, {row['rejected_by']} {moment(row['rejected_at'])}{reason}")


def _is(row: dict[str, Any]) -> Any:
    """
    Return the value of a row; where there is none, why what is said of it was not taken.

    >>> _is({"value": None, "locked": False, "others": [{"source": "books", "value": "Rack 4"}]})
    'nothing: what is said does not fit the class'
    >>> _is({"value": None, "locked": True, "others": [{"source": "books", "value": "Rack 4"}]})
    >>> _is({"value": 8, "locked": False, "others": []})
    8
    """
    if row["value"] is None and row["others"] and not row["locked"]:
        return "nothing: what is said does not fit the class"
    return row["value"]


def _who(source: str | None) -> str:
    return "people or imports" if source is None else source


def _state(row: dict[str, Any]) -> str:
    from datetime import datetime

    from web.wording_change import moment_words

    if row["locked"] or row["fresh"]:
        return "locked" if row["locked"] else ""
    since = row.get("untold_since")
    return f"not told since {moment_words(datetime.fromisoformat(since))}" if since else "stale"


def _others(row: dict[str, Any]) -> str:
    return "; ".join(f"{_who(each['source'])}: {plain(each['value'])}" for each in row["others"])
