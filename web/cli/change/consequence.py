"""The consequence of a change at the command line: each way it may go, and what that is expected to cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from impact.questions.consequence import ConsequenceAnswer

MOST_SERVICES = 12
MOST_WAYS = 6
MOST_FACTS = 6
HEADERS = ("SERVICE", "TIER", "DURING", "P(DOWN)", "MINUTES", "OF BUDGET", "P(BREACH)", "LOSS", "SCENARIO")


@command(example="foreshock risk show CHG-1001 --notified")
@click.argument("change")
@click.option(
    "--notified",
    is_flag=True,
    default=None,
    help="Its planned outage was told to customers, so agreed maintenance covers it; else as the change says.",
)
@click.pass_obj
def show(session: Session, /, change: str, notified: bool | None) -> None:
    """
    How probable is it that a change fails, and what is it expected to cost, whichever way it goes?

    P(fail) with its interval, what it rests on and what makes it so, and P(issues) beside it. As planned, backed out
    and failed with an incident: for each service the minutes inside its hours, the share of its error budget and the
    chance to miss its target; the expected loss in tier 1 minutes, what it is in the worst 5 %, and a score that adds
    up. Nothing is written.
    """
    from cmdb.model.kind import Kind
    from cmdb.records import to_json
    from impact.questions import consequence as question
    from impact.questions import graphs, learn

    context = session.context
    if session.server is None:
        graphs.graph_of(context)
    with session.watch.computing():
        answer = session.twin(question).consequence_of(context, change, notified=notified)
        chance = session.twin(learn).chance_of(context, change, at=answer.revision)
    document = to_json(Kind(type(answer), name="answer"), answer)
    document["chance"] = to_json(Kind(type(chance), name="chance"), chance)
    emit(
        session, document, lambda: _lines(session, answer, document["chance"]), rows=document["consequence"]["services"]
    )


def _lines(session: Session, answer: ConsequenceAnswer, chance: Mapping[str, Any]) -> Iterator[str]:
    from web.cli.tables import heading, plain, table
    from web.wording_consequence import (
        failing_words,
        limit_words,
        loss_words,
        money_words,
        p_fail_words,
        scenario_rows,
        service_words,
        touched_words,
    )

    found = answer.consequence
    names = {**answer.names, **session.names(answer.names, at=answer.revision)}
    yield f"{click.style(plain(answer.change), bold=True)} (revision {answer.revision})"
    yield plain(loss_words(found))
    yield from ([plain(money_words(found))] if found.money else [])
    yield plain(p_fail_words(found))
    yield from _judged(session, answer)
    yield from _chance(session, chance)
    each = len(found.scenarios)
    rows = [
        [row.service, row.tier, row.outcome, row.p_down, row.minutes, row.budget, row.p_breach, row.loss, row.scenario]
        for row in scenario_rows(found, names)
    ]
    if rows:
        yield from heading("Services", "minutes down inside service hours, and the loss they are expected to bring")
        yield from table(HEADERS, rows[: MOST_SERVICES * each], right=HEADERS[1:2] + HEADERS[3:8])
        yield from _more(len(rows) // each - MOST_SERVICES, "service")
        yield from (plain(said) for said in service_words(found, answer.zone, names)[: 2 * MOST_SERVICES])
    else:
        yield "No service is touched, whichever way it goes."
    ways = failing_words(found, names)
    if ways:
        yield from heading("If it fails", "what stays down, and for how long")
        yield from (f"  {plain(said)}" for said in ways[:MOST_WAYS])
        yield from _more(len(ways) - MOST_WAYS, "way")
    facts = touched_words(found, names)
    if facts:
        yield from heading("What it touches", "facts of the records")
        yield from (f"  {plain(said)}" for said in facts[:MOST_FACTS])
    yield from (plain(said) for said in limit_words(found))


def _judged(session: Session, answer: ConsequenceAnswer) -> Iterator[str]:
    """Yield the figures that the verdict judged, where they are others by now."""
    from cmdb.change.record import dossier
    from web.wording_consequence import consequence_brief

    made = session.twin(dossier).show(session.context, answer.change).assessments
    kept = made[-1].consequence if made else None
    if kept is not None and consequence_brief(kept) != consequence_brief(answer.consequence):
        yield f"Its verdict judged, in {made[-1].id} at revision {made[-1].graph_revision}: {consequence_brief(kept)}."


def _chance(session: Session, chance: Mapping[str, Any]) -> Iterator[str]:
    from web.cli.tables import heading, plain, table
    from web.languages import language_of
    from web.wording_failure import chance as chance_words

    yield from heading("P(fail)", "log-odds of its parts; their sum is that of the probability")
    yield from (f"  {plain(said)}" for said in chance_words(chance, language_of(session.settings.language)))
    rows = [(one["name"], f"{one['log_odds']:+.3f}") for one in chance["contributions"]]
    yield from table(("PART", "LOG-ODDS"), rows, right=("LOG-ODDS",))


def _more(count: int, noun: str) -> list[str]:
    from cmdb.plural import counted

    return [f"and {counted(count, f'more {noun}')} (-o json lists all)"] if count > 0 else []
