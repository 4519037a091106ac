"""Finding CIs at the command line: by words, by class and attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.ci import CI, CIStatus
    from cmdb.records import Listing

_PLACES = {"/as_of": "--as-of"}
_AT_ONCE = 1000


@command(example="foreshock ci search orders postgres", places=_PLACES)
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@options.limit()
@options.as_of()
@click.pass_obj
def search(session: Session, /, words: tuple[str, ...], limit: int | None, as_of: str | None) -> None:
    """Find CIs in whose id, name or attributes every word occurs, in any case; retired ones say so."""
    from cmdb.configuration import search as desk

    context = session.context
    at = session.at(as_of)
    text, asked = " ".join(words), session.twin(desk)
    _answer(session, limit, lambda after, size: asked.search_cis(context, text, after=after, limit=size, at=at), at)


@command(example="foreshock ci list --class server --where environment=production", places=_PLACES)
@click.option("--class", "ci_class", metavar="CLASS", help="Only this class and those below it.")
@click.option("--where", multiple=True, metavar="ATTRIBUTE=VALUE", help="Only with this value; repeatable.")
@click.option("--retired", is_flag=True, help="The retired CIs instead of the active ones.")
@click.option(
    "--status",
    type=click.Choice(["active", "proposed", "missing", "retired"]),
    default="active",
    help="The CIs that stand so: proposed and missing are how discovery sees them; active otherwise.",
)
@click.option("--sort", type=click.Choice(["id", "name", "class"]), default="id", help="The order; by id otherwise.")
@options.limit()
@options.as_of()
@click.pass_obj
def list_cis(
    session: Session,
    /,
    ci_class: str | None,
    where: tuple[str, ...],
    retired: bool,
    status: str,
    sort: str,
    limit: int | None,
    as_of: str | None,
) -> None:
    """List CIs, all or of a class, as a table or (-o csv, -o jsonl) for other tools."""
    from cmdb.configuration import search as desk
    from cmdb.model.ci import CIStatus
    from web.cli.configuration.pairs import read_value

    wanted = {}
    for text in where:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--where {text}: write ATTRIBUTE=VALUE")
        wanted[name] = read_value(value)
    context = session.context
    at = session.at(as_of)

    def page(after: str | None, size: int, standing: CIStatus | None = None) -> Listing[CI]:
        found: Listing[CI] = session.twin(desk).list_cis(
            context,
            ci_class=ci_class,
            attributes=wanted,
            status=standing or (CIStatus.RETIRED if retired else CIStatus(status)),
            order=None if sort == "id" else sort,
            after=after,
            limit=size,
            at=at,
        )
        return found

    _answer(session, limit, page, at)
    if status == "active" and not retired:
        hidden = {each: _count(page, CIStatus(each)) for each in ("proposed", "missing")}
        for each, count in hidden.items():
            if count:
                note(f"{count} not listed: foreshock ci list --status {each}")


def _count(page: Callable[[str | None, int, CIStatus], Listing[CI]], standing: CIStatus) -> str:
    """Return how many CIs stand so, "" for none; they are counted up to a thousand."""
    found = page(None, _AT_ONCE, standing)
    words = f"{len(found.rows):,}" if found.after is None else f"more than {len(found.rows):,}"
    return f"{words} {standing.value}" if found.rows else ""


def _answer(
    session: Session, limit: int | None, page: Callable[[str | None, int], Listing[CI]], at: int | None
) -> None:
    from cmdb.model.ci import CIS
    from cmdb.records import to_json

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(rows))
        found = page(after, size)
        rows += [to_json(CIS, held.record) for held in found.rows]
        after = found.after
        if after is None or (limit is not None and len(rows) >= limit):
            break
    emit(session, {"rows": rows, "next": after}, lambda: _lines(session, rows, at), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


def _lines(session: Session, rows: list[dict[str, Any]], at: int | None) -> Iterator[str]:
    from web.cli.tables import table
    from web.naming import without_id

    if not rows:
        yield "No CI is found."
        return
    names = session.names((row["id"] for row in rows), at=at)
    shown = [
        [row["id"], row["class"], without_id(names, row["id"]), "" if row["status"] == "active" else row["status"]]
        for row in rows
    ]
    yield from table(("ID", "CLASS", "NAME", ""), shown)
