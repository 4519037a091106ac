"""Verifications at the command line: run one, show it, check its seal, look at its sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.change.baselines import scope_words
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table

if TYPE_CHECKING:
    from cmdb.change.verification.verifying import Check
    from cmdb.model.run import Run

_STATUS = {"ok": 0, "partial": 6}
_COUNTS = ("unauthorised", "not_seen", "reverting", "expected", "tolerated", "not_looked", "seen")


@command(example="foreshock verification run production", places={"/sample": "--sample"})
@click.argument("baseline")
@click.option("--sample", type=int, default=30, metavar="N", help="How many CIs to draw for a look on site.")
@click.pass_obj
def run(session: Session, /, baseline: str, sample: int) -> int:
    """
    Hold the estate against a baseline now, and wait until that is recorded; Ctrl-C asks it to stop.

    Status 0 when nothing asks for a person, 6 when something does, else 1.
    """
    from cmdb.change.verification import verification_runs, verifying
    from cmdb.model.verification import VERIFICATIONS
    from cmdb.records import to_json

    ended = _done(session, session.twin(verification_runs).ask(session.context, baseline, sample=sample).record.id)
    made = ended.figures.get("verifications") or ()
    if not made:
        return _unmade(session, ended)
    document = to_json(VERIFICATIONS, session.twin(verifying).get(session.context, made[0]).record)
    emit(session, document, lambda: _lines(session, document))
    counts = document["counts"]
    return 6 if counts["unauthorised"] or counts["not_seen"] else 0


@command(example="foreshock verification list --baseline production")
@click.option("--baseline", metavar="NAME", help="Only those of this baseline.")
@options.limit()
@click.pass_obj
def list_verifications(session: Session, /, baseline: str | None, limit: int | None) -> None:
    """List the verifications, the newest first."""
    from cmdb.change.verification import verifying

    desk, after = session.twin(verifying), None
    rows: list[dict[str, Any]] = []
    while True:
        size = 1000 if limit is None else min(1000, limit - len(rows))
        some, after = desk.summaries(session.context, baseline=baseline, after=after, limit=size)
        rows += some
        if after is None or (limit is not None and len(rows) >= limit):
            break
    shown = [
        [row["id"], row["baseline"], moment(row["made_at"]), *(row["counts"][name] for name in _COUNTS[:5])]
        for row in rows
    ]
    headers = ("VERIFICATION", "BASELINE", "MADE AT", "UNAUTHORISED", "NOT SEEN", "REVERTING", "EXPECTED", "TOLERATED")
    none = ["Nothing was verified: foreshock verification run --help"]
    emit(session, {"rows": rows}, lambda: table(headers, shown, right=headers[3:]) if rows else none, rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


@command(example="foreshock verification show VER-1001")
@click.argument("verification")
@click.pass_obj
def show(session: Session, /, verification: str) -> None:
    """Show what a verification found: coverage, differences, what explains them, and its sample's accuracy."""
    from cmdb.change.verification import verifying
    from cmdb.model.verification import ACCURACIES, VERIFICATIONS
    from cmdb.records import to_json

    desk = session.twin(verifying)
    document = to_json(VERIFICATIONS, desk.get(session.context, verification).record)
    found = desk.accuracy_of(session.context, verification)
    accuracy = None if found is None else to_json(ACCURACIES, found)
    shown = {**document, "accuracy": accuracy}
    emit(session, shown, lambda: _lines(session, document, accuracy), rows=document["rows"])


