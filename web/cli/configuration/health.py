"""The health of the records at the command line: figures, what is wrong with which CI, and how it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, table

if TYPE_CHECKING:
    from cmdb.model.health import Fault, HealthMeasurement, HealthSummary, Tally
    from web.languages import Language

_AT_ONCE = 1000
MEASURES = ("completeness", "correctness", "freshness", "orphans", "duplicates", "evidence")
_PLACES = {"/by": "--by", "/after": "--after"}


@command(example="foreshock health --measure orphans --class server", places=_PLACES)
@click.option("--by", type=click.Choice(["class", "owner"]), help="Tell the figures of each class or owner group.")
@click.option("--measure", type=click.Choice(MEASURES), help="List the CIs with a fault by this measure.")
@click.option("--list", "listed", is_flag=True, help="List the CIs with a fault by any measure.")
@click.option("--class", "ci_class", metavar="CLASS", help="Only CIs of this class and those below it; lists them.")
@click.option("--owner", metavar="OWNER", help='Only CIs of this owner group, "" for those without; lists them.')
@click.option("--trend", is_flag=True, help="How it changed, from day to day.")
@options.limit()
@click.pass_obj
def health(
    session: Session,
    /,
    by: str | None,
    measure: str | None,
    listed: bool,
    ci_class: str | None,
    owner: str | None,
    trend: bool,
    limit: int | None,
) -> None:
    """Tell how far the records can be trusted, and what is wrong with which CI."""
    lists = listed or measure is not None or ci_class is not None or owner is not None
    if sum((by is not None, lists, trend)) > 1:
        raise click.UsageError("--by, --trend and a list (--measure, --list, --class, --owner) are told one at a time")
    if trend:
        _trend(session, limit)
    elif lists:
        _list(session, measure, ci_class, owner, limit)
    else:
        _summary(session, by, limit)


def _summary(session: Session, by: str | None, limit: int | None) -> None:
    from cmdb.configuration import measuring

    with session.watch.computing():
        found = session.twin(measuring).summary(session.context, by=by)
    document = measuring.document_of(found)
    rows: Any = [{"name": name, **each} for name, each in document["parts"].items()] if by else [document]
    emit(session, document, lambda: _summary_lines(found, _language(session), limit), rows=rows)


def _list(session: Session, measure: str | None, ci_class: str | None, owner: str | None, limit: int | None) -> None:
    from cmdb.configuration import measuring
    from cmdb.model.health import Measure

    wanted: dict[str, Any] = {"measure": Measure(measure) if measure else None, "ci_class": ci_class, "owner": owner}
    desk, after, found, total = session.twin(measuring), None, list["Fault"](), 0
    while True:
        size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(found))
        with session.watch.computing():
            page = desk.faults(session.context, **wanted, after=after, limit=size)
        found += page.rows
        after, total = page.after, page.total
        if after is None or (limit is not None and len(found) >= limit):
            break
    language = _language(session)
    rows = [fault_document(fault, language) for fault in found]
    emit(session, {"rows": rows, "total": total}, lambda: _fault_lines(session, found), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown of {total}")


def _trend(session: Session, limit: int | None) -> None:
    from cmdb.configuration import measuring

    found = session.twin(measuring).trend(session.context)
    found = found if limit is None else found[-limit:]
    rows = [
        {"day": each.id, "revision": each.revision, **measuring.tally_document(each.all), "left_out": each.left_out}
        for each in found
    ]
    emit(session, {"rows": rows}, lambda: _trend_lines(found), rows=rows)


def fault_document(fault: Fault, language: Language) -> dict[str, Any]:
    """Return a fault as JSON, with what to do about it."""
    from web.wording_health import remedy

    said = remedy(fault, language)
    return {
        "ci": fault.ci,
        "measure": fault.measure.value,
        "code": fault.code,
        "facts": dict(fault.facts),
        "says": said.sentence,
        "todo": said.todo,
        "command": said.command,
        "page": said.address,
    }


def _summary_lines(found: HealthSummary, language: Language, limit: int | None) -> Iterator[str]:
    from web.wording_health import page_words, percent, words_in

    say, measures = page_words(language), words_in(language).MEASURES
    if not found.all.cis:
        yield say["empty"]
        return
    yield f"{percent(found.all.score)} {say['score']} ({found.all.sound} / {found.all.cis})"
    yield ""
    if found.by is None:
        rows = [
            [name, percent(share.sound), share.faulty, share.asked, measures[name][1]]
            for name, share in found.all.measures.items()
        ]
        headers = (say["measure"], say["share"], say["faulty"], say["asked"], say["means"])
        yield from table(headers, rows, right=headers[1:4])
    else:
        yield from _parts(found.parts, say[found.by], say, measures, limit)
    yield from heading(say["audited"])
    if found.audited is None:
        yield f"  {say['not_audited']} foreshock sample draw 50"
    else:
        told = found.audited
        line = say["audited_line"]
        bounds = {"low": percent(told.low), "high": percent(told.high)}
        yield from fields([(told.sample, line.format(right=told.right, judged=told.judged, **bounds))], indent="  ")


def _parts(
    parts: Mapping[str, Tally],
    title: str,
    say: Mapping[str, str],
    measures: Mapping[str, tuple[str, str]],
    limit: int | None,
) -> Iterator[str]:
    from web.wording_health import percent

    ordered = sorted(parts.items(), key=lambda each: (each[1].score or 0.0, each[0]))[:limit]
    headers = (title, say["cis"], say["share"], *(measures[name][0] for name in MEASURES))
    rows = [
        [name or say["no_owner"], each.cis, percent(each.score), *(percent(each.measures[m].sound) for m in MEASURES)]
        for name, each in ordered
    ]
    yield from table(headers, rows, right=headers[1:])


def _fault_lines(session: Session, faults: Sequence[Fault]) -> Iterator[str]:
    from web.wording_health import cis_in, remedy

    if not faults:
        yield "Nothing is wrong by this."
        return
    language = _language(session)
    names = session.names((ci for each in faults for ci in (each.ci, *cis_in(each))), language=language)
    said = [(each, remedy(each, language, names)) for each in faults]
    shown = [[each.ci, names.get(each.ci), each.code, words.sentence, words.command] for each, words in said]
    yield from table(("CI", "NAME", "FAULT", "SAYS", "COMMAND"), shown)


def _trend_lines(found: list[HealthMeasurement]) -> Iterator[str]:
    from web.wording_health import percent

    if not found:
        yield "No day was measured yet: foreshock job run health-measure"
        return
    headers = ("DAY", "CIS", "SCORE", *(name.upper() for name in MEASURES))
    rows = [
        [each.id, each.all.cis, percent(each.all.score), *(_share(each.all, name) for name in MEASURES)]
        for each in found
    ]
    yield from table(headers, rows, right=headers[1:])


def _share(tally: Tally, name: str) -> str:
    from web.wording_health import percent

    return percent(tally.measures[name].sound) if name in tally.measures else "-"


def _language(session: Session) -> Language:
    from web.languages import language_of

    return language_of(session.settings.language)
