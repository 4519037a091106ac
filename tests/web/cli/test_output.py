"""Answers in five formats, and tables that people can read."""

from __future__ import annotations

import csv
import doctest
import io
import json

import click
import pytest
import yaml

from web.cli import tables
from web.cli.output import emit
from web.cli.session import Session

ROWS = [
    {"id": "web1", "name": 'the "first", of two', "tier": 1, "tags": ["a", "b"]},
    {"id": "结账", "name": "two\nlines", "tier": None, "live": True},
]


def printed(capsys, output: str) -> str:
    """Return what the rows look like in this format."""
    session = Session()
    session.output = output
    emit(session, {"rows": ROWS}, lambda: ["for people"], rows=ROWS)
    return capsys.readouterr().out


def test_json_and_yaml_give_the_whole_document(capsys):
    """Both parse back to what went in."""
    assert json.loads(printed(capsys, "json")) == {"rows": ROWS}
    assert yaml.safe_load(printed(capsys, "yaml")) == {"rows": ROWS}


def test_json_lines_give_one_record_a_line(capsys):
    """A line break within a value does not break the line."""
    assert [json.loads(line) for line in printed(capsys, "jsonl").splitlines()] == ROWS


def test_csv_has_every_column_of_every_row_and_keeps_quotes_and_line_breaks(capsys):
    """A column that only a later row has is a column; lists and booleans are JSON."""
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "csv"))))

    assert list(rows[0]) == ["id", "name", "tier", "tags", "live"]
    assert rows[0]["name"] == 'the "first", of two'
    assert json.loads(rows[0]["tags"]) == ["a", "b"]
    assert rows[1] == {"id": "结账", "name": "two\nlines", "tier": "", "tags": "", "live": "true"}


def test_a_table_is_only_made_when_it_is_wanted(capsys):
    """Scripts do not pay for what people read."""

    def lines():
        raise AssertionError("made for nobody")

    session = Session()
    session.output = "json"
    emit(session, {}, lines)

    assert printed(capsys, "table") == "{}\nfor people\n"


def test_columns_line_up_also_with_wide_characters():
    """An East Asian character takes two columns of a terminal."""
    lines = [
        click.unstyle(line)
        for line in tables.table(["ID", "NAME", "TIER"], [["web1", "Checkout", 1], ["db", "结账", 2]])
    ]

    assert lines == ["ID    NAME      TIER", "web1  Checkout  1", "db    结账      2"]


def test_figures_stand_to_the_right():
    """A column of figures is read from its last digit."""
    lines = [click.unstyle(line) for line in tables.table(["ID", "MINUTES"], [["a", 5], ["b", 120]], right=["MINUTES"])]

    assert lines == ["ID  MINUTES", "a         5", "b       120"]


def test_control_characters_in_data_can_not_move_the_cursor():
    """A name that holds an escape sequence is shown, not obeyed."""
    assert tables.plain("web\x1b[2J1\n") == "web\\x1b[2J1\\x0a"


@pytest.mark.parametrize("value", [None, True, False, 3, 2.5, "x", ["a", 1], {"k": "v"}])
def test_every_json_value_has_a_plain_form(value):
    """One line, whatever it is."""
    assert "\n" not in tables.plain(value)


def test_the_examples_in_the_docstrings_hold():
    """Widths are as documented."""
    assert doctest.testmod(tables).failed == 0
