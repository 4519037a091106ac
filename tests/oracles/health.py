"""The health of a small estate as anybody would count it by hand: slow, and written without the code it judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

WANTED = {
    "server": ["owner", "environment", "vendor", "model", "serial_number", "os"],
    "virtual_machine": ["owner", "environment", "os"],
    "service": ["owner", "tier"],
    "interface": ["device"],
    "team": [],
    "subnet": [],
}
RESTS_ON_OTHERS = {"service"}
STANDS_ALONE = {"interface", "team"}
CAN_BE_SEEN = {"server", "virtual_machine", "interface"}


def owner_of(ci: str, estate: Mapping[str, Any]) -> str:
    stated = estate["cis"][ci].get("attributes", {}).get("owner")
    if stated:
        return str(stated)
    owners = [r["target"] for r in estate["relations"] if r["source"] == ci != r["target"] and r["type"] == "owned_by"]
    return min((estate["cis"][each]["name"] for each in owners if each in estate["cis"]), default="")


def measured(estate: Mapping[str, Any]) -> list[str]:
    """Return the CIs but for those that were made of others, which no source sees."""
    made = {ci for ci, each in estate["cis"].items() if {source for source, _ in each.get("seen_as", [])} == {""}}
    return [ci for ci in estate["cis"] if ci not in made]


def judged(estate: Mapping[str, Any]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return what was asked and what is faulty, each as pairs of a measure and a CI."""
    asked, faulty = set(), set()
    for ci in measured(estate):
        for measure, wrong in _measures(ci, estate):
            asked.add((measure, ci))
            if wrong:
                faulty.add((measure, ci))
    return asked, faulty


def _measures(ci: str, estate: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    document = estate["cis"][ci]
    kind, values = document["class"], document.get("attributes", {})
    relations = [
        each
        for each in estate["relations"]
        if ci in (each["source"], each["target"])
        and each["source"] != each["target"]
        and each["source"] in estate["cis"]
        and each["target"] in estate["cis"]
    ]
    out = [each for each in relations if each["source"] == ci]
    if WANTED[kind]:
        lacking = [name for name in WANTED[kind] if not values.get(name)]
        if any(each["type"] == "owned_by" for each in out):
            lacking = [name for name in lacking if name != "owner"]
        yield "completeness", bool(lacking)
    if ci in estate["judged"]:
        yield "correctness", not estate["judged"][ci]
    sightings = estate["sightings"].get(ci, [])
    if sightings or kind in CAN_BE_SEEN:
        yield "freshness", not any(present and fresh for _, present, fresh in sightings)
    if kind not in STANDS_ALONE:
        yield "orphans", not (out if kind in RESTS_ON_OTHERS else relations)
    yield "duplicates", any(ci in pair for pair in estate["twins"])
    if out:
        yield "evidence", any(_weak(each, estate) for each in out)


def _weak(relation: Mapping[str, Any], estate: Mapping[str, Any]) -> bool:
    sources = relation.get("sources", [])
    if not sources:
        return relation.get("status", "asserted") != "asserted"
    if any(not each.startswith("discovery/") for each in sources):
        return False
    if relation.get("status") == "proposed":
        return True
    for end in (relation["source"], relation["target"]):
        for source, present, fresh in estate["sightings"].get(end, []):
            if present and fresh and f"discovery/{source}" in sources:
                return False
    return True
