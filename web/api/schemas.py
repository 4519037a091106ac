"""Schemas of the API: one generated for each kind of record, and those that many resources share."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
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
from web.as_of import revision_of
from web.request import context

LONGEST_PAGE = 1000


class Strict(Schema):
    """A body of a request: what it does not name is refused."""

    class Meta:
        unknown = RAISE


class Paging(Strict):
    """Keyset paging: ``after`` is the ``next`` of the page before."""

    after = fields.String(load_default=None, metadata={"description": "the `next` of the page before"})
    limit = fields.Integer(
        load_default=100, validate=validate.Range(1, LONGEST_PAGE), metadata={"description": "how many rows at most"}
    )


class AsOf(Strict):
    """A read as it was."""

    at = fields.String(
        load_default=None,
        metadata={"description": "as of a revision (12), a moment with its offset, or a day (its end in UTC)"},
    )


def at_of(wanted: Mapping[str, Any]) -> int | None:
    """Return the revision a query asks for by ``at``, None for the newest; raises InvalidInput."""
    return revision_of(context().store, wanted["at"], pointer="/at")


class FaultOut(Schema):
    """One fault of an input and its place."""

    pointer = fields.String(metadata={"description": "JSON pointer (RFC 6901), where the input is one document"})
    line = fields.Integer(metadata={"description": "line, from 1, where the input is read line by line"})
    code = fields.String(required=True)
    message = fields.String(required=True)


class NamesakeOut(Schema):
    """A CI that has the name which was given for an id."""

    id = fields.String(required=True)
    ci_class = fields.String(required=True, data_key="class")
    of = fields.String(required=True, allow_none=True, metadata={"description": "the name of what it is a part of"})


class NamesakesOut(Schema):
    """The CIs that have a name."""

    count = fields.Integer(required=True)
    cis = fields.List(fields.Nested(NamesakeOut), required=True)


class ProblemOut(Schema):
    """Why a request failed (RFC 9457)."""

    type = fields.String(required=True, metadata={"format": "uri"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable; programs compare this"})
    errors = fields.List(fields.Nested(FaultOut), metadata={"description": "every fault of the input"})
    count = fields.Integer(metadata={"description": "where something is not there: how many ids are not"})
    ids = fields.List(fields.String(), metadata={"description": "these ids, the first 1,000 of them"})
    changed = fields.List(
        fields.Dict(), metadata={"description": "where a GO does not count: what changed since, as codes and facts"}
    )
    nearest = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "for the first 20 of these ids, what is there and may have been meant"},
    )
    named = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(NamesakesOut),
        metadata={"description": "for those of the ids that are names, the CIs that have them, 10 of them at most"},
    )


@cache
def schema_of(kind: Kind[Any]) -> type[Schema]:
    """Return the schema of a kind's records as they are shown; it dumps :func:`cmdb.records.to_json`."""
    sealed = any(f.name == "hash" for f in dataclass_fields(kind.record))

    def dump(_self: Schema, obj: Any, *, many: bool | None = None) -> Any:
        if many:
            return [dump(_self, one) for one in obj]
        return to_json(kind, obj.record if isinstance(obj, Held) else obj)

    record: Any = kind.record
    made: type[Schema] = shown(record, sealed)
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
def shown(record: Any, sealed: bool = False) -> type[Schema]:
    """Return the schema of a dataclass as it is shown; in a ``sealed`` one, fields at their default may be missing."""
    members = {}
    for name, key, hint, has_default in described(record):
        members[name] = _field(hint, sealed, required=not (sealed and has_default), data_key=key)
    return type(f"{'Sealed' if sealed else ''}{record.__name__}", (Schema,), {**members, "__doc__": record.__doc__})


def described(record: Any) -> Iterator[tuple[str, str | None, Any, bool]]:
    """Yield the fields of a dataclass: name, other name in JSON (or None), type, and whether there is a default."""
    hints = get_type_hints(record)
    for f in dataclass_fields(record):
        has_default = f.default is not MISSING or f.default_factory is not MISSING
        yield f.name, f.metadata.get("json"), hints[f.name], has_default


_PLAIN: dict[Any, Any] = {
    str: fields.String,
    bool: fields.Boolean,
    int: fields.Integer,
    float: fields.Float,
    datetime: fields.AwareDateTime,
    date: fields.Date,
    Decimal: fields.String,
}


def _field(hint: Any, sealed: bool, **more: Any) -> fields.Field[Any]:
    return field_of(hint, _PLAIN, lambda record: shown(record, sealed), **more)


def field_of(
    hint: Any, plain: Mapping[Any, Any], nested: Callable[[Any], type[Schema]], **more: Any
) -> fields.Field[Any]:
    """Return the field of a type hint; ``plain`` has the fields of simple types, ``nested`` makes a record's schema."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        wanted = [h for h in get_args(hint) if h is not type(None)]
        if len(wanted) < len(get_args(hint)):
            more["allow_none"] = True
        if len(wanted) == 1:
            return field_of(wanted[0], plain, nested, **more)
        return fields.Raw(**more)
    if origin is tuple or origin is frozenset:
        return fields.List(field_of(get_args(hint)[0], plain, nested), **more)
    if origin is not None:
        return fields.Dict(keys=fields.String(), values=field_of(get_args(hint)[1], plain, nested), **more)
    if hint is Any:
        return fields.Raw(allow_none=True, **more)
    if is_dataclass(hint):
        return fields.Nested(nested(hint), **more)
    if issubclass(hint, Enum):
        return fields.Enum(hint, by_value=True, **more)
    made: fields.Field[Any] = plain[hint](**more)
    return made
