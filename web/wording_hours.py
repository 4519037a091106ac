"""The words of a calendar of service hours, from its document, as the terminal and the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cmdb.model.intervals import length_of
from cmdb.model.service_hours import ServiceHoursYear


def weekly_words(weekly: Iterable[Mapping[str, Any]]) -> str:
    """Return weekly hours as they are typed."""
    return "; ".join(weekly_texts(weekly))


def weekly_texts(weekly: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return each weekly hours as it is typed."""
    return [f"{','.join(each['days'])} {each['opens']}-{each['closes']}" for each in weekly]


def opened_texts(opened: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return each day with hours of its own as it is typed."""
    return [f"{each['day']} {each['opens']}-{each['closes']}" for each in opened]


def hours_lines(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what a calendar says, by name."""
    worked = document["worked_like"] if "CN" in document["holidays"] else None
    return [
        ("Weekly", weekly_words(document["weekly"])),
        ("Holidays", document["holidays"]),
        ("Worked weekends like", worked),
        ("Closed", document["closed"]),
        ("Opened", "; ".join(opened_texts(document["opened"]))),
    ]


def year_rows(years: Sequence[ServiceHoursYear]) -> list[list[str]]:
    """Return a row for each year: its hours, by which libraries, and which holidays are only reckoned."""
    return [
        [
            str(each.year),
            f"not known ({', '.join(each.uncovered)})"
            if each.intervals is None
            else f"{length_of(each.intervals).total_seconds() / 3600:,.1f}".removesuffix(".0"),
            ", ".join(each.libraries),
            ", ".join(day.isoformat() for day in each.estimated),
        ]
        for each in years
    ]
