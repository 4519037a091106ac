"""
The marshmallow field of every attribute type; the only file that knows how a value is judged.

A field is used to check, never to convert: what it makes of a value is thrown away, so documents keep the bytes they
came with. Its error messages are codes of :mod:`cmdb.configuration.faults`. Imported only where a value is not plainly
right, as marshmallow takes 70 ms to load.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from typing import Any

from marshmallow import Schema, ValidationError, fields

from cmdb.configuration.limits import INTEGER, JSON_DEPTH, LIST_ENTRIES, PATTERNED_CHARACTERS, TEXT_BYTES
from cmdb.model.ci_class import Attribute, AttributeType

URL_SCHEMES = (
    "http", "https", "ftp", "ftps", "sftp", "ssh", "git", "ws", "wss", "ldap", "ldaps", "smb", "nfs", "file",
    "s3", "amqp", "amqps", "mqtt", "mqtts", "redis", "rediss", "postgresql", "mysql", "mariadb", "mongodb",
    "kafka", "tcp", "udp", "tls", "grpc", "grpcs", "rtsp", "sip", "sips", "snmp", "syslog",
)  # fmt: skip
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_MAC = re.compile(
    r"[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?:(?:\1[0-9a-f]{2}){2})?|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2,3}|[0-9a-f]{12}",
    re.ASCII | re.IGNORECASE,
)
_FQDN = re.compile(
    r"(?=.{1,254}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,126}"
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?",
    re.ASCII | re.IGNORECASE,
)


class _Checked(fields.Field[Any]):
    """A field that takes a value only in its one JSON form; ``accepts`` are the exact Python types of that form."""

    accepts: tuple[type, ...] = (str,)
    longest = TEXT_BYTES

    def __init__(self, code: str, **more: Any) -> None:
        # Each message of the library's own fields becomes the one code of this attribute's type.
        known = {key for cls in type(self).__mro__ for key in getattr(cls, "default_error_messages", {})}
        codes: dict[str, Any] = dict.fromkeys(known - {"required", "null"}, code)
        codes |= {"required": "attribute.missing", "null": "attribute.null", "invalid": code}
        super().__init__(error_messages=codes, **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Any:
        if type(value) not in self.accepts:
            raise self.make_error("invalid")
        if type(value) is str:
            self._check_text(value)
        return super()._deserialize(value, attr, data, **more)

    def _check_text(self, value: str) -> None:
        try:
            size = len(value.encode("utf-8"))
        except UnicodeEncodeError:
            raise self.make_error("invalid") from None
        if size > self.longest:
            raise ValidationError("attribute.too_long")


class _Shaped(_Checked):
    """Text of a fixed shape, short enough that every check of it is cheap."""

    longest = 2_048
    shape: re.Pattern[str] | None = None

    def _check_text(self, value: str) -> None:
        super()._check_text(value)
        if self.shape is not None and not self.shape.fullmatch(value):
            raise self.make_error("invalid")


class _Text(_Checked, fields.String):
    pass


class _Number(_Checked):
    """A number that canonical JSON can carry."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Any:
        if type(value) is int and not -INTEGER <= value <= INTEGER:
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **more)


class _Integer(_Number, fields.Integer):
    accepts = (int,)


class _Decimal(_Number, fields.Float):
    accepts = (int, float)


class _Boolean(_Checked, fields.Boolean):
    accepts = (bool,)


class _Date(_Shaped, fields.Date):
    shape = _DATE


class _Time(_Shaped, fields.AwareDateTime):
    shape = _TIME


class _IP(_Shaped, fields.IP):
    pass


class _Network(_Shaped):
    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        try:
            network = ipaddress.ip_network(text, strict=False)
            address, slash, prefix = text.partition("/")
            if not slash or not prefix.isdecimal():
                raise self.make_error("invalid")
            if ipaddress.ip_address(address) != network.network_address:
                raise ValidationError("attribute.host_bits")
        except ValueError as wrong:
            if isinstance(wrong, ValidationError):
                raise
            raise self.make_error("invalid") from None
        return network


class _MACAddress(_Shaped):
    shape = _MAC


class _DomainName(_Shaped):
    shape = _FQDN


class _Reference(_Shaped):
    shape = re.compile(r"\S(?:.*\S)?", re.DOTALL)


