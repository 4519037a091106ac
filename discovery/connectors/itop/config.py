"""The settings of an iTop source: its address and credential, or a folder of exports."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.connectors.itop.model import CLASSES, READ
from discovery.ports import Seconds, Secret, Settings, Texts
from discovery.ports.http import WebAddress


class ITopSettings(Settings):
    """Either ``url`` with a token or a user, or ``export_folder``."""

    url = WebAddress(metadata={"description": "address of iTop, above /webservices: https://itop.example.org"})
    user = fields.String(metadata={"description": "the account that reads, with password"})
    password = Secret(metadata={"description": "reference to the password of user"})
    token = Secret(metadata={"description": "reference to an application token, instead of user and password"})
    ca_file = fields.String(metadata={"description": "file with the authority of its certificate, if not a public one"})
    export_folder = fields.String(
        validate=validate.Length(min=1),
        metadata={"description": "folder with CLASS.csv (codes of attributes on top) or CLASS.xml, read instead"},
    )
    leave_out = Texts(load_default=list, metadata={"description": "classes of iTop that are not read"})
    skip_statuses = Texts(
        load_default=lambda: ["obsolete"],
        metadata={"description": "what has one of these statuses is not there: it is counted and left out"},
    )
    device_types = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(CLASSES)),
        load_default=dict,
        metadata={"description": "type of network device > class; a type that is not named is read by its words"},
    )
    page_size = fields.Integer(
        load_default=200, validate=validate.Range(1, 5_000), metadata={"description": "objects a page"}
    )
    request_seconds = Seconds(load_default=60.0, metadata={"description": "how long one page may take"})
    most_objects = fields.Integer(
        load_default=500_000,
        validate=validate.Range(1, 10_000_000),
        metadata={"description": "so many objects of one class are read, and no more"},
    )
    most_megabytes = fields.Integer(
        load_default=256,
        validate=validate.Range(1, 4_096),
        metadata={"description": "how large one exported file may be, in MiB"},
    )

    @validates_schema
    def _one_source(self, data: dict[str, Any], **_: Any) -> None:
        if ("url" in data) == ("export_folder" in data):
            raise ValidationError("set either url, with a credential, or export_folder")
        if "url" in data and ("token" in data) == ("password" in data):
            raise ValidationError("set either token, or user and password")
        if ("user" in data) != ("password" in data):
            raise ValidationError("user and password belong together", "user")
        unknown = sorted(set(data["leave_out"]) - set(READ))
        if unknown:
            raise ValidationError(f"no class that is read: {', '.join(unknown)}", "leave_out")
