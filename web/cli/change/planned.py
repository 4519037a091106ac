"""``foreshock change from-plan``: a Terraform plan becomes a change, and the change is assessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cmdb.plural import counted
from web.cli import options
from web.cli.change.changes import new_change, submit_change
from web.cli.change.given import PLACES, content_options_but_targets, given_of
from web.cli.files import named, opened
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.configuration.planned import Touching

_MINUTES = click.IntRange(0, 10_000_000)


@command(
    example="""\
terraform show -json next.plan > plan.json
foreshock change from-plan plan.json --dry-run
foreshock change from-plan plan.json --state terraform.tfstate --title "Larger web servers" --reason "Load" \\
    --from 2026-12-02T22:00+01:00 --to 2026-12-02T23:30+01:00 --down-minutes 10""",
    places={**PLACES, "/lineage": "--lineage"},
)
@click.argument("file", metavar="PLAN.json|-")
@click.option("--state", metavar="FILE", help="The state file the plan was made from; only its lineage is read.")
@click.option("--lineage", metavar="TEXT", help="That lineage itself, where the state file is not at hand.")
@click.option("--down-minutes", metavar="MIN", type=_MINUTES, help="How long what is replaced is out.")
@click.option("--restart-minutes", metavar="MIN", type=_MINUTES, help="How long what restarts is out.")
@content_options_but_targets
@click.option("--draft", is_flag=True, help="Leave the change a draft; without it, it is submitted and assessed.")
@options.dry_run("tell what the plan would touch")
@click.pass_obj
def from_plan(
    session: Session,
    /,
    file: str,
    state: str | None,
    lineage: str | None,
    down_minutes: int | None,
    restart_minutes: int | None,
    draft: bool,
    dry_run: bool,
    **given: Any,
) -> int:
    """
    Raise a change for what a Terraform plan would do, and assess it: its targets are the CIs that the plan touches.

    The plan is read as `terraform show -json` prints it. CIs are found by the ids of their provider, and by lineage and
    address where a terraform source was read. What is destroyed or replaced goes down, what is updated in place may
    restart or only be configured; without minutes it is out until the window ends. The reason names what is created and
    what no CI is known by. Status 6 where something of the latter goes down or restarts: no assessment counts it.
    """
    from cmdb.change.record.planned import targets_of

    said = said_of(given, draft=draft, dry_run=dry_run)
    touching = touching_of(session, file, state, lineage)
    document: dict[str, Any] = {"change": None, "assessed": None, **touching.as_json()}
    if not dry_run:
        said["targets"] = list(targets_of(touching, down_minutes=down_minutes, restart_minutes=restart_minutes))
        document["change"] = new_change(session, with_the_rest(said, touching))
        if not draft:
            change = document["change"]
            document["change"] = submit_change(session, change["id"], change["version"])
            document["assessed"] = assessed_now(session, change["id"])
    emit(session, document, lambda: _lines(session, file, touching, document), rows=document["touched"])
    return 6 if touching.missed else 0


def said_of(given: dict[str, Any], *, draft: bool, dry_run: bool) -> dict[str, Any]:
    """Return what was given, as the desk takes it; raises UsageError where the window is missing."""
    said = given_of({"targets": (), **given})
    if not (draft or dry_run) and "window" not in said:
        raise click.UsageError("an assessment is for a window: --from and --to; or --draft, or --dry-run")
    return said


def with_the_rest(said: dict[str, Any], touching: Touching) -> dict[str, Any]:
    """Return what is said of the change; its reason names what is no target, so that whoever decides reads it."""
    from web.wording_planned import beside_words

    rest = beside_words([(each.address, each.effect.value) for each in touching.unfound], touching.created)
    return {**said, "reason": f"{said['reason']}\n\n{rest}"} if rest and said.get("reason") else said


def touching_of(session: Session, file: str, state: str | None, lineage: str | None) -> Touching:
    """Return what the plan in a file touches."""
    from cmdb.configuration import planned
    from cmdb.exchange.estate.faults import Faults
    from cmdb.exchange.terraform_plan import lineage_of

    if state is not None and lineage is not None:
        raise click.UsageError("--state and --lineage say the same; name one")
    if state is not None:
        faults = Faults()
        with opened(state) as stream:
            lineage = lineage_of(stream, faults)
        faults.refuse(named(state))
    with opened(file) as stream, session.watch.computing():
        asked: Touching = session.twin(planned).touched_by(
            session.context, stream, lineage=lineage or "", what=named(file)
        )
    return asked


def assessed_now(session: Session, change: str) -> dict[str, Any]:
    """Assess a change and return the document of its assessment."""
    from cmdb.model.assessment import ASSESSMENTS
    from cmdb.records import to_json
    from impact.questions import assess as question

    with session.watch.computing():
        return to_json(ASSESSMENTS, session.twin(question).assess(session.context, change).record)


def _lines(session: Session, file: str, touching: Touching, document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import heading, plain, table
    from web.wording_planned import because_words, note_words, unfound_words

    touched = counted(len(touching.touched), "CI")
    yield f"{plain(named(file))} touches {touched}; {len(touching.unfound)} could not be found."
    unsure = (ci for each in touching.unfound for ci in each.cis)
    names = session.names([*(each.ci for each in touching.touched), *unsure])
    if touching.touched:
        yield from heading("Touched")
        rows = [
            [*who, one.effect.value, one.address, because_words(one.because)]
            for each in touching.touched
            for place, one in enumerate(each.addresses)
            for who in [("", "") if place else (each.ci, names.get(each.ci))]
        ]
        yield from table(("CI", "NAME", "EFFECT", "ADDRESS", "BECAUSE"), rows)
    if touching.unfound:
        yield from heading("Not found", f"{touching.missed} of them would go down or restart, and is not counted")
        missing = [[one.effect.value, one.address, unfound_words(one.why, one.cis, names)] for one in touching.unfound]
        yield from table(("EFFECT", "ADDRESS", "WHY"), missing)
    if touching.notes:
        yield from heading("Besides")
        yield from (f"  {plain(note_words(note))}" for note in touching.notes)
    change = document["change"]
    if change is None:
        return
    yield ""
    if document["assessed"] is None:
        yield f"{change['id']} is a draft. Next: foreshock change submit {change['id']}"
        return
    yield from _summary(session, change["id"])


def _summary(session: Session, change: str) -> Iterator[str]:
    from cmdb.change.record import dossier
    from web.cli.change.summary import page_of

    found = session.twin(dossier).show(session.context, change)
    return page_of(session, found)
