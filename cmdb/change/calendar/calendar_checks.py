"""Whether the fields of an entry of the calendar are right: every problem there is, each at its JSON pointer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from cmdb.configuration.catalogue import SERVICE, Catalogue
from cmdb.errors import Problem
from cmdb.model.calendar_entry import Covered

LONGEST: Mapping[str, int] = {"name": 200, "team": 200, "reason": 2_000, "environment": 200}
MOST_COVERED = 1_000
MOST_AT_ONCE = 1_000
MOST_DEMAND = 10_000.0
LISTS = ("services", "cis", "classes", "environments")


def words_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with name, team and reason, as far as they are given."""
    for key in ("name", "team", "reason"):
        if key in given:
            yield from text_problems(key, given[key], f"/{key}", empty=key == "reason")


def text_problems(what: str, text: str, pointer: str, *, empty: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with a text of one line; only one that may be ``empty`` may say nothing."""
    facts: dict[str, Any] = {"what": what, "most": LONGEST[what]}
    if not text.strip() and not empty:
        yield Problem("calendar.missing", "the {what} is missing", facts, pointer)
    if len(text) > LONGEST[what]:
        facts["length"] = len(text)
        yield Problem("calendar.too_long", "the {what} has {length} characters; at most {most:,}", facts, pointer)
    if any(not c.isprintable() for c in text):
        yield Problem("calendar.unclean", "the {what} is no text of one line", facts, pointer)


def covered_problems(
    covers: Covered, lists: tuple[str, ...], catalogue: Catalogue, known: Mapping[str, Any]
) -> Iterator[Problem]:
    """
    Yield what is wrong with what an entry covers; ``known`` are the documents of the CIs it names that are there.

    ``lists`` are those it may use; without ``environments`` it may not cover everything either.
    """
    wide = "environments" in lists
    named = {each: getattr(covers, each) for each in LISTS}
    if not any(named.values()) and not covers.everything:
        facts = {"lists": ", ".join((*lists, "everything") if wide else lists)}
        yield Problem("calendar.covers_nothing", "it covers nothing; right would be one of {lists}", facts, "/covers")
    if covers.everything and any(named.values()):
        sentence = "it covers everything, so nothing else is named"
        yield Problem("calendar.covers_all", sentence, {}, "/covers")
    if covers.everything and not wide:
        facts = {"lists": ", ".join(lists)}
        yield Problem("calendar.covers_too_much", "it covers {lists} only", facts, "/covers/everything")
    for each, values in named.items():
        yield from _list_problems(each, values, lists)
    for place, ci in enumerate(covers.services):
        yield from _service_problems(ci, catalogue, known, f"/covers/services/{place}")
    for place, ci in enumerate(covers.cis):
        if ci not in known:
            yield Problem("calendar.unknown_ci", "there is no CI {ci}", {"ci": ci}, f"/covers/cis/{place}")
    for place, name in enumerate(covers.classes):
        if catalogue.find_class(name) is None:
            yield Problem(
                "calendar.unknown_class", "there is no class {name}", {"name": name}, f"/covers/classes/{place}"
            )
    for place, name in enumerate(covers.environments):
        yield from text_problems("environment", name, f"/covers/environments/{place}")


def _list_problems(name: str, values: tuple[str, ...], lists: tuple[str, ...]) -> Iterator[Problem]:
    pointer = f"/covers/{name}"
    if values and name not in lists:
        other = {"name": name, "lists": ", ".join(lists)}
        yield Problem("calendar.covers_other", "it covers no {name}; right would be one of {lists}", other, pointer)
    if len(values) > MOST_COVERED:
        facts = {"count": len(values), "most": MOST_COVERED}
        yield Problem("calendar.covers_many", "{count:,} entries; at most {most:,}", facts, pointer)
    for place, value in enumerate(values):
        if value in values[:place]:
            yield Problem("calendar.covers_twice", "{value} stands twice", {"value": value}, f"{pointer}/{place}")


def _service_problems(ci: str, catalogue: Catalogue, known: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if ci not in known:
        yield Problem("calendar.unknown_ci", "there is no CI {ci}", {"ci": ci}, pointer)
    elif not catalogue.is_below(known[ci].document["class"], SERVICE):
        facts = {"ci": ci, "class": known[ci].document["class"]}
        sentence = "{ci} is no service but of class {class}; name it as a CI"
        yield Problem("calendar.no_service", sentence, facts, pointer)


def figure_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with demand, minutes and at_once, as far as they are given."""
    demand = given.get("demand")
    if demand is not None and not (isfinite(demand) and 0 < demand <= MOST_DEMAND):
        facts = {"demand": demand, "most": int(MOST_DEMAND)}
        sentence = "the demand is {demand} times the usual; right would be more than 0 and at most {most:,}"
        yield Problem("calendar.demand", sentence, facts, "/demand")
    minutes = given.get("minutes")
    if minutes is not None and minutes < 1:
        sentence = "{minutes} minutes of outage are agreed; at least 1, or left out for all of the window"
        yield Problem("calendar.minutes", sentence, {"minutes": minutes}, "/minutes")
    at_once = given.get("at_once")
    if at_once is not None and not 1 <= at_once <= MOST_AT_ONCE:
        facts = {"at_once": at_once, "most": MOST_AT_ONCE}
        yield Problem("calendar.at_once", "{at_once} changes at once; right would be 1 to {most:,}", facts, "/at_once")
