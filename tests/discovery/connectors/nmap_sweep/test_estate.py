"""The estate is swept from its probe: every host once, and none for the virtual address."""

from __future__ import annotations

import shutil

import pytest

from discovery.connectors.nmap_sweep import CONNECTOR
from discovery.connectors.nmap_sweep.config import NmapSettings
from discovery.ports import Target
from discovery.testing import TrialLine

description = pytest.importorskip("tests.estate.description", reason="there is no estate")
pytestmark = pytest.mark.skipif(shutil.which("nmap") is None, reason="nmap is not installed")

LOWER_HALF = "10.77.1.0/25"


def test_a_virtual_address_makes_no_ghost_beside_its_holder(estate):
    """In the network of the load balancers every host is one thing, and the virtual address is the holder's."""
    settings = NmapSettings().load({"ranges": [LOWER_HALF], "ports": "22,80", "names": False})
    target = Target(LOWER_HALF)
    with estate.within():
        found = CONNECTOR.shape(target, settings, list(CONNECTOR.fetch(target, settings, TrialLine())))
    assert found.complete == {LOWER_HALF}
    hosts = [description.BY_NAME[name] for name in ("rtr1", "lb1", "lb2", "web1", "web2")]
    macs = {host.name: host.interface("eth0").mac for host in hosts}
    # The probe looks at itself without a cable, so it has no MAC address.
    expected = {f"mac:{mac}" for mac in macs.values()} | {description.PROBE.addresses[0]}
    assert {each.native_id for each in found.observations} == expected
    (holder,) = [each for each in found.observations if description.VIP in each.attributes["ip_addresses"]]
    assert holder.native_id == f"mac:{macs['lb1']}"
    endpoints = {each.value for seen in found.observations for each in seen.identifiers if each.kind == "endpoint"}
    assert {f"{description.VIP}:80/tcp", "10.77.1.21:80/tcp", "10.77.1.21:22/tcp"} <= endpoints
    assert "10.77.1.1:22/tcp" not in endpoints
