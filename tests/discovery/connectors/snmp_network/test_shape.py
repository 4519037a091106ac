"""What parts amount to: devices, cabling, redundancy, and nothing that was not said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.observation import EvidenceKind, Identifier
from cmdb.model.relation import Strength
from discovery.connectors.snmp_network import CONNECTOR
from discovery.connectors.snmp_network.shape import RESTS_ON
from discovery.connectors.snmp_network.tables import TABLES
from discovery.ports import Part, Target

HOST = {"sys_name": "web1.example.com", "sys_services": 72, "sys_object_id": "1.3.6.1.4.1.8072.3.2.10"}
NET_SNMP = "0x80001f8880a1b2c3d4e5f60708"


def shaped(system, target="10.0.0.1", **tables):
    """Return what a device amounts to that has these single values and, by their names, tables of columns."""
    parts = [Part("system", {"address": target, **system})]
    parts += [Part(table.name, {"columns": tables.get(table.name, {})}) for table in TABLES]
    return CONNECTOR.shape(Target(target), {}, parts)


def ports(count, first="eth"):
    """Return the tables of so many Ethernet ports, numbered from 1 and named from 0."""
    indexes = range(1, count + 1)
    macs = {str(index): f"0x00163e{index:06x}" for index in indexes}
    return {
        "interfaces": {"3": {str(index): 6 for index in indexes}, "6": macs},
        "interface_names": {"1": {str(index): f"{first}{index - 1}" for index in indexes}},
    }


def device(found):
    return next(each for each in found.observations if each.scope.endswith("/system"))


def values(observation, kind):
    return [each.value for each in observation.identifiers if each.kind == kind]


def seen(found, scope, name=""):
    return [each for each in found.observations if each.scope.endswith("/" + scope) and each.native_id.endswith(name)]


def test_a_switch_is_known_by_everything_that_identifies_it(sample):
    """Serial number with its vendor, LLDP chassis id, system name and MAC addresses are told, and what it is."""
    switch = device(CONNECTOR.shape(Target("172.16.229.21"), {}, sample("switch-arista")))
    assert (switch.ci_class, switch.attributes["os"], switch.attributes["model"]) == (
        "switch",
        "EOS",
        "DCS-7150S-52-CL",
    )
    assert values(switch, "serial") == ["Arista Networks|JPE15151458"]
    assert values(switch, "chassis_id") == ["00:1c:73:b4:fd:69"]
    assert "00:1c:73:b4:fd:69" in values(switch, "mac")


def test_bonded_links_are_a_group_that_needs_one(sample):
    """An aggregated interface depends on its two links, of which one is enough."""
    found = CONNECTOR.shape(Target("172.16.229.21"), {}, sample("switch-arista"))
    (channel,) = seen(found, "aggregates")
    assert channel.identifiers == (Identifier("part", "interface:Port-Channel1"),)
    assert [(group.name, group.needs) for group in channel.groups] == [("links", 1)]
    links = [relation.target.native_id.rpartition(":")[2] for relation in channel.relations]
    assert links == ["Ethernet47", "Ethernet48"]
    assert {relation.group for relation in channel.relations} == {"links"}


def test_a_virtual_address_is_a_thing_of_its_own_and_never_its_holders(sample):
    """VRRP's addresses become virtual IPs that need one router; the switch that holds them is not known by them."""
    found = CONNECTOR.shape(Target("172.16.229.21"), {}, sample("switch-arista"))
    virtual = seen(found, "virtual")
    assert [each.attributes["address"] for each in virtual] == ["172.16.98.94", "192.168.124.1"]
    assert all(each.ci_class == "vip" and each.groups[0].needs == 1 for each in virtual)
    own = values(device(found), "ip")
    assert own
    assert not {"172.16.98.94", "192.168.124.1"} & set(own)


def test_of_two_addresses_of_one_network_at_one_interface_only_the_one_that_was_asked_is_its_own():
    """An address that moved here from another host looks like any other, so it identifies nobody."""
    table = {"2": {"10.0.0.1": 1, "10.0.0.100": 1, "10.9.0.1": 1}}
    masks = {"3": {"10.0.0.1": "255.255.255.0", "10.0.0.100": "255.255.255.0", "10.9.0.1": "255.255.0.0"}}
    found = shaped(HOST, addresses={**table, **masks}, **ports(1))
    assert values(device(found), "ip") == ["10.0.0.1", "10.9.0.1"]
    assert device(found).evidence["addresses_of_doubtful_owner"] == ["10.0.0.100"]
    assert seen(found, "interfaces")[0].attributes["ip_addresses"] == ["10.0.0.1", "10.9.0.1"]


