"""Cells as values of attributes: what can be meant in one way is taken, everything else is told."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from cmdb.exchange.tables import Unfit, texts_of, value_of
from cmdb.exchange.tables.values import SENTENCES
from cmdb.model.ci_class import Attribute, AttributeType

at = datetime.fromisoformat  # Workbooks know no zones.
EXCEL = date(1899, 12, 30)


def value(kind: str, cell, *, of=None, choices=(), epoch=None):
    """Return what a cell means for an attribute of this type."""
    wanted = Attribute("x", AttributeType(kind), of=AttributeType(of) if of else None, choices=choices)
    return value_of(wanted, cell, epoch=epoch)


@pytest.mark.parametrize(
    ("kind", "cell", "meant"),
    [
        ("text", 4711, "4711"),
        ("text", at("2024-03-02"), "2024-03-02"),
        ("text", True, "true"),
        ("integer", "16", 16),
        ("integer", 16.0, 16),
        ("decimal", "1.5", 1.5),
        ("decimal", 2, 2),
        ("boolean", "是", True),
        ("boolean", "No", False),
        ("date", at("2024-03-02T08:30"), "2024-03-02"),
        ("date", "2024-3-2", "2024-03-02"),
        ("date", "2024/03/02", "2024-03-02"),
        ("date", "2024.3.2", "2024-03-02"),
        ("date", "2024年3月2日", "2024-03-02"),
        ("date", "20240302", "2024-03-02"),
        ("date", "2024-03-02 00:00:00", "2024-03-02"),
        ("ip", "10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_cell_is_the_value_people_meant(kind, cell, meant):
    """Numbers, days and yes or no are written in many ways that mean one thing."""
    assert value(kind, cell) == meant


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        ("integer", "64 GB", "table.not_integer"),
        ("integer", "1,024", "table.not_integer"),
        ("integer", 1.5, "table.not_integer"),
        ("integer", True, "table.not_integer"),
        ("decimal", "1,5", "table.not_decimal"),
        ("boolean", "maybe", "table.not_boolean"),
        ("date", "03/04/2024", "table.date_unclear"),
        ("date", "3.4.24", "table.date_unclear"),
        ("date", "2024-02-30", "table.not_date"),
        ("date", "soon", "table.not_date"),
        ("date", "45353", "table.date_number"),
        ("date", 7, "table.not_date"),
        ("time", at("2024-03-02T08:30"), "table.time_zone"),
        ("text", ["a"], "table.not_single"),
    ],
)
def test_what_may_mean_nothing_or_two_things_is_told(kind, cell, code):
    """Nothing is guessed: 03/04/2024 is a day in March or in April."""
    with pytest.raises(Unfit) as unfit:
        value(kind, cell)
    assert unfit.value.code == code
    assert SENTENCES[code].format(**unfit.value.facts)


def test_a_number_is_a_day_only_where_it_is_known_from_when_they_count():
    """In a workbook 45353 is the second of March 2024, as it says from when days count; in a CSV that is told."""
    assert value("date", 45353, epoch=EXCEL) == "2024-03-02"
    assert value("date", 43891, epoch=date(1904, 1, 1)) == "2024-03-02"
    with pytest.raises(Unfit) as unfit:
        value("date", "45353")
    assert unfit.value.facts["day"] == "2024-03-02"


def test_lists_are_taken_apart():
    """Commas, semicolons, bars, lines and the Chinese signs separate; between addresses a space does too."""
    assert value("list", "10.0.0.1 10.0.0.2、10.0.0.3", of="ip") == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert value("list", "web server; cache", of="text") == ["web server", "cache"]
    assert value("list", "8", of="integer") == [8]
    assert value("list", ["a", 5], of="text") == ["a", "5"]
    assert texts_of("db-1;db-2\ndb-1，db-3|") == ("db-1", "db-2", "db-3")
    assert texts_of(None) == ()


def test_a_choice_is_found_whatever_its_case():
    """PRIMARY is primary; what is no choice stays as it is, for the catalogue to judge."""
    assert value("enum", "PRIMARY", choices=("primary", "replica")) == "primary"
    assert value("enum", "other", choices=("primary", "replica")) == "other"
