"""The settings of a source that is read over SNMP."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.ports import Seconds, Secret, Settings, Texts

AUTHENTICATION = ("sha256", "sha512", "sha384", "sha224", "sha", "md5")
PRIVACY = ("aes128", "aes192", "aes256", "des")


class SnmpSettings(Settings):
    """Which devices are asked, and with which credential."""

    devices = Texts(
        required=True,
        validate=validate.Length(1, 10_000),
        metadata={"description": "addresses or host names of the devices; a device is listed once, by one of them"},
    )
    port = fields.Integer(
        load_default=161, validate=validate.Range(1, 65_535), metadata={"description": "UDP port of the agents"}
    )
    version = fields.String(
        load_default="3",
        validate=validate.OneOf(("2c", "3")),
        metadata={"description": "2c, with a community, or 3, with a user; 3 is the one that keeps its secrets"},
    )
    community = Secret(metadata={"description": "reference to the community (2c)"})
    user = fields.String(metadata={"description": "name of the user (3)"})
    context = fields.String(load_default="", metadata={"description": "name of the context (3)"})
    authentication = fields.String(
        load_default="sha256",
        validate=validate.OneOf(AUTHENTICATION),
        metadata={"description": "how messages are authenticated (3)"},
    )
    authentication_secret = Secret(metadata={"description": "reference to the authentication password (3)"})
    privacy = fields.String(
        load_default="aes128",
        validate=validate.OneOf(PRIVACY),
        metadata={"description": "how messages are encrypted (3)"},
    )
    privacy_secret = Secret(metadata={"description": "reference to the encryption password (3)"})
    timeout = Seconds(load_default=2.0, metadata={"description": "seconds to wait for an answer"})
    retries = fields.Integer(
        load_default=1,
        validate=validate.Range(0, 5),
        metadata={"description": "how often a request without an answer is sent again"},
    )
    repetitions = fields.Integer(
        load_default=40,
        validate=validate.Range(1, 200),
        metadata={"description": "how many values one request of a walk asks for"},
    )
    rows = fields.Integer(
        load_default=50_000,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "so many rows of a table are read at most: interfaces, addresses, forwarding entries"},
    )

    @validates_schema
    def _credential(self, data: dict[str, Any], **_: Any) -> None:
        if data["version"] == "2c":
            if "community" not in data:
                raise ValidationError("version 2c needs a community", "community")
        elif "user" not in data:
            raise ValidationError("version 3 needs a user", "user")
        elif "privacy_secret" in data and "authentication_secret" not in data:
            raise ValidationError("encryption needs authentication too", "authentication_secret")
