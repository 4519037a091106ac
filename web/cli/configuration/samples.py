"""Audit samples at the command line: drawing one, entering what was found, and what it says of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, plain, table

if TYPE_CHECKING:
    from cmdb.model.audit_sample import AuditSample

_DRAW = {"/size": "SIZE", "/seed": "--seed"}
_AT_ONCE = 1000


@command(example="foreshock sample draw 50 --seed 2026", places=_DRAW)
@click.argument("size", type=int)
@click.option("--seed", type=int, metavar="N", help="Draw what this seed draws; chance chooses one otherwise.")
@click.option("--class", "ci_class", metavar="CLASS", help="Only CIs of this class and those below it.")
@click.option("--owner", metavar="OWNER", help='Only CIs of this owner group; "" for those without.')
@click.pass_obj
def draw(session: Session, /, size: int, seed: int | None, ci_class: str | None, owner: str | None) -> None:
    """Draw CIs at random, for somebody to compare with what is really there."""
    from cmdb.configuration import sampling

    desk = session.twin(sampling)
    held = desk.draw(session.context, size, seed=seed, ci_class=ci_class, owner=owner)
    document = document_of(held.record, held.version)
    emit(session, document, lambda: _lines(session, held.record), rows=document["judgements"])


@command(example="foreshock sample judge SMP-1001 --right web1 --wrong 'db1=it runs on vm7 now'")
@click.argument("sample")
@click.option("--right", "right", multiple=True, metavar="CI", help="This CI is as it is written; repeatable.")
@click.option("--wrong", "wrong", multiple=True, metavar="CI=WHAT", help="This is wrong with a CI; repeatable.")
@options.if_version()
@click.pass_obj
def judge(
    session: Session, /, sample: str, right: tuple[str, ...], wrong: tuple[str, ...], if_version: int | None
) -> None:
    """Enter what was found of CIs of a sample; what was entered of them before is replaced."""
    from cmdb.configuration import sampling

    desk = session.twin(sampling)
    places = {each.ci for each in desk.get(session.context, sample).record.judgements}
    results = [sampling.Result(ci, True) for ci in right]
    results += [sampling.Result(ci, False, what) for ci, what in (_split(each, places) for each in wrong)]
    held = desk.judge(session.context, sample, results, expected_version=if_version)
    found = held.record
    said = f"{found.id}: {found.judged} of {len(found.judgements)} looked at, {found.right} right"
    done(session, document_of(found, held.version), said)


@command(example="foreshock sample show SMP-1001")
@click.argument("sample")
@click.pass_obj
def show(session: Session, /, sample: str) -> None:
    """Show a sample: its CIs, what was found, and what that says of all."""
    from cmdb.configuration import sampling

    held = session.twin(sampling).get(session.context, sample)
    document = document_of(held.record, held.version)
    emit(session, document, lambda: _lines(session, held.record), rows=document["judgements"])


@command(example="foreshock sample list")
@options.limit()
@click.pass_obj
def list_samples(session: Session, /, limit: int | None) -> None:
    """List the audit samples, the newest first."""
    from cmdb.configuration import sampling

    desk, after, found = session.twin(sampling), None, list["AuditSample"]()
    while True:
        size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(found))
        page = desk.listing(session.context, after=after, limit=size)
        found += [held.record for held in page.rows]
        after = page.after
        if after is None or (limit is not None and len(found) >= limit):
            break
    rows = [_row(each) for each in found]
    emit(session, {"rows": rows}, lambda: _list_lines(found), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


def document_of(sample: AuditSample, version: int) -> dict[str, Any]:
    """Return a sample as JSON, with its version and what it says of all."""
    from cmdb.model.audit_sample import AUDIT_SAMPLES
    from cmdb.records import to_json

    return {**to_json(AUDIT_SAMPLES, sample), "version": version, **_estimate(sample)}


def _estimate(sample: AuditSample) -> dict[str, Any]:
    from cmdb.configuration.audit_sample import wilson

    low, high = wilson(sample.right, sample.judged)
    return {"judged": sample.judged, "right": sample.right, "low": round(low, 4), "high": round(high, 4)}


def _row(sample: AuditSample) -> dict[str, Any]:
    return {
        "id": sample.id,
        "drawn_at": sample.drawn_at.isoformat(),
        "drawn_by": sample.drawn_by,
        "class": sample.ci_class,
        "owner": sample.owner,
        "seed": sample.seed,
        "size": len(sample.judgements),
        "population": sample.population,
        **_estimate(sample),
    }


def _split(text: str, places: set[str]) -> tuple[str, str]:
    """Return the CI and what is wrong with it; a CI's id may have an equals sign in it."""
    for at in (n for n, character in enumerate(text) if character == "="):
        if text[:at] in places:
            return text[:at], text[at + 1 :].strip()
    ci, _, what = text.partition("=")
    return (text, "") if text in places else (ci, what.strip())


def _lines(session: Session, sample: AuditSample) -> Iterator[str]:
    from web.wording_health import page_words, percent
    from web.wording_run import unseen_words

    told = [
        ("Sample", sample.id),
        ("Drawn", f"{len(sample.judgements)} of {sample.population}, with the seed {sample.seed}"),
        ("Class", sample.ci_class),
        ("Owner", sample.owner),
    ]
    yield from fields(told)
    if sample.judged:
        found = _estimate(sample)
        bounds = {"low": percent(found["low"]), "high": percent(found["high"])}
        yield page_words()["audited_line"].format(right=sample.right, judged=sample.judged, **bounds)
        if unseen := unseen_words(len(sample.judgements), sample.judged):
            yield f"{unseen}."
    yield ""
    words = {True: "right", False: "wrong", None: "not looked at"}
    names = session.names(each.ci for each in sample.judgements)
    rows = [[each.ci, names.get(each.ci), words[each.right], plain(each.note)] for each in sample.judgements]
    yield from table(("CI", "NAME", "FOUND", "NOTE"), rows)


def _list_lines(found: list[AuditSample]) -> Iterator[str]:
    from web.wording_health import percent

    if not found:
        yield "No sample was drawn yet: foreshock sample draw 50"
        return
    rows = []
    for each in found:
        said = _estimate(each)
        between = f"{percent(said['low'])} to {percent(said['high'])}" if each.judged else ""
        of = ", ".join(part for part in (each.ci_class, each.owner) if part) or "all"
        rows.append([each.id, of, len(each.judgements), each.judged, each.right, between])
    yield from table(("SAMPLE", "OF", "DRAWN", "LOOKED AT", "RIGHT", "RIGHT OF ALL"), rows)
