"""``foreshock risk``: how good the chances of failure are that would have been foretold for a history of changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from web.cli.asking import asking
from web.cli.files import named, opened, unreadable
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.exchange.change_history import ChangeHistory
    from impact.questions.backtest import Backtest

_HEAD = 64 * 1024
RULE = ("RULE", "AUC", "BRIER SKILL", "95 % INTERVAL", "CALIBRATION ERROR", "LIFT AT 10 %")


def _incidents(function: Any) -> Any:
    return click.option(
        "--incidents",
        metavar="FILE",
        help="The incidents that go with changes in the format of the BPI Challenge 2014.",
    )(function)


def _score_from(function: Any) -> Any:
    return click.option(
        "--score-from",
        metavar="DATE",
        help="Score the changes from this day (UTC) or moment on; learn from those before. Left out, all are scored.",
    )(function)


@command(
    example="""\
foreshock risk backtest changes.csv.gz --score-from 2014-01-01
foreshock risk backtest Detail_Change.csv --incidents Detail_Incident.csv -o json""",
    places={"/score_from": "--score-from"},
)
@click.argument("file", metavar="FILE|-")
@_score_from
@_incidents
@click.pass_obj
def backtest(session: Session, /, file: str, score_from: str | None, incidents: str | None) -> None:
    """
    How well would P(fail) have foretold these changes, each from what was known at its start?

    FILE is a change history (CSV, also packed with gzip). Changes are taken strictly in order of time, and learned from
    only when their outcome was known. Beside it stand simple rules and two other models, measured in the same run.
    """
    answer, notes = _measured(session, file, incidents, score_from, peers=True)
    document = {**answer.as_json(), "notes": list(notes)}
    emit(session, document, lambda: _lines(session, document), rows=[_ours(document), *document["by"]])


@command(
    example="""\
foreshock risk calibration changes.csv.gz
foreshock risk calibration""",
    places={"/score_from": "--score-from"},
)
@click.argument("file", metavar="[FILE|-]", required=False)
@_score_from
@_incidents
@click.pass_obj
def calibration(session: Session, /, file: str | None, score_from: str | None, incidents: str | None) -> None:
    """
    Of the changes that would have been put at 5 to 10 %, how many failed?

    By tenths of what was foretold, and beside simple rules. Without a FILE, of this store's own changes whose outcome
    has matured.
    """
    from cmdb.model.kind import Kind
    from cmdb.records import to_json
    from impact.questions import calibration as question

    notes: tuple[str, ...] = ()
    if file is None:
        if score_from is not None or incidents is not None:
            raise click.UsageError("--score-from and --incidents go with a FILE")
        with asking(session):
            found = session.twin(question).calibration(session.context)
    else:
        measured, notes = _measured(session, file, incidents, score_from, peers=False)
        found = question.calibration_of(measured)
    document = {**to_json(Kind(type(found), name="calibration"), found), "notes": list(notes)}
    emit(session, document, lambda: _calibration(session, document), rows=document["tenths"])


@command(example="foreshock risk learn")
@click.pass_obj
def learn(session: Session, /) -> None:
    """Learn from this store's changes whose outcome has matured, and keep the model as a record."""
    from impact.questions import learn as question

    with asking(session):
        held = session.twin(question).keep(session.context)
    model = held.record
    document = {"id": model.id, "changes": model.changes, "failures": model.failures, "method": model.method}
    sentence = (
        f"{model.id}: learned from {model.changes:,} changes, {model.failures:,} of which failed ({model.method})."
    )
    done(session, {**document, "digest": model.digest}, sentence)


def _measured(
    session: Session, file: str, incidents: str | None, score_from: str | None, *, peers: bool
) -> tuple[Backtest, tuple[str, ...]]:
    from impact.questions.backtest import backtest as question

    start = _moment(score_from)
    history = _history(session, file, incidents)
    with asking(session):
        return question(history.changes, history.facts, score_from=start, peers=peers), history.notes


