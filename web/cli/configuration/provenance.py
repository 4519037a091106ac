"""Where the values of a CI are from, at the command line; its twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, plain, table


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
    seen = [f"{source}:{native_id}" for source, native_id in document["seen_as"]]
    yield from fields([("seen as", seen), ("merged into", document["merged_into"])])
    yield from heading("Values")
    rows = [
        [row["place"].rpartition("/")[2], row["value"], _who(row["source"]), _state(row), _others(row)]
        for row in document["values"]
    ]
    yield from table(("VALUE OF", "IS", "SAID BY", "", "OTHERS SAY"), rows)


def _who(source: str | None) -> str:
    return "people or imports" if source is None else source


def _state(row: dict[str, Any]) -> str:
    return "locked" if row["locked"] else "" if row["fresh"] else "stale"


def _others(row: dict[str, Any]) -> str:
    return "; ".join(f"{_who(each['source'])}: {plain(each['value'])}" for each in row["others"])
