"""``foreshock demo``: the small estate that comes with Foreshock, and the one change that looks harmless."""

from __future__ import annotations

from pathlib import Path

import click

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
    """Load a small estate, assess one change that looks harmless, and show its one-page summary. Twice does no harm."""
    from web.demo import prepare, standing_page

    note("Loading the estate, raising a change and assessing it ...")
    made = prepare(directory)
    page = directory / f"{made.change}.html"
    page.write_text(standing_page(made), encoding="utf-8")
    session.settings = made.settings
    print_change(session, made.change)
    note(
        f"\nThe same page as a file: {page}\n"
        f"The pages themselves: make serve, or FORESHOCK_STORE={made.settings.store} foreshock serve\n"
        f"To decide as the board: FORESHOCK_PEOPLE={made.settings.people} FORESHOCK_ACTOR=cab-chair beside it"
    )
