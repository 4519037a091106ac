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

_HEAD = 64 * 1024


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
    document = _measured(session, file, incidents, score_from, peers=True)
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

    Without a FILE, of this store's own changes whose outcome has matured.
    """
    document = _measured(session, file, incidents, score_from, peers=False)
    kept = {key: document[key] for key in ("n", "positives", "ece", "reliability", "notes")}
    emit(session, kept, lambda: _calibration(session, kept), rows=kept["reliability"])


@command(example="foreshock risk chance CHG-1001")
@click.argument("change", metavar="CHANGE")
@click.pass_obj
def chance(session: Session, /, change: str) -> None:
    """How probable is it that this change is backed out or fails, how sure is that, and what makes it so?"""
    from cmdb.model.kind import Kind
    from cmdb.records import to_json
    from impact.questions import learn as question

    with asking(session):
        found = session.twin(question).chance_of(session.context, change)
    document = to_json(Kind(type(found), name="chance"), found)
    emit(session, document, lambda: _shown(session, document))


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


def _shown(session: Session, document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import heading, plain, table
    from web.languages import language_of
    from web.wording_failure import chance

    yield from map(plain, chance(document, language_of(session.settings.language)))
    yield from heading("What makes it so", "log-odds; their sum is that of the probability")
    headers = ("PART", "LOG-ODDS")
    rows = [(one["name"], f"{one['log_odds']:+.3f}") for one in document["contributions"]]
    yield from table(headers, rows, right=("LOG-ODDS",))


def _measured(
    session: Session, file: str | None, incidents: str | None, score_from: str | None, *, peers: bool
) -> dict[str, Any]:
    from impact.questions.backtest import backtest as question

    start = _moment(score_from)
    if file is None:
        from impact.questions.learn import own_history

        session.here()
        changes, facts = own_history(session.context)
        notes: tuple[str, ...] = ()
    else:
        history = _history(session, file, incidents)
        changes, facts, notes = history.changes, history.facts, history.notes
    with asking(session):
        answer = question(changes, facts, score_from=start, peers=peers)
    return {**answer.as_json(), "notes": list(notes)}


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
    headers = ("RULE", "AUC", "BRIER SKILL", "95 % INTERVAL", "CALIBRATION ERROR", "LIFT AT 10 %")
    yield from table(headers, [_row(one) for one in (_ours(document), *document["by"])], right=headers[1:])
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
    from web.cli.tables import table
    from web.languages import language_of
    from web.wording_failure import honest, percent

    headers = ("RANGE", "CHANGES", "FORETOLD", "FAILED", "SHARE")
    rows = [
        (
            f"{100.0 * one['low']:g}-{100.0 * one['high']:g} %",
            f"{one['changes']:,}",
            percent(one["foretold"]),
            f"{one['failures']:,}",
            percent(one["share"]),
        )
        for one in document["reliability"]
    ]
    yield from table(headers, rows, right=headers)
    yield ""
    largest = max(document["reliability"], key=lambda one: one["changes"])
    yield honest(largest, language_of(session.settings.language))
