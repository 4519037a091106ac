"""``foreshock change bulk``: one change for many targets, in waves that lose no service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cmdb.plural import counted
from web.cli import options
from web.cli.change.changes import desk_words, shown_change
from web.cli.change.given import PLACES, content_options_but_targets, given_of
from web.cli.files import read_all
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import plain, table

if TYPE_CHECKING:
    from impact.questions.bulk import BulkPlan

_SHOWN = 6


@command(
    example="""\
foreshock change bulk --title "Patch the web servers" --reason "A hole in the kernel" --class server \\
    --where owner=web --minutes 10 --gap 5 --from 2026-12-02T22:00+01:00 --backout "Boot the old kernel" --dry-run""",
    places={**PLACES, "/targets": "--class, --where, --ids", "/minutes": "--minutes", "/gap": "--gap"},
)
@click.option("--class", "ci_class", metavar="CLASS", help="All CIs of this class and those below it.")
@click.option("--where", multiple=True, metavar="ATTRIBUTE=VALUE", help="Of these only those with this value.")
@click.option("--ids", "file", metavar="FILE|-", help="These CIs, an id a line.")
@click.option("--minutes", type=int, required=True, metavar="MIN", help="How long each target is out.")
@click.option("--gap", type=int, default=0, metavar="MIN", help="Minutes between two waves.")
@click.option("--effect", type=click.Choice(["restart", "down"]), default="restart", help="What is done to each.")
@content_options_but_targets
@options.dry_run("tell the waves")
@click.pass_obj
def bulk(
    session: Session,
    /,
    ci_class: str | None,
    where: tuple[str, ...],
    file: str | None,
    minutes: int,
    gap: int,
    effect: str,
    dry_run: bool,
    **given: Any,
) -> None:
    """
    Raise one change for many targets. They go in waves that lose no service, each back before the next.

    What takes a service down even alone goes last, in a wave of its own, and is named. The window begins at --from and
    is as long as the waves take. The waves are the first steps of the change.
    """
    from cmdb.model.change import Effect
    from impact.questions import bulk as desk

    start, end = given.pop("start"), given.pop("end")
    if start is None:
        raise click.UsageError("--from says when the window begins")
    if end is not None:
        raise click.UsageError("--to is not given: the window is as long as the waves take")
    targets = _targets(session, ci_class, where, file)
    words = {} if dry_run else desk_words(given_of({**given, "targets": (), "start": None, "end": None}))
    asked = {"targets": targets, "start": start, "minutes": minutes, "gap": gap, "effect": Effect(effect)}
    found = session.twin(desk).bulk(session.context, **asked, raise_it=not dry_run, **words)
    change = None if found.change is None else shown_change(found.change)
    document = {"plan": _document(found.plan), "change": change}
    emit(session, document, lambda: _lines(found.plan, change))
    if found.plan.never:
        note(f"{len(found.plan.never)} of {len(targets)} take a service down even alone")


def _targets(session: Session, ci_class: str | None, where: tuple[str, ...], file: str | None) -> list[str]:
    if file is not None:
        if ci_class or where:
            raise click.UsageError("--ids stands alone, without --class and --where")
        text = read_all(file).decode("utf-8", "replace")
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if ci_class is None and not where:
        raise click.UsageError("name the targets: --class, --where or --ids")
    from cmdb.configuration import search

    pairs = dict(pair.split("=", 1) for pair in where if "=" in pair)
    if len(pairs) < len(where):
        raise click.UsageError("--where is written ATTRIBUTE=VALUE, each attribute once")
    found: list[str] = []
    after = None
    while True:
        page = session.twin(search).list_cis(
            session.context, ci_class=ci_class, attributes=pairs, after=after, limit=1000
        )
        found += [held.record.id for held in page.rows]
        after = page.after
        if after is None:
            return found


def _document(plan: BulkPlan) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(plan)


def _lines(plan: BulkPlan, change: dict[str, Any] | None) -> Iterator[str]:
    rows = []
    for number, wave in enumerate(plan.waves, start=1):
        more = [f"and {len(wave.targets) - _SHOWN} more"] if len(wave.targets) > _SHOWN else []
        rows.append([number, wave.offset, wave.minutes, len(wave.targets), ", ".join([*wave.targets[:_SHOWN], *more])])
    yield from table(
        ("WAVE", "FROM MINUTE", "MINUTES", "CIS", "TARGETS"), rows, right=("WAVE", "FROM MINUTE", "MINUTES")
    )
    for each in plan.never:
        yield plain(f"{each.target} takes down {', '.join(each.services)} even alone.")
    short = ", and no plan has fewer" if plan.fewest else ""
    takes = "takes" if len(plan.waves) == 1 else "take"
    yield f"{counted(len(plan.waves), 'wave')} {takes} {counted(plan.minutes, 'minute')}{short}."
    if change is not None:
        yield f"{change['id']} is a draft. Next: foreshock change submit {change['id']}"
