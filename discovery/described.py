"""The settings that a connector takes, described as plain values, so that a door can make a form of them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from marshmallow import Schema, fields, missing, validate

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
    """
    One setting: ``default`` is what holds where it is left out, None where that is nothing; ``listed``: a list.

    ``type`` is what a value is, in words, and ``parts`` are the settings within it, where it is an object or a list of
    objects.
    """

    name: str
    shape: Shape
    description: str
    required: bool
    default: Any
    choices: tuple[str, ...]
    listed: bool
    type: str = "text"
    parts: tuple[Setting, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return what people are told of it, as JSON."""
        return {
            "name": self.name,
            "type": self.type,
            "required": self.required,
            "default": self.default,
            "description": self.description,
            "parts": [each.told() for each in self.parts],
        }


def settings_of(connector: Connector) -> dict[str, Setting]:
    """Return the settings that a connector takes, by the names they have in a source."""
    return {each.name: each for each in _settings(connector.settings())}


def _settings(schema: Schema) -> Iterator[Setting]:
    yield from (_setting(each.data_key or name, each) for name, each in schema.fields.items())


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
        _type(each),
        _parts(each),
    )


def _type(each: fields.Field[Any]) -> str:
    if isinstance(each, fields.List):
        return f"list of {_plural(_type(each.inner))}"
    if isinstance(each, fields.Mapping):
        within = _plural(_type(each.value_field)) if each.value_field else "values"
        return f"object of {within} by name"
    if _choices(each):
        return "one of " + ", ".join(_choices(each))
    return next((word for kind, word in _TYPES if isinstance(each, kind)), "value")


_TYPES: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (Secret, "reference"),
    (fields.Url, "address"),
    (fields.String, "text"),
    (fields.Boolean, "yes or no"),
    (fields.Integer, "whole number"),
    (fields.Number, "number"),
    (fields.Nested, "object"),
)


def _plural(words: str) -> str:
    return "addresses" if words == "address" else words if words.startswith("one of ") else f"{words}s"


def _parts(each: fields.Field[Any]) -> tuple[Setting, ...]:
    inner: fields.Field[Any] | None = each.inner if isinstance(each, fields.List) else each
    inner = inner.value_field if isinstance(inner, fields.Mapping) else inner
    return tuple(_settings(inner.schema)) if isinstance(inner, fields.Nested) else ()


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
