"""The settings of a Terraform source: which files it reads, and what the files do not say of themselves."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.ports import Settings

_NAME = validate.Regexp(r"^[A-Za-z0-9_.@+-]{1,100}\Z", error="must be 1 to 100 of letters, digits and _ . @ + -")


class StateFile(Settings):
    """One file: a state of version 4, or what ``terraform show -json`` prints of a state or a plan."""

    name = fields.String(
        required=True,
        validate=_NAME,
        metadata={"description": "what the file is called here, the same from run to run"},
    )
    path = fields.String(
        required=True, validate=validate.Length(1, 4_096), metadata={"description": "where the worker finds the file"}
    )
    lineage = fields.String(
        validate=validate.Regexp(r"^[^\s/]{1,200}\Z", error="must be the lineage as the state file has it"),
        metadata={"description": "the state's lineage, which `terraform show -json` leaves out"},
    )
    cluster = fields.String(
        validate=_NAME,
        metadata={"description": "what the kubernetes source calls the cluster whose objects the file describes"},
    )


class TerraformSettings(Settings):
    """A source: files, each read on its own."""

    files = fields.List(
        fields.Nested(StateFile),
        required=True,
        validate=validate.Length(1, 1_000),
        metadata={"description": "the files to read"},
    )
    most = fields.Integer(
        load_default=50_000,
        validate=validate.Range(1, 100_000),
        metadata={"description": "so many resources are read of a file; the rest is left and the file incomplete"},
    )

    @validates_schema
    def _each_once(self, data: dict[str, list[dict[str, str]]], **_: object) -> None:
        names = [file.get("name") for file in data.get("files", [])]
        if len(set(names)) < len(names):
            raise ValidationError("a name stands twice", "files")
