"""How probable an outage is and what would cause it: outage probability and minimal risk groups at the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli import background, options
from web.cli.asking import asking
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.risk_group import RiskGroups
    from impact.questions.outage import OutageAnswer
    from web.languages import Language
    from web.naming import Names
    from web.wording_explained import Words

MOST_SHOWN = 10
_DOWN = click.option("--down", multiple=True, metavar="CI...", help="CIs that have failed already.")
_BUDGET = click.option(
    "--budget",
    type=int,
    metavar="NODES",
    help="Nodes that may be made for all diagrams together; beyond it the answer says so.",
)


@command(example="foreshock outage checkout --down lb1 --window 4", places={"/as_of": "--as-of"})
@click.argument("service")
@click.argument("more", nargs=-1, metavar="")
@_DOWN
@click.option("--window", type=float, metavar="HOURS", help="Within a window so long, instead of at any moment.")
@_BUDGET
@background.job_option()
@options.as_of()
@click.pass_obj
def outage(
    session: Session,
    /,
    service: str,
    more: tuple[str, ...],
    down: tuple[str, ...],
    window: float | None,
    budget: int | None,
    as_job: bool,
    as_of: str | None,
) -> None:
    """How probable is an outage of this service, and which components does it hang on?"""
    from impact.questions import outage as question

    if as_job:
        asked = {"service": service, "down": _failed(more, down), "window": window, "budget": budget}
        background.ask(session, "outage", asked, as_of)
        return
    context, at = _asked(session, more, down, as_of)
    with asking(session):
        answer = session.twin(question).outage_of(
            context, service, failed=_failed(more, down), window_hours=window, budget=budget, at=at
        )
    show_outage(session, answer)


@command(example="foreshock risk-groups checkout --down lb1 --top 3", places={"/as_of": "--as-of"})
@click.argument("service")
@click.argument("more", nargs=-1, metavar="")
@_DOWN
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=MOST_SHOWN,
    show_default=True,
    help="List so many, most probable first; 10000 at most.",
)
@_BUDGET
@background.job_option()
@options.as_of()
@click.pass_obj
def risk_groups(
    session: Session,
    /,
    service: str,
    more: tuple[str, ...],
    down: tuple[str, ...],
    top: int,
    budget: int | None,
    as_job: bool,
    as_of: str | None,
) -> None:
    """Which CIs take this service down together, none of them needlessly, and how many such groups are there?"""
    from impact.questions import risk_groups as question

    if as_job:
        asked = {"service": service, "down": _failed(more, down), "top": top, "budget": budget}
        background.ask(session, "risk-groups", asked, as_of)
        return
    context, at = _asked(session, more, down, as_of)
    with asking(session):
        answer = session.twin(question).risk_groups_of(
            context, service, failed=_failed(more, down), most=top, budget=budget, at=at
        )
    show_groups(session, answer)


def _asked(session: Session, more: tuple[str, ...], down: tuple[str, ...], as_of: str | None) -> tuple[Any, Any]:
    """Return the context and the revision of a question about one service, the estate loaded where it is ours."""
    from impact.questions import graphs

    _failed(more, down)
    context, at = session.context, session.pinned(as_of)
    if session.server is None:
        graphs.graph_of(context, at=at)
    return context, at


def _failed(more: tuple[str, ...], down: tuple[str, ...]) -> list[str]:
    """Return the CIs that are down; words that follow the service without any of these are a mistake."""
    if more and not down:
        raise click.UsageError(f"one service at a time; {' '.join(more)} is too much (CIs that are down follow --down)")
    return [*down, *more]


def show_outage(session: Session, answer: OutageAnswer) -> None:
    """Print how probable an outage is."""
    document = _document(answer)
    emit(session, document, lambda: _outage_lines(session, answer), rows=document["components"] or [])


def show_groups(session: Session, answer: RiskGroups) -> None:
    """Print risk groups."""
    document = _document(answer)
    emit(session, document, lambda: _group_lines(session, answer), rows=document["groups"])


def _document(answer: Any) -> dict[str, Any]:
    from cmdb.model.kind import Kind
    from cmdb.records import to_document

    return dict(to_document(Kind(type(answer), name="answer"), answer))


def _outage_lines(session: Session, answer: OutageAnswer) -> Iterator[str]:
    from web.cli.tables import heading, plain, table
    from web.naming import called_in

    shown = (answer.components or ())[:MOST_SHOWN]
    told_of = (answer.service, *answer.failed, *answer.unstated[:MOST_SHOWN], *(one.id for one in shown))
    names = session.names(told_of, at=answer.revision)
    when = "at any moment" if answer.window_hours is None else f"within {answer.window_hours:g} h"
    service = plain(called_in(names, answer.service))
    yield f"{service}: {_chance(answer)} {when} (revision {answer.revision})."
    if answer.failed:
        yield f"  with {_all(answer.failed, names)} down"
    yield f"  {_METHODS[answer.method].format(nodes=answer.nodes, budget=answer.budget)}"
    if answer.unstated:
        unstated = _some(answer.unstated, names)
        yield f"  {len(answer.unstated)} components have no unavailability and count as 0: {unstated}"
    if answer.components:
        yield from heading("Components", f"{len(answer.components)}, the most important first")
        headers = ("CI", "NAME", "DOWN", "FROM", "IF IT FAILS", "SHARE")
        rows = [
            [
                *(c.id, names.get(c.id), f"{c.unavailability:.3g}", str(c.source)),
                *(_times(c.risk_achievement_worth), _share(c.fussell_vesely)),
            ]
            for c in shown
        ]
        yield from table(headers, rows, right=("DOWN", "IF IT FAILS", "SHARE"))
        yield from _more(len(answer.components))


_METHODS = {
    "exact": "exact, by decision diagrams: {nodes} nodes made",
    "bounds": "for certain between these bounds: the diagrams would need more than {budget} nodes",
}


def _chance(answer: OutageAnswer) -> str:
    if answer.method == "exact":
        return f"down with probability {answer.probability:.6g}"
    return f"down with a probability from {answer.low:.6g} to {answer.high:.6g}"


def _times(worth: float | None) -> str:
    return "" if worth is None else f"{worth:,.3g} x"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _group_lines(session: Session, answer: RiskGroups) -> Iterator[str]:
    from web.cli.explained import cause_lines, language_here
    from web.wording_explained import Words

    language = language_here(session)
    told_of = (answer.service, *answer.failed, *answer.names)
    names = session.names(told_of, at=answer.revision, language=language)
    yield from _groups(answer, Words({**answer.names, **names}), language)
    yield from cause_lines(session, answer)


def _groups(answer: RiskGroups, words: Words, language: Language) -> Iterator[str]:
    from web.cli.tables import plain, table
    from web.wording_causes import group_words

    service = plain(words.name(answer.service))
    beside = f" with {_all(answer.failed, words.names)} down" if answer.failed else ""
    if answer.count is None or answer.by_size is None:
        yield f"{service}{beside}: not counted, the diagrams would need more than {answer.budget} nodes."
        return
    if answer.smallest == 0:
        yield f"{service} is down{beside or ' with nothing failed'}."
        return
    yield f"{service}{beside}: {answer.count:,} minimal risk groups (revision {answer.revision})."
    sizes = [f"{count:,} of {_cis(size)}" for size, count in enumerate(answer.by_size, 1) if count]
    if sizes:
        yield f"  {', '.join(sizes)}"
    if answer.failed:
        yield f"  {answer.added:,} of them only because of what is down"
    rows = [
        [
            "" if group.probability is None else f"{group.probability:.3g}",
            "new" if group.added and answer.failed else "",
            group_words(group.members, words, language),
        ]
        for group in answer.groups
    ]
    if rows:
        yield ""
        yield from table(("PROBABILITY", "", "FAIL TOGETHER"), rows, right=("PROBABILITY",))
        yield from _more(answer.count, len(rows))


def _cis(count: int) -> str:
    return "one CI" if count == 1 else f"{count} CIs"


def _all(ids: Sequence[str], names: Names) -> str:
    from web.cli.tables import plain
    from web.naming import listed_names

    return ", ".join(map(plain, listed_names(names, ids)))


def _some(ids: Sequence[str], names: Names) -> str:
    more = len(ids) - MOST_SHOWN
    return _all(ids[:MOST_SHOWN], names) + (f" and {more} more (-o json lists all)" if more > 0 else "")


def _more(count: int, shown: int = MOST_SHOWN) -> Iterator[str]:
    if count > shown:
        yield f"and {count - shown:,} more"
