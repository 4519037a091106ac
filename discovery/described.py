"""The settings that a connector takes, described as plain values, so that a door can make a form of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

from marshmallow import fields, missing, validate

from discovery.ports import Connector, Secret


class Shape(StrEnum):
    """What a value looks like: ``LINES`` is a list of plain values, ``RECORDS`` is an object or a list of them."""

    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"
    SECRET = "secret"
    LINES = "lines"
    RECORDS = "records"


class Setting(NamedTuple):
    """One setting: ``default`` is what holds where it is left out, None where that is nothing; ``listed``: a list."""

    name: str
    shape: Shape
    description: str
    required: bool
    default: Any
    choices: tuple[str, ...]
    listed: bool


def settings_of(connector: Connector) -> dict[str, Setting]:
    """Return the settings that a connector takes, by the names they have in a source."""
    found = (_setting(each.data_key or name, each) for name, each in connector.settings().fields.items())
    return {each.name: each for each in found}


def _setting(name: str, each: fields.Field[Any]) -> Setting:
    default = each.load_default() if callable(each.load_default) else each.load_default
    return Setting(
        name,
        _shape(each),
        str(each.metadata.get("description", "")),
        each.required,
        None if default is missing or default in ("", [], {}) else default,
        _choices(each),
        isinstance(each, fields.List),
    )


def _shape(each: fields.Field[Any]) -> Shape:
    if isinstance(each, Secret):
        return Shape.SECRET
    if isinstance(each, fields.Boolean):
        return Shape.YES_NO
    if _choices(each):
        return Shape.CHOICE
    if isinstance(each, fields.List):
        return Shape.RECORDS if isinstance(each.inner, (fields.Nested, fields.Mapping)) else Shape.LINES
    is_record = isinstance(each, (fields.Nested, fields.Mapping)) or type(each) is fields.Raw
    return Shape.RECORDS if is_record else Shape.TEXT


def _choices(each: fields.Field[Any]) -> tuple[str, ...]:
    validators = each.validators if isinstance(each, fields.String) else ()
    return next((tuple(map(str, one.choices)) for one in validators if isinstance(one, validate.OneOf)), ())
