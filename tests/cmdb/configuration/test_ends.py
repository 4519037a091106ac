"""Who is meant by the other end of a relation, where it is a part of something another source saw."""

from __future__ import annotations

import pytest

from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.ends import Ends
from cmdb.model.observation import End, Identifier, Thing

SWITCH = (Identifier("chassis_id", "00:16:3e:aa:aa:01"), Identifier("fqdn", "sw1.example.com"))
PORT = Identifier("part", "interface:swp1")
ENDS = Ends(
    {Thing("snmp", "sw1"): "ci-sw1"}, [("ci-sw1", SWITCH), ("ci-port", [PORT])], RULES, {("ci-sw1", PORT): "ci-port"}
)


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ((*SWITCH, PORT), "ci-port"),
        ((PORT, *SWITCH), "ci-port"),
        ((SWITCH[1], PORT), "ci-port"),
        ((*SWITCH, Identifier("part", "interface:swp2")), "ci-sw1"),
        (SWITCH, "ci-sw1"),
        ((Identifier("fqdn", "sw2.example.com"), PORT), None),
        ((PORT,), None),
    ],
)
def test_a_part_is_meant_of_whoever_the_other_identifiers_name(identifiers, expected):
    """A part alone names nobody; of an owner that is known and a part that is not, the owner is meant."""
    assert ENDS.meant(End(identifiers=identifiers), "lldp").ci == expected


def test_a_part_of_what_a_source_calls_its_own_may_be_meant():
    """The source knows the device, another its part; where nobody has seen that part the device is meant."""
    assert ENDS.meant(End("sw1", (PORT,)), "snmp").ci == "ci-port"
    assert ENDS.meant(End("sw1", (Identifier("part", "process:keepalived"),)), "snmp").ci == "ci-sw1"
    assert ENDS.meant(End("sw1"), "snmp").ci == "ci-sw1"


def test_whoever_has_a_mac_address_may_be_named_by_it():
    """A forwarding table knows nothing else of who is there; an address that two have names neither."""
    mine, both = Identifier("mac", "3c:ec:ef:00:00:01"), Identifier("mac", "3c:ec:ef:00:00:02")
    ends = Ends({}, [("ci-web1", [mine, both]), ("ci-web2", [both])], RULES)
    assert ends.meant(End(identifiers=(mine,)), "snmp").ci == "ci-web1"
    assert ends.meant(End(identifiers=(both,)), "snmp").several == ("ci-web1", "ci-web2")
