"""The words of the calendar: what speaks against a change at its time, and what rules a start out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from web.naming import Names, called_in
from web.wording_change import moment_words

AGAINST = {
    "freeze": "in a freeze",
    "maintenance": "outside of agreed maintenance",
    "team_busy": "the team is busy",
    "team_off": "the team is off",
    "conflict": "in a joint conflict",
    "not_examined": "not examined, as too many overlap there",
    "not_known_yet": "not known yet so far ahead (foreshock calendar renew)",
}
"""By the reason that rules a start out: what is said of it."""


def in_facts(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the CIs that the words about facts name."""
    yield from (each["ci"] for each in facts["maintenance"])


def facts_words(facts: Mapping[str, Any], names: Names) -> Iterator[str]:
    """Yield what the JSON of :class:`cmdb.model.calendar_facts.CalendarFacts` says, a sentence each."""
    for each in facts["freezes"]:
        passes = " (an emergency change passes)" if each["code"] == "freeze_passed" else ""
        yield f"Freeze {each['id']} {each['name']}{passes}: {_stretches(each)}"
    for each in facts["peaks"]:
        yield f"Peak {each['id']} {each['name']}, {each['demand']:g} times the usual: {_stretches(each)}"
    for each in facts["maintenance"]:
        yield f"{called_in(names, each['ci'])}: {_maintenance(each)}"
    for each in facts["overruns"]:
        others = ", ".join(each["changes"])
        why = "does not work" if each["code"] == "team_off" else f"is to do {each['at_once']} at once with {others}"
        yield f"Team {each['team']} {why}, {_moment(each['from'])} to {_moment(each['to'])}"
    if facts["not_known_yet"]:
        yield f"Not known yet so far ahead: {', '.join(facts['not_known_yet'])} (foreshock calendar renew)"
    if not facts["reasons"]:
        yield "Nothing in the calendar speaks against it."


def _stretches(met: Mapping[str, Any]) -> str:
    return "; ".join(f"{_moment(each['from'])} to {_moment(each['to'])}" for each in met["stretches"])


def _maintenance(met: Mapping[str, Any]) -> str:
    planned = f"{met['planned_minutes']:g} planned minutes" if met["planned_minutes"] else "no planned outage"
    if not met["has_windows"]:
        return f"{planned}, and no agreed maintenance windows"
    where = "wholly" if met["window_inside"] else "not wholly"
    within = f", {met['agreed_minutes']:g} of them agreed" if met["planned_minutes"] else ""
    return f"{planned}{within}; the change is {where} in agreed maintenance"


def _moment(text: str) -> str:
    return moment_words(datetime.fromisoformat(text))
