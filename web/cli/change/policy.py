"""The verdict policy at the command line: show it, and put a new version in force."""

from __future__ import annotations

from typing import Any

import click

from web.cli.files import read_all
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import table


@command(example="foreshock policy show > policy.toml")
@click.option(
    "--version", "number", type=click.IntRange(min=0), metavar="N", help="Another version; 0 comes with Foreshock."
)
@click.option("--versions", is_flag=True, help="List all versions instead of one text.")
@click.pass_obj
def show(session: Session, /, number: int | None, versions: bool) -> None:
    """Show the text of the policy in force, which can be edited and set again."""
    from cmdb.change import policy

    context = session.context
    if versions:
        rows = _versions(session)
        shown = [[row["version"], row["name"], row["set_by"], row["set_at"], row["sha256"]] for row in rows]
        headers = ("VERSION", "NAME", "SET BY", "SET AT", "SHA-256")
        emit(session, {"rows": rows}, lambda: table(headers, shown, right=("VERSION",)), rows=rows)
        return
    desk = session.twin(policy)
    text = desk.in_force(context) if number is None else desk.get(context, number)
    document = {"version": text.version, "sha256": text.sha256, "text": text.text}
    emit(session, document, lambda: [text.text.rstrip("\n")])


@command(example="foreshock policy set policy.toml")
@click.argument("file", metavar="FILE|-")
@click.pass_obj
def set_policy(session: Session, /, file: str) -> None:
    """Put a policy (TOML) in force as a new version. Assessments made before keep the version they were made by."""
    from cmdb.change import policy
    from cmdb.model.policy import POLICIES
    from cmdb.records import to_json

    held = session.twin(policy).set_policy(session.context, read_all(file))
    document = to_json(POLICIES, held.record)
    done(session, document, f"Policy version {held.record.version} ({held.record.name}) is in force.")


def _versions(session: Session) -> list[dict[str, Any]]:
    from cmdb.change import policy
    from cmdb.model.policy import POLICIES
    from cmdb.records import to_json

    rows, after = [], None
    while True:
        page = session.twin(policy).versions(session.context, after=after, limit=1000)
        rows += [to_json(POLICIES, held.record) for held in page.rows]
        after = page.after
        if after is None:
            return rows
