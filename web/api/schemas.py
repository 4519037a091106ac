"""Schemas of the API: one generated for each kind of record, and those that many resources share."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, is_dataclass
from dataclasses import fields as dataclass_fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from marshmallow import RAISE, Schema, fields, validate

from cmdb.model.kind import Kind
from cmdb.records import Held, to_json
from web.as_of import MEANING, revision_of
from web.request import context

LONGEST_PAGE = 1000


class Strict(Schema):
    """A body of a request: what it does not name is refused."""

    class Meta:
        unknown = RAISE


class StrictBoolean(fields.Boolean):
    """True or false; neither texts nor numbers that might mean it."""

    truthy = {True}  # noqa: RUF012
    falsy = {False}  # noqa: RUF012

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *rest, **more)


class Paging(Strict):
    """Keyset paging: ``after`` is the ``next`` of the page before."""

    after = fields.String(load_default=None, metadata={"description": "the `next` of the page before"})
    limit = fields.Integer(
        load_default=100, validate=validate.Range(1, LONGEST_PAGE), metadata={"description": "how many rows at most"}
    )


class AsOf(Strict):
    """A read as it was."""

    at = fields.String(metadata={"description": f"as of: {MEANING}; left out, now"})


def at_of(wanted: Mapping[str, Any]) -> int | None:
    """Return the revision a query asks for by ``at``, None for the newest; raises InvalidInput."""
    return revision_of(context().store, wanted["at"]) if "at" in wanted else None


class FaultOut(Schema):
    """One fault of an input and its place."""

    pointer = fields.String(metadata={"description": "JSON pointer (RFC 6901), where the input is one document"})
    line = fields.Integer(metadata={"description": "line, from 1, where the input is read line by line"})
    code = fields.String(required=True)
    message = fields.String(required=True)


class ProblemOut(Schema):
    """Why a request failed (RFC 9457)."""

    type = fields.String(required=True, metadata={"format": "uri"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable; programs compare this"})
    errors = fields.List(fields.Nested(FaultOut), metadata={"description": "every fault of the input"})


@cache
def schema_of(kind: Kind[Any]) -> type[Schema]:
    """Return the schema of a kind's records as they are shown; it dumps :func:`cmdb.records.to_json`, of a held one too."""
    sealed = any(f.name == "hash" for f in dataclass_fields(kind.record))

    def dump(_self: Schema, obj: Any, *, many: bool | None = None) -> Any:
        if many:
            return [dump(_self, one) for one in obj]
        return to_json(kind, obj.record if isinstance(obj, Held) else obj)

    record: Any = kind.record
    made: type[Schema] = _schema(record, sealed)
    return type(made.__name__, (made,), {"dump": dump, "__doc__": made.__doc__})


def page_of(row: type[Schema], name: str) -> type[Schema]:
    """Return the schema of one page of a listing: ``rows``, and ``next`` where there is more."""
    more = {"description": "the `after` of the next page; null: no more"}
    members = {
        "rows": fields.List(fields.Nested(row), required=True),
        "next": fields.String(attribute="after", required=True, allow_none=True, metadata=more),
    }
    return type(name, (Schema,), {**members, "__doc__": "One page of rows, and where the next begins."})


@cache
def _schema(record: Any, sealed: bool) -> type[Schema]:
    hints = get_type_hints(record)
    members: dict[str, Any] = {}
    for f in dataclass_fields(record):
        has_default = f.default is not MISSING or f.default_factory is not MISSING
        more = {"required": not (sealed and has_default)}
        if (key := f.metadata.get("json", f.name)) != f.name:
            more["data_key"] = key
        members[f.name] = _field(hints[f.name], sealed, **more)
    return type(record.__name__, (Schema,), {**members, "__doc__": record.__doc__})


_PLAIN: dict[Any, Any] = {
    str: fields.String,
    bool: fields.Boolean,
    float: fields.Float,
    datetime: fields.AwareDateTime,
    date: fields.Date,
    Decimal: fields.String,
}


def _field(hint: Any, sealed: bool, **more: Any) -> fields.Field[Any]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        wanted = [h for h in get_args(hint) if h is not type(None)]
        if len(wanted) < len(get_args(hint)):
            more["allow_none"] = True
        return _field(wanted[0], sealed, **more) if len(wanted) == 1 else fields.Raw(**more)
    if origin is tuple or origin is frozenset:
        return fields.List(_field(get_args(hint)[0], sealed), **more)
    if origin is not None:
        return fields.Dict(keys=fields.String(), values=_field(get_args(hint)[1], sealed), **more)
    if not isinstance(hint, type):
        return fields.Raw(**more)
    if is_dataclass(hint):
        return fields.Nested(_schema(hint, sealed), **more)
    if issubclass(hint, Enum):
        return fields.Enum(hint, by_value=True, **more)
    if hint is int:
        return fields.Integer(strict=True, **more)
    made: fields.Field[Any] = _PLAIN[hint](**more)
    return made
