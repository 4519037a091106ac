"""Findings at the command line: what about the configuration a person should look at, closed and opened by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, plain, table

if TYPE_CHECKING:
    from cmdb.model.finding import Finding

_AT_ONCE = 1000
VETOED = "identity.vetoed"


@command(
    example="""\
foreshock finding list --code identity.vetoed
foreshock finding list --ci dc1:web1 --all"""
)
@click.option("--code", metavar="CODE", help="Only findings of this kind.")
@click.option("--ci", metavar="ID", help="Only findings about this CI.")
@click.option("--source", metavar="NAME", help="Only findings about what this source of discovery says.")
@click.option("--all", "every", is_flag=True, help="Also those that are closed.")
@click.option("--closed", is_flag=True, help="Only those that are closed.")
@options.limit()
@click.pass_obj
def list_findings(session: Session, /, every: bool, closed: bool, limit: int | None, **about: str | None) -> None:
    """List what a person should look at: doubts about identity, values that do not fit, ends nobody knows."""
    from cmdb.configuration import findings
    from cmdb.model.finding import FINDINGS
    from cmdb.records import to_json

    if every and closed:
        raise click.UsageError("--all and --closed do not go together")
    desk, after = session.twin(findings), None
    rows: list[dict[str, Any]] = []
    while True:
        size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(rows))
        page = desk.page(
            session.context, open_too=not closed, closed_too=every or closed, after=after, limit=size, **about
        )
        rows += [to_json(FINDINGS, held.record) for held in page.rows]
        after = page.after
        if after is None or (limit is not None and len(rows) >= limit):
            break
    emit(session, {"rows": rows}, lambda: _lines(session, rows), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


@command(example="foreshock finding show ci.retired_alive:0d4f5c1a2b3c4d5e")
@click.argument("finding")
@click.pass_obj
def show(session: Session, /, finding: str) -> None:
    """
    Show one finding: what it says and is about, since when, what there is to do, and who closed it and why.

    Of two records that may be one CI both sides stand beside each other.
    """
    from cmdb.configuration import findings, sides
    from cmdb.model.finding import FINDINGS
    from cmdb.records import to_json

    found = session.twin(findings).get(session.context, finding)
    doubted = session.twin(sides).told(session.context, finding)["sides"] if found.code == VETOED else []
    emit(session, {**to_json(FINDINGS, found), "sides": doubted}, lambda: _one(session, found, doubted))


@command(
    example='foreshock finding close ci.retired_alive:0d4f5c1a2b3c4d5e --reason "it is switched off on Friday"',
    places={"/reason": "--reason"},
)
@click.argument("finding")
@click.option("--reason", required=True, metavar="TEXT", help="Why nothing has to be done, for whoever asks later.")
@click.pass_obj
def close(session: Session, /, finding: str, reason: str) -> None:
    """Close a finding by hand. It stays closed for as long as it is so, and comes again if it comes back later."""
    from cmdb.configuration import findings
    from cmdb.model.finding import FINDINGS
    from cmdb.records import to_json

    held = session.twin(findings).close(session.context, finding, reason=reason)
    done(session, to_json(FINDINGS, held.record), f"{finding} is closed: foreshock finding reopen {finding}")


@command(example="foreshock finding reopen ci.retired_alive:0d4f5c1a2b3c4d5e")
@click.argument("finding")
@click.pass_obj
def reopen(session: Session, /, finding: str) -> None:
    """Open a finding again that somebody closed."""
    from cmdb.configuration import findings
    from cmdb.model.finding import FINDINGS
    from cmdb.records import to_json

    held = session.twin(findings).reopen(session.context, finding)
    done(session, to_json(FINDINGS, held.record), f"{finding} is open again.")


def _lines(session: Session, rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "There is nothing to look at."
        return
    from web.naming import listed_names
    from web.wording_finding import cis_in, finding_words

    names = session.names(ci for row in rows for ci in (*row["cis"], *cis_in(row["facts"])))
    shown = [
        [
            row["id"],
            "closed" if row["closed_at"] else "",
            ", ".join(listed_names(names, row["cis"])) or plain(row["facts"].get("source", "")),
            plain(finding_words(row["code"], row["facts"], names)),
        ]
        for row in rows
    ]
    yield from table(("FINDING", "", "ABOUT", "SAYS"), shown)


def _one(session: Session, found: Finding, doubted: Sequence[Mapping[str, Any]] = ()) -> Iterator[str]:
    from web.naming import with_id
    from web.wording_change import moment_words
    from web.wording_finding import cis_in, finding_words, words_of

    words, names = words_of(found.code, found.facts), session.names((*found.cis, *cis_in(found.facts)))
    state = "closed" if found.closed_at else "open"
    yield f"{click.style(plain(words.title), bold=True)}  {state}"
    yield plain(finding_words(found.code, found.facts, names))
    yield from fields(
        [
            ("finding", found.id),
            ("about", [with_id(names, ci) for ci in found.cis]),
            ("since", moment_words(found.opened_at)),
            ("closed", moment_words(found.closed_at) if found.closed_at else None),
            ("closed by", found.closed_by),
            ("because", found.because),
        ],
        indent="  ",
    )
    if doubted:
        yield from heading("Both sides")
        yield from _beside(doubted)
    yield from heading("Facts")
    yield from fields(((name, _told(value)) for name, value in sorted(found.facts.items())), indent="  ")
    if found.closed_at is None:
        yield from heading("What to do")
        yield f"  {words.todo}."
        yield from (f"  {line}" for line in _commands(found))


def _beside(doubted: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is known of the sides of a doubt, each in a column, and what they differ in."""
    from web.wording_sides import beside

    things = [f"{side['source'] or 'people'}:{side['native_id']}" for side in doubted]
    cis = [side["ci"] or "none any more" for side in doubted]
    rows = [["CI", *cis, ""], *([name, *values, mark] for name, values, mark in beside(doubted))]
    yield from table(("WHAT", *things, ""), rows)


