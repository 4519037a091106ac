"""What answers in a range becomes things: no ghost for a second address, and none that nobody saw."""

from __future__ import annotations

from cmdb.model.observation import Identifier
from discovery.connectors.nmap_sweep import CONNECTOR
from discovery.connectors.nmap_sweep.results import MOST_PORTS, Results
from discovery.ports import Part, Target

RANGE = "10.0.0.0/24"
DONE = Part("finished", {"exit": "success", "up": 1, "down": 255, "total": 256, "said": ""})


def host(address, mac="", names=(), ports=(), cut=""):
    return {
        "addresses": [address],
        "mac": mac,
        "names": list(names),
        "ports": [list(port) for port in ports],
        "cut": cut,
    }


def shaped(*hosts, finished=DONE):
    return CONNECTOR.shape(Target(RANGE), {}, [Part("hosts", {"hosts": list(hosts)}), finished])


def test_a_host_is_known_by_its_addresses_and_names_and_where_it_listens():
    """Identifiers are fqdn, mac, ip and endpoint; nothing is said of an operating system."""
    seen = host("10.0.0.5", "3C:EC:EF:AB:CD:01", ["web1.example.com"], [(443, "tcp"), (22, "tcp")])
    (found,) = shaped(seen).observations
    assert [str(each.kind) for each in found.identifiers] == ["fqdn", "mac", "ip", "endpoint", "endpoint"]
    assert Identifier("endpoint", "10.0.0.5:22/tcp") in found.identifiers
    assert (found.ci_class, found.name, found.scope) == ("server", "web1.example.com", RANGE)
    assert set(found.attributes) == {"ip_addresses", "mac_addresses", "fqdn"}


def test_two_addresses_with_one_mac_are_one_thing():
    """A virtual address answers with its holder's MAC address, so it is no thing of its own."""
    found = shaped(host("10.0.0.100", "3C:EC:EF:AB:CD:01"), host("10.0.0.11", "3c:ec:ef:ab:cd:01")).observations
    assert [each.native_id for each in found] == ["mac:3c:ec:ef:ab:cd:01"]
    assert found[0].attributes["ip_addresses"] == ["10.0.0.11", "10.0.0.100"]


def test_who_moves_to_another_address_stays_the_same_thing():
    """A native id is the MAC address where there is one."""
    one, two = (shaped(host(address, "3C:EC:EF:AB:CD:01")).observations[0] for address in ("10.0.0.5", "10.0.0.6"))
    assert one.native_id == two.native_id


def test_an_address_with_the_mac_of_a_virtual_router_is_no_host():
    """What VRRP or HSRP answers for is told in a note and becomes nothing."""
    found = shaped(host("10.0.0.1", "00:00:5E:00:01:33"), host("10.0.0.2", "3C:EC:EF:AB:CD:02"))
    assert [each.native_id for each in found.observations] == ["mac:3c:ec:ef:ab:cd:02"]
    assert [(note.code, note.facts["addresses"]) for note in found.notes] == [("nmap.virtual_addresses", ["10.0.0.1"])]


def test_a_router_that_answers_for_a_whole_network_does_not_swallow_it():
    """A MAC address at nine or more addresses is a proxy's; the hosts behind it stay apart, known by their address."""
    found = shaped(*(host(f"10.0.0.{number}", "3C:EC:EF:AB:CD:01") for number in range(1, 10)))
    assert len(found.observations) == 9
    assert "mac" not in {each.kind for seen in found.observations for each in seen.identifiers}
    assert [note.code for note in found.notes] == ["nmap.answers_for_others"]


def test_a_range_is_complete_only_if_nmap_ended_well_and_somebody_answered():
    """An end that was not reached, or a range in which nobody answers, retires nothing."""
    someone = host("10.0.0.5")
    assert shaped(someone).complete == {RANGE}
    assert shaped(someone, finished=Part("finished", {"exit": "time"}, whole=False)).complete == frozenset()
    assert CONNECTOR.shape(Target(RANGE), {}, [Part("hosts", {"hosts": [someone]})]).complete == frozenset()
    nobody = shaped()
    assert (nobody.complete, [note.code for note in nobody.notes]) == (frozenset(), ["nmap.nobody_answered"])


def test_a_host_that_was_given_up_is_told():
    """A host that was too slow to look at is there, with a note."""
    found = shaped(host("10.0.0.5", cut="time"))
    assert [(note.code, note.facts) for note in found.notes] == [("nmap.hosts_cut", {"count": 1})]


def test_names_that_are_none_are_dropped():
    """What DNS gives may be anything; only a full name counts as one."""
    names = ["web1", "a b.example.com", "$(id).example.com", "x" * 300 + ".com", "web1.example.com"]
    (found,) = shaped(host("10.0.0.5", names=names)).observations
    assert [each.value for each in found.identifiers if each.kind == "fqdn"] == ["web1.example.com"]


def test_xml_is_read_in_pieces_of_any_size():
    """Hosts come when they are complete, and one that is down or has no address does not come."""
    xml = (
        b'<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun><taskprogress percent="3"/>'
        b'<host><status state="down"/><address addr="10.0.0.1" addrtype="ipv4"/></host>'
        b'<host timedout="true"><status state="up"/><address addr="10.0.0.2" addrtype="ipv4"/>'
        b'<address addr="3C:EC:EF:AB:CD:01" addrtype="mac" vendor="x"/>'
        b'<hostnames><hostname name="a.example.com" type="PTR"/><hostname name="b" type="user"/></hostnames>'
        b'<ports><extraports state="filtered" count="9"/><port protocol="tcp" portid="22"><state state="open"/></port>'
        b'<port protocol="tcp" portid="23"><state state="filtered"/></port></ports>'
        b'<os><osmatch name="Toaster"/></os></host>'
        b'<runstats><finished exit="success"/><hosts up="1" down="1" total="2"/></runstats></nmaprun>'
    )
    for size in (1, 7, len(xml)):
        results = Results()
        found = [host for at in range(0, len(xml), size) for host in results.feed(xml[at : at + size])]
        assert found == [host("10.0.0.2", "3C:EC:EF:AB:CD:01", ["a.example.com"], [(22, "tcp")], "time")]
        assert results.finished == {"exit": "success", "error": "", "up": 1, "down": 1, "total": 2}


def test_a_host_with_more_ports_than_anybody_needs_is_cut():
    """The ports of one host are bounded, and it is told."""
    ports = "".join(f'<port protocol="tcp" portid="{n}"><state state="open"/></port>' for n in range(1, MOST_PORTS + 2))
    results = Results()
    head = '<nmaprun><host><status state="up"/><address addr="10.0.0.2" addrtype="ipv4"/><ports>'
    (found,) = results.feed(f"{head}{ports}</ports></host>".encode())
    assert (len(found["ports"]), found["cut"]) == (MOST_PORTS, "ports")
