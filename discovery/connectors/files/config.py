"""The settings of a source of files: where they are, and what the columns of its tables mean."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cmdb.exchange.tables import FORMS
from cmdb.model.ci_class import AttributeType
from discovery.ports import Settings, Texts

FORMATS = ("auto", "table", "estate", "compose", "cyclonedx")
LISTS = {"texts": AttributeType.TEXT, "ips": AttributeType.IP, "macs": AttributeType.MAC}
TYPES = (*sorted(each.value for each in AttributeType if each is not AttributeType.LIST), *LISTS)


def _is_pattern(text: str) -> None:
    path = PurePosixPath(text)
    odd = any("**" in part and part != "**" for part in path.parts)
    if not text.strip() or path.is_absolute() or ".." in path.parts or "\0" in text or odd:
        raise ValidationError("must be a path or pattern below the root, such as assets/*.csv, without ..")


def _is_meaning(text: str) -> None:
    name, _, kind = text.partition(":")
    if not name or (kind and kind not in TYPES):
        raise ValidationError(f"must be an attribute, or attribute:type with one of {', '.join(TYPES)}")


class RelationColumnSettings(Settings):
    """A column that lists what a row's CI depends on."""

    column = fields.String(required=True, metadata={"description": "the column"})
    type = fields.String(required=True, metadata={"description": "the relation type, such as depends_on"})
    reverse = fields.Boolean(
        load_default=False, metadata={"description": "those listed depend on the row's CI, not it on them"}
    )


class TableSettings(Settings):
    """What the columns of a table mean; a column that is not named is not read."""

    id = fields.String(required=True, metadata={"description": "the column by which a row is known from run to run"})
    ci_class = fields.String(data_key="class", metadata={"description": "the class of rows that name none"})
    class_column = fields.String(metadata={"description": "the column that names the class of a row"})
    name = fields.String(metadata={"description": "the column of the name; left out, the id is the name"})
    attributes = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=_is_meaning),
        load_default=dict,
        metadata={"description": "column > attribute, or attribute:type where that is no text: cores:integer"},
    )
    labels = Texts(load_default=list, metadata={"description": "columns that are labels, for rules to read"})
    relations = fields.List(
        fields.Nested(RelationColumnSettings), load_default=list, metadata={"description": "columns that list ids"}
    )
    separators = fields.String(
        load_default=";,|\n、，；",
        validate=validate.Length(1, 20),
        metadata={"description": "what stands between several entries of a cell"},
    )
    empty = fields.List(
        fields.String(),
        load_default=lambda: ["-", "--", "—", "/", "N/A", "n/a", "NULL", "null", "无"],
        metadata={"description": "texts that mean that there is no value"},
    )
    form = fields.String(
        data_key="format", validate=validate.OneOf(FORMS), metadata={"description": "left out, told by the file"}
    )
    sheet = fields.String(metadata={"description": "the sheet of a workbook; left out, the first that is not hidden"})
    header = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 1000),
        metadata={"description": "which of the rows that are not empty is the header"},
    )
    encoding = fields.String(metadata={"description": "the encoding, where it can not be told"})
    delimiter = fields.String(
        validate=validate.Length(1, 1), metadata={"description": "what stands between the columns of a CSV"}
    )

    @validates_schema
    def _has_class(self, data: dict[str, Any], **_: Any) -> None:
        if "ci_class" not in data and "class_column" not in data:
            raise ValidationError("set class, class_column or both: every row needs a class", "class")


class FilesSettings(Settings):
    """Which files, and how they are meant."""

    root = fields.String(
        required=True,
        validate=validate.Length(1, 4096),
        metadata={"description": "the folder below which everything lies; nothing outside of it is ever read"},
    )
    paths = fields.List(
        fields.String(validate=_is_pattern),
        required=True,
        validate=validate.Length(1, 100),
        metadata={"description": "paths or patterns below it: assets.csv, sites/*/servers.xlsx, **/compose.yaml"},
    )
    format = fields.String(
        load_default="auto",
        validate=validate.OneOf(FORMATS),
        metadata={"description": "what the files are; auto tells it by name and content"},
    )
    table = fields.Nested(TableSettings, metadata={"description": "what the columns of tables mean"})
    most_files = fields.Integer(
        load_default=1_000,
        validate=validate.Range(1, 100_000),
        metadata={"description": "so many files are read, and no more"},
    )
