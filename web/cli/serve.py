"""``foreshock serve``: the pages and the JSON API, to this machine alone unless persons sign in."""

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
    help="The address to listen on; others than this machine's own only with FORESHOCK_SIGN_IN=on.",
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

    Unless persons sign in, whoever reaches the server acts as the person the settings name: then it listens to this
    machine only.
    """
    from web.actors import acting
    from web.bootstrap import make_app
    from web.cli.worker import holder
    from web.serve import refuse_foreign
    from web.serve import serve as run
    from web.signin.policy import is_on

    session.here()
    settings = session.settings
    actor, public_url = acting(settings).id, settings.public_url
    refuse_foreign(host, actor=actor, sign_in=is_on(settings), public_url=public_url)
    app = make_app(settings, questions=questions, holder=holder(), host=host)
    run(
        app,
        host=host,
        port=port,
        actor=actor,
        ready=lambda address: _ready(session, address),
        proxy=settings.trusted_proxy,
        public_url=public_url,
    )


def _ready(session: Session, address: str) -> None:
    from web.cli.output import done

    done(session, {"address": address}, f"Foreshock answers at {address}")
