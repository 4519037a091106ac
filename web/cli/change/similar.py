"""Which past changes a change is like, at the command line; its twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from types import ModuleType

    from cmdb.model.similar import SimilarChange, SimilarChanges


@command(example="foreshock change similar CHG-1001 --limit 5")
@click.argument("change")
@click.option("--limit", metavar="N", type=click.IntRange(1, 100), default=3, help="List at most N; 3 unless said.")
@click.pass_obj
def similar(session: Session, /, change: str, limit: int) -> None:
    """
    Which past changes are most like this one, and how did they go?

    Alike by the classes of the targets, the services that are touched, model and type, and the words of the title; the
    measure is the mean of these parts by weight, and each part is told.
    """
    from cmdb.model.kind import Kind
    from cmdb.records import to_json
    from impact.questions import similar as question

    found: SimilarChanges = session.twin(question).similar_to(session.context, change, most=limit)
    document = to_json(Kind(type(found), name="similar"), found)
    emit(session, document, lambda: _lines(session, found), rows=document["similar"])


def _lines(session: Session, found: SimilarChanges) -> Iterator[str]:
    from web.cli.explained import language_here
    from web.cli.tables import plain, table
    from web.wording_summary import words_in

    words = words_in(language_here(session))
    facts = {"past": f"{found.past:,}", "compared": f"{found.compared:,}", "alike": f"{found.alike:,}"}
    yield words.PAGE["similar_note"].format(**facts)
    if not found.similar:
        yield words.PAGE["no_similar"]
        return
    parts = [part.name for part in found.similar[0].parts]
    headers = ("ID", "ALIKE", *(name.upper() for name in parts), "WENT", "ENDED", "TITLE")
    yield from table(headers, [_row(one, words, plain) for one in found.similar], right=headers[1 : len(parts) + 2])


def _row(one: SimilarChange, words: ModuleType, plain: Any) -> list[Any]:
    values = ["" if part.value is None else words.percent(part.value) for part in one.parts]
    went = words.went(one)
    return [one.id, words.percent(one.similarity), *values, went, words.local_day(one.ended, "UTC"), plain(one.title)]
