"""The settings of a source of traces: where the receivers leave what they added up, and how they listen."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.ports import Secret, Settings


class OtlpSettings(Settings):
    """A source: one folder that its receivers write to and its runs read."""

    folder = fields.String(
        required=True,
        validate=validate.Length(1, 4_096),
        metadata={"description": "where receivers leave what they added up, hour by hour; on disk of the worker's"},
    )
    keep_hours = fields.Integer(
        load_default=168,
        validate=validate.Range(1, 24 * 90),
        metadata={"description": "so many hours are looked back; who was silent for all of them is not there any more"},
    )
    token = Secret(
        metadata={"description": "reference to the token that senders show as `authorization: Bearer TOKEN`"}
    )
    grpc_address = fields.String(
        validate=validate.Regexp(
            r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253}):[0-9]{1,5}\Z", error="must be HOST:PORT"
        ),
        metadata={"description": "where the gRPC receiver listens, such as 127.0.0.1:4317; left out, there is none"},
    )
    grpc_certificate = fields.String(
        metadata={"description": "file of the certificate (PEM) with which the gRPC receiver proves who it is"}
    )
    grpc_key = Secret(metadata={"description": "reference to the key of that certificate"})

    @validates_schema
    def _both_or_none(self, data: dict[str, str], **_: object) -> None:
        if ("grpc_certificate" in data) != ("grpc_key" in data):
            raise ValidationError("grpc_certificate and grpc_key go together", "grpc_key")
