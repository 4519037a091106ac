"""What a relation rests on, at the command line; its twins are the resource `evidence` and the relation's page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table


@command(example="foreshock ci evidence dc1:web1 depends_on dc1:db1")
@click.argument("source")
@click.argument("kind", metavar="TYPE")
@click.argument("target")
@click.option("--group", metavar="NAME", help="The group the relation is a member of.")
@click.pass_obj
def show(session: Session, /, source: str, kind: str, target: str, group: str | None) -> None:
    """Show what a relation rests on: who saw it, what and when, and what that is worth today."""
    from cmdb.configuration import evidenced

    document = session.twin(evidenced).told(session.context, source, kind, target, group=group)
    emit(session, document, lambda: _lines(session, document), rows=document["evidence"])


def _lines(session: Session, document: dict[str, Any]) -> Iterator[str]:
    from datetime import datetime

    from web.naming import with_id
    from web.wording_change import moment_words
    from web.wording_evidence import EVIDENCE_WORDS, sure_words

    relation, rejection = document["relation"], document["rejection"]
    group = f" (group {document['group']})" if document["group"] else ""
    things = {f"{row['source']}:{row['thing']}" for row in document["evidence"]}
    names = session.names((document["source"], document["target"], *sorted(things)))
    source, target = (with_id(names, document[end]) for end in ("source", "target"))
    head = plain(f"{source} {document['type']} {target}{group}")
    yield f"{click.style(head, bold=True)}  {relation['status'] if relation else 'is not there'}"
    sure = None if relation is None else sure_words(relation["confidence"])
    by = (
        None
        if rejection is None
        else f"{rejection['rejected_by']} {moment(rejection['rejected_at'])} {rejection['reason']}"
    )
    yield from fields([("sure", sure), ("stated by", document["stated_by"]), ("rejected by", by)])
    yield from heading("Evidence")
    if not document["evidence"]:
        yield "  No source saw it."
        return
    rows = [
        [
            EVIDENCE_WORDS[row["kind"]],
            row["detail"],
            with_id(names, f"{row['source']}:{row['thing']}"),
            "" if row["seen_at"] is None else moment_words(datetime.fromisoformat(row["seen_at"])),
            sure_words(row["worth"]),
        ]
        for row in document["evidence"]
    ]
    yield from table(("KIND", "WHAT", "SEEN OF", "WHEN", "WORTH"), rows)