def test_loopback_and_link_local_addresses_identify_nobody():
    """Every host has them."""
    table = {"2": {"127.0.0.1": 1, "169.254.0.5": 1}, "3": {"127.0.0.1": "255.0.0.0", "169.254.0.5": "255.255.0.0"}}
    assert values(device(shaped(HOST, addresses=table, **ports(1))), "ip") == []


@pytest.mark.parametrize(
    ("system", "tables", "expected"),
    [
        (HOST, {}, "server"),
        ({**HOST, "ip_forwarding": 1}, {}, "server"),
        ({**HOST, "ip_forwarding": 1}, {"2": {"10.0.0.1": 1, "10.1.0.1": 2}}, "router"),
        ({"sys_services": 6, "ip_forwarding": 1}, {}, "router"),
        ({"sys_services": 2}, {}, "switch"),
        ({**HOST, "bridge_ports": 3}, {}, "switch"),
        ({"sys_services": 6, "ip_forwarding": 1, "bridge_ports": 24}, {}, "switch"),
        ({"sys_services": 6, "ip_forwarding": 1, "bridge_ports": 2, "sys_descr": "an internet router"}, {}, "router"),
        ({"sys_services": 72}, {}, "network_device"),
        ({}, {}, "network_device"),
    ],
)
def test_what_it_is_follows_from_what_it_does(system, tables, expected):
    """A host that forwards is a router only if it joins networks; what has bridge ports is a switch."""
    if tables:
        tables["3"] = dict.fromkeys(tables["2"], "255.255.255.0")
    assert device(shaped(system, addresses=tables, **ports(3))).ci_class == expected


def test_a_host_with_bridges_for_its_containers_is_a_server():
    """Docker makes a host forward packets between two networks, one of which nobody else is in."""
    tables = ports(2)
    tables["interface_names"]["1"]["2"] = "docker0"
    addresses = {"2": {"10.0.0.1": 1, "172.17.0.1": 2}}
    found = shaped({**HOST, "ip_forwarding": 1}, addresses=addresses, **tables)
    assert device(found).ci_class == "server"
    assert values(device(found), "mac") == ["00:16:3e:00:00:01"]


def test_copies_of_a_disk_are_two_things():
    """Two hosts whose agents have one engine id, as copies do, are told apart by their first MAC address."""
    one = device(shaped({**HOST, "engine_id": NET_SNMP, "base_mac": "00:16:3e:00:00:01"}))
    two = device(shaped({**HOST, "engine_id": NET_SNMP, "base_mac": "00:16:3e:00:00:02"}, target="10.0.0.2"))
    assert one.native_id != two.native_id


def test_a_router_that_is_asked_at_two_addresses_is_one_thing():
    """What a source calls a device does not depend on where it was asked, nor on its name."""
    said = {"sys_services": 6, "engine_id": "0x800000090300f47f3593af81", "base_mac": "f4:7f:35:93:af:c0"}
    one, two = device(shaped({**said, "sys_name": "r1"})), device(shaped({**said, "sys_name": "r2"}, target="10.1.0.1"))
    assert one.native_id == two.native_id
    assert one.scope != two.scope


def neighbour(port_subtype, port_id, description, port=1):
    index = f"0.{port}.1"
    table = {"4": 4, "5": "0x00163eaaaa01", "6": port_subtype, "7": port_id, "8": description, "9": "sw1.example.com"}
    return {column: {index: value} for column, value in table.items()}