def _history(session: Session, file: str, incidents: str | None) -> ChangeHistory:
    """Return the history in a file; raises InvalidInput with all that is wrong with it."""
    from cmdb.errors import InvalidInput, Problem
    from cmdb.exchange.bpi2014 import is_bpi2014, read_bpi2014
    from cmdb.exchange.change_history import read_history
    from cmdb.exchange.peeked import peeked

    other = nullcontext() if incidents is None else opened(incidents)
    with opened(file) as stream, other as beside, session.watch.computing():
        try:
            head, whole = peeked(stream, _HEAD)
            if beside is not None:
                return read_bpi2014(whole, beside, named(file))
            if is_bpi2014(head):
                sentence = (
                    "these are changes of the BPI Challenge 2014, which do not say how they went; name the file of "
                )
                sentence += "incidents with --incidents"
                raise InvalidInput([Problem("bpi2014.no_incidents", sentence, pointer="")], what=named(file))
            return read_history(whole, named(file))
        except OSError as error:
            raise unreadable(file, error) from error


def _moment(text: str | None) -> datetime | None:
    from cmdb.errors import InvalidInput, Problem

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is not None and len(text.strip()) == len("2014-01-01"):
        return found.replace(tzinfo=UTC)
    if found is not None and found.tzinfo is not None:
        return found.astimezone(UTC)
    sentence = "{text!r} is no day and no moment with an offset; right would be 2014-01-01 or 2014-01-01T00:00:00Z"
    fault = Problem("backtest.score_from", sentence, {"text": text[:80]}, "/score_from")
    raise InvalidInput([fault], what="the day to score from", setting=True)


def _ours(document: dict[str, Any]) -> dict[str, Any]:
    names = ("auc", "brier", "brier_skill", "brier_skill_low", "brier_skill_high", "ece", "lift10")
    return {"name": "foreshock", **{name: document[name] for name in names}}


def _lines(session: Session, document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import heading, plain, table
    from web.languages import language_of
    from web.wording_failure import honest, measured

    language = language_of(session.settings.language)
    yield from table(RULE, [_row(one) for one in (_ours(document), *document["by"])], right=RULE[1:])
    yield ""
    yield from map(plain, measured(document, language))
    yield from heading("Reliability")
    yield from (f"  {honest(one, language)}" for one in document["reliability"])


def _row(one: dict[str, Any]) -> list[str]:
    def figure(value: float | None, digits: int) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    between = "-"
    if one["brier_skill"] is not None:
        between = f"{one['brier_skill_low']:.4f} to {one['brier_skill_high']:.4f}"
    return [
        one["name"],
        figure(one["auc"], 3),
        figure(one["brier_skill"], 4),
        between,
        figure(one["ece"], 4),
        figure(one["lift10"], 2),
    ]


def _calibration(session: Session, document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import heading, plain, table
    from web.languages import language_of
    from web.wording_failure import calibrated, honest, percent

    language = language_of(session.settings.language)
    if document["changes"]:
        headers = ("RANGE", "CHANGES", "FORETOLD", "FAILED", "SHARE")
        rows = [
            (
                f"{percent(one['low'])} to {percent(one['high'])}",
                f"{one['changes']:,}",
                percent(one["foretold"]),
                f"{one['failures']:,}",
                percent(one["share"]),
            )
            for one in document["tenths"]
        ]
        yield from table(headers, rows, right=headers)
        yield from heading("Beside simple rules", "Brier skill against the running overall rate")
        names = {"brier_skill": "skill", "brier_skill_low": "skill_low", "brier_skill_high": "skill_high"}
        names |= {"ece": "calibration_error", "lift10": "lift"}
        scores = [{**rule, **{name: rule[of] for name, of in names.items()}} for rule in document["rules"]]
        yield from table(RULE, [_row(score) for score in scores], right=RULE[1:])
        yield ""
    yield from map(plain, calibrated(document, language))
    if document["ranges"]:
        yield honest(max(document["ranges"], key=lambda one: one["changes"]), language)
