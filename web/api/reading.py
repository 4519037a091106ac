"""How the API reads a request: strictly. Every fault of a body or a query is told at once, each with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow
from flask import Request, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from cmdb.configuration.schema_faults import schema_faults
from cmdb.errors import InvalidInput, Problem

DEEPEST = 64
_SAFE_INTEGER = 2**53 - 1
_PLACES = {"json": "the request", "query": "the query of the address"}


def read_json(content: bytes) -> Any:
    """
    Return the JSON value of a body.

    Raises:
        BadRequest: it is not JSON (RFC 8259) in UTF-8, or is what canonical JSON has no bytes for: NaN, infinities,
            whole numbers beyond 2**53 - 1, half of a surrogate pair, a name twice in one object; or nested too deeply.
    """
    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_number,
            object_pairs_hook=_object,
        )
        _refuse_broken(value, DEEPEST)
    except (ValueError, RecursionError) as cause:
        why = "it is nested too deeply" if isinstance(cause, RecursionError) else str(cause)
        raise BadRequest(f"the body is no JSON that can be read: {why}") from cause
    return value


def body_json() -> Any:
    """
    Return the JSON value of the current request's body.

    Raises:
        UnsupportedMediaType: it is not declared as ``application/json``.
        BadRequest: as :func:`read_json`.
        RequestEntityTooLarge: it is longer than the server takes.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("send the body as application/json")
    return read_json(request.get_data())


class StrictParser(FlaskParser):
    """Refuses unknown names in the query as well, and turns all faults into one :class:`InvalidInput`."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.RAISE}  # noqa: RUF012

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:  # noqa: ARG002
        return body_json()

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Request,  # noqa: ARG002
        schema: marshmallow.Schema,
        **_more: Any,
    ) -> NoReturn:
        messages: Mapping[str, Any] = error.messages_dict
        location = next(iter(messages))
        found = faults(messages[location], schema)
        raise InvalidInput(found, what=_PLACES.get(location, "the request")) from error


def faults(messages: Any, schema: marshmallow.Schema) -> list[Problem]:
    """Return what the schema of a request refused, each fault with the JSON pointer of what it is about."""
    told = schema_faults(messages, schema)
    return [Problem("request.invalid", "{message}", {"message": said}, place) for place, said in told]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(value := int(text)) > _SAFE_INTEGER:
        raise ValueError(f"{text[:40]} is beyond the whole numbers that every reader keeps exact (2**53 - 1)")
    return value


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is beyond the range of numbers")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(n for n in names if names.count(n) > 1)!r} stands twice in one object")
    return made


def _refuse_broken(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("a text holds half of a surrogate pair") from None
    elif isinstance(value, dict):
        for name, below in value.items():
            _refuse_broken(name, depth)
            _refuse_broken(below, depth - 1)
    elif isinstance(value, list):
        for below in value:
            _refuse_broken(below, depth - 1)
