"""The settings of a Kubernetes source: one cluster, by its API or by its manifests on disk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.ports import Seconds, Secret, Settings, Texts

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _described(words: str) -> dict[str, str]:
    return {"description": words}


class KubernetesSettings(Settings):
    """A source: one cluster."""

    cluster = fields.String(
        required=True,
        validate=validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z", error="must be a plain name"),
        metadata=_described("what people call the cluster; it stays the same for as long as the cluster lives"),
    )
    server = fields.Url(
        schemes={"https", "http"},
        require_tld=False,
        metadata=_described("the address of its API, such as https://10.0.0.1:6443"),
    )
    manifests = Texts(
        validate=validate.Length(1, 100),
        metadata=_described("files and folders of manifests (YAML or JSON) to read instead of an API"),
    )
    token = Secret(metadata=_described("reference to the token of a service account that may list"))
    client_certificate = Secret(metadata=_described("reference to a client certificate in PEM, instead of a token"))
    client_key = Secret(metadata=_described("reference to the key of that certificate in PEM"))
    ca_file = fields.String(metadata=_described("a file with the authority that signed the API's certificate"))
    namespaces = Texts(
        validate=validate.Length(1, 1_000),
        metadata=_described("only these namespaces, for a token that may list no others; else all"),
    )
    cluster_uid = fields.String(
        validate=validate.Regexp(r"^[0-9a-f-]{8,64}\Z", error="must be a uid"),
        metadata=_described("the uid of the namespace kube-system, where the token may not read it"),
    )
    pods = fields.String(
        load_default="lasting",
        validate=validate.OneOf(("lasting", "all", "none")),
        metadata=_described("which pods become CIs: those whose names last, all, or none"),
    )
    page = fields.Integer(
        load_default=500,
        validate=validate.Range(1, 5_000),
        metadata=_described("so many objects are asked for at a time"),
    )
    most = fields.Integer(
        load_default=100_000,
        validate=validate.Range(1, 1_000_000),
        metadata=_described("a listing ends at the page that reaches so many objects, and is then incomplete"),
    )
    tries = fields.Integer(
        load_default=5,
        validate=validate.Range(1, 10),
        metadata=_described("how often a request is sent when the API asks for patience or stumbles"),
    )
    connect_seconds = Seconds(load_default=10.0, metadata=_described("how long connecting may take"))
    answer_seconds = Seconds(load_default=30.0, metadata=_described("how long an answer may be silent"))

    @validates_schema
    def _one_origin(self, data: dict[str, Any], **_: object) -> None:
        if ("server" in data) == ("manifests" in data):
            raise ValidationError("give a server or manifests, one of the two", "server")
        if ("client_certificate" in data) != ("client_key" in data):
            raise ValidationError("client_certificate and client_key go together", "client_certificate")
        if "token" in data and "client_certificate" in data:
            raise ValidationError("give a token or a certificate, not both", "token")

    @validates_schema
    def _nothing_in_the_clear(self, data: dict[str, Any], **_: object) -> None:
        address = urlsplit(str(data.get("server", "")))
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            raise ValidationError("must be https: a token is not sent in the clear", "server")
        if address.username or address.password or address.query or address.fragment:
            raise ValidationError("must be an address alone", "server")
