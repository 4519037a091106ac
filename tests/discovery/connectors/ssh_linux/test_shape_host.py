"""A host, its interfaces and its addresses: what is its own, and what it is known by when all else changes."""

from __future__ import annotations

import json
import random

import pytest

from cmdb.model.observation import Identifier
from cmdb.model.relation import Strength
from tests.discovery.connectors.ssh_linux.hosts import (
    HOST,
    MAC,
    MACHINE,
    card,
    codes,
    identity,
    one,
    parts,
    relations,
    shaped,
)

KEEPALIVED = """=file= 7 /etc/keepalived/keepalived.conf
vrrp_instance SHOP {
virtual_router_id 51
virtual_ipaddress {
10.0.0.100/24
}
}
"""


def own(found, native_id=HOST):
    """The addresses that identify a host."""
    identifiers = one(found, native_id, "web1").identifiers
    assert {i.value for i in identifiers if i.kind == "ip"} == set(
        one(found, native_id, "web1").attributes["ip_addresses"]
    )
    return one(found, native_id, "web1").attributes["ip_addresses"]


def test_a_physical_host_tells_what_it_is():
    """Operating system, hardware and everything by which others may know it again."""
    host = one(shaped(), HOST)
    assert host.ci_class == "server"
    assert host.attributes == {
        "cpu_cores": 8,
        "fqdn": "web1.example.org",
        "gateways": ["0.0.0.0/0 via 10.0.0.1"],
        "ip_addresses": ["10.0.0.5"],
        "kernel": "6.1.0-18-amd64",
        "mac_addresses": [MAC],
        "machine_id": MACHINE,
        "memory_mb": 16000,
        "model": "R650",
        "os": "Debian GNU/Linux",
        "os_version": "12",
        "serial_number": "7XK2P93",
        "uuid": "4c4c4544-0058-4b10-8032-b7c04f503933",
        "vendor": "Dell Inc.",
    }
    assert Identifier("serial", "Dell Inc.|7XK2P93") in host.identifiers
    assert Identifier("sys_name", "web1") in host.identifiers
    assert Identifier("machine_id", MACHINE) in host.identifiers


@pytest.mark.parametrize(
    ("said", "ci_class", "has_hardware"),
    [("kvm", "virtual_machine", True), ("none", "server", True), ("lxc", "virtual_machine", False)],
)
def test_what_a_host_runs_on_decides_its_class(said, ci_class, has_hardware):
    """A container shows the hardware of the machine below it, so no serial number or UUID is taken from there."""
    host = one(shaped(virtualization=f"{said}\n"), HOST)
    assert host.ci_class == ci_class
    assert bool({i.kind for i in host.identifiers} & {"uuid", "serial"}) is has_hardware


@pytest.mark.parametrize(
    "said", [{"hardware": "sys_vendor=QEMU\n"}, {"capacity": "cpus=2\nhypervisor=1\n"}], ids=["hardware", "processor"]
)
def test_without_systemd_the_hardware_tells_a_virtual_machine(said):
    """Where nothing detects it the vendor or the processor's own flag does."""
    assert one(shaped(virtualization="", broken=("virtualization",), **said), HOST).ci_class == "virtual_machine"


def test_a_host_that_is_renamed_and_gets_another_address_stays_the_same():
    """Its native id rests on neither, so also under a new target it is the thing it was."""
    before = shaped()
    after = shaped(card("eth0", "10.9.9.9/24"), target="10.9.9.9", names="shop-a\nshop-a.example.net\n")
    assert one(after, HOST, "10.9.9.9").name == "shop-a"
    assert one(before, HOST, "web1").name == "web1"


def test_hosts_cloned_with_their_machine_id_are_two():
    """Clones share the machine id but no card; identification is told of both and can ask."""
    first, second = shaped(), shaped(card("eth0", "10.0.0.6/24", mac="3c:ec:ef:00:00:02"), target="web2")
    ids = {o.native_id for found in (first, second) for o in found.observations if o.ci_class == "server"}
    assert len(ids) == 2
    assert all(native_id.startswith(MACHINE) for native_id in ids)


