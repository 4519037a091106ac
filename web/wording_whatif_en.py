"""What would help a change, in English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cmdb.model.change import Window
from cmdb.model.mitigation import Mitigation, MitigationKind, Roll, ServiceGain, Spare, Unexamined, WindowMove
from cmdb.model.outcome import Outcome
from web.naming import Names
from web.wording_change import duration, listed, window_words, zone_named
from web.wording_whatif import WAVES_AT_MOST, name_of, named

_STATES = {
    Outcome.DOWN: "being down",
    Outcome.DEGRADED: "running with less",
    Outcome.REDUNDANCY_LOST: "losing the last spare",
    Outcome.REDUCED: "losing a spare",
    Outcome.UNAFFECTED: "being untouched",
}
_VERBS = {
    Outcome.DEGRADED: ("runs with less", "run with less"),
    Outcome.REDUNDANCY_LOST: ("stays up without a spare", "stay up without a spare"),
    Outcome.REDUCED: ("keeps a spare", "keep a spare"),
    Outcome.UNAFFECTED: ("is untouched", "are untouched"),
}
_KINDS = {
    MitigationKind.CONFIRM: "relations to confirm",
    MitigationKind.MOVE: "other windows",
    MitigationKind.ROLL: "orders of work",
    MitigationKind.LEAVE_OUT: "targets to leave out",
    MitigationKind.SPARE: "spares",
}

PAGE = {
    "title": "What if",
    "lead": "What would help this change, cheapest first: each measure was tried. Nothing is written.",
    "help": "What would help",
    "nothing": "Nothing that was tried makes any outcome better.",
    "services": "Services",
    "caption": "Each service with the change as it is, and with the alternative",
    "service": "Service",
    "tier": "Tier",
    "as_it_is": "As it is",
    "otherwise": "Otherwise",
    "minutes": "Minutes down",
    "untouched": "No service is touched.",
    "compare": "Compare with",
    "without": "Without",
    "from": "Another window, from",
    "to": "to",
    "hint": "in the zone of the change's window; with one end alone the window keeps its length",
    "show": "Show side by side",
    "beside": "In joint conflict, beyond what is told here of this change alone, with",
    "more": "more",
    "all": "Show all",
    "not_set": "not set",
    "unlisted": "Not all joint conflicts of this change could be listed.",
    "other_language": "中文",
}
"""The headings and labels of the page."""


def what(measure: Mitigation, window: Window, names: Names) -> str:
    """Return what to do."""
    if measure.relation is not None:
        one = measure.relation
        who = f"{name_of(one.source, names)} really depends on {name_of(one.target, names)}"
        return f"Find out whether {who} (confidence {one.confidence:g}). If it does not:"
    if measure.move is not None:
        return _move(measure.move, window, names)
    if measure.roll is not None:
        return _roll(measure.roll, window, names)
    if measure.spare is not None:
        return _spare(measure.spare, names)
    return f"Leave {name_of(measure.left_out or '', names)} out."


def better(services: Sequence[ServiceGain]) -> str:
    """Return what becomes of services that gain the same."""
    who, more = named([service.id for service in services], {service.id: service.name for service in services})
    verb = _VERBS[services[0].to][len(services) > 1]
    return f"{_list(who, more)} {verb} instead of {_STATES[services[0].from_]}."


def minutes(saved: float) -> str:
    """Return how much less, or more, is down by plan."""
    if saved < 0:
        return f"It costs {duration(-saved)} more of planned outage."
    return f"It saves {duration(saved)} of planned outage."


def points(who: list[str], more: int, count: int) -> str:
    """Return which single points of failure are avoided."""
    if count == 1:
        return f"{who[0]} does not become a single point of failure."
    return f"{_list(who, more)} do not become single points of failure."


def never(target: str, services: list[str], more: int, count: int) -> str:
    """Return that no order of work keeps services up."""
    verb = "goes" if count == 1 else "go"
    return f"No order of work helps against {target}: whenever it is out, {_list(services, more)} {verb} down."


def unexamined(limit: Unexamined) -> str:
    """Return which measures were not looked at."""
    if limit.count is None:
        return f"Not looked at: {_KINDS[limit.kind]}; there are too many."
    return f"Not looked at: {limit.count:,} more {_KINDS[limit.kind]}; the limit was reached."


def _move(move: WindowMove, window: Window, names: Names) -> str:
    way = "later" if move.minutes > 0 else "earlier"
    to = window_words(Window(move.from_, move.to, window.zone))
    who, more = named(move.beside, names)
    return f"Move the window {duration(abs(move.minutes))} {way}, to {to}: it no longer meets {_list(who, more)}."


def _roll(roll: Roll, window: Window, names: Names) -> str:
    start, zone = window.start, zone_named(window.zone)
    said = []
    for wave in roll.waves[:WAVES_AT_MOST]:
        who, more = named(wave.targets, names)
        begins = (start + timedelta(minutes=wave.offset)).astimezone(zone)
        said.append(f"{begins:%H:%M} {_list(who, more)} ({duration(wave.minutes)})")
    if len(roll.waves) > WAVES_AT_MOST:
        said.append(f"and {len(roll.waves) - WAVES_AT_MOST} more")
    count = len(roll.waves)
    head = f"Work in {count} waves, each brought back before the next"
    longer = f" The window has to be {duration(roll.longer)} longer." if roll.longer else ""
    proved = " This change alone then stops no service, and no plan has fewer waves." if roll.fewest else ""
    if roll.loses_none and not roll.fewest:
        proved = " This change alone then stops no service."
    return f"{head}: {'; '.join(said)}.{longer}{proved}"


def _spare(spare: Spare, names: Names) -> str:
    item = name_of(spare.item, names)
    if spare.group is None:
        return f"Put a twin beside {item}, so that one of the two is enough."
    have = f"{spare.members + 1} instead of {spare.members}, of which {spare.needs_then} are needed"
    if spare.needs_then == 1:
        have = have.replace("are needed", "is needed")
    return f"Add one more to {spare.group} of {item}: {have}."


def _list(names: Sequence[str], more: int) -> str:
    return listed([*names, f"{more} more"] if more else list(names))