def _told(value: Any) -> Any:
    """Return a fact as it is typed: things as source:native-id."""
    if isinstance(value, (list, tuple)) and all(isinstance(each, (list, tuple)) for each in value):
        return [":".join(map(str, each)).removeprefix(":") for each in value]
    return value


def _commands(found: Finding) -> Iterator[str]:
    """Yield the commands that deal with a finding, as they would be typed."""
    import shlex

    def typed(*words: str) -> str:
        return plain(f"foreshock {shlex.join(words)}")

    things = [f"{source}:{native}" if source else native for source, native in found.facts.get("things", ())]
    if found.code == VETOED and len(things) == 2:
        if len(found.cis) == 2 and found.facts.get("because") != "same_source":
            yield typed("identity", "merge", *found.cis, "--reason", "...")
        yield typed("identity", "keep-apart", *things, "--reason", "...")
    elif found.code == "verification.unauthorised" and found.cis:
        baseline, ci = str(found.facts.get("baseline")), found.cis[0]
        yield typed("drift", "list", baseline)
        yield typed("drift", "accept", baseline, "--ci", ci, "--reason", "...")
        yield typed("drift", "revert", baseline, "--ci", ci, "--reason", "...")
        yield plain(f"foreshock drift tolerate {shlex.quote(baseline)} DIFFERENCE --name ... --because ...")
    elif found.code == "verification.reverting":
        yield typed("verification", "run", str(found.facts.get("baseline")))
    elif found.code == "identity.contradiction":
        yield typed("identity", "list")
    elif found.code == "scope.held":
        facts = found.facts
        yield typed("discover", "run", str(facts.get("source")), "--may-lose", str(facts.get("scope")))
    elif found.code == "source.values_untold":
        yield typed("source", "show", str(found.facts.get("source")))
    elif found.code == "ci.retired_alive":
        yield typed("ci", "revive", *found.cis)
    elif found.cis:
        yield typed("ci", "provenance" if found.code.startswith("ci.") else "show", found.cis[0])
    yield typed("finding", "close", found.id, "--reason", "...")