@pytest.mark.parametrize(
    ("port_subtype", "port_id", "description", "expected"),
    [
        (5, "Gi1/0/1", "uplink", "interface:Gi1/0/1"),
        (3, "0x00163eaaaa02", "swp3", "interface:swp3"),
        (7, "526", "xe-0/0/1", "interface:xe-0/0/1"),
        (7, "24", "", "interface:24"),
        (3, "0x00163eaaaa02", "", None),
    ],
)
def test_a_neighbour_is_named_by_who_it_is_and_by_its_port(port_subtype, port_id, description, expected):
    """The other end of a cable is the neighbour's chassis id and names, and the ifName of its port where it is told."""
    found = shaped(HOST, lldp_neighbours=neighbour(port_subtype, port_id, description), **ports(2))
    (port,) = seen(found, "neighbours")
    assert port.native_id.endswith("/interface:eth0")
    ends = [relation.target or relation.source for relation in port.relations]
    assert [relation.target is None for relation in port.relations] == [False, True]
    named = {each.kind: each.value for each in ends[0].identifiers}
    assert ends[0] == ends[1]
    assert (named["chassis_id"], named["fqdn"]) == ("00:16:3e:aa:aa:01", "sw1.example.com")
    assert named.get("part") == expected
    assert {relation.evidence for relation in port.relations} == {EvidenceKind.NEIGHBOUR}


def test_a_cable_is_hard_and_a_port_with_several_neighbours_is_not():
    """With one neighbour neither end works without the other; several share something that nobody sees."""
    one, two = neighbour(5, "Gi1", ""), neighbour(5, "Gi2", "")
    several = {column: {**rows, "0.1.2": two[column]["0.1.1"]} for column, rows in one.items()}
    for heard, expected in ((one, [Strength.HARD] * 2), (several, [None] * 4)):
        (port,) = seen(shaped(HOST, lldp_neighbours=heard, **ports(2)), "neighbours")
        assert [relation.strength for relation in port.relations] == expected


def test_lldp_numbers_ports_in_its_own_way():
    """The number of a local port is looked up by its name, not taken for an ifIndex."""
    local = {"2": {"7": 5}, "3": {"7": "eth1"}}
    found = shaped(HOST, lldp_ports=local, lldp_neighbours=neighbour(5, "swp3", "", port=7), **ports(2))
    assert [each.native_id.rpartition(":")[2] for each in seen(found, "neighbours")] == ["eth1"]


def test_a_neighbour_at_a_port_nobody_knows_is_told():
    """Nothing is guessed, and nothing is left out in silence."""
    found = shaped(HOST, lldp_neighbours=neighbour(5, "swp3", "", port=9), **ports(2))
    assert not seen(found, "neighbours")
    assert [note.code for note in found.notes] == ["snmp.neighbour_at_unknown_port"]


def test_two_recorded_switches_name_the_same_cable(recording):
    """Of two real devices that are neighbours each names the port of the other, and the other's name is right."""
    from tests.discovery.connectors.snmp_network.recordings import parts_of

    blade = CONNECTOR.shape(Target("b"), {}, parts_of(recording("network/switch/hpe-procurve-516733-b21")))
    nexus = CONNECTOR.shape(Target("n"), {}, parts_of(recording("network/switch/cisco-n5000")))
    (there,) = seen(nexus, "neighbours", "/interface:Ethernet1/19")
    (here,) = seen(blade, "neighbours", "/interface:17")
    named = {each.kind: each.value for each in there.relations[0].target.identifiers}
    assert named["chassis_id"] in values(device(blade), "chassis_id")
    assert named["part"] == "interface:17"
    parts = {each.value for relation in here.relations if relation.target for each in relation.target.identifiers}
    assert "interface:Ethernet1/19" in parts


def forwarding(*learned):
    """Return bridge ports (numbered as the interfaces) and a forwarding table of MAC address and port."""
    rows = {".".join(str(octet) for octet in bytes.fromhex(mac)): port for mac, port in learned}
    return {
        "bridge_ports": {"2": {str(port): port for port in (1, 2, 3)}},
        "forwarding": {"2": rows, "3": dict.fromkeys(rows, 3)},
    }


def test_a_port_with_one_address_leads_to_its_owner():
    """Without LLDP the forwarding table tells who is there; several addresses at a port tell nothing."""
    tables = forwarding(("00163e00aa01", 1), ("00163e00aa02", 2), ("00163e00aa03", 2))
    arp = {"2": {"1.10.0.0.5": "0x00163e00aa01"}}
    found = shaped({**HOST, "bridge_ports": 3}, arp=arp, **tables, **ports(3))
    (port,) = seen(found, "forwarding")
    assert port.native_id.endswith("/interface:eth0")
    end = port.relations[0].target
    assert end.identifiers == (Identifier("ip", "10.0.0.5"), Identifier("mac", "00:16:3e:00:aa:01"))


