"""
The class of a device, by the words of its role.

Roles are named freely in NetBox, most often by a word that says what the device is; a source's settings say it where
no word does. What feeds others through power outlets is a PDU whatever its role is called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# The first row of which a word is among the role's decides; so a "console server" is no server, a "storage switch" is
# a switch.
_WORDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (ci_class, frozenset(words.split()))
    for ci_class, words in (
        ("network_device", "console terminal panel panels patch mux multiplexer modem converter tap media oob"),
        ("load_balancer", "loadbalancer balancer adc lb slb"),
        ("firewall", "firewall fw firewalls ngfw ips ids"),
        ("wireless_access_point", "wap ap wifi wireless wlan"),
        ("switch", "switch switches tor leaf spine sw aggregation distribution"),
        ("router", "router routers rtr gateway gw edge pe cpe"),
        ("pdu", "pdu pdus"),
        ("ups", "ups"),
        ("generator", "generator genset"),
        ("cooling_unit", "crac crah cooling chiller"),
        ("storage_array", "storage san nas filer array"),
        ("hypervisor_host", "hypervisor hypervisors esxi esx vmhost virtualization proxmox"),
        ("server", "server servers host hosts compute node blade db database web app application"),
    )
)
_LAYERS = (
    ("core", "core"),
    ("distribution", "distribution"),
    ("distribution", "aggregation"),
    ("spine", "spine"),
    ("leaf", "leaf"),
    ("access", "access"),
    ("access", "tor"),
)
UNKNOWN = "network_device"
HOSTS = frozenset(("server", "hypervisor_host"))
POWER = frozenset(("pdu", "ups", "generator"))
NETWORK = frozenset(("network_device", "switch", "router", "firewall", "load_balancer", "wireless_access_point"))


def class_of(slug: str, roles: Mapping[str, str], *, feeds_others: bool, in_cluster: bool) -> tuple[str, bool]:
    """
    Return the class of a device of the role ``slug``, and whether anything said so.

    >>> class_of("tor-switch", {}, feeds_others=False, in_cluster=False)
    ('switch', True)
    >>> class_of("mystery", {"mystery": "router"}, feeds_others=False, in_cluster=False)
    ('router', True)
    >>> class_of("mystery", {}, feeds_others=False, in_cluster=False)
    ('network_device', False)
    """
    if slug in roles:
        return roles[slug], True
    words = set(_words(slug))
    found = next((ci_class for ci_class, some in _WORDS if words & some), None)
    if found == "server" and in_cluster:
        return "hypervisor_host", True
    if found is None and feeds_others:
        return "pdu", True
    if found is None and in_cluster:
        return "hypervisor_host", True
    return found or UNKNOWN, found is not None


def layer_of(slug: str) -> str | None:
    """
    Return the layer of a switch of the role, or None.

    >>> layer_of("tor-switch"), layer_of("switch")
    ('access', None)
    """
    words = set(_words(slug))
    return next((layer for layer, word in _LAYERS if word in words), None)


def _words(slug: str) -> list[str]:
    return re.findall("[a-z]+", slug.lower())
