"""What if at the command line: what would help a change, and an alternative side by side with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from impact.questions.whatif import Plan, SideBySide, WhatIfAnswer
    from web.naming import Names

MOST_SHOWN = 10
_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"


@command(
    example="""\
foreshock whatif CHG-1001
foreshock whatif CHG-1001 --without db-1 --from 2026-12-03T22:00+01:00
foreshock whatif --target web1,effect=restart,minutes=10 --target web2 \\
    --from 2026-12-02T22:00+01:00 --to 2026-12-02T23:30+01:00""",
    places={
        "/targets": "--target",
        "/window": "--from and --to",
        "/window/start": "--from",
        "/window/end": "--to",
        "/from": "--from",
        "/to": "--to",
        "/without": "--without",
    },
)
@click.argument("change", required=False)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="ID[,effect=...][,offset=MIN][,minutes=MIN]",
    help="A target of a change that nobody raised yet, once for each, as for `change new`; --from and --to are its "
    "window.",
)
@click.option(
    "--without", multiple=True, metavar="CI", help="Beside the change as it is, one without this target; once for each."
)
@click.option("--from", "start", metavar="TIME", help=f"Beside it, one in another window: when it begins, {_TIME}.")
@click.option("--to", "end", metavar="TIME", help="When that ends; with one end alone the window keeps its length.")
@click.pass_obj
def whatif(
    session: Session,
    /,
    change: str | None,
    targets: tuple[str, ...],
    without: tuple[str, ...],
    start: str | None,
    end: str | None,
) -> None:
    """
    What would help this change: another window, another order, a target less, a spare more, a relation to confirm?

    Each measure was tried and is told with its gain, cheapest first. Nothing is written.
    """
    from cmdb.model.kind import Kind
    from cmdb.records import to_json
    from impact.questions import graphs
    from impact.questions import whatif as question

    if (change is None) == (not targets):
        raise click.UsageError("name a change, or the targets of one that nobody raised with --target")
    context, desk = session.context, session.twin(question)
    if session.server is None:
        graphs.graph_of(context)
    with session.watch.computing():
        if change is not None:
            answer = desk.whatif_of(context, change, without=without, start=start, end=end)
        else:
            window = None if start is None and end is None else (start or "", end or "")
            answer = desk.imagined_whatif(context, targets=targets, window=window, without=without)
    document = to_json(Kind(type(answer), name="answer"), answer)
    emit(session, document, lambda: _lines(session, answer), rows=document["measures"])


def _lines(session: Session, answer: WhatIfAnswer) -> Iterator[str]:
    from web.cli.explained import language_here
    from web.cli.tables import heading, plain
    from web.wording_change import window_words
    from web.wording_rewiring import left_out_sentence, untried_sentence
    from web.wording_whatif import measure_words, never_words, unexamined_words

    language, plan = language_here(session), answer.plan
    told = [*answer.names, *plan.retired, *(answer.alternative.retired if answer.alternative else ())]
    names = {**answer.names, **session.names(told, at=answer.revision, language=language)}
    what = plain(answer.change) if answer.change else "A change nobody raised yet"
    yield f"{what}: {window_words(plan.window)} (revision {answer.revision})."
    yield from _facts(plan, names)
    yield from _services(answer, names)
    measures = answer.measures
    yield from heading("What would help", f"{len(measures)}, the cheapest first" if measures else "")
    for number, measure in enumerate(measures[:MOST_SHOWN], 1):
        words = measure_words(measure, plan.window, names, language)
        yield f"{number:>3}. {plain(words.what)}"
        for gain in words.gains:
            yield f"     {plain(gain)}"
    if len(measures) > MOST_SHOWN:
        yield f"and {len(measures) - MOST_SHOWN} more (-o json lists all)"
    if not measures and not answer.measures_untried:
        yield "Nothing that was tried makes any outcome better."
    for never in answer.never[:MOST_SHOWN]:
        yield plain(never_words(never, names, language))
    if len(answer.never) > MOST_SHOWN:
        yield f"and {len(answer.never) - MOST_SHOWN} more targets for which no order of work helps (-o json lists all)"
    for limit in answer.unexamined:
        yield plain(unexamined_words(limit, language))
    if answer.measures_untried:
        yield plain(untried_sentence(language))
    if answer.edits_left_out:
        yield plain(left_out_sentence(answer.edits_left_out, language))
    if answer.conflicts_unlisted:
        yield "Not all joint conflicts of this change could be listed: there are more than a diagram can tell."


def _facts(plan: Plan, names: Names) -> Iterator[str]:
    from web.cli.tables import plain
    from web.naming import listed_names

    if plan.retired:
        yield f"  Not in the estate, so never out: {', '.join(map(plain, listed_names(names, plan.retired)))}"
    if plan.beside:
        who = ", ".join(map(plain, plan.beside))
        yield f"  In joint conflict with {who}; the table counts that, the gains but of moves are of this change alone"


def _services(answer: WhatIfAnswer, names: Names) -> Iterator[str]:
    from web.cli.tables import heading, table
    from web.wording_change import window_words

    if not answer.services:
        yield "No service is touched."
        return
    other = answer.alternative
    headers = ["SERVICE", "TIER", "AS IT IS", "MINUTES DOWN"]
    if other is not None:
        yield from heading("Side by side", f"otherwise: {len(other.targets)} targets, {window_words(other.window)}")
        yield from _facts(other, names)
        headers += ["OTHERWISE", "MINUTES DOWN THEN"]
    else:
        yield from heading("Services", str(len(answer.services)))
    rows = [_row(service) for service in answer.services]
    yield from table(headers, rows, right=("TIER", "MINUTES DOWN", "MINUTES DOWN THEN"))


def _row(service: SideBySide) -> list[str]:
    from web.wording_change import OUTCOME_WORDS

    tier = "" if service.tier is None else str(service.tier)
    row = [service.name, tier, OUTCOME_WORDS[service.outcome], f"{service.down_minutes:g}"]
    if service.outcome_then is not None:
        row += [OUTCOME_WORDS[service.outcome_then], f"{service.down_minutes_then:g}"]
    return row
