"""A sweep proposes what nobody knows, and makes no ghost of what somebody does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovered import World
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.identify import Decided
from cmdb.configuration.reconcile import reconcile
from cmdb.model.coverage import Coverage
from cmdb.model.observation import Identifier, Observation, Thing

T0 = datetime(2026, 3, 2, tzinfo=UTC)
SERIAL, OTHER = Identifier("serial", "acme|S1"), Identifier("serial", "acme|S2")
MAC, IP, NAME = Identifier("mac", "3c:ec:ef:00:00:01"), Identifier("ip", "10.0.0.1"), Identifier("fqdn", "r1.example")


def seen(source, native, *identifiers, ci_class="server"):
    return Observation(source, "all", native, ci_class, identifiers=identifiers, first_seen=T0, seen_at=T0)


def found(*observations, decided=(), declared=()):
    coverages = {each.source: Coverage(each.source, each.source, 1, T0) for each in observations}
    stated = {each["id"]: each for each in declared}
    return reconcile(World(observations, coverages, stated, decided, frozenset(), built_in(), RULES, T0))


@pytest.mark.parametrize("known", [MAC, IP, NAME])
def test_what_somebody_knows_is_not_proposed(known):
    """By a MAC address, a name or an IP address of a CI it is that CI, whose own record keeps what it says."""
    made = found(seen("snmp_network", "r1", SERIAL, known), seen("nmap_sweep", "10.0.0.1", known))
    assert set(made.cis) == {"snmp_network:r1"}
    assert made.cis["snmp_network:r1"]["seen_as"] == [["snmp_network", "r1"]]
    assert made.merged == {"nmap_sweep:10.0.0.1": "snmp_network:r1"}


def test_a_second_address_of_a_router_is_no_other_device():
    """Two records of a sweep may be one CI, as it sees addresses and not things."""
    second = Identifier("ip", "10.1.0.1")
    router = seen("snmp_network", "r1", SERIAL, IP, second, ci_class="router")
    assert set(found(router, seen("nmap_sweep", "1", IP), seen("nmap_sweep", "2", second)).cis) == {"snmp_network:r1"}


def test_a_virtual_address_is_no_host():
    """What another source knows to be virtual is not proposed as a host."""
    vip = seen("snmp_network", "vip", Identifier("vip", "10.0.0.1"), ci_class="vip")
    assert set(found(vip, seen("nmap_sweep", "10.0.0.1", IP)).cis) == {"snmp_network:vip"}


def test_a_host_is_known_by_its_card_although_its_interface_has_that_address_too():
    """Also while it holds an address that is a virtual one's: the sweep met the host."""
    host = seen("ssh_linux", "h1", SERIAL, MAC, IP)
    card = replace(
        seen("ssh_linux", "h1/eth0", MAC, Identifier("part", "interface:eth0"), ci_class="interface"), owner="h1"
    )
    vip = seen("ssh_linux", "vip", Identifier("vip", "10.0.0.9"), ci_class="vip")
    made = found(host, card, vip, seen("nmap_sweep", "1", MAC, IP, Identifier("ip", "10.0.0.9")))
    assert made.merged["nmap_sweep:1"] == "ssh_linux:h1"
    assert not [ci for ci in made.cis if ci.startswith("nmap_sweep:")]


def test_what_nobody_knows_is_proposed():
    """A device that no other source has seen is what one sweeps for."""
    made = found(seen("snmp_network", "r1", SERIAL, IP), seen("nmap_sweep", "2", Identifier("ip", "10.0.0.2")))
    assert made.cis["nmap_sweep:2"]["status"] == "proposed"


def test_of_two_that_might_be_meant_neither_is():
    """An address that two CIs have settles nothing, so a person is shown the proposal."""
    made = found(seen("a", "1", SERIAL, IP), seen("b", "2", OTHER, IP), seen("nmap_sweep", "1", IP))
    assert made.cis["nmap_sweep:1"]["status"] == "proposed"


def test_what_a_person_keeps_apart_stays_apart():
    """Who said that they are two keeps two."""
    apart = Decided(False, Thing("snmp_network", "r1"), Thing("nmap_sweep", "1"))
    made = found(seen("snmp_network", "r1", SERIAL, IP), seen("nmap_sweep", "1", IP), decided=[apart])
    assert set(made.cis) == {"snmp_network:r1", "nmap_sweep:1"}


def test_an_address_of_what_was_retired_is_news():
    """Somebody answers where nobody should be: that is proposed again."""
    retired = {
        "id": "old",
        "class": "server",
        "name": "old",
        "status": "retired",
        "attributes": {"ip_addresses": ["10.0.0.1"]},
    }
    made = found(seen("nmap_sweep", "1", IP), declared=[{**retired, "sources": ["form"]}])
    assert made.cis["nmap_sweep:1"]["status"] == "proposed"
