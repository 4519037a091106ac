"""Configuration baselines at the command line: draw up, approve, withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table

if TYPE_CHECKING:
    from cmdb.model.configuration_baseline import ConfigurationBaseline

_PLACES = {"/id": "NAME", "/scope/class": "--class", "/scope/attributes": "--where", "/note": "--note"}


@command(example="foreshock baseline create production --environment production", places=_PLACES)
@click.argument("name")
@click.option("--class", "ci_class", metavar="NAME", help="Only CIs of this class or below.")
@click.option("--environment", metavar="NAME", help="Only CIs of this environment.")
@click.option("--owner", metavar="NAME", help="Only CIs of this owner group.")
@click.option(
    "--where", "pairs", multiple=True, metavar="ATTRIBUTE=VALUE", help="Only CIs with this value; repeatable."
)
@click.option("--note", default="", metavar="TEXT", help="What it is for.")
@options.as_of()
@click.pass_obj
def create(session: Session, /, name: str, pairs: tuple[str, ...], as_of: str | None, note: str, **scope: Any) -> None:
    """Draw up a baseline: what stands now, or stood then, of the estate or a part. Somebody else approves it."""
    import json

    from cmdb.configuration import baselines

    wanted = {key: value for key, value in scope.items() if key != "ci_class" and value is not None}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--where {pair}: write ATTRIBUTE=VALUE")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        wanted[key] = value
    held = session.twin(baselines).create(
        session.context, name, ci_class=scope["ci_class"], attributes=wanted, at=session.at(as_of), note=note
    )
    sentence = f"Baseline {name} cites revision {held.record.revision}; somebody else approves it."
    done(session, _document(held.record), sentence)


@command(example="foreshock baseline approve production")
@click.argument("name")
@options.if_version()
@click.pass_obj
def approve(session: Session, /, name: str, if_version: int | None) -> None:
    """Approve a baseline that somebody else drew up: from here on the estate is held against it."""
    from cmdb.configuration import baselines

    held = session.twin(baselines).approve(session.context, name, expected_version=if_version)
    done(session, _document(held.record), f"Baseline {name} is approved: foreshock verification run {name}")


@command(example="foreshock baseline withdraw production")
@click.argument("name")
@options.if_version()
@click.pass_obj
def withdraw(session: Session, /, name: str, if_version: int | None) -> None:
    """Hold the estate no longer against a baseline; it and its verifications stay to be read."""
    from cmdb.configuration import baselines

    held = session.twin(baselines).withdraw(session.context, name, expected_version=if_version)
    done(session, _document(held.record), f"Baseline {name} is withdrawn.")


@command(example="foreshock baseline list")
@click.pass_obj
def list_baselines(session: Session, /) -> None:
    """List the baselines, the newest first."""
    from cmdb.configuration import baselines

    rows, after = [], None
    while True:
        page = session.twin(baselines).listing(session.context, after=after, limit=1000)
        rows += [_document(held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    headers = ("BASELINE", "STATE", "REVISION", "TAKEN AT", "SCOPE", "APPROVED BY")
    shown = [
        [
            row["id"],
            row["state"],
            row["revision"],
            moment(row["taken_at"]),
            scope_words(row["scope"]),
            row["approved_by"],
        ]
        for row in rows
    ]
    none = ["There is no baseline: foreshock baseline create --help"]
    emit(session, {"rows": rows}, lambda: table(headers, shown, right=("REVISION",)) if rows else none, rows=rows)


@command(example="foreshock baseline show production")
@click.argument("name")
@click.pass_obj
def show(session: Session, /, name: str) -> None:
    """Show one baseline: what it cites, who approved it, and what it moved on by."""
    from cmdb.configuration import baselines

    document = _document(session.twin(baselines).get(session.context, name).record)
    emit(session, document, lambda: _lines(session, document))


def _lines(session: Session, row: dict[str, Any]) -> Iterator[str]:
    yield plain(f"{row['id']}  {row['state']}")
    told = [
        ("scope", scope_words(row["scope"])),
        ("revision", f"{row['revision']} of {moment(row['taken_at'])}"),
        ("drawn up", f"by {row['created_by']} on {moment(row['created_at'])}"),
        ("approved", row["approved_by"] and f"by {row['approved_by']} on {moment(row['approved_at'])}"),
        ("withdrawn", row["withdrawn_by"] and f"by {row['withdrawn_by']} on {moment(row['withdrawn_at'])}"),
        ("note", row["note"]),
    ]
    yield from fields(told, indent="  ")
    if row["amendments"]:
        from web.wording_drift import difference_words

        yield from heading("Moved on by")
        names = session.names(ci for each in row["amendments"] for ci in each["difference"]["cis"])
        rows = [
            [each["change"], each["decided_by"], moment(each["decided_at"]), said]
            for each in row["amendments"]
            for said in [difference_words(each["difference"], names)]
        ]
        yield from table(("CHANGE", "BY", "AT", "DIFFERENCE"), rows)


def scope_words(scope: dict[str, Any]) -> str:
    """
    Return a scope in a few words.

    >>> scope_words({"class": "server", "attributes": {"environment": "production"}}), scope_words({})
    ('class server, environment production', 'the whole estate')
    """
    told = [f"class {scope['class']}"] if scope.get("class") else []
    told += [f"{name} {plain(value)}" for name, value in sorted((scope.get("attributes") or {}).items())]
    return ", ".join(told) or "the whole estate"


def _document(baseline: ConfigurationBaseline) -> dict[str, Any]:
    from cmdb.model.configuration_baseline import CONFIGURATION_BASELINES
    from cmdb.records import to_json

    return to_json(CONFIGURATION_BASELINES, baseline)
