"""Virtual addresses: one CI from every host that may hold it, and what keepalived makes of it."""

from __future__ import annotations

from discovery.connectors.ssh_linux.redact import KEEPERS
from tests.discovery.connectors.ssh_linux.hosts import HOST, card, codes, listens, one, relations, shaped

KEEPALIVED, PROXY, VIP = f"{HOST}/process:keepalived", f"{HOST}/process:haproxy", "vrrp:51/10.0.0.100"
ROUTER = """
vrrp_script chk_proxy {
    script "/usr/bin/pgrep -x haproxy"
}
vrrp_instance SHOP {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        10.0.0.100/24 dev eth0
    }
    track_script {
        chk_proxy
    }
}
"""


def keepalived(config: str, *addresses: str, **said: str):
    """A load balancer with a keepalived."""
    text = KEEPERS["keepalived"](f"=file= 5 /etc/keepalived/keepalived.conf\n{config}\n")
    interface = card("eth0", "10.0.0.5/24", *addresses)
    return shaped(interface, keepalived=text, **{"listeners": listens("0.0.0.0:80 haproxy 7"), **said})


def test_a_virtual_address_needs_one_of_those_that_may_hold_it():
    """Each host names itself in the same group of the same CI, whether it holds the address or not."""
    for found in (keepalived(ROUTER, "10.0.0.100/24 secondary"), keepalived(ROUTER)):
        vip = one(found, VIP)
        assert relations(found, VIP) == {("-> process:keepalived", "depends_on", "configuration", "vrrp 51")}
        assert [(g.name, g.needs) for g in vip.groups] == [("vrrp 51", 1)]
        assert vip.attributes == {"address": "10.0.0.100"}
        assert {(i.kind, i.value) for i in vip.identifiers} == {("vip", "10.0.0.100"), ("ip", "10.0.0.100")}
        assert vip.owner is None
        assert "10.0.0.100:80/tcp" not in {i.value for o in found.observations for i in o.identifiers}


def test_what_keepalived_watches_it_depends_on():
    """When the watched programme fails the host lets go of the address, as if keepalived had failed."""
    found = keepalived(ROUTER)
    assert relations(found, KEEPALIVED) == {("-> process:haproxy", "depends_on", "configuration", None)}
    assert "ssh.not_watched" not in codes(found)
    assert {r.target.native_id for o in found.observations for r in o.relations if r.type == "runs_on"} == {HOST}


def test_a_process_may_be_watched_without_a_script():
    """track_process names the programme itself."""
    config = "vrrp_track_process p {\n process haproxy\n}\n" + ROUTER.replace("track_script", "track_process").replace(
        "        chk_proxy\n", "        p\n"
    )
    assert relations(keepalived(config), KEEPALIVED) == {("-> process:haproxy", "depends_on", "configuration", None)}


def test_a_load_balancer_that_is_not_watched_is_needed_and_told():
    """Its failure moves no address; so the address needs one of these programmes, and people should know."""
    found = keepalived(ROUTER.replace("chk_proxy\n    }", "}"))
    assert relations(found, VIP) == {
        ("-> process:keepalived", "depends_on", "configuration", "vrrp 51"),
        ("-> process:haproxy", "depends_on", "inventory", "listeners"),
    }
    assert "ssh.not_watched" in codes(found)


def test_of_several_programmes_that_which_is_bound_to_the_address_stands_behind_it():
    """A load balancer for something else is not in the way."""
    plain = ROUTER.replace("chk_proxy\n    }", "}")
    found = keepalived(plain, listeners=listens("0.0.0.0:80 haproxy 7", "10.0.0.100:5432 postgres 8"))
    assert ("-> database_instance:postgresql:5432", "depends_on", "inventory", "listeners") in relations(found, VIP)
    assert "-> process:haproxy" not in {end for end, *_ in relations(found, VIP)}


def test_lines_for_other_hosts_do_not_count():
    """One file for all hosts marks what is meant for one of them."""
    config = ROUTER.replace("priority 150", "@web1 priority 200\n    @web2 priority 100\n    @^web1 priority 7")
    (relation,) = one(keepalived(config), VIP).relations
    assert relation.detail == "keepalived: SHOP, virtual router 51, priority 200"


def test_the_processes_of_one_keepalived_are_one():
    """Parent and children tell the same file; each virtual router is there once."""
    text = KEEPERS["keepalived"](f"=file= 5 /etc/k.conf\n{ROUTER}\n=file= 6 /etc/k.conf\n{ROUTER}\n")
    found = shaped(keepalived=text)
    assert len([o for o in found.observations if o.ci_class == "vip"]) == 1


def test_real_servers_behind_a_virtual_address_are_a_group_with_its_quorum():
    """What the kernel spreads needs as many as keepalived is told to insist on."""
    servers = "".join(f"  real_server 10.0.0.{n} 8080 {{\n    weight 1\n  }}\n" for n in (6, 7, 8))
    found = keepalived(f"{ROUTER}\nvirtual_server 10.0.0.100 80 {{\n  quorum 2\n  protocol TCP\n{servers}}}\n")
    name = "virtual_server:10.0.0.100:80"
    assert {(g.name, g.needs) for g in one(found, VIP).groups} == {("vrrp 51", 1), (name, 2)}
    assert ("-> 10.0.0.7:8080/tcp", "depends_on", "configuration", name) in relations(found, VIP)


def test_an_include_that_was_not_read_leaves_the_scope_open():
    """There may be addresses in it, so neither they nor the host's own are known for certain."""
    found = keepalived(f"include /srv/more.conf\n{ROUTER}")
    assert not {"web1", "web1/vrrp"} & found.complete
    assert "ssh.file_not_read" in codes(found)


def test_a_host_without_keepalived_has_read_that_there_is_none():
    """The scope is complete and empty."""
    assert "web1/vrrp" in shaped().complete
