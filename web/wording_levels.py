"""The words of a service level and of the scale of losses, from their documents, in the terminal and on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def level_lines(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what was agreed, by name."""
    longest = document["longest_interruption"]
    return [
        ("Availability", f"{document['availability']:g} % of each {document['period']} ({document['zone']})"),
        ("Service hours", document["hours"] or "around the clock"),
        ("Agreed maintenance", f"{document['maintenance_minutes']} min a {document['period']}"),
        ("One interruption", f"at most {longest} min" if longest else None),
        ("Down costs", rate_words(document["rate"])),
    ]


def rate_words(rate: Mapping[str, Any] | None) -> str:
    """Return a rate as people say it, empty where there is none."""
    return "" if rate is None else f"{rate['amount']} {rate['currency']} a {rate['per']}"


def scale_lines(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what a scale of losses says, by name."""
    weights = document["weights"]
    tiers = [(f"Tier {tier}", f"{weights[tier]:g}") for tier in ("1", "2", "3", "4")]
    values = sorted(document["minute_values"].items())
    return [
        *tiers,
        ("Without a tier", f"{weights['none']:g}"),
        *((f"A tier 1 minute in {currency}", value) for currency, value in values),
        ("Scores 50 of 100", f"an expected loss of {document['half_at']:g} tier 1 minutes"),
    ]
