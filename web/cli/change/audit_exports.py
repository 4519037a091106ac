"""The export of a change for an auditor at the command line; its twins are the resource and the page of this name."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.change.summaries import write_whole
from web.cli.output import done
from web.cli.root import command
from web.cli.session import Session


@command(example="foreshock change export CHG-1001 --out CHG-1001.zip")
@click.argument("change")
@click.option(
    "--out", metavar="FILE", required=True, help="Where to; a file that is there is replaced when it is whole."
)
@click.pass_obj
def export(session: Session, /, change: str, out: str) -> None:
    """
    Write all that was recorded about a change, and what it was decided from, as a ZIP archive for an auditor.

    In it are the assessments as the very bytes their hashes cover, decisions, votes, the policy's text, the defaults
    and the model of P(fail), attachments and SHA256SUMS; README.txt tells how to check the chain with sha256sum alone.
    """
    from cmdb.change.record import audit_export

    content = session.twin(audit_export).audit_export(session.context, change)
    write_whole(Path(out), content)
    document = {"file": str(Path(out).absolute()), "bytes": len(content)}
    done(
        session, document, f"All that was recorded about {change} is in {out}; README.txt in it tells how to check it."
    )
