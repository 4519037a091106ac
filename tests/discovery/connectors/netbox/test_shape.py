"""What becomes of NetBox's books: stacks, virtual addresses, dual power, cables through panels."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cmdb.model.observation import Observation
from discovery.connectors.netbox import CONNECTOR
from discovery.connectors.netbox.config import NetBoxSettings
from discovery.ports import Part, PartlyRead, Shaped, Unreadable
from discovery.testing import TrialLine, told
from discovery.testing.samples import parts_of
from tests.discovery.connectors.importing import read, shaped
from tests.discovery.connectors.netbox.world import PLANTED, records

SAMPLES = Path(__file__).parents[4] / "discovery" / "connectors" / "netbox" / "sample"


@pytest.fixture
def dumped(tmp_path) -> Path:
    path = tmp_path / "netbox.json.gz"
    path.write_bytes(gzip.compress(json.dumps(records()).encode()))
    return path


@pytest.fixture
def found(dumped) -> dict[str, Observation]:
    shown = shaped(CONNECTOR, {"dump_file": str(dumped)}, TrialLine())
    return {each.native_id: each for each in shown.observations}


def ends(observation: Observation, type_: str, group: str | None = None) -> set[str]:
    return {
        str(each.target.native_id)
        for each in observation.relations
        if each.type == type_ and each.group == group and each.target
    }


def identifiers(observation: Observation) -> set[str]:
    return {f"{each.kind}={each.value}" for each in observation.identifiers}


def test_two_power_supplies_on_two_strips_are_a_group_of_which_one_is_enough(found):
    """Each supply is plugged into a strip of its own, and those into feeds of two panels."""
    host = found["dcim.device:3"]

    assert [(group.name, group.needs) for group in host.groups] == [("power", 1)]
    assert ends(host, "powered_by", "power") == {"dcim.device:5", "dcim.device:6"}
    assert ends(found["dcim.device:5"], "powered_by") == {"dcim.powerfeed:1"}
    assert ends(found["dcim.powerfeed:1"], "powered_by") == {"dcim.powerpanel:1"}


def test_two_power_supplies_on_one_strip_are_no_redundancy(found):
    """Both supplies of the second host hang on the first strip: without it the host is down."""
    host = found["dcim.device:4"]

    assert host.groups == ()
    assert ends(host, "powered_by") == {"dcim.device:5"}


def test_a_cable_is_followed_through_patch_panels(found):
    """From the host over two panels, at the second of two positions, to the second switch and to no other port."""
    assert ends(found["dcim.device:3/dcim.interface:2"], "connects_to") == {"dcim.device:2/dcim.interface:5"}
    assert ends(found["dcim.device:3/dcim.interface:1"], "connects_to") == {"dcim.device:1/dcim.interface:4"}


def test_a_connection_is_told_once(found):
    """A cable between two interfaces is one relation, not one of each end."""
    assert not ends(found["dcim.device:1/dcim.interface:4"], "connects_to")


def test_a_planned_cable_joins_nothing(found):
    """What is only planned is not there."""
    assert not ends(found["dcim.device:4/dcim.interface:10"], "connects_to")


def test_a_lag_needs_one_of_its_members_and_outlives_a_switch_of_its_stack(found):
    """The LAG stands under the first switch in NetBox; it depends on the stack, which needs one of its switches."""
    lag, stack = found["dcim.device:1/dcim.interface:6"], found["dcim.virtualchassis:1"]

    assert ends(lag, "depends_on", "members") == {"dcim.device:1/dcim.interface:4", "dcim.device:2/dcim.interface:5"}
    assert ends(lag, "part_of") == {"dcim.virtualchassis:1"}
    assert ends(stack, "depends_on", "members") == {"dcim.device:1", "dcim.device:2"}
    assert [group.needs for group in (*lag.groups, *stack.groups)] == [1, 1]


def test_a_gateway_address_is_behind_its_routers_and_identifies_neither(found):
    """The address of the VRRP group is a CI of its own; no router has it among its identifiers."""
    vip = found["ipam.ipaddress:6"]

    assert vip.ci_class == "vip"
    assert identifiers(vip) == {"vip=10.1.0.1"}
    assert ends(vip, "depends_on", "holders") == {"dcim.device:9/dcim.interface:7", "dcim.device:10/dcim.interface:8"}
    assert not [each.native_id for each in found.values() if "ip=10.1.0.1" in identifiers(each)]


def test_an_address_with_the_role_vip_at_two_machines_is_one_virtual_address(found):
    """NetBox lists it at each machine that may hold it; it is one CI that needs one of them."""
    vip = found["ipam.ipaddress:7"]

    assert "ipam.ipaddress:8" not in found
    assert len(ends(vip, "depends_on", "holders")) == 2
    assert "10.1.0.80" not in found["virtualization.virtualmachine:1"].attributes["ip_addresses"]


def test_a_host_is_known_by_serial_name_addresses_and_macs(found):
    """Whatever other sources know it by; the LAG's address is the host's."""
    assert identifiers(found["dcim.device:3"]) == {
        "serial=Acme|AC003",
        "fqdn=host1.example.org",
        "ip=10.1.0.11",
        "ip=2001:db8:1::11",
        "mac=3c:ec:ef:00:00:01",
        "mac=3c:ec:ef:00:00:02",
    }
    assert found["dcim.device:3"].ci_class == "hypervisor_host"


def test_a_virtual_machine_runs_on_its_cluster_and_the_cluster_on_one_of_its_hosts(found):
    """NetBox does not say how many hosts a cluster needs; that one must be up is sure."""
    cluster = found["virtualization.cluster:1"]

    assert ends(found["virtualization.virtualmachine:2"], "runs_on") == {"virtualization.cluster:1"}
    assert ends(cluster, "runs_on", "hosts") == {"dcim.device:3", "dcim.device:4"}
    assert [(group.name, group.needs) for group in cluster.groups] == [("hosts", 1)]


def test_a_service_is_an_endpoint_at_its_addresses(found):
    """Where it says which addresses it listens on, those; else all of its host."""
    https = found["virtualization.virtualmachine:1/ipam.service:1"]

    assert (https.ci_class, https.owner) == ("endpoint", "virtualization.virtualmachine:1")
    assert identifiers(https) == {"part=endpoint:https", "endpoint=10.1.0.21:443/tcp"}
    assert "endpoint=[2001:db8:1::11]:2222/tcp" in identifiers(found["dcim.device:3/ipam.service:2"])


def test_prefixes_nest_within_their_routing_table(found):
    """The smaller network of another VRF is no part of the larger one of the global table."""
    assert ends(found["ipam.prefix:2"], "part_of") == {"ipam.prefix:1"}
    assert not ends(found["ipam.prefix:3"], "part_of")


def test_contacts_are_teams_and_never_persons(found):
    """The site is labelled with the group of its contact; the contact without a group leaves no trace but a count."""
    assert found["dcim.site:1"].labels["contact/technical"] == "Network operations"
    assert found["tenancy.contactgroup:2"].ci_class == "team"
    shown = repr(found)
    assert not [word for word in PLANTED if word in shown]


def test_the_dump_holds_back_what_the_api_would_hold_back(dumped):
    """Password hashes, contexts, comments: counted where they are objects, and read nowhere."""
    _, _, parts = read(CONNECTOR, {"dump_file": str(dumped)}, TrialLine())

    everything = json.dumps([part.body for part in parts])
    assert not [word for word in PLANTED if word in everything]
    assert next(part.body for part in parts if part.name == "counts")["auth.user"] == 1


def test_a_role_may_be_given_its_class(dumped):
    """The role that no word tells is noted, until the settings say what it is."""
    told = shaped(CONNECTOR, {"dump_file": str(dumped)}, TrialLine())
    said = shaped(CONNECTOR, {"dump_file": str(dumped), "roles": {"gatekeeper": "firewall"}}, TrialLine())

    assert [note.facts for note in told.notes if note.code == "netbox.role_unknown"] == [
        {"role": "gatekeeper", "count": 1, "class": "network_device"}
    ]
    assert {each.ci_class for each in said.observations if each.native_id == "dcim.device:11"} == {"firewall"}


def test_the_order_of_the_objects_does_not_matter(dumped):
    """The same dump the other way round gives the same observations."""
    target, settings, parts = read(CONNECTOR, {"dump_file": str(dumped)}, TrialLine())
    turned = [Part(part.name, part.body[::-1] if isinstance(part.body, list) else part.body) for part in parts[::-1]]

    def shown(shape: Shaped) -> list[Any]:
        return [(o.native_id, o.attributes, set(o.identifiers), o.relations, o.labels) for o in shape.observations]

    assert shown(CONNECTOR.shape(target, settings, parts)) == shown(CONNECTOR.shape(target, settings, turned))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", Unreadable),
        (b"{}", Unreadable),
        (b"[]", Unreadable),
        (b'[{"model": "dcim.site", "pk": 1, "fields": {"name": "x"}}', Unreadable),
        (b'[{"model": "dcim.site", "pk": "1", "fields": {}}]', Unreadable),
        (b'[{"model": "shop.basket", "pk": 1, "fields": {}}]', Unreadable),
        (b"\xff\xfe[]", Unreadable),
        (gzip.compress(b"[" + b" " * 3_000_000 + b"]", mtime=0), PartlyRead),
        (gzip.compress(b'[{"model": "dcim.site"}]', mtime=0)[:-6], Unreadable),
    ],
)
def test_what_is_no_dump_is_told(tmp_path, content, error):
    """Cut off, of another programme, in another encoding, or a bomb: one error, and nothing was read."""
    path = tmp_path / "dump"
    path.write_bytes(content)

    with pytest.raises(error):
        read(CONNECTOR, {"dump_file": str(path), "most_megabytes": 2}, TrialLine())


def test_hostile_values_end_up_in_no_attribute_that_they_do_not_fit():
    """Numbers that are texts, circles of parents, texts without an end: shaped all the same."""
    rows = {
        "dcim.region": [{"id": 1, "name": "a", "parent": 2}, {"id": 2, "name": "b" * 9_000, "parent": 1}],
        "dcim.site": [{"id": 1, "name": None, "status": {"value": []}, "physical_address": 7, "region": "x"}],
        "dcim.device": [{"id": 1, "name": "$(reboot)", "position": "many", "rack": {}, "site": 1, "serial": 5}],
        "dcim.interface": [
            {"id": 1, "device": 1, "name": 9, "speed": True, "enabled": "no", "mac_address": "zz", "lag": 1}
        ],
        "ipam.vlan": [{"id": 1, "vid": 5_000, "name": "x"}],
        "ipam.prefix": [{"id": 1, "prefix": "300.1.1.1/8"}],
        "ipam.ipaddress": [{"id": 1, "address": "localhost"}],
        "virtualization.virtualmachine": [{"id": 1, "name": "v", "vcpus": "nan", "memory": "1e999", "disk": -1}],
    }
    settings = NetBoxSettings().load({"dump_file": "x"})
    target = next(iter(CONNECTOR.targets(settings, TrialLine())))
    found = CONNECTOR.shape(target, settings, [Part(name, body) for name, body in rows.items()])

    by_id = {each.native_id: each for each in found.observations}
    assert by_id["dcim.device:1"].name == "$(reboot)"
    assert "vlan_id" not in by_id["ipam.vlan:1"].attributes
    assert "ipam.prefix:1" not in by_id
    assert not by_id["dcim.device:1/dcim.interface:1"].groups


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_recorded_sample_gives_what_is_expected_of_it(name):
    """The parts of each sample, shaped twice, give its expected.json."""
    folder = SAMPLES / name
    settings = NetBoxSettings().load(json.loads((folder / "settings.json").read_text()))
    target = next(iter(CONNECTOR.targets(settings, TrialLine())))
    expected = json.loads((folder / "expected.json").read_text())

    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
