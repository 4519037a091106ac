"""What the page says of the calendar: the freezes and peak events that the window meets, and what teams can do."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.model.summary import CalendarJudged, EntryMet
from web.summary.writing import Writer
from web.wording_summary import NAMED_AT_MOST, few


def entries_met(judged: CalendarJudged | None) -> Sequence[EntryMet]:
    """Return the freezes and peak events that the window meets, each once."""
    found = (*(judged.freezes or ()), *(judged.peaks or ())) if judged is not None else ()
    return tuple({each.id: each for each in found}.values())


def entry_words(writer: Writer, entry: EntryMet) -> str:
    """Return an entry of the calendar by its id and name, a peak event with its demand."""
    name = writer.short(f"{entry.id} {entry.name}".rstrip())
    if entry.demand is None:
        return name
    return writer.brackets(name, writer.say("demand", times=f"{entry.demand:g}"))


def calendar_words(writer: Writer) -> list[str]:
    """Return what was judged of the calendar, what the window meets first; what is not known is said so."""
    judged = writer.summary.calendar
    if judged is None:
        return [writer.page["calendar_unknown"]]
    said, rest = [], []
    for part, found in (("freezes", judged.freezes), ("peaks", judged.peaks), ("overruns", judged.overruns)):
        if not found:
            rest.append(writer.page[f"{part}_{'unknown' if found is None else 'none'}"])
        elif told := _told(writer, judged, part):
            said.append(writer.say(f"{part}_met", met=few(told, NAMED_AT_MOST, writer.words)))
    return [*said, *([writer.sentences(*rest)] if rest else [])]


def _told(writer: Writer, judged: CalendarJudged, part: str) -> list[str]:
    """Return what the window meets by name; a peak event that counts as a freeze is told as one, and not again."""
    if part == "overruns":
        return [writer.short(team) for team in judged.overruns or ()]
    if part == "freezes":
        return [entry_words(writer, each) for each in judged.freezes or ()]
    frozen = {each.id for each in judged.freezes or ()}
    return [entry_words(writer, each) for each in judged.peaks or () if each.id not in frozen]