def test_addresses_that_routers_share_do_not_count():
    """The MAC address of VRRP beside a host's own does not make two hosts of it, and alone it is nobody."""
    tables = forwarding(("00163e00aa01", 1), ("00005e000133", 1), ("00005e000134", 2))
    found = shaped({**HOST, "bridge_ports": 3}, **tables, **ports(3))
    assert [each.native_id.rpartition(":")[2] for each in seen(found, "forwarding")] == ["eth0"]


def test_where_lldp_is_heard_the_forwarding_table_is_not_asked():
    """A neighbour that says who it is is better known than an address behind it."""
    tables = forwarding(("00163e00aa01", 1))
    found = shaped({**HOST, "bridge_ports": 3}, lldp_neighbours=neighbour(5, "eth0", ""), **tables, **ports(3))
    assert seen(found, "neighbours")
    assert not seen(found, "forwarding")


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_a_table_that_was_cut_takes_its_scopes_away_and_no_other(table):
    """What rests on a table that was not read to its end is not certified; the rest is."""
    parts = [Part("system", HOST)]
    cut = Part(table, {"columns": {}, "because": "silent"}, whole=False)
    parts += [cut if each.name == table else Part(each.name, {"columns": {}}) for each in TABLES]
    found = CONNECTOR.shape(Target("t"), {}, parts)
    resting = {f"t/{scope}" for scope, tables in RESTS_ON.items() if table in [getattr(e, "name", e) for e in tables]}
    assert resting
    assert found.complete == {f"t/{scope}" for scope in RESTS_ON} - resting
    assert [(note.code, note.facts) for note in found.notes] == [
        ("snmp.table_cut", {"table": table, "because": "silent"})
    ]


def test_nothing_read_certifies_nothing():
    """A device that gave no part has no complete scope, so nothing of it is retired."""
    found = CONNECTOR.shape(Target("t"), {}, [])
    assert (found.observations, found.complete) == ((), frozenset())


def test_interfaces_of_one_name_are_told_apart():
    """Some devices give one name to several ports; each keeps its own, with a note."""
    tables = ports(2)
    tables["interface_names"]["1"]["2"] = "eth0"
    found = shaped(HOST, **tables)
    assert [each.native_id.rpartition(":")[2] for each in seen(found, "interfaces")] == ["eth0#1", "eth0#2"]
    assert [note.code for note in found.notes] == ["snmp.interfaces_of_one_name"]


def test_a_device_of_50_000_interfaces_is_shaped_whole():
    """Every interface is there, of its own name, and the device is known by a bounded number of addresses."""
    found = shaped({"sys_services": 2}, **ports(50_000))
    assert len({each.native_id for each in seen(found, "interfaces")}) == 50_000
    assert len(values(device(found), "mac")) == 256
    assert [note.code for note in found.notes] == ["snmp.more_macs"]


HOSTILE = (0, 1, 3, 7, -1, 2**40, "", "x", "0x", "0xzz", "0x00163e000001", "\0\u202e\n", "0xff", "1.3.6", "交换")
INDEXES = (
    *("", "0", "1", "2", "7.1", "x", "1.2.3", "0.1.1"),
    *("999.1.2.3.4", "0.1.1.1.4.10.0.0.1", "1.1.4.10.0.0.1", "2.2.2.2.2.2"),
)
hostile = st.sampled_from(HOSTILE)
columns = st.dictionaries(
    st.integers(1, 20).map(str), st.dictionaries(st.sampled_from(INDEXES), hostile, max_size=3), max_size=9
)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(["sys_name", "sys_descr", "sys_services", "engine_id", "base_mac"]), hostile),
    st.dictionaries(st.sampled_from([table.name for table in TABLES]), columns),
)
def test_garbage_is_shaped_the_same_twice_and_never_raises(system, tables):
    """Whatever a device answers, there is a device with its scopes, and the same one for the same parts."""
    first, second = shaped(system, **tables), shaped(system, **tables)
    assert first == second
    assert device(first).ci_class in CONNECTOR.classes
    assert first.complete == {f"10.0.0.1/{scope}" for scope in RESTS_ON}
