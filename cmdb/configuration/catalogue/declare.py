"""Short words to declare attributes with, so that a class of the catalogue reads as one entry."""

from __future__ import annotations

from typing import Any

from cmdb.model.ci_class import Attribute, AttributeType


def text(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare a text."""
    return Attribute(name, AttributeType.TEXT, label, label_zh, description, **more)


def texts(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare a list of texts."""
    return Attribute(name, AttributeType.LIST, label, label_zh, description, AttributeType.TEXT, **more)


def integer(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare a whole number."""
    return Attribute(name, AttributeType.INTEGER, label, label_zh, description, **more)


def decimal(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare a number that may have a fraction."""
    return Attribute(name, AttributeType.DECIMAL, label, label_zh, description, **more)


def boolean(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare a yes or no."""
    return Attribute(name, AttributeType.BOOLEAN, label, label_zh, description, **more)


def date(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare a day."""
    return Attribute(name, AttributeType.DATE, label, label_zh, description, **more)


def time(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare a moment with its offset."""
    return Attribute(name, AttributeType.TIME, label, label_zh, description, **more)


def enum(name: str, label: str, label_zh: str, choices: tuple[str, ...], description: str = "") -> Attribute:
    """Declare a choice among texts."""
    return Attribute(name, AttributeType.ENUM, label, label_zh, description, choices=choices)


def ip(name: str, label: str, label_zh: str, description: str = "", **more: Any) -> Attribute:
    """Declare an IP address."""
    return Attribute(name, AttributeType.IP, label, label_zh, description, **more)


def ips(name: str, label: str, label_zh: str, description: str = "") -> Attribute:
    """Declare a list of IP addresses."""
    return Attribute(name, AttributeType.LIST, label, label_zh, description, AttributeType.IP)


def cidr(name: str, label: str, label_zh: str, description: str = "") -> Attribute:
    """Declare an IP network."""
    return Attribute(name, AttributeType.CIDR, label, label_zh, description)


def mac(name: str, label: str, label_zh: str, description: str = "") -> Attribute:
    """Declare a MAC address."""
    return Attribute(name, AttributeType.MAC, label, label_zh, description)


def macs(name: str, label: str, label_zh: str, description: str = "") -> Attribute:
    """Declare a list of MAC addresses."""
    return Attribute(name, AttributeType.LIST, label, label_zh, description, AttributeType.MAC)


def fqdn(name: str, label: str, label_zh: str, description: str = "") -> Attribute:
    """Declare a fully qualified domain name."""
    return Attribute(name, AttributeType.FQDN, label, label_zh, description)


def url(name: str, label: str, label_zh: str, description: str = "") -> Attribute:
    """Declare a URL."""
    return Attribute(name, AttributeType.URL, label, label_zh, description)


def reference(name: str, label: str, label_zh: str, to: str, description: str = "") -> Attribute:
    """Declare the id of a CI of the class ``to`` or one below it."""
    return Attribute(name, AttributeType.REFERENCE, label, label_zh, description, refers_to=to)


def json(name: str, label: str, label_zh: str, description: str = "") -> Attribute:
    """Declare any JSON value."""
    return Attribute(name, AttributeType.JSON, label, label_zh, description)
