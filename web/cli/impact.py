"""What would happen if: impact, blast radius and single points of failure at the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli import background, options
from web.cli.asking import asking
from web.cli.confidence import asked_how_sure, confidence_document, confidence_lines, confidence_rows
from web.cli.explained import (
    EVERY,
    MOST_EXPLAINED,
    cause_lines,
    causes_document,
    explained_ids,
    explained_lines,
    explanations,
    language_here,
)
from web.cli.files import read_lines
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.assessment import ServiceOutcome
    from cmdb.model.gate import Why
    from impact.questions.confidence import ConfidenceAnswer
    from web.naming import Names

GATE = 3
MOST_IDS = 20
_WORSE = ("down", "degraded", "redundancy-lost", "reduced")


@command(
    example="""\
foreshock impact db-a
foreshock impact --from maintenance.txt --fail-on redundancy-lost
foreshock impact db-a --confidence""",
    places={"/as_of": "--as-of"},
)
@click.argument("cis", nargs=-1, metavar="CI...")
@click.option(
    "--from", "source", metavar="FILE|-", help="Read ids from a file or standard input, one a line, beside those given."
)
@click.option("--blast", is_flag=True, help="List all that depends on them with its depth, whatever the redundancy.")
@click.option(
    "--fail-on",
    type=click.Choice(_WORSE),
    help="End with status 3 at this outcome of a service or a worse one; redundancy-lost also at any new single point.",
)
@click.option(
    "--explain",
    is_flag=False,
    flag_value=EVERY,
    metavar="[SERVICE]",
    help="Say why in one sentence with the small graph behind it: of one service, or (as the last word) of all.",
)
@click.option(
    "--confidence",
    is_flag=True,
    help="Say what is not sure as well: which doubtful relations flip an outcome, and how probable each is.",
)
@background.job_option()
@options.as_of()
@click.pass_obj
def impact(
    session: Session,
    /,
    cis: tuple[str, ...],
    source: str | None,
    blast: bool,
    fail_on: str | None,
    explain: str | None,
    confidence: bool,
    as_job: bool,
    as_of: str | None,
) -> int:
    """What goes down, what runs with less, and which services only lose their spare, if these CIs fail together?"""
    from impact.questions import graphs
    from impact.questions import impact as question

    if blast and fail_on:
        raise click.UsageError("--blast knows no outcomes, so --fail-on can not be asked with it")
    if blast and explain:
        raise click.UsageError("--blast knows no outcomes, so --explain can not be asked with it")
    if blast and confidence:
        raise click.UsageError("--blast knows no outcomes, so --confidence can not be asked with it")
    wanted = list(dict.fromkeys([*cis, *(read_lines(source) if source is not None else ())]))
    if not wanted:
        raise click.UsageError("name at least one CI, or a file of them with --from")
    if as_job and (blast or fail_on or explain or confidence):
        raise click.UsageError("--job asks for outcomes and does not wait for them, so nothing else can go with it")
    if as_job:
        background.ask(session, "impact", {"cis": wanted}, as_of)
        return 0
    context = session.context
    at = session.pinned(as_of)
    asked = session.twin(question)
    if session.server is None:
        graphs.graph_of(context, at=at)
    if blast:
        with asking(session):
            reached = asked.blast_of(context, wanted, at=at)
        rows = [{"id": one.id, "depth": one.depth} for one in reached]
        emit(session, {"blast": rows}, lambda: _blast_lines(session, rows, at), rows=rows)
        return 0
    with asking(session):
        answer = asked.impact_of(context, wanted, at=at)
    show_impact(session, answer, explain=explain, confidence=confidence)
    return _gate(answer, fail_on)


@command(example="foreshock spof checkout --down lb1", places={"/as_of": "--as-of"})
@click.argument("service")
@click.argument("more", nargs=-1, metavar="")
@click.option("--down", multiple=True, metavar="CI...", help="CIs that have failed already; what they add is shown.")
@background.job_option()
@options.as_of()
@click.pass_obj
def spof(
    session: Session, /, service: str, more: tuple[str, ...], down: tuple[str, ...], as_job: bool, as_of: str | None
) -> None:
    """Which CIs stop this service by failing alone, now and with some CIs down already?"""
    from impact.questions import graphs
    from impact.questions import spof as question

    if more and not down:
        raise click.UsageError(f"one service at a time; {' '.join(more)} is too much (CIs that are down follow --down)")
    if as_job:
        background.ask(session, "spof", {"service": service, "down": [*down, *more]}, as_of)
        return
    context = session.context
    at = session.pinned(as_of)
    if session.server is None:
        graphs.graph_of(context, at=at)
    with asking(session):
        points = session.twin(question).single_points_of(context, service, failed=[*down, *more], at=at)
    show_points(session, points)


def show_impact(session: Session, answer: Any, *, explain: str | None = None, confidence: bool = False) -> None:
    """Print what goes down; of it explained what ``explain`` names, and with ``confidence`` how sure it is."""
    sure = None
    if confidence or session.output in ("json", "yaml"):
        with asking(session):
            sure = asked_how_sure(session, answer)
    chosen = explained_ids(answer, explain)
    told = explanations(session, answer, chosen) if explain and session.output != "table" else []
    document = {**_document(answer), "confidence": confidence_document(sure, always=confidence)}
    if explain:
        document["explanations"] = told
    rows = _rows(answer) + [{"kind": "explanation", **one} for one in told]
    rows += confidence_rows(sure) if confidence else []
    emit(session, document, lambda: _every_line(session, answer, chosen, sure), rows=rows)


def show_points(session: Session, points: Any) -> None:
    """Print single points of failure."""
    document = {
        "revision": points.revision,
        "service": points.service,
        "failed": list(points.failed),
        "down": points.down,
        "before": list(points.before),
        "now": list(points.now),
        "added": list(points.added),
        **causes_document(points),
    }
    before, now, added = set(points.before), set(points.now), set(points.added)
    rows = [{"id": ci, "before": ci in before, "now": ci in now, "added": ci in added} for ci in sorted(before | now)]
    emit(session, document, lambda: _point_lines(session, document, points), rows=rows)


def _document(answer: Any) -> dict[str, Any]:
    services = [
        {
            "id": service.id,
            "name": service.name,
            "tier": service.tier,
            "outcome": service.outcome.value,
            "reason": list(service.reason),
            "new_single_points": list(service.new_single_points),
            "margin": service.margin,
            "margin_high": service.margin_high,
        }
        for service in answer.services
    ]
    return {
        "revision": answer.revision,
        "failed": list(answer.failed),
        "down": list(answer.down),
        "degraded": list(answer.degraded),
        "services": services,
        "unaffected": answer.unaffected,
        "hidden": 0,
    }


def _rows(answer: Any) -> list[dict[str, Any]]:
    """Return one record for each CI with a state, then one for each affected service."""
    states = {"failed": answer.failed, "down": answer.down, "degraded": answer.degraded}
    rows: list[dict[str, Any]] = [{"kind": state, "id": ci} for state, ids in states.items() for ci in ids]
    return rows + [{"kind": "service", **service} for service in _document(answer)["services"]]


def _gate(answer: Any, fail_on: str | None) -> int:
    if fail_on is None:
        return 0
    reached = _WORSE[: _WORSE.index(fail_on) + 1]
    caught = [
        service
        for service in answer.services
        if service.outcome.value.lower().replace("_", "-") in reached
        or ("redundancy-lost" in reached and service.new_single_points)
    ]
    if caught:
        note(f"foreshock: --fail-on {fail_on}: {', '.join(service.id for service in caught)}")
    return GATE if caught else 0


def _every_line(session: Session, answer: Any, chosen: Sequence[str], sure: ConfidenceAnswer | None) -> Iterator[str]:
    yield from _lines(session, answer, chosen)
    if sure is not None:
        yield from confidence_lines(session, sure)


def _lines(session: Session, answer: Any, chosen: Sequence[str] = ()) -> Iterator[str]:
    from impact.questions import why as reasons
    from web.cli.change.summary import gate_lines
    from web.cli.tables import heading, plain, table
    from web.wording_change import service_sentences, single_points, way_words
    from web.wording_why import single_point_sentences

    points = [ci for ci, _ in single_points(answer.services)[:MOST_IDS]]
    desk = session.twin(reasons)
    drawn = chosen[:MOST_EXPLAINED]
    why = desk.why_failing(session.context, answer.failed, answer.services, points, at=answer.revision, explain=drawn)
    services = [_outcome(service) for service in answer.services]
    language, told = language_here(session), list(_told_of(answer, why, points))
    names = session.names(told, at=answer.revision)
    explained = names if language == "en" else session.names(told, at=answer.revision, language=language)
    verb = "fails" if len(answer.failed) == 1 else "fail together"
    yield f"If {_some(answer.failed, names)} {verb} (revision {answer.revision}):"
    yield from (
        f"  {click.style(plain(sentence), bold=True)}" for sentence in service_sentences(services, answer.unaffected)
    )
    if services:
        yield from heading("Services", f"{len(services)} touched, {answer.unaffected} untouched")
        headers = ("SERVICE", "ID", "TIER", "OUTCOME", "SPARES", "WHY")
        rows = [[s.name, s.id, s.tier, *_words(s), way_words(s.reason, names)] for s in services]
        yield from table(headers, rows, right=("TIER", "SPARES"))
    yield from explained_lines(session, why.explained, len(chosen) - len(drawn), names=explained)
    yield from gate_lines(why, names)
    sentences = single_point_sentences(services, why, names)
    if sentences:
        yield from heading("New single points of failure", "one more failure there stops a service")
        yield from (f"  {plain(sentence)}" for sentence in sentences)
    for word, ids in (("Down as well", answer.down), ("Run with less", answer.degraded)):
        if ids:
            yield from heading(word, str(len(ids)))
            yield f"  {_some(ids, names)}"


def _told_of(answer: Any, why: Why, points: Sequence[str]) -> Iterator[str]:
    """Yield the ids of the CIs that the lines of an answer name."""
    from cmdb.model.named import in_why

    yield from (*answer.failed[:MOST_IDS], *points, *in_why(why))
    for service in answer.services:
        yield from (*service.reason, *service.new_single_points)
    yield from (*answer.down[:MOST_IDS], *answer.degraded[:MOST_IDS])


def _words(service: ServiceOutcome) -> tuple[str, str]:
    from web.wording_change import OUTCOME_WORDS, spares_left

    return OUTCOME_WORDS[service.outcome], spares_left(service)


def _outcome(service: Any) -> ServiceOutcome:
    """Return the service as an assessment holds it; a failure without a window has no minutes."""
    from cmdb.model.assessment import ServiceOutcome
    from cmdb.model.outcome import Outcome

    s = service
    outcome = Outcome[s.outcome.name]
    return ServiceOutcome(s.id, s.name, s.tier, outcome, {}, s.reason, s.new_single_points, s.margin, s.margin_high)


def _some(ids: Sequence[str], names: Names) -> str:
    from web.cli.tables import plain
    from web.naming import listed_names

    more = len(ids) - MOST_IDS
    shown = map(plain, listed_names(names, ids[:MOST_IDS]))
    return ", ".join(shown) + (f" and {more} more (-o json lists all)" if more > 0 else "")


def _blast_lines(session: Session, rows: list[dict[str, Any]], revision: int) -> Iterator[str]:
    from web.cli.tables import table

    names = session.names((row["id"] for row in rows), at=revision)
    shown = [[row["depth"], row["id"], names.get(row["id"])] for row in rows]
    yield from table(("DEPTH", "CI", "NAME"), shown, right=("DEPTH",))
    yield ""
    yield f"{len(rows)} CIs, whatever the redundancy (revision {revision})."


def _point_lines(session: Session, document: dict[str, Any], points: Any) -> Iterator[str]:
    told_of = (points.service, *points.names, *points.now, *points.failed)
    yield from _single_points(document, session.names(told_of, at=points.revision, language=language_here(session)))
    yield from cause_lines(session, points)


def _single_points(document: dict[str, Any], names: Names) -> Iterator[str]:
    from web.cli.tables import plain
    from web.naming import called_in
    from web.wording_causes import group_words
    from web.wording_explained import Words

    words = Words(names)
    service, failed = plain(called_in(names, document["service"])), document["failed"]
    if not failed:
        yield f"{len(document['now'])} CIs stop {service} by failing alone (revision {document['revision']})."
        yield from (f"  {plain(group_words([ci], words))}" for ci in document["now"])
        return
    if document["down"]:
        yield f"With {_some(failed, names)} down, {service} is down already."
        return
    now, before = len(document["now"]), len(document["before"])
    yield f"With {_some(failed, names)} down, {now} CIs stop {service} by failing alone (before: {before})."
    added = set(document["added"])
    for ci in document["now"]:
        yield f"  {plain(group_words([ci], words))}{'  new' if ci in added else ''}"
