"""``foreshock import open-psa``: a fault tree becomes a service, its gates and its basic events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from web.cli.configuration.imports import imported, of_a_source, report_lines
from web.cli.files import named
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import plain


@command(
    example="""\
foreshock import open-psa cooling.xml --dry-run
foreshock import open-psa plant.xml --top station-blackout --prefix plant:""",
    places={"/source": "--source", "/top": "--top", "/prefix": "--prefix"},
)
@of_a_source
@click.option("--top", metavar="GATE", help="The top gate; left out, the only one that no other gate uses.")
@click.option("--prefix", metavar="TEXT", default="", help="Begin every id with this, as names of a tree say little.")
@click.pass_obj
def open_psa(session: Session, /, **choices: Any) -> None:
    """
    Read a fault tree in the Open-PSA Model Exchange Format (XML, plain or gzip), from a file or standard input.

    The top gate becomes a service, the other gates logical gates, basic events CIs with their unavailability; the
    service is down exactly when the top event happens. Trees that are not coherent are refused. Everything that is
    wrong with the file is said at once, and then nothing is written.
    """
    from cmdb.configuration import fault_trees

    document = imported(session, session.twin(fault_trees).import_open_psa, **choices)
    emit(session, document, lambda: _lines(named(choices["file"]), document), rows=document["differences"])


def _lines(file: str, document: dict[str, Any]) -> Iterator[str]:
    yield from report_lines(file, document)
    yield ""
    figures = f"{document['items']} CIs, {document['relations']} relations and {document['groups']} groups"
    yield f"The top event is the service {plain(document['service'])}: {figures}."
