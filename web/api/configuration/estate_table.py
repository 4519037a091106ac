"""Tables over the JSON API; the twin is `import table`."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.configuration.table_import import import_table
from cmdb.configuration.tables.stated import document_of
from cmdb.exchange.tables import FORMS, WRITTEN
from web.api.blueprint import Blueprint
from web.api.configuration.estate import BringingAny, ImportReportOut, body_of
from web.request import context

blueprint = Blueprint("tables", __name__, url_prefix="/estate/table", description="Tables, in")

TABLES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/json",
    "application/yaml",
    "application/octet-stream",
)
_BODY: dict[str, Any] = {media: {"schema": {}} for media in TABLES}


class BringingTable(BringingAny):
    """What the import of a table is told besides; what its columns mean is kept under its source."""

    ci_class = fields.String(
        load_default=None,
        data_key="class",
        validate=validate.Length(1, 1000),
        metadata={"description": "the class of rows that name none, by its name or label"},
    )
    mapping = fields.String(
        load_default=None,
        validate=validate.Length(1, 60_000),
        metadata={"description": "what the columns mean, as JSON; left out, as kept, or as the headers suggest"},
    )
    anew = fields.Boolean(load_default=False, metadata={"description": "suggest the mapping anew, whatever is kept"})
    form = fields.String(
        load_default=None,
        data_key="format",
        validate=validate.OneOf(FORMS),
        metadata={"description": "left out, found from the content; YAML has to be named"},
    )
    sheet = fields.String(load_default=None, validate=validate.Length(1, 1000))
    header = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 1000),
        metadata={"description": "which of the rows that are not empty is the header"},
    )
    encoding = fields.String(load_default=None, validate=validate.Length(1, 40))
    delimiter = fields.String(load_default=None, validate=validate.Length(1, 1))
    apply_good = fields.Boolean(
        load_default=False, metadata={"description": "leave bad rows out instead of refusing the table"}
    )
    bad_rows = fields.String(
        load_default=None,
        validate=validate.OneOf(WRITTEN),
        metadata={"description": "give the bad rows back as such a file, with a column that says why"},
    )


class CellFaultOut(Schema):
    """What is wrong with a row, at one of its columns or ("") as a whole."""

    column = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class BadRowOut(Schema):
    """A row that was not applied."""

    row = fields.Integer(required=True, metadata={"description": "its line, its row, or which record of the list"})
    cells = fields.Dict(keys=fields.String(), required=True, metadata={"description": "those of mapped columns"})
    problems = fields.List(fields.Nested(CellFaultOut), required=True)


class UnmappedOut(Schema):
    """A column that nobody read."""

    column = fields.String(required=True)
    why = fields.String(required=True, validate=validate.OneOf(("unknown", "unit", "taken")))


class TableReportOut(ImportReportOut):
    """What the import of a table did: how it was read and meant, and which of its rows are bad."""

    rows = fields.Integer(required=True)
    read = fields.Dict(keys=fields.String(), required=True, metadata={"description": "format, encoding, sheet"})
    mapping = fields.Dict(keys=fields.String(), required=True)
    mapping_is = fields.String(required=True, validate=validate.OneOf(("given", "kept", "suggested")))
    unmapped = fields.List(fields.Nested(UnmappedOut), required=True)
    bad_rows = fields.List(fields.Nested(BadRowOut), required=True, metadata={"description": "the first `show`"})
    bad_count = fields.Integer(required=True)
    bad_file = fields.String(required=True, allow_none=True, metadata={"description": "in base64"})


@blueprint.route("")
class Table(MethodView):
    @blueprint.response(200, TableReportOut)
    @blueprint.alt_response(207, schema=TableReportOut, description="some rows are bad; each says why", success=True)
    @blueprint.doc(requestBody={"required": True, "content": _BODY})
    @blueprint.arguments(BringingTable, location="query")
    def post(self, wanted: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """
        Bring a table in: each row is a CI, columns are its attributes and what it depends on.

        The body is a CSV, an Excel workbook (.xlsx), or a list of records in JSON or YAML. Every fault is told by row
        and column; with `apply_good` the good rows are applied as one revision all the same. All else is as in the
        import of an estate.
        """
        stated = wanted.pop("mapping")
        mapping = None if stated is None else document_of(stated)
        report = import_table(context(), body_of("the table", TABLES), mapping=mapping, **wanted)
        return report.as_json(), 207 if report.bad_count else 200
