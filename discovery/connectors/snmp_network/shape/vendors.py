"""What an agent's number of its product and its description tell of its maker and its operating system."""

from __future__ import annotations

import re

HOST_SYSTEMS = tuple(
    f"1.3.6.1.4.1.{number}."
    for number in ("8072.3.2", "2021.250", "311.1.1.3", "42.2.1", "11.2.3.2", "2.3.1.2.1", "6876.4", "2.6.11")
)
"""Object ids of operating systems of hosts: Net-SNMP's, Windows, Solaris, HP-UX, AIX, ESX."""

# Private enterprise numbers of those who make what stands in racks.
_VENDORS = {
    "9": "Cisco",
    "11": "HP",
    "43": "3Com",
    "45": "Nortel",
    "171": "D-Link",
    "207": "Allied Telesis",
    "318": "APC",
    "664": "Adtran",
    "674": "Dell",
    "789": "NetApp",
    "890": "ZyXEL",
    "1588": "Brocade",
    "1916": "Extreme Networks",
    "1991": "Brocade",
    "2011": "Huawei",
    "2272": "Nortel",
    "2636": "Juniper Networks",
    "3224": "Juniper Networks",
    "3375": "F5",
    "3902": "ZTE",
    "4526": "NETGEAR",
    "4881": "Ruijie",
    "5651": "Maipu",
    "6339": "DCN",
    "6527": "Nokia",
    "6889": "Avaya",
    "8886": "Raisecom",
    "9303": "PacketFront",
    "11863": "TP-Link",
    "12356": "Fortinet",
    "14179": "Cisco",
    "14823": "Aruba",
    "14988": "MikroTik",
    "17163": "Riverbed",
    "25053": "Ruckus",
    "25461": "Palo Alto Networks",
    "25506": "H3C",
    "30065": "Arista Networks",
    "33049": "Mellanox",
    "40310": "Cumulus Networks",
    "41112": "Ubiquiti",
    "47196": "Aruba",
}

_SYSTEMS = (
    (re.compile(r"^Linux \S+ (\S+)"), "Linux"),
    (re.compile(r"^FreeBSD \S+ (\S+)"), "FreeBSD"),
    (re.compile(r"Windows.*?Version (\d+[\d.]*)"), "Windows"),
    (re.compile(r"Cisco IOS XR Software.*?Version ([^\s,\[]+)"), "Cisco IOS XR"),
    (re.compile(r"Cisco IOS(?: Software)?.*?Version ([^\s,]+)"), "Cisco IOS"),
    (re.compile(r"Cisco NX-OS.*?Version ([^\s,]+)"), "Cisco NX-OS"),
    (re.compile(r"JUNOS ([^\s,]+)"), "Junos"),
    (re.compile(r"Comware.*?Version (?:Release )?([^\s,]+(?:, Release \S+)?)"), "Comware"),
    (re.compile(r"\(VRP \(R\) [Ss]oftware, Version ([^\s,)]+)|Versatile Routing Platform.*?Version ([^\s,)]+)"), "VRP"),
    (re.compile(r"Arista Networks EOS version (\S+)"), "EOS"),
    (re.compile(r"RouterOS ?(\S*)"), "RouterOS"),
    (re.compile(r"^Vyatta\s+(\S+)"), "Vyatta"),
    (re.compile(r"ProVision.*?revision (\S+?),|ProCurve.*?revision (\S+?),"), "ProVision"),
)


def vendor_of(object_id: str) -> str:
    """
    Return who made the product of an object id, "" where that is not known.

    >>> vendor_of("1.3.6.1.4.1.9.1.516"), vendor_of("1.3.6.1.4.1.8072.3.2.10")
    ('Cisco', '')
    """
    if not object_id.startswith("1.3.6.1.4.1."):
        return ""
    return _VENDORS.get(object_id.removeprefix("1.3.6.1.4.1.").partition(".")[0], "")


def system_of(description: str) -> tuple[str, str]:
    """
    Return the operating system and its version that a sysDescr names, "" for what it does not.

    >>> system_of("Linux web1 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 x86_64")
    ('Linux', '6.1.0-18-amd64')
    >>> system_of("a box")
    ('', '')
    """
    for pattern, system in _SYSTEMS:
        found = pattern.search(description)
        if found:
            return system, next((group for group in found.groups() if group), "")
    return "", ""
