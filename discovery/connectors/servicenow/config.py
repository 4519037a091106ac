"""The settings of a ServiceNow source: its address and credential, or a folder of exports, and how classes are read."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.connectors.servicenow.relation_types import KNOWN_TYPES
from discovery.connectors.servicenow.tables import CLASSES, RELATIONS, TABLES
from discovery.ports import Seconds, Secret, Settings, Texts
from discovery.ports.http import WebAddress

_TABLE = re.compile(r"[a-z][a-z0-9_]{1,79}", re.ASCII)
_WAYS = ("password", "token", "api_key")


class ServiceNowSettings(Settings):
    """Either ``url`` with one credential, or ``export_folder``."""

    url = WebAddress(metadata={"description": "address of the instance: https://example.service-now.com"})
    user = fields.String(metadata={"description": "the account that reads, with password"})
    password = Secret(metadata={"description": "reference to the password of user"})
    token = Secret(metadata={"description": "reference to an OAuth access token, instead of user and password"})
    api_key = Secret(metadata={"description": "reference to a REST API key, instead of user and password"})
    ca_file = fields.String(metadata={"description": "file with the authority of its certificate, if not a public one"})
    export_folder = fields.String(
        validate=validate.Length(min=1),
        metadata={"description": "folder with TABLE.json or TABLE.csv for each table, read instead of the API"},
    )
    tables = Texts(
        load_default=lambda: list(TABLES),
        metadata={"description": "tables that are read, the general before the special; cmdb_rel_ci is always read"},
    )
    classes = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(CLASSES)),
        load_default=dict,
        metadata={"description": "table > class, for tables of one's own and where another class fits better"},
    )
    relation_types = fields.Dict(
        keys=fields.String(),
        values=fields.String(
            validate=validate.Regexp(r"-?[a-z_]+", error="must be a relation type, or one with a minus before it")
        ),
        load_default=dict,
        metadata={
            "description": "type as in ServiceNow, such as 'Feeds::Fed by' > relation type; its source is the parent, "
            "or the child where a minus stands before it"
        },
    )
    skip_operational = Texts(
        load_default=lambda: ["6"],
        metadata={"description": "values of operational_status that mean that a CI is not there (6: retired)"},
    )
    skip_install = Texts(
        load_default=lambda: ["7", "8", "100"],
        metadata={"description": "values of install_status likewise (7: retired, 8: stolen, 100: absent)"},
    )
    page_size = fields.Integer(
        load_default=1_000, validate=validate.Range(1, 10_000), metadata={"description": "records a page"}
    )
    request_seconds = Seconds(load_default=90.0, metadata={"description": "how long one page may take"})
    most_records = fields.Integer(
        load_default=1_000_000,
        validate=validate.Range(1, 50_000_000),
        metadata={"description": "so many records of one table are read, and no more"},
    )
    most_megabytes = fields.Integer(
        load_default=512,
        validate=validate.Range(1, 16_384),
        metadata={"description": "how large one exported file may be, in MiB"},
    )

    @validates_schema
    def _one_source(self, data: dict[str, Any], **_: Any) -> None:
        if ("url" in data) == ("export_folder" in data):
            raise ValidationError("set either url, with a credential, or export_folder")
        if "url" in data and sum(way in data for way in _WAYS) != 1:
            raise ValidationError("set one of password (with user), token and api_key")
        if ("user" in data) != ("password" in data):
            raise ValidationError("user and password belong together", "user")

    @validates_schema
    def _known(self, data: dict[str, Any], **_: Any) -> None:
        wrong = [table for table in data["tables"] if not _TABLE.fullmatch(table) or table == RELATIONS]
        if wrong:
            raise ValidationError(f"no name of a table of CIs: {', '.join(wrong)}", "tables")
        for name, type_ in data["relation_types"].items():
            if "::" not in name or type_.removeprefix("-") not in KNOWN_TYPES:
                raise ValidationError(f"{name}: {type_} is no relation type that it can become", "relation_types")