def test_a_rolled_mac_address_is_no_part_of_the_native_id():
    """What the kernel rolls at each start would make another host of it each time."""
    host = one(shaped(identity=identity(card(), assigned=1)), MACHINE, "web1")
    assert "mac" not in {i.kind for i in host.identifiers}


@pytest.mark.parametrize("text", ["", "uninitialized", "0" * 32, "not an id"])
def test_without_a_machine_id_a_host_is_called_as_its_target(text):
    """Then nothing better is known, and the target stays the same from run to run."""
    assert one(shaped(identity=identity(card(), machine=text)), "web1", "web1").ci_class == "server"


def test_a_host_that_could_not_be_asked_who_it_is_is_not_told():
    """Half an identity would be another host beside the one that is known."""
    found = shaped(broken=("identity",))
    assert found.observations == ()
    assert found.complete == frozenset()
    assert "ssh.command_failed" in codes(found)


def test_whatever_else_fails_a_host_keeps_its_native_id():
    """No other command has a part in it."""
    for part in parts():
        if part.name not in ("identity", "session", "connections"):
            found = shaped(broken=(part.name,), **{part.name: ""})
            assert HOST in {o.native_id for o in found.observations}, part.name


def test_an_address_of_keepalived_is_not_the_hosts_own():
    """Wherever it happens to be, it is a virtual address; also where its mask is that of the network."""
    found = shaped(card("eth0", "10.0.0.5/24", "10.0.0.100/24 secondary"), keepalived=KEEPALIVED)
    assert own(found) == ["10.0.0.5"]
    assert one(found, f"{HOST}/interface:eth0").attributes["ip_addresses"] == ["10.0.0.5"]
    assert one(found, "vrrp:51/10.0.0.100").ci_class == "vip"


def test_an_address_that_was_put_beside_an_ordinary_one_is_not_the_hosts_own():
    """A /32 beside a /24 was put there by something that can take it away; it stands as a virtual address here."""
    found = shaped(card("eth0", "10.0.0.5/24", "10.0.0.77/32"))
    assert own(found) == ["10.0.0.5"]
    assert relations(found, "vip:10.0.0.77") == {(f"-> {HOST}", "depends_on", "inventory", None)}


def test_a_lone_full_address_is_the_hosts_own():
    """Clouds give machines a /32 as their only address, and a /128 by DHCP."""
    found = shaped(card("eth0", "10.0.0.5/32", "2001:db8::5/128 dynamic", "2001:db8::1:5/64"))
    assert own(found) == ["10.0.0.5", "2001:db8::5", "2001:db8::1:5"]


def test_while_the_configuration_of_virtual_addresses_is_unknown_a_second_address_is_nobodys():
    """A secondary address may be virtual; better an address less than two hosts that share one."""
    interface = card("eth0", "10.0.0.5/24", "10.0.0.100/24 secondary")
    found = shaped(interface, keepalived="=file= 7 ?/etc/keepalived/keepalived.conf\n")
    assert own(found) == ["10.0.0.5"]
    assert not {"web1", "web1/vrrp"} & found.complete
    assert "ssh.file_not_read" in codes(found)
    assert own(shaped(interface)) == ["10.0.0.5", "10.0.0.100"]


def test_the_mac_address_of_a_virtual_router_is_nobodys():
    """keepalived may put an interface of its own on top of a card; it is not one of the host."""
    vmac = card("vrrp.51", "10.0.0.100/24", index=9, mac="00:00:5e:00:01:33", linkinfo={"info_kind": "macvlan"})
    found = shaped(card("eth0", "10.0.0.5/24"), vmac)
    assert [o.name for o in found.observations if o.ci_class == "interface"] == ["web1 eth0"]


def test_a_host_needs_the_interface_of_its_default_route():
    """With others that have an address it works worse without them."""
    found = shaped(card("eth0", "10.0.0.5/24"), card("eth1", "10.8.0.5/24", index=3, mac="3c:ec:ef:00:00:02"))
    strengths = {r.target.native_id: r.strength for r in one(found, HOST).relations}
    assert strengths == {f"{HOST}/interface:eth0": None, f"{HOST}/interface:eth1": Strength.SOFT}


