"""What the API takes: fields that take a value only in its one JSON form, and schemas that load records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from marshmallow import fields, post_load

from web.api.schemas import Strict, described, field_of


class StrictBoolean(fields.Boolean):
    """True or false; neither texts nor numbers that might mean it."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *rest, **more)


class StrictInteger(fields.Integer):
    """A whole number; neither a text nor true."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if type(value) is float and value.is_integer():
            value = int(value)  # JSON knows no difference between 1 and 1.0.
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *rest, **more)


class StrictFloat(fields.Float):
    """A number; neither a text nor true."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if type(value) not in (int, float):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *rest, **more)


_PLAIN: dict[Any, Any] = {
    str: fields.String,
    bool: StrictBoolean,
    int: StrictInteger,
    float: StrictFloat,
    datetime: fields.AwareDateTime,
    date: fields.Date,
}


@cache
def input_of(record: Any) -> type[Strict]:
    """Return the schema that loads a dataclass: what has no default is required, what it does not name is refused."""
    members: dict[str, Any] = {}
    for name, key, hint, has_default in described(record):
        members[name] = field_of(hint, _PLAIN, input_of, required=not has_default, data_key=key)

    @post_load
    def make(_self: Strict, given: Mapping[str, Any], **_: Any) -> Any:
        return record(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})

    members |= {"make": make, "__doc__": record.__doc__}
    return type(f"{record.__name__}In", (Strict,), members)
