"""The settings of a source that is read over SSH: which hosts, as whom, and whose host keys are trusted."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from discovery.ports import Seconds, Secret, Settings, Texts

KNOWN, ACCEPT_NEW = "known", "accept_new"
# No space, slash or control character, and no dash in front: it also stands in known_hosts and in scopes.
_ADDRESS = validate.Regexp(r"[0-9A-Za-z_\[:.][0-9A-Za-z_.:%\[\]-]{0,252}\Z", error="must be an address or a host name")
_USER = validate.Regexp(r"[^\s:\x00-\x1f]{1,64}\Z", error="must be an account name")
_PORT = validate.Range(1, 65_535)


class HostEntry(Settings):
    """One host to read: its address alone, or with what differs from the rest."""

    address = fields.String(required=True, validate=_ADDRESS, metadata={"description": "Address or host name"})
    name = fields.String(
        load_default=None,
        allow_none=True,
        validate=_ADDRESS,
        metadata={"description": "What the source calls it; stays when the address changes. Default: the address"},
    )
    port = fields.Integer(load_default=None, allow_none=True, validate=_PORT, metadata={"description": "SSH port"})
    user = fields.String(load_default=None, allow_none=True, validate=_USER, metadata={"description": "Account"})

    @pre_load
    def _from_text(self, data: Any, **_: Any) -> Any:
        return {"address": data} if isinstance(data, str) else data


class SshLinuxSettings(Settings):
    """
    The settings; at least one of ``key`` and ``password`` is needed.

    Every description is what a person reads who fills them in.
    """

    hosts = fields.List(
        fields.Nested(HostEntry),
        required=True,
        validate=validate.Length(1, 20_000),
        metadata={"description": "The hosts: addresses or names, each alone or as {address, name, port, user}"},
    )
    user = fields.String(
        load_default="foreshock", validate=_USER, metadata={"description": "Account, where a host has none of its own"}
    )
    port = fields.Integer(load_default=22, validate=_PORT, metadata={"description": "Port, likewise"})
    key = Secret(load_default=None, allow_none=True, metadata={"description": "Reference to a private key"})
    passphrase = Secret(load_default=None, allow_none=True, metadata={"description": "Reference to its passphrase"})
    password = Secret(load_default=None, allow_none=True, metadata={"description": "Reference to a password"})
    known_hosts = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 4096),
        metadata={"description": "Path of a known_hosts file on the worker, in OpenSSH's format"},
    )
    host_keys = fields.String(
        load_default=KNOWN,
        validate=validate.OneOf((KNOWN, ACCEPT_NEW)),
        metadata={
            "description": "known: only hosts whose key is known. accept_new: the key of a host that has none is taken"
            " and written to known_hosts. A key that changed is refused either way"
        },
    )
    sudo = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Whether what needs root is read by `sudo -n`: whose sockets are, serial number and UUID,"
            " and the configuration of haproxy, nginx and keepalived where only root reads it"
        },
    )
    samples = fields.Integer(
        load_default=4,
        validate=validate.Range(1, 60),
        metadata={"description": "How often the sockets are looked at; one look misses short connections"},
    )
    sample_seconds = Seconds(load_default=0.5, metadata={"description": "Seconds between two looks"})
    packages = fields.Boolean(load_default=False, metadata={"description": "Whether installed packages are told"})
    ignore = Texts(
        load_default=list, metadata={"description": "Names of programmes that are not to be told, such as sshd"}
    )
    connect_seconds = Seconds(load_default=10.0, metadata={"description": "Limit for connecting and signing in"})
    command_seconds = Seconds(load_default=20.0, metadata={"description": "Limit for one command"})

    @validates_schema
    def _credential(self, data: Any, **_: Any) -> None:
        if not data.get("key") and not data.get("password"):
            raise ValidationError("needs a key or a password", "key")
        if data.get("host_keys") == ACCEPT_NEW and not data.get("known_hosts"):
            raise ValidationError("must be set, for accepted keys are written there", "known_hosts")
