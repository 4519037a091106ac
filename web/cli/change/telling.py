"""Who is to be told of a change, and the draft of the notice, at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import heading, table

if TYPE_CHECKING:
    from cmdb.model.telling import Telling
    from web.languages import Language


@command(example="foreshock change notice CHG-1001 --language zh")
@click.argument("change")
@click.option("--language", type=click.Choice(["en", "zh"]), help="Of the draft; left out, that of the settings.")
@click.pass_obj
def notice(session: Session, /, change: str, language: str | None) -> None:
    """Tell who is to be told of a change, by its newest assessment, and draft the outage notice."""
    from cmdb.change import telling
    from cmdb.model.telling import TELLINGS
    from cmdb.records import to_json
    from web.languages import Language, language_of
    from web.wording_notice import notice_of

    found = session.twin(telling).notice(session.context, change)
    notices = {each.value: notice_of(found, each) for each in Language}
    document = {
        "telling": to_json(TELLINGS, found),
        "notices": {key: {"subject": each.subject, "text": each.text} for key, each in notices.items()},
    }
    wanted = language_of(language or session.settings.language)
    emit(session, document, lambda: _lines(found, wanted))


def _lines(found: Telling, language: Language) -> Iterator[str]:
    from web.wording_notice import notice_of, part_words

    draft = notice_of(found, language)
    rows = [[each.name, part_words(each.part, language), ", ".join(each.cis)] for each in found.tell]
    if rows:
        yield from table(("TO BE TOLD", "AS", "OF"), rows)
    else:
        yield "Nobody is recorded as owner or customer of what this change affects."
    for service in found.unowned:
        yield f"{service} has no owner, so nobody can be told for it."
    yield from heading(draft.subject)
    yield from draft.text.splitlines()
