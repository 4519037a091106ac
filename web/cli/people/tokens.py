"""API tokens at the command line: make, list, revoke; its twins are the resource and the page of one's account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import table

if TYPE_CHECKING:
    from cmdb.model.api_token import ApiToken

_PLACES = {"/name": "--name", "/scopes": "--scope", "/roles": "--role", "/days": "--days"}


@command(example="foreshock token new --name nightly-import --role engineer --days 90", places=_PLACES)
@click.option("--name", metavar="TEXT", default="command line", show_default=True, help="What it is for.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="For all acts of this role; repeatable.")
@click.option("--scope", "scopes", multiple=True, metavar="ACT", help="For this act, such as ci:read; repeatable.")
@click.option("--days", metavar="N", type=int, default=90, show_default=True, help="How long it is good.")
@click.pass_obj
def new(session: Session, /, name: str, roles: tuple[str, ...], scopes: tuple[str, ...], days: int) -> None:
    """
    Make a token for the acting account; it is printed this once.

    It never may more than the account may at that moment. Without a role or a scope it is for all the account may do.
    """
    from cmdb.people import tokens

    made = session.twin(tokens).make(session.context, name=name, roles=roles, scopes=scopes, days=days)
    done(session, {"token": made.token, **_shown(made.record)}, made.token)


@command(example="foreshock token list --all")
@click.option("--account", metavar="NAME", help="Those of another account.")
@click.option("--all", "all_of_them", is_flag=True, help="Those of every account.")
@click.pass_obj
def list_tokens(session: Session, /, account: str | None, all_of_them: bool) -> None:
    """List one's API tokens, also those that have ended."""
    from cmdb.people import tokens

    desk, rows, after = session.twin(tokens), [], None
    while True:
        page = desk.listing(session.context, account=account, all_of_them=all_of_them, after=after, limit=1000)
        records = [held.record for held in page.rows]
        used = desk.last_used(session.context, [record.id for record in records])
        rows += [{**_shown(record), "last_used": _text(used.get(record.id))} for record in records]
        after = page.after
        if after is None:
            break
    shown = [
        [row["id"], row["name"], row["account"], row["ends"], row["last_used"] or "never", "no" if row["ended"] else ""]
        for row in rows
    ]
    headers = ("TOKEN", "NAME", "ACCOUNT", "ENDS", "LAST USED", "GOOD")
    emit(session, {"rows": rows}, lambda: table(headers, shown) if rows else ["There is no API token."], rows=rows)


@command(example="foreshock token revoke TOK-1001")
@click.argument("token")
@click.pass_obj
def revoke(session: Session, /, token: str) -> None:
    """Revoke an API token by its id; from then on it is refused."""
    from cmdb.people import tokens

    held = session.twin(tokens).revoke(session.context, token)
    done(session, _shown(held.record), f"{token} is revoked.")


def _shown(record: ApiToken) -> dict[str, Any]:
    from cmdb.model.api_token import API_TOKENS
    from cmdb.records import to_json

    return to_json(API_TOKENS, record)


def _text(moment: Any) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