def _lines(session: Session, row: dict[str, Any], accuracy: dict[str, Any] | None = None) -> Iterator[str]:
    from web.naming import with_id
    from web.wording_drift import OUTCOMES

    yield plain(f"{row['id']}  {row['baseline']} at revision {row['baseline_revision']}, estate at {row['revision']}")
    told = [
        ("scope", scope_words(row["scope"])),
        ("made", f"by {row['made_by']} on {moment(row['made_at'])}, drift rules version {row['rules']}"),
        ("covers", f"{row['cis']} CIs, {row['relations']} relations, {row['groups']} groups; {row['unseen']} unseen"),
        *((name.replace("_", " "), row["counts"][name]) for name in _COUNTS),
        *((f"tolerated by {name}", count) for name, count in row["tolerated"].items()),
        ("sample", _accuracy_words(row, accuracy)),
        ("hash", row["hash"]),
        ("signed", "signature" in row and row["signature"]["algorithm"]),
    ]
    yield from fields(told, indent="  ")
    if row["coverage"]:
        yield from heading("Seen by")
        shares = [[each["source"], each["seen"], each["complete"], moment(each["oldest"])] for each in row["coverage"]]
        headers = ("SOURCE", "CIS", "READ TO THE END", "OLDEST READING")
        yield from table(headers, shares, right=headers[1:3])
    if row["rows"]:
        yield from heading("Differences")
        yield from drift_lines(session, row["rows"], revisions=(row["revision"], row["baseline_revision"]))
    if row["expectations"]:
        yield from heading("Declared by changes")
        names = session.names((each["ci"] for each in row["expectations"]), at=row["revision"])
        rows = [
            [each["change"], ci, each["field"], plain(each["expected"]), OUTCOMES[each["outcome"]]]
            for each in row["expectations"]
            for ci in [with_id(names, each["ci"])]
        ]
        yield from table(("CHANGE", "CI", "FIELD", "EXPECTED", "OUTCOME"), rows)
    if row.get("more"):
        yield f"{row['more']} more are counted and not listed"


def drift_lines(
    session: Session, rows: list[dict[str, Any]], *, revisions: Sequence[int | None] = (None,)
) -> Iterator[str]:
    """
    Yield a table of differences, each with what it is and who saw it.

    CIs go by the names of the first of the ``revisions`` that has them: of what is gone, an earlier one.
    """
    from web.wording_drift import JUDGEMENTS, difference_words

    names: dict[str, str] = {}
    for at in revisions:
        told = {ci for row in rows for ci in row["difference"]["cis"]}
        names |= session.names(sorted(told - names.keys()), at=at)
    shown = []
    for row in rows:
        because = row.get("change") or row.get("rule") or ""
        near = f" (not approved: {row['unapproved']})" if row.get("unapproved") else ""
        says = ", ".join(row["sighted"].get("sources") or ()) or "people"
        judged = JUDGEMENTS[row["judgement"]] + (f": {because}" if because else near)
        words = plain(difference_words(row["difference"], names))
        shown.append([row["id"], says, moment(row["sighted"]["found_at"]), judged, words])
    yield from table(("DIFFERENCE", "SAID BY", "FOUND AT", "JUDGED", "SAYS"), shown)


def _accuracy_words(row: dict[str, Any], accuracy: dict[str, Any] | None) -> str:
    from web.wording_run import unseen_words

    of = f"{len(row['sample']['cis'])} of {row['sample']['population']} CIs"
    if accuracy is None:
        return f"{of}: foreshock verification sample {row['id']}"
    low, high, unseen = accuracy["low"], accuracy["high"], unseen_words(accuracy["drawn"], accuracy["checked"])
    told = f"{of}; {accuracy['right']} of {accuracy['checked']} checked are right ({low:.1%} to {high:.1%})"
    return f"{told}; {unseen}" if unseen else told


@command(example="foreshock verification check VER-1001")
@click.argument("verification")
@click.pass_obj
def check(session: Session, /, verification: str) -> int:
    """Check a verification: its hash, its signature, that it was never written again. Status 1 if not sound."""
    from cmdb.change.verification import verifying
    from cmdb.change.verification.sealing import signer_with
    from web.signing import key_of

    signer = signer_with(key_of(session.settings.signing_key)) if session.server is None else None
    found = session.twin(verifying).check(session.context, verification, signer=signer)
    document = {"id": verification, **found._asdict(), "sound": found.sound}
    emit(session, document, lambda: _check_lines(verification, found))
    return 0 if found.sound else 1


