"""``foreshock demo``: the small estate that comes with Foreshock, and the one change that looks harmless."""

from __future__ import annotations

from pathlib import Path

import click

from cmdb.plural import counted
from web.cli.change.show import print_change
from web.cli.output import note
from web.cli.root import command
from web.cli.session import Session


@command(example="foreshock demo --directory foreshock-demo")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("foreshock-demo"),
    show_default=True,
    help="Where the demo keeps its store and writes its page; made where it is not there.",
)
@click.pass_obj
def demo(session: Session, /, directory: Path) -> None:
    """
    Load a small estate, assess one change that looks harmless, and show its one-page summary. Twice does no harm.

    A list of servers is read as a source of discovery besides: what it knows again, what is new, and what is odd.
    """
    from web.demo import prepare, standing_page

    note("Loading the estate, raising a change and assessing it ...")
    made = prepare(directory)
    page = directory / f"{made.change}.html"
    page.write_text(standing_page(made), encoding="utf-8")
    session.settings = made.settings
    print_change(session, made.change)
    seen = made.discovered
    note(
        f"\nDiscovery read a list of the server room: {seen.seen} things seen, {seen.created} of them new,"
        f" {counted(len(seen.findings), 'finding')}: foreshock finding list\n"
        "What is known of a host, and from where: foreshock ci provenance host-s2"
    )
    note(
        f"\nThe same page as a file: {page}\n"
        f"The pages themselves: make serve, or FORESHOCK_STORE={made.settings.store} foreshock serve\n"
        f"To decide as the board: FORESHOCK_PEOPLE={made.settings.people} FORESHOCK_ACTOR=cab-chair beside it"
    )
