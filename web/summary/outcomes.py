"""Points 1 and 6: the verdict, and the way back."""

from __future__ import annotations

from dataclasses import replace

from cmdb.model.change import BackOut
from cmdb.model.summary import CIS_OF_REASONS, ReasonFacts
from web.summary.blocks import Block, Listing, Place, Style
from web.summary.calendar import entries_met, entry_words
from web.summary.writing import Writer
from web.wording_summary import reason_words


def verdict(writer: Writer) -> Block:
    """Point 1: the verdict in words, its reasons, and until when somebody has to decide."""
    assessment, change = writer.assessment, writer.summary.change
    said: list[str] = []
    title, tone = writer.page["verdict"], ""
    if assessment is None:
        said.append(writer.page["not_assessed"])
    else:
        name = assessment.verdict.value
        words = writer.words.verdict_words(assessment.verdict)
        title, tone = writer.say("decides", verdict=f"{writer.page['verdict']} {name}", words=words), name.lower()
        if assessment.change_revision != change.revision:
            said.append(writer.say("stale", judged=assessment.change_revision, now=change.revision))
        said += [writer.page["overridden"]] if writer.summary.overridden else []
        said += [writer.line(each) for each in writer.words.verdict_sentences(writer.brief)]
    deadline = ""
    if change.window is not None:
        deadline = writer.say("deadline", moment=writer.words.moment(change.window.start, writer.zone))
    reasons = [(f"{writer.line(_reason(writer, each))} [{each.code}]",) for each in writer.summary.reasons]
    least = min(2, len(reasons))
    return Block(
        1,
        "verdict",
        title,
        Place.TOP,
        (
            Listing("said", Style.LINES, tuple((each,) for each in said), rank=0, least=len(said)),
            Listing("reasons", Style.LINES, tuple(reasons), rank=1, least=least, heading=writer.page["reasons"]),
        ),
        note=deadline,
        tone=tone,
    )


def _reason(writer: Writer, reason: ReasonFacts) -> str:
    told = {name: _told(writer, name, value) for name, value in reason.facts.items()}
    return reason_words(replace(reason, facts=told), writer.language)


def _told(writer: Writer, name: str, value: object) -> object:
    """Return a fact of a reason in words: names for ids, each short."""
    if not isinstance(value, (tuple, list)):
        return value
    if name in CIS_OF_REASONS:
        return tuple(map(writer.called, value))
    if name == "met":
        return _met(writer)
    entries = {each.id: entry_words(writer, each) for each in entries_met(writer.summary.calendar)}
    return tuple(entries.get(each) or writer.short(str(each)) for each in value)


def _met(writer: Writer) -> tuple[str, ...]:
    """Return what each joint conflict stops, and with whom."""
    outlook = writer.assessment.outlook if writer.assessment else None
    return tuple(
        writer.words.met(
            [writer.called(ci) for ci in each.services],
            [
                *(other for other in (*each.changes, *each.incidents) if other != writer.summary.change.id),
                *map(writer.called, each.standing),
            ],
        )
        for each in (outlook.conflicts if outlook else ())
    )


def back_out(writer: Writer) -> Block:
    """Point 6: how to go back, when that was tested, and until when it still fits into the window."""
    plan = writer.summary.change.back_out
    said = [writer.page["no_back_out"]] if plan is None else _way_back(writer, plan)
    lines = tuple((each,) for each in said)
    return Block(
        6,
        "back_out",
        writer.page["back_out"],
        Place.LEFT,
        (Listing("back_out", Style.LINES, lines, rank=0, least=len(lines)),),
    )


def _way_back(writer: Writer, plan: BackOut) -> list[str]:
    words = writer.words
    takes = writer.page["takes_unknown"]
    if plan.minutes is not None:
        takes = writer.say("takes", duration=words.duration(plan.minutes))
    tested = writer.page["never_tested"]
    if plan.tested_on is not None:
        tested = writer.say("tested", day=words.day(plan.tested_on))
    text = writer.cut(" ".join(plan.plan.split()), 200)
    return [text, writer.sentences(takes, tested), _no_return(writer)]


def _no_return(writer: Writer) -> str:
    change = writer.summary.change
    last = change.no_return
    if last is None or change.window is None:
        return writer.page["no_return_unknown"]
    if last < change.window.start:
        return writer.page["no_return_none"]
    return writer.say("no_return", moment=writer.words.moment(last, writer.zone))
