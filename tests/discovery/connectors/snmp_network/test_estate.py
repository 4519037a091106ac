"""The estate is read over SNMP, and what is found is what its description says."""

from __future__ import annotations

from functools import cache

import pytest

from discovery.connectors.snmp_network import CONNECTOR
from discovery.connectors.snmp_network.config import SnmpSettings
from discovery.connectors.snmp_network.shape import RESTS_ON
from discovery.ports import Target
from discovery.testing import TrialLine

description = pytest.importorskip("tests.estate.description", reason="there is no estate")

CLASSES = {"sw1": "switch", "sw2": "switch", "rtr1": "router", "lb1": "server"}


def read(estate, name, **settings):
    access = estate.access
    over = TrialLine(
        {
            "env:COMMUNITY": access.snmp_community,
            "env:AUTHENTICATION": access.snmp_auth_password,
            "env:PRIVACY": access.snmp_priv_password,
        }
    )
    target = Target(description.BY_NAME[name].addresses[0])
    loaded = SnmpSettings().load({"devices": [target.id], **settings})
    with estate.within():
        return CONNECTOR.shape(target, loaded, list(CONNECTOR.fetch(target, loaded, over)))


@cache
def community(estate, name):
    """Return what a device amounts to; each is read once."""
    return read(estate, name, version="2c", community="env:COMMUNITY")


def values(observation, kind):
    return [each.value for each in observation.identifiers if each.kind == kind]


@pytest.mark.parametrize("name", CLASSES)
def test_a_device_is_what_the_description_says(estate, name):
    """Class, vendor and serial number, names and addresses are right, and a virtual address is nobody's."""
    host, found = description.BY_NAME[name], community(estate, name)
    device = next(each for each in found.observations if each.scope.endswith("/system"))
    assert device.ci_class == CLASSES[name]
    assert values(device, "serial") == [f"{description.VENDOR}|{host.serial}"]
    assert values(device, "fqdn") == [host.fqdn]
    assert tuple(values(device, "ip")) == host.addresses
    assert set(values(device, "mac")) == {interface.mac for interface in host.interfaces}
    interfaces = [each for each in found.observations if each.scope.endswith("/interfaces")]
    assert {each.attributes["if_name"] for each in interfaces} == {interface.name for interface in host.interfaces}
    assert found.complete == {f"{host.addresses[0]}/{scope}" for scope in RESTS_ON}
    assert found.notes == ()


@pytest.mark.parametrize("name", CLASSES)
def test_its_cables_lead_where_the_description_says(estate, name):
    """Every neighbour is heard at its port, and named by its chassis id, its name and its own port."""
    found = community(estate, name)
    cables = {}
    for each in found.observations:
        if each.scope.endswith("/neighbours"):
            outward, inward = each.relations
            assert outward.target == inward.source
            end = {identifier.kind: identifier.value for identifier in outward.target.identifiers}
            cables[values(each, "part")[0].removeprefix("interface:")] = (
                end["fqdn"],
                end["part"].removeprefix("interface:"),
            )
    assert cables == description.neighbours(name)


def test_who_speaks_no_lldp_is_found_by_the_forwarding_table(estate):
    """The probe is no part of LLDP; the switch forwards to its address alone at that port."""
    found = community(estate, "sw1")
    (port,) = [each for each in found.observations if each.scope.endswith("/forwarding")]
    assert values(port, "part") == [f"interface:{description.PROBE_LINK.right[1]}"]
    assert {each.value for each in port.relations[0].target.identifiers} >= {description.PROBE.interfaces[0].mac}


def test_version_3_finds_the_same_as_2c_and_no_secret_is_in_it(estate):
    """The same observations come with authentication and encryption, and what was used to get them is in none."""
    secret = {"authentication_secret": "env:AUTHENTICATION", "privacy_secret": "env:PRIVACY"}
    signed = read(estate, "rtr1", user=estate.access.snmp_user, **secret)
    assert signed == community(estate, "rtr1")
    shown = repr(signed)
    assert not [word for word in estate.access.secrets if word in shown]