def _check_lines(verification: str, found: Check) -> Iterator[str]:
    from web.wording_drift import FAULTS, SIGNATURES

    yield plain(f"{verification} is {'as it was written' if found.sound else 'NOT as it was written'}")
    for name, fault in FAULTS.items():
        if not getattr(found, name):
            yield f"  {fault}"
    yield f"  {SIGNATURES[found.signature]}"


@command(example="foreshock verification sample VER-1001")
@click.argument("verification")
@click.pass_obj
def sample(session: Session, /, verification: str) -> None:
    """Show the CIs that were drawn for a look on site, and what was entered of them."""
    from cmdb.change.verification import samples, verifying
    from cmdb.model.verification import SAMPLE_CHECKS
    from cmdb.records import to_json

    verified = session.twin(verifying).get(session.context, verification).record
    drawn = verified.sample
    entered = session.twin(samples).entered(session.context, verification)
    rows = [{"ci": ci, "entered": to_json(SAMPLE_CHECKS, entered[ci]) if ci in entered else None} for ci in drawn.cis]

    def lines() -> Iterator[str]:
        names = session.names(drawn.cis, at=verified.revision)
        shown = []
        for row in rows:
            each = row["entered"]
            says = "" if each is None else "right" if each["right"] else "wrong"
            shown.append([row["ci"], names.get(row["ci"]), says, each and each["checked_by"], each and each["note"]])
        yield from table(("CI", "NAME", "SEEN", "BY", "NOTE"), shown)

    emit(session, {"seed": drawn.seed, "population": drawn.population, "rows": rows}, lines, rows=rows)


@command(
    example='foreshock verification enter VER-1001 web1 --wrong --note "it runs Debian 13"', places={"/note": "--note"}
)
@click.argument("verification")
@click.argument("ci")
@click.option("--right/--wrong", "right", required=True, default=None, help="Whether all that is recorded is so.")
@click.option("--note", default="", metavar="TEXT", help="What is wrong; needed where something is.")
@click.pass_obj
def enter(session: Session, /, verification: str, ci: str, right: bool, note: str) -> None:
    """Enter what was seen of a CI of the sample; once more corrects it, until the sample is concluded."""
    from cmdb.change.verification import samples
    from cmdb.model.verification import SAMPLE_CHECKS
    from cmdb.records import to_json

    held = session.twin(samples).enter(session.context, verification, ci, right=right, note=note)
    done(session, to_json(SAMPLE_CHECKS, held.record), f"{ci} is entered as {'right' if right else 'wrong'}.")


@command(example="foreshock verification conclude VER-1001", places={"/note": "--note"})
@click.argument("verification")
@click.option("--note", default="", metavar="TEXT", help="How the sample was looked at.")
@click.pass_obj
def conclude(session: Session, /, verification: str, note: str) -> int:
    """
    Conclude the sample of a verification: the accuracy with its interval, sealed; nothing of it changes any more.

    CIs of the sample that nobody looked at count neither as right nor as wrong; how many they are is said.
    """
    from cmdb.change.verification import verification_runs, verifying
    from cmdb.model.verification import ACCURACIES
    from cmdb.records import to_json
    from web.wording_run import run_words, said_words

    asked = session.twin(verification_runs).ask_to_conclude(session.context, verification, note=note).record.id
    ended = _done(session, asked)
    found = session.twin(verifying).accuracy_of(session.context, verification)
    if found is None or ended.state != "ok":
        return _unmade(session, ended)
    emit(session, to_json(ACCURACIES, found), lambda: map(plain, [run_words(ended), *map(said_words, ended.details)]))
    return 0


def _done(session: Session, asked: str) -> Run:
    from web.cli.jobs import watched

    if session.server is not None:
        note(f"{asked} is asked for; a worker does it")
    return watched(session, asked)


def _unmade(session: Session, ended: Run) -> int:
    from web.cli.runs import document, run_lines

    emit(session, document(ended, None), lambda: run_lines(ended, None))
    return _STATUS.get(ended.state, 1)
