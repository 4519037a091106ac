"""``foreshock serve``: the pages and the JSON API, to this machine alone until there is a sign-in."""

from __future__ import annotations

import click

from web.cli.root import command
from web.cli.session import Session


@command(example="foreshock serve --port 8080")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; only this machine's own.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="The port; 0 takes a free one.",
)
@click.option(
    "--questions",
    metavar="N",
    type=click.IntRange(0, 64),
    default=1,
    show_default=True,
    help="Questions asked in the background to answer at one time; 0 leaves all of them to workers.",
)
@click.pass_obj
def serve(session: Session, /, host: str, port: int, questions: int) -> None:
    """
    Serve the pages and the JSON API until Ctrl-C or SIGTERM. One line with the address is printed when it is ready.

    Whoever reaches the server acts as the person the settings name, so it listens to this machine only.
    """
    from web.actors import acting
    from web.bootstrap import make_app
    from web.cli.worker import holder
    from web.serve import refuse_foreign
    from web.serve import serve as run

    session.here()
    actor = acting(session.settings).id
    refuse_foreign(host, actor=actor)
    app = make_app(session.settings, questions=questions, holder=holder())
    run(app, host=host, port=port, actor=actor, ready=lambda address: _ready(session, address))


def _ready(session: Session, address: str) -> None:
    from web.cli.output import done

    done(session, {"address": address}, f"Foreshock answers at {address}")
