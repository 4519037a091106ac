"""Which CIs matter most, at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from web.cli import background, options
from web.cli.asking import asking
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from impact.questions.criticality import CriticalCI, CriticalityAnswer
    from web.naming import Names

MOST_SHOWN = 20


@command(example="foreshock criticality --top 5", places={"/as_of": "--as-of"})
@click.argument("cis", nargs=-1, metavar="[CI...]")
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=MOST_SHOWN,
    show_default=True,
    help="List so many, the costliest first.",
)
@background.job_option()
@options.as_of()
@click.pass_obj
def criticality(session: Session, /, cis: tuple[str, ...], top: int, as_job: bool, as_of: str | None) -> None:
    """Which CIs take most down by failing alone, and how many minutes of service outage does that cost a year?"""
    from impact.questions import criticality as question
    from impact.questions import graphs

    if as_job:
        background.ask(session, "criticality", {"cis": list(cis), "top": top}, as_of)
        return
    context, at = session.context, session.pinned(as_of)
    if session.server is None:
        graphs.graph_of(context, at=at)
    with asking(session):
        answer = session.twin(question).criticality_of(context, cis, most=top, at=at)
    show(session, answer)


def show(session: Session, answer: CriticalityAnswer) -> None:
    """Print an answer."""
    from cmdb.model.kind import Kind
    from cmdb.records import to_document

    document = dict(to_document(Kind(type(answer), name="criticality"), answer))
    emit(session, document, lambda: _lines(session, answer), rows=document["cis"])


def _lines(session: Session, answer: CriticalityAnswer) -> Iterator[str]:
    from web.cli.tables import table

    names = session.names((ci.id for ci in answer.cis), at=answer.revision)
    headers = ("CI", "NAME", "CLASS", "MINUTES/YEAR", "CIS", "SERVICES", "BY TIER")
    right = ("MINUTES/YEAR", "CIS", "SERVICES")
    yield from table(headers, [_row(ci, names) for ci in answer.cis], right=right)
    if answer.more:
        yield f"and {answer.more:,} more (revision {answer.revision})"


def _row(ci: CriticalCI, names: Names) -> list[object]:
    minutes = "unknown" if ci.outage_minutes_a_year is None else f"{ci.outage_minutes_a_year:,.1f}"
    tiers = [f"{lost.services} of tier {lost.tier or '-'}" for lost in ci.services_lost]
    services = sum(lost.services for lost in ci.services_lost)
    lost = [f"{ci.cis_lost:,}", f"{services:,}", ", ".join(tiers)]
    return [ci.id, names.get(ci.id, ci.name), ci.ci_class, minutes, *lost]
