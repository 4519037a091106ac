"""The settings of a source that is swept with nmap: ranges of addresses, ports, and how hard to knock."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.ports import Seconds, Settings

MOST_ADDRESSES = 65_536
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*", re.ASCII)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Range(fields.String):
    """A network such as ``10.77.1.0/24``, or one address, in its one spelling: never a name or an option."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        try:
            network = ipaddress.ip_network(text.strip())
        except ValueError:
            raise ValidationError("must be a network without host bits, such as 10.77.1.0/24, or an address") from None
        if network.is_multicast:
            raise ValidationError("is for groups, not for hosts")
        if network.num_addresses > MOST_ADDRESSES:
            raise ValidationError(f"holds more than {MOST_ADDRESSES:,} addresses; name smaller ranges")
        return str(network)


class Ports(fields.String):
    """Port numbers and ranges of them with commas between: ``22,80,8000-8100``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        if not _PORTS.fullmatch(text):
            raise ValidationError("must be port numbers and ranges with commas between, such as 22,80,8000-8100")
        for part in text.split(","):
            low, _, high = part.partition("-")
            if not 1 <= int(low) <= int(high or low) <= 65_535:
                raise ValidationError(f"{part} is no range of ports from 1 to 65535")
        return text


class NmapSettings(Settings):
    """Where to look."""

    ranges = fields.List(
        Range(),
        required=True,
        validate=validate.Length(1, 1_000),
        metadata={"description": "networks and addresses to look at; each is read, and certified, on its own"},
    )
    excluded = fields.List(
        Range(),
        load_default=list,
        validate=validate.Length(0, 1_000),
        metadata={"description": "networks and addresses within them that are left alone"},
    )
    ports = Ports(metadata={"description": "ports to look at; left out, the most common ones"})
    top_ports = fields.Integer(
        load_default=100,
        validate=validate.Range(1, 65_535),
        metadata={"description": "how many of the most common ports are looked at where none are named"},
    )
    names = fields.Boolean(
        load_default=True, metadata={"description": "whether DNS is asked for the names of the addresses that answer"}
    )
    packets_per_second = fields.Integer(
        load_default=300, validate=validate.Range(1, 100_000), metadata={"description": "so many packets at most"}
    )
    host_timeout = Seconds(load_default=120.0, metadata={"description": "seconds after which a slow host is given up"})

    @validates_schema
    def _overlaps(self, data: dict[str, Any], **_: Any) -> None:
        networks = [ipaddress.ip_network(each) for each in data["ranges"]]
        for number, one in enumerate(networks):
            for other in networks[:number]:
                if one.version == other.version and one.overlaps(other):
                    raise ValidationError(f"{one} and {other} overlap; an address is swept once", "ranges")
