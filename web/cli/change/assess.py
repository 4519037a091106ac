"""Assessing at the command line, and the proof that a stored assessment can be made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from web.cli import options
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session


@command(example="foreshock change assess CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def assess(session: Session, /, change: str, if_version: int | None) -> None:
    """
    Compute what the change does to every service in its window, and keep the result for ever.

    The policy in force turns it into a verdict: AUTO, PEER, CAB or BLOCK. With -o json the whole record.
    """
    from cmdb.change.record import dossier
    from cmdb.model.assessment import ASSESSMENTS
    from cmdb.records import to_json
    from impact.questions import assess as question
    from impact.questions import graphs

    context = session.context
    if session.server is None:
        graphs.graph_of(context)
    with session.watch.computing():
        assessment = session.twin(question).assess(context, change, expected_version=if_version).record

    def lines() -> Iterator[str]:
        from web.cli.change.summary import page_of

        found = session.twin(dossier).show(context, change)
        return page_of(session, found)

    emit(session, to_json(ASSESSMENTS, assessment), lines)


@command(example="foreshock replay CHG-1001")
@click.argument("change")
@click.option("--assessment", metavar="ID", help="Another assessment of the change than the newest, such as ASM-1001.")
@click.pass_obj
def replay(session: Session, /, change: str, assessment: str | None) -> int:
    """
    Compute the change's assessment again, from its recorded inputs alone, and compare it byte for byte.

    Status 0 when it is the same, 1 when it differs; every difference is named. "finding" in -o json says what it comes
    from: an altered record, altered sources, a later release's method, or a computation that differs in this release.
    """
    from impact.questions import replay as question

    context = session.context
    with session.watch.computing():
        result = session.twin(question).replay(context, change, assessment=assessment)
    differences = [{"pointer": d.pointer, "stored": d.stored, "computed": d.computed} for d in result.differences]
    document = {
        "change": change,
        "assessment": result.assessment,
        "same": result.same,
        "finding": result.finding.value,
        "differences": differences,
    }
    emit(session, document, lambda: _lines(document), rows=differences or [document])
    return 0 if result.same else 1


def _lines(document: dict[str, Any]) -> Iterator[str]:
    from cmdb.model.replay_finding import ReplayFinding
    from web.wording_replay import REPLAY_SENTENCES

    if document["same"]:
        yield f"{document['assessment']} of {document['change']} replays: computed again it is the same, byte for byte."
        return
    yield f"{document['change']} does not replay; the stored record and what its inputs give differ:"
    for one in document["differences"]:
        stored, computed = (json.dumps(one[side], ensure_ascii=False) for side in ("stored", "computed"))
        yield f"  {one['pointer'] or 'the whole document'}: stored {stored}, computed {computed}"
    yield f"{REPLAY_SENTENCES[ReplayFinding(document['finding'])]} [{document['finding']}]"
