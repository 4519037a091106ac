"""Decisions on identity at the command line: merge, split, take back; reject a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli.discovery.differences import difference_lines, rows_of
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import moment, plain, table

if TYPE_CHECKING:
    from cmdb.configuration.observing import Taken
    from cmdb.model.identity import IdentityDecision

_AT_ONCE = 1000
_reason = click.option("--reason", default="", metavar="TEXT", help="Why, for whoever asks later.")


@command(example='foreshock identity merge dc1:web1 dc2:srv-17 --reason "the label on the box"')
@click.argument("one")
@click.argument("other")
@_reason
@click.pass_obj
def merge(session: Session, /, one: str, other: str, reason: str) -> None:
    """Decide that two CIs are one. The older id stays, the other leads to it; identity revoke takes it back."""
    from cmdb.configuration import identity

    decision, taken = session.twin(identity).merge(session.context, one, other, reason=reason)
    _show(session, [decision], taken)


@command(example="foreshock identity split dc1:web1 dc2:srv-17")
@click.argument("ci")
@click.argument("thing", metavar="SOURCE:NATIVE-ID")
@_reason
@click.pass_obj
def split(session: Session, /, ci: str, thing: str, reason: str) -> None:
    """Decide that one of the things a CI is seen as is another CI; foreshock ci show tells what it is seen as."""
    from cmdb.configuration import identity
    from cmdb.model.observation import Thing

    source, _, native_id = thing.partition(":")
    made, taken = session.twin(identity).split(session.context, ci, Thing(source, native_id), reason=reason)
    _show(session, made, taken)


@command(example="foreshock identity keep-apart dc1:web1 dc2:srv-17 --reason 'two boxes, one cloned from the other'")
@click.argument("one", metavar="SOURCE:NATIVE-ID")
@click.argument("other", metavar="SOURCE:NATIVE-ID")
@_reason
@click.pass_obj
def keep_apart(session: Session, /, one: str, other: str, reason: str) -> None:
    """Decide that two things are two CIs, whatever they have in common; foreshock finding list tells the doubts."""
    from cmdb.configuration import identity
    from cmdb.model.observation import Thing

    things = [Thing(*each.partition(":")[::2]) for each in (one, other)]
    decision, taken = session.twin(identity).keep_apart(session.context, *things, reason=reason)
    _show(session, [decision], taken)


@command(example="foreshock identity revoke IDD-1001")
@click.argument("decision")
@click.pass_obj
def revoke(session: Session, /, decision: str) -> None:
    """Take a decision on identity back; what is seen decides again."""
    from cmdb.configuration import identity

    made, taken = session.twin(identity).revoke(session.context, decision)
    _show(session, [made], taken)


@command(example="foreshock identity list")
@click.pass_obj
def list_decisions(session: Session, /) -> None:
    """List the decisions on identity, those taken back included."""
    from cmdb.configuration import identity

    rows, after = [], None
    while True:
        page = session.twin(identity).listing(session.context, after=after, limit=_AT_ONCE)
        rows += [_document(held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    emit(session, {"rows": rows}, lambda: _lines(session, rows), rows=rows)


@command(example='foreshock identity reject dc1:scanner depends_on dc1:db1 --reason "it scans every port"')
@click.argument("source")
@click.argument("kind", metavar="TYPE")
@click.argument("target")
@click.option("--group", metavar="NAME", help="The group the relation is a member of.")
@_reason
@click.pass_obj
def reject(session: Session, /, source: str, kind: str, target: str, **more: Any) -> None:
    """Decide that a relation which discovery saw does not exist; it stays rejected, whatever is seen."""
    from cmdb.configuration import identity

    _show(session, [], session.twin(identity).reject(session.context, source, kind, target, **more))


@command(example="foreshock identity rejections")
@click.pass_obj
def list_rejections(session: Session, /) -> None:
    """List the relations that were rejected, and by whom."""
    from cmdb.configuration import identity
    from cmdb.model.identity import RELATION_REJECTIONS
    from cmdb.records import to_json
    from web.naming import with_id

    rows, after = [], None
    while True:
        page = session.twin(identity).rejections(session.context, after=after, limit=_AT_ONCE)
        rows += [to_json(RELATION_REJECTIONS, held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    names = ("source", "type", "target", "group", "rejected_by", "rejected_at", "reason")
    headers = ("SOURCE", "TYPE", "TARGET", "GROUP", "BY", "AT", "REASON")

    def lines() -> Iterator[str]:
        called = session.names(row[end] for row in rows for end in ("source", "target"))
        ends = [{**row, **{end: with_id(called, row[end]) for end in ("source", "target")}} for row in rows]
        yield from table(headers, [[row[name] for name in names] for row in ends])

    emit(session, {"rows": rows}, lambda: lines() if rows else ["No relation is rejected."], rows=rows)


@command(example="foreshock identity accept dc1:scanner depends_on dc1:db1")
@click.argument("source")
@click.argument("kind", metavar="TYPE")
@click.argument("target")
@click.option("--group", metavar="NAME", help="The group the relation is a member of.")
@click.pass_obj
def accept(session: Session, /, source: str, kind: str, target: str, group: str | None) -> None:
    """Take the rejection of a relation back, so that evidence counts again."""
    from cmdb.configuration import identity

    _show(session, [], session.twin(identity).accept(session.context, source, kind, target, group=group))


def _document(decision: IdentityDecision) -> dict[str, Any]:
    from cmdb.model.identity import IDENTITY_DECISIONS
    from cmdb.records import to_json

    return to_json(IDENTITY_DECISIONS, decision)


def _show(session: Session, decisions: Sequence[IdentityDecision], taken: Taken) -> None:
    from web.wording_finding import decided_on, decision_words

    rows = rows_of(taken)

    def lines() -> Iterator[str]:
        made = [_document(each) for each in decisions]
        names = session.names(ci for each in made for ci in decided_on(each))
        for each in made:
            yield plain(f"{each['id']}: {decision_words(each, names)}")
        yield from difference_lines(session, rows)

    document = {"decisions": [_document(each) for each in decisions], "revision": taken.revision, "differences": rows}
    emit(session, document, lines)


def _lines(session: Session, rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "Nobody has decided on identity."
        return
    from web.wording_finding import decided_on, decision_words

    names = session.names(ci for row in rows for ci in decided_on(row))
    shown = [
        [row["id"], decision_words(row, names), row["decided_by"], moment(row["decided_at"]), row["reason"]]
        for row in rows
    ]
    yield from table(("DECISION", "SAYS", "BY", "AT", "REASON"), shown)