def test_a_bond_is_a_group_of_its_members():
    """One link is needed, or as many as the bond is told to need; the host is reached over the bond."""
    bond = {"linkinfo": {"info_kind": "bond", "info_data": {"mode": "802.3ad", "min_links": 0}}}
    slave = {"master": "bond0", "permaddr": "3c:ec:ef:00:00:03", "mac": MAC}
    interfaces = [
        card("eth0", index=2, **{**slave, "permaddr": MAC}),
        card("eth1", index=3, **slave),
        card("bond0", index=4, **bond),
        card("vlan10", "10.0.0.5/24", index=5, linkinfo={"info_kind": "vlan"}, link="bond0"),
    ]
    routes = json.dumps([{"dst": "default", "gateway": "10.0.0.1", "dev": "vlan10"}])
    found = shaped(*interfaces, routes=routes)
    assert relations(found, f"{HOST}/interface:bond0") == {
        (f"-> interface:{name}", "depends_on", "itself", "members") for name in ("eth0", "eth1")
    }
    assert [(g.name, g.needs) for g in one(found, f"{HOST}/interface:bond0").groups] == [("members", 1)]
    assert relations(found, f"{HOST}/interface:vlan10") == {("-> interface:bond0", "depends_on", "itself", None)}
    assert relations(found, HOST) == {("-> interface:vlan10", "routes_through", "itself", None)}
    bond["linkinfo"]["info_data"]["min_links"] = 2
    interfaces[2] = card("bond0", index=4, **bond)
    assert one(shaped(*interfaces, routes=routes), f"{HOST}/interface:bond0").groups[0].needs == 2


def test_two_default_routes_are_a_group():
    """Of two ways out one is enough."""
    routes = json.dumps([{"dst": "default", "gateway": f"10.{n}.0.1", "dev": f"eth{n}"} for n in (0, 1)])
    found = shaped(card("eth0", "10.0.0.5/24"), card("eth1", "10.1.0.5/24", index=3), routes=routes)
    assert {group for *_, group in relations(found, HOST)} == {"default_route"}


def test_fifty_thousand_interfaces_are_taken_up_to_a_limit():
    """The rest is told, and what was not read to its end is not complete."""
    one_more = [card(f"veth{n}", index=n + 2, mac="") for n in range(50_000)]
    found = shaped(card("eth0", "10.0.0.5/24"), *one_more)
    assert len([o for o in found.observations if o.ci_class == "interface"]) == 20_000
    assert "ssh.limit_reached" in codes(found)
    assert "web1" not in found.complete


def test_a_listing_that_is_cut_counts_as_far_as_it_goes():
    """The interfaces before the cut are there; that there are no others is not claimed."""
    whole = json.dumps([card("eth0", "10.0.0.5/24"), card("eth1", "10.8.0.5/24", index=3)])
    found = shaped(addresses=whole[: len(whole) - 40])
    assert one(found, f"{HOST}/interface:eth0")
    assert not {"web1", "web1/sockets"} & found.complete


@pytest.mark.parametrize("text", ["", "Object is unknown", "[" * 100_000, '{"a":1}', "[1,null,{}]", '[{"ifname":5}]'])
def test_a_listing_that_is_no_listing_breaks_nothing(text):
    """Whatever stands there, the rest of the host is told."""
    assert shaped(addresses=text).observations


def test_garbage_in_every_place_gives_no_error():
    """No text a host can send makes shape fail; two tries at it give the same."""
    chance = random.Random(6)
    letters = "ab01:./[]{}\"'=,()* \n\t\\;$\x00\x7fé€" + "=file= 7 /x\n"
    for _ in range(60):
        said = {part.name: "".join(chance.choices(letters, k=200)) for part in parts() if part.name != "session"}
        looks = (said.pop("connections"),)
        assert shaped(looks=looks, **said) == shaped(looks=looks, **said)
