"""The settings of a NetBox source: where its API or its dump is, and how what organisations name freely is read."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.connectors.netbox.models import LISTED
from discovery.ports import Seconds, Secret, Settings, Texts
from discovery.ports.http import WebAddress

DEVICE_CLASSES = (
    "cooling_unit",
    "firewall",
    "generator",
    "hypervisor_host",
    "load_balancer",
    "network_device",
    "pdu",
    "router",
    "server",
    "storage_array",
    "switch",
    "ups",
    "wireless_access_point",
)


class NetBoxSettings(Settings):
    """Either ``url`` and ``token``, or ``dump_file``."""

    url = WebAddress(metadata={"description": "address of NetBox, without /api: https://netbox.example.org"})
    token = Secret(metadata={"description": "reference to an API token that may read"})
    ca_file = fields.String(metadata={"description": "file with the authority of its certificate, if not a public one"})
    dump_file = fields.String(
        validate=validate.Length(min=1),
        metadata={"description": "file that manage.py dumpdata wrote (JSON, also gzip), read instead of the API"},
    )
    page_size = fields.Integer(
        load_default=500,
        validate=validate.Range(1, 1_000),
        metadata={"description": "objects a page; NetBox gives 1000 at most unless it is set otherwise"},
    )
    request_seconds = Seconds(load_default=60.0, metadata={"description": "how long one page may take"})
    most_objects = fields.Integer(
        load_default=500_000,
        validate=validate.Range(1, 10_000_000),
        metadata={"description": "so many objects of one model are read, and no more"},
    )
    most_megabytes = fields.Integer(
        load_default=1_024,
        validate=validate.Range(1, 16_384),
        metadata={"description": "how large a dump may be, unpacked, in MiB"},
    )
    leave_out = Texts(
        load_default=list,
        metadata={"description": "models that are not read, such as ipam.ipaddress; the token needs no right to them"},
    )
    skip_statuses = Texts(
        load_default=lambda: ["planned", "retired", "decommissioned", "deprovisioned"],
        metadata={"description": "what has one of these statuses is not there: it is counted and left out"},
    )
    roles = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(DEVICE_CLASSES)),
        load_default=dict,
        metadata={"description": "slug of a device role > class; a role that is not named is read by its words"},
    )
    tenants_are = fields.String(
        load_default="customer",
        validate=validate.OneOf(("customer", "team")),
        metadata={"description": "class of tenants"},
    )
    custom_fields = Texts(
        load_default=list,
        metadata={"description": "custom fields that are taken as labels; no other is read, as it may hold a secret"},
    )

    @validates_schema
    def _one_source(self, data: dict[str, Any], **_: Any) -> None:
        if ("url" in data) == ("dump_file" in data):
            raise ValidationError("set either url, with a token, or dump_file")
        if "url" in data and "token" not in data:
            raise ValidationError("needs a token", "token")
        unknown = sorted(set(data["leave_out"]) - set(LISTED))
        if unknown:
            raise ValidationError(f"no model that is read: {', '.join(unknown)}", "leave_out")
