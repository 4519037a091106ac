"""The settings of a Backstage source: its catalog API, or a folder with catalog-info.yaml files."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.connectors.backstage.classes import CLASSES
from discovery.ports import Seconds, Secret, Settings, Texts
from discovery.ports.http import WebAddress


class BackstageSettings(Settings):
    """Either ``url`` or ``folder``."""

    url = WebAddress(
        metadata={"description": "address of the backend, above /api/catalog: https://backstage.example.org"}
    )
    token = Secret(metadata={"description": "reference to a token of the backend; left out where it asks for none"})
    ca_file = fields.String(metadata={"description": "file with the authority of its certificate, if not a public one"})
    folder = fields.String(
        validate=validate.Length(min=1),
        metadata={"description": "folder below which files are looked for, such as a checkout"},
    )
    names = Texts(
        load_default=lambda: ["catalog-info.yaml", "catalog-info.yml"],
        metadata={"description": "names of files that are read; * stands for anything but a slash"},
    )
    namespace = fields.String(
        load_default="default", metadata={"description": "namespace of entities that name none, as in Backstage"}
    )
    types = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(CLASSES)),
        load_default=dict,
        metadata={"description": "kind and type of an entity, such as resource/warehouse > class"},
    )
    page_size = fields.Integer(
        load_default=500, validate=validate.Range(1, 5_000), metadata={"description": "entities a page"}
    )
    request_seconds = Seconds(load_default=60.0, metadata={"description": "how long one page may take"})
    most_entities = fields.Integer(
        load_default=100_000,
        validate=validate.Range(1, 5_000_000),
        metadata={"description": "so many entities are read, and no more"},
    )
    most_files = fields.Integer(
        load_default=20_000,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "so many files are read, and no more"},
    )

    @validates_schema
    def _one_source(self, data: dict[str, Any], **_: Any) -> None:
        if ("url" in data) == ("folder" in data):
            raise ValidationError("set either url or folder")
        if "token" in data and "url" not in data:
            raise ValidationError("belongs to url", "token")
        if any("/" in name or name in (".", "..") for name in data["names"]):
            raise ValidationError("must be names of files, without folders", "names")
