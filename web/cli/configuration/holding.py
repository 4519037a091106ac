"""What people hold of a CI against discovery, at the command line: lock, unlock, revive."""

from __future__ import annotations

from typing import Any

import click

from web.cli.output import done
from web.cli.root import command
from web.cli.session import Session


@command(example="foreshock ci lock dc1:web1 os owner")
@click.argument("ci")
@click.argument("attributes", nargs=-1, required=True, metavar="ATTRIBUTE...")
@click.pass_obj
def lock(session: Session, /, ci: str, attributes: tuple[str, ...]) -> None:
    """Hold values of a CI as they are, whatever is seen; foreshock ci provenance tells whose they are."""
    from cmdb.configuration import holding

    found = session.twin(holding).lock(session.context, ci, attributes)
    done(session, _document(found), f"{ci} keeps its {', '.join(attributes)} as it is, whatever is seen.")


@command(example="foreshock ci unlock dc1:web1 os")
@click.argument("ci")
@click.argument("attributes", nargs=-1, required=True, metavar="ATTRIBUTE...")
@click.pass_obj
def unlock(session: Session, /, ci: str, attributes: tuple[str, ...]) -> None:
    """Let the sources say values of a CI again, at once."""
    from cmdb.configuration import holding

    found = session.twin(holding).unlock(session.context, ci, attributes)
    done(session, _document(found), f"The sources of {ci} say its {', '.join(attributes)} again.")


@command(example="foreshock ci revive dc1:web1")
@click.argument("ci")
@click.pass_obj
def revive(session: Session, /, ci: str) -> None:
    """Bring a CI back that was retired by hand; what discovery sees of its relations comes back with it."""
    from cmdb.configuration import holding

    found = session.twin(holding).revive(session.context, ci)
    done(session, _document(found), f"{ci} is in use again.")


def _document(found: Any) -> dict[str, Any]:
    from web.cli.configuration.cis import ci_document

    return ci_document(found.ci)