class _List(_Checked, fields.List[Any]):
    accepts = (list, tuple)

    def __init__(self, entry: fields.Field[Any]) -> None:
        # List.__init__ takes the entry's field first, so the codes are set afterwards.
        fields.List.__init__(self, entry)
        self.error_messages |= {"invalid": "attribute.not_list", "null": "attribute.null"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Any:
        if type(value) in self.accepts and len(value) > LIST_ENTRIES:
            raise ValidationError("attribute.too_many")
        return super()._deserialize(value, attr, data, **more)


class _JSON(_Checked, fields.Raw):
    accepts = (str, int, float, bool, list, tuple, dict)

    def __init__(self, code: str, *, validate: list[Any], **more: Any) -> None:
        super().__init__(code, validate=[self._check, *validate], **more)

    def _check(self, value: Any) -> None:
        if not _carried(value):
            raise self.make_error("invalid")
        if size_of(value) > self.longest:
            raise ValidationError("attribute.too_long")


def _carried(value: Any, depth: int = JSON_DEPTH) -> bool:
    """Tell whether JSON can carry the value; raise ``attribute.too_deep`` when it is nested deeper than ``depth``."""
    kind = type(value)
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, int):
        return -INTEGER <= value <= INTEGER
    if isinstance(value, float):
        return math.isfinite(value)
    if kind in (list, tuple, dict) and depth == 0:
        raise ValidationError("attribute.too_deep")
    if kind in (list, tuple):
        return all(_carried(each, depth - 1) for each in value)
    if kind is dict:
        return all(type(key) is str and _carried(key, 0) and _carried(each, depth - 1) for key, each in value.items())
    return value is None


class _Url(_Shaped, fields.Url):
    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code, schemes=URL_SCHEMES, require_tld=False, **more)

    def _check_text(self, value: str) -> None:
        super()._check_text(value)
        # The library's pattern looks only at the front of the text: a space or line break may not hide further on.
        if any(character.isspace() for character in value):
            raise self.make_error("invalid")


_FIELDS: dict[AttributeType, type[_Checked]] = {
    AttributeType.TEXT: _Text,
    AttributeType.INTEGER: _Integer,
    AttributeType.DECIMAL: _Decimal,
    AttributeType.BOOLEAN: _Boolean,
    AttributeType.DATE: _Date,
    AttributeType.TIME: _Time,
    AttributeType.ENUM: _Text,
    AttributeType.IP: _IP,
    AttributeType.CIDR: _Network,
    AttributeType.MAC: _MACAddress,
    AttributeType.FQDN: _DomainName,
    AttributeType.URL: _Url,
    AttributeType.REFERENCE: _Reference,
    AttributeType.JSON: _JSON,
}


def entry_field(attribute: Attribute) -> fields.Field[Any]:
    """Return the field of one entry of the attribute: of a list's entries, or of the value itself."""
    kind = attribute.entry_type
    return _FIELDS[kind](f"attribute.not_{kind}", validate=_validators(attribute))


def field_of(attribute: Attribute) -> fields.Field[Any]:
    """Return the field of the attribute's whole value."""
    entry = entry_field(attribute)
    return _List(entry) if attribute.is_list else entry


def schema_of(attributes: tuple[Attribute, ...]) -> Schema:
    """Return the schema of a class with these attributes; its errors are codes, by attribute and list index."""
    declared: dict[str, fields.Field[Any]] = {}
    for number, attribute in enumerate(attributes):
        field = field_of(attribute)
        field.data_key = attribute.name
        field.required = attribute.required and attribute.default is None
        field.error_messages["required"] = "attribute.missing"
        # Fields are numbered, as an attribute may have a name that means something to the library ("Meta").
        declared[f"attribute_{number}"] = field
    schema = Schema.from_dict(declared, name="Attributes")()
    schema.error_messages = {"unknown": "attribute.unknown", "type": "attribute.not_object"}
    return schema


def _validators(attribute: Attribute) -> list[Any]:
    """Return the checks that the attribute adds to those of its type."""
    checks: list[Any] = []
    kind = attribute.entry_type
    if kind is AttributeType.ENUM:
        checks.append(_Check("attribute.not_enum", frozenset(attribute.choices).__contains__))
    if attribute.minimum is not None or attribute.maximum is not None:
        low = -math.inf if attribute.minimum is None else attribute.minimum
        high = math.inf if attribute.maximum is None else attribute.maximum
        checks.append(_Check("attribute.out_of_range", lambda value: low <= value <= high))
    if attribute.pattern is not None:
        matches = re.compile(attribute.pattern).fullmatch
        checks.append(
            _Check(
                "attribute.not_matching",
                lambda value: len(value) <= PATTERNED_CHARACTERS and matches(value) is not None,
            )
        )
    return checks


class _Check:
    """A validator in the sense of the library: refuses with a code what its question answers with no."""

    def __init__(self, code: str, holds: Any) -> None:
        self.code, self.holds = code, holds

    def __call__(self, value: Any) -> Any:
        if not self.holds(value):
            raise ValidationError(self.code)
        return value


def is_right(field: fields.Field[Any], value: Any) -> bool:
    """Tell whether the field takes the value."""
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True


def longest(attribute: Attribute) -> int:
    """Return how many bytes one entry of the attribute may take."""
    return _FIELDS[attribute.entry_type].longest


def size_of(value: Any) -> int:
    """Return how many bytes a text, or a JSON value written compactly, takes."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8"))


def network_around(value: str) -> str:
    """Return the network that an address with a prefix length lies in."""
    return str(ipaddress.ip_network(value, strict=False))
