"""The differences that a run, a rehearsal or a decision makes, as the API tells them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from cmdb.configuration.observing import Taken
from web.api.schemas import Strict

SHOWN = 1_000
MOST_SHOWN = 10_000


class DifferenceOut(Schema):
    """One document that changes; what was not there before, or is not there after, is null."""

    kind = fields.String(required=True, metadata={"description": "ci, relation or group"})
    key = fields.String(required=True)
    before = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    after = fields.Dict(keys=fields.String(), required=True, allow_none=True)


class DifferencesOut(Schema):
    """What changes: how many CIs, relations and groups, and each of them."""

    revision = fields.Integer(required=True, allow_none=True, metadata={"description": "null: nothing was written"})
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    retired = fields.Integer(required=True)
    merged = fields.Integer(required=True)
    ended = fields.Integer(required=True)
    differences = fields.List(fields.Nested(DifferenceOut), required=True)
    more = fields.Integer(required=True, metadata={"description": "how many differences are not told"})


class Shown(Strict):
    """How much is told."""

    show = fields.Integer(
        load_default=SHOWN,
        validate=validate.Range(0, MOST_SHOWN),
        metadata={"description": "how many single differences to tell"},
    )


def rows_of(taken: Taken) -> list[dict[str, Any]]:
    """Return the differences as JSON."""
    return [each._asdict() for each in taken.differences]


def document_of(taken: Taken, show: int) -> dict[str, Any]:
    """Return what came of it, with so many of the differences."""
    rows = rows_of(taken)
    more = max(0, len(rows) - show)
    return {"revision": taken.revision, **taken.counts(), "differences": rows[:show], "more": more}
