"""What a schema refuses, in words of our own: what is wrong, where, and what would be right."""

from __future__ import annotations

import inspect
import re

import pytest
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cmdb.configuration.schema_faults import schema_faults


class Column(Schema):
    class Meta:
        unknown = RAISE

    column = fields.String(required=True, metadata={"description": "the column that lists ids"})
    reverse = fields.Boolean()


class Given(Schema):
    class Meta:
        unknown = RAISE

    hosts = fields.List(fields.String(), required=True, validate=validate.Length(1, 3))
    ci_class = fields.String(data_key="class", allow_none=False)
    port = fields.Integer(validate=validate.Range(1, 65_535))
    share = fields.Float(validate=validate.Range(0, 1, min_inclusive=False, max_inclusive=False))
    way = fields.String(validate=validate.OneOf(("in", "out")))
    mark = fields.String(validate=[validate.Length(max=2), validate.Regexp("[a-z]+")])
    columns = fields.List(fields.Nested(Column))
    more = fields.Nested(Column(many=True))
    types = fields.Dict(keys=fields.String(validate=validate.Length(2)), values=fields.Integer())
    named = fields.Dict(keys=fields.String(), values=fields.Nested(Column))
    at = fields.AwareDateTime()


RIGHT = {"hosts": ["a"]}


def told(given: object) -> dict[str, str]:
    """Return what is said of a value, by its place."""
    schema = Given()
    try:
        schema.load(given)  # type: ignore[arg-type]
    except ValidationError as error:
        return dict(schema_faults(error.messages, schema))
    return {}


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        ({"hosts": "a"}, "/hosts", "must be a list, such as [one, two]"),
        ({"hosts": []}, "/hosts", "must have 1 to 3 entries"),
        ({"hosts": ["a", 2]}, "/hosts/1", "must be a text"),
        ({}, "/hosts", "is missing"),
        ({"port": "many"}, "/port", "must be a whole number"),
        ({"port": 0}, "/port", "must be from 1 to 65535"),
        ({"share": 1}, "/share", "must be more than 0 and less than 1"),
        ({"way": "up"}, "/way", "must be one of: in, out"),
        ({"mark": "abc"}, "/mark", "must have at most 2 characters"),
        ({"mark": "1"}, "/mark", "must be of the form [a-z]+"),
        ({"class": None}, "/class", "must have a value"),
        ({"clas": "host"}, "/clas", "is not known here; did you mean class?"),
        ({"columns": [{"reverse": 1}, {}]}, "/columns/1/column", "is missing: the column that lists ids"),
        ({"columns": [{"column": "a", "revers": 1}]}, "/columns/0/revers", "is not known here; did you mean reverse?"),
        ({"columns": [3]}, "/columns/0", "must be an object: names with values"),
        ({"more": [{"column": 1}]}, "/more/0/column", "must be a text"),
        ({"types": {"ab": "x"}}, "/types/ab", "must be a whole number"),
        ({"types": {"a": 1}}, "/types/a", "must have at least 2 characters"),
        ({"types": []}, "/types", "must be an object: names with values"),
        ({"named": {"x": {"reverse": True}}}, "/named/x/column", "is missing: the column that lists ids"),
        ({"at": "now"}, "/at", "must be a moment with its offset, such as 2026-03-02T10:00:00Z"),
    ],
)
def test_a_fault_says_where_it_is_and_what_would_be_right(given: dict[str, object], place: str, words: str) -> None:
    """The place is a JSON pointer into what was given; no value is repeated."""
    assert told({**RIGHT, **given} if given else given)[place] == words


def test_what_is_no_object_at_all_is_told_of_the_whole() -> None:
    assert told([1]) == {"": "must be an object: names with values"}


def test_what_nothing_is_like_is_answered_with_all_that_is_there() -> None:
    found = told({**RIGHT, "zzzzzz": 1})["/zzzzzz"]

    assert found == f"is not known here; there are: {', '.join(sorted({*Given().fields, 'class'} - {'ci_class'}))}"


def _messages() -> list[str]:
    """Return every message that a field of the library may give, filled with something."""
    found = set(Schema._default_error_messages.values())
    for _, kind in inspect.getmembers(fields, inspect.isclass):
        found.update(getattr(kind, "default_error_messages", {}).values())
    found -= {"{input!r} cannot be formatted as a timedelta."}  # Said when dumping alone.
    more = {"obj_type": "datetime", "awareness": "aware", "choices": "a, b", "input": "x"}
    return sorted(each.format(**more) for each in found)


@pytest.mark.parametrize("message", _messages())
def test_no_sentence_of_the_library_reaches_anybody(message: str) -> None:
    """Those of a later version of it are found here first."""
    assert [said for _, said in schema_faults(message, None) if re.match("[A-Z]", said)] == []


def test_of_thousands_of_unknown_names_the_first_have_hints() -> None:
    """All are told, and nobody waits for what is like each of them."""
    found = told({**RIGHT, **{f"host{number}": 1 for number in range(5_000)}})

    assert len(found) == 5_000
    assert found["/host0"] == "is not known here; did you mean hosts?"
    assert found["/host4999"] == "is not known here"
