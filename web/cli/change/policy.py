"""The verdict policy at the command line: show it, test and simulate one, and put a new version in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli.files import read_all
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import table

if TYPE_CHECKING:
    from cmdb.model.policy_trial import Simulation


@command(example="foreshock policy show > policy.toml")
@click.option(
    "--version", "number", type=click.IntRange(min=0), metavar="N", help="Another version; 0 comes with Foreshock."
)
@click.option("--versions", is_flag=True, help="List all versions instead of one text.")
@click.pass_obj
def show(session: Session, /, number: int | None, versions: bool) -> None:
    """Show the text of the policy in force, which can be edited and set again."""
    from cmdb.change.policy import policy

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
    from cmdb.change.policy import policy
    from cmdb.model.policy import POLICIES
    from cmdb.records import to_json

    held = session.twin(policy).set_policy(session.context, read_all(file))
    document = to_json(POLICIES, held.record)
    done(session, document, f"Policy version {held.record.version} ({held.record.name}) is in force.")


@command(example="foreshock policy test policy.toml --cases our-cases.toml")
@click.argument("file", metavar="FILE|-")
@click.option("--cases", metavar="FILE", help="A file of further tests: tables [[test]].")
@click.pass_obj
def try_policy(session: Session, /, file: str, cases: str | None) -> int:
    """
    Judge the tests of a policy by it: those of its own text, and those of a file. Nothing is written.

    Ends with status 1 if one fails.
    """
    from cmdb.change.policy import policy
    from cmdb.model.policy_trial import POLICY_TESTS
    from cmdb.records import to_json

    more = None if cases is None else read_all(cases)
    found = session.twin(policy).try_out(session.context, read_all(file), more)
    document = to_json(POLICY_TESTS, found)
    emit(session, document, lambda: _tested(document), rows=document["results"])
    return 1 if found.failed else 0


@command(
    example="foreshock policy simulate policy.toml --from 2026-01-01T00:00Z", places={"/from": "--from", "/to": "--to"}
)
@click.argument("file", metavar="FILE|-")
@click.option("--from", "start", metavar="TIME", help="Changes that were assessed from then on.")
@click.option("--to", "end", metavar="TIME", help="Changes that were assessed before then.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(0, 1000), default=1000, help="List at most N of 1000; all count."
)
@click.pass_obj
def simulate(session: Session, /, file: str, start: str | None, end: str | None, limit: int) -> None:
    """
    Tell what a policy would have said of past changes, and how those went whose verdict would have been another.

    Judged are the facts that the newest assessment of each change holds; nothing is computed again or written.
    """
    from cmdb.change.policy import policy_simulation
    from cmdb.model.policy_trial import SIMULATIONS
    from cmdb.records import to_json

    desk = session.twin(policy_simulation)
    found = desk.simulate(session.context, read_all(file), start=start, end=end, limit=limit)
    document = to_json(SIMULATIONS, found)
    emit(session, document, lambda: _simulated(found), rows=document["rows"])


def _tested(document: dict[str, Any]) -> Iterator[str]:
    results = document["results"]
    for each in results:
        if not each["passed"]:
            wanted = "" if each["wanted_reasons"] is None else f" ({', '.join(each['wanted_reasons'])})"
            yield f"FAILED  {each['name']}"
            yield f"        wanted {each['wanted']}{wanted}"
            yield f"        got    {each['verdict']} ({', '.join(each['reasons'])})"
    if not results:
        yield f"{document['name']} has no tests. Give some with --cases, or write tables [[test]] in its text."
    elif document["failed"]:
        yield f"{document['failed']} of {len(results)} tests of {document['name']} failed."
    else:
        yield f"All {len(results)} tests of {document['name']} pass."


def _simulated(found: Simulation) -> Iterator[str]:
    from web.wording_policy import lacking_sentence, shift_sentences, went

    yield from shift_sentences(found)
    if found.lacking:
        yield lacking_sentence(found)
    if found.shifts:
        yield ""
        shown = [[each.before.value, each.after.value, each.changes, each.failures] for each in found.shifts]
        yield from table(("BEFORE", "AFTER", "CHANGES", "FAILURES"), shown, right=("CHANGES", "FAILURES"))
    if found.rows:
        yield ""
        rows = [[e.change, e.before.value, e.after.value, went(e.failed), ", ".join(e.reasons)] for e in found.rows]
        yield from table(("CHANGE", "BEFORE", "AFTER", "WENT", "REASONS"), rows)
    if found.unlisted:
        yield f"And {found.unlisted} more."


def _versions(session: Session) -> list[dict[str, Any]]:
    from cmdb.change.policy import policy
    from cmdb.model.policy import POLICIES
    from cmdb.records import to_json

    rows, after = [], None
    while True:
        page = session.twin(policy).versions(session.context, after=after, limit=1000)
        rows += [to_json(POLICIES, held.record) for held in page.rows]
        after = page.after
        if after is None:
            return rows
