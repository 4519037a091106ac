"""Reconciliation: what is observed, decided and stated makes the CIs, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovered import Reconciled, World
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.observing import finding_id
from cmdb.configuration.reconcile import reconcile
from cmdb.model.coverage import Coverage
from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from cmdb.model.relation import Strength
from tests.discovery.histories import T0, observation


def of(*observations: Observation, **more: Any) -> Reconciled:
    """Reconcile what was read a moment ago."""
    sources = {each.source for each in observations}
    coverages = {source: Coverage(source, source, 1, T0) for source in sources}
    first = [replace(each, first_seen=each.first_seen or T0, seen_at=T0) for each in observations]
    base = World(first, coverages, {}, (), frozenset(), built_in(), RULES, T0)
    return reconcile(replace(base, **more))


SAME = (Identifier("serial", "acme|S1"),)


def test_two_sources_that_disagree_do_not_flip():
    """Neither is named by the rules: the one that saw the CI first is believed, however often the other speaks."""
    one = observation("b", "all", "1", identifiers=SAME, attributes={"os": "debian"}, first_seen=T0)
    two = observation(
        "a", "all", "1", identifiers=SAME, attributes={"os": "ubuntu"}, first_seen=T0 + timedelta(hours=1)
    )
    for minutes in range(0, 600, 60):
        now = T0 + timedelta(minutes=minutes)
        coverages = {"a": Coverage("a", "a", 1, now), "b": Coverage("b", "b", 1, now - timedelta(minutes=30))}
        found = of(one, two, now=now, coverages=coverages)
        assert found.cis["b:1"]["attributes"] == {"os": "debian"}
    assert found.beliefs["b:1"]["os"].others == (("a", "ubuntu"),)


def test_a_source_past_its_time_to_live_falls_below_every_fresh_one():
    """And comes back as soon as it is read again."""
    ssh = observation("ssh_linux", "all", "1", identifiers=SAME, attributes={"os": "debian 12"})
    nmap = observation("nmap_sweep", "all", "1", identifiers=SAME, attributes={"os": "linux"})
    for hours, believed in ((71, "debian 12"), (73, "linux")):
        now = T0 + timedelta(hours=hours)
        assert of(ssh, nmap, now=now).cis["nmap_sweep:1"]["attributes"]["os"] == believed


def test_null_never_overwrites_a_value():
    """A source that says nothing of an attribute takes nothing away."""
    ssh = observation("ssh_linux", "all", "1", identifiers=SAME, attributes={"os": None})
    nmap = observation("nmap_sweep", "all", "1", identifiers=SAME, attributes={"os": "linux"})
    assert of(ssh, nmap).cis["nmap_sweep:1"]["attributes"] == {"os": "linux"}


def test_a_value_that_does_not_fit_is_told_and_not_taken():
    """The rest of the CI comes in."""
    told = observation("ssh_linux", "all", "1", attributes={"os": "debian", "cpu_cores": "many", "colour": "red"})
    found = of(told)
    assert found.cis["ssh_linux:1"]["attributes"] == {"os": "debian"}
    assert [(each.code, each.facts["attribute"]) for each in found.findings] == [("ci.unfit_value", "cpu_cores")]


def test_labels_tell_owner_and_environment():
    """As the rules say; an attribute of the source itself goes before a label."""
    told = observation(
        "aws", "all", "1", attributes={"environment": "test"}, labels={"team": "shop", "env": "production"}
    )
    assert of(told).cis["aws:1"]["attributes"] == {"owner": "shop", "environment": "test"}


def test_evidence_of_several_kinds_adds_up_and_fades():
    """Configuration and traffic together are surer than either; traffic alone is halved every three days."""
    target = observation("ssh_linux", "all", "2", identifiers=(Identifier("ip", "10.0.0.2"),))
    end = End(identifiers=(Identifier("ip", "10.0.0.2"),))
    both = [
        ObservedRelation("depends_on", kind, target=end)
        for kind in (EvidenceKind.CONFIGURATION, EvidenceKind.TRAFFIC_OUT)
    ]

    def confidence(*relations: ObservedRelation, days: int = 0) -> float:
        found = of(observation("ssh_linux", "all", "1", relations=relations), target, now=T0 + timedelta(days=days))
        (relation,) = found.relations.values()
        return relation.get("confidence", 1.0)

    assert confidence(*both) == 0.98
    assert confidence(both[0]) == confidence(both[0], days=300) == 0.9
    assert confidence(both[1]) == 0.8
    assert confidence(both[1], days=3) == 0.4


def test_what_a_host_says_of_itself_is_certain():
    """Nobody has to find out whether a programme really runs where it was seen running."""
    on = ObservedRelation("runs_on", EvidenceKind.ITSELF, target=End("1"))
    told = observation("ssh_linux", "all", "1/app", ci_class="application_component", owner="1", relations=(on,))
    (relation,) = of(observation("ssh_linux", "all", "1"), told, now=T0 + timedelta(days=300)).relations.values()
    assert (relation.get("confidence", 1.0), relation["status"]) == (1.0, "confirmed")


def test_what_is_nearly_certain_is_a_doubt_all_the_same():
    """Three kinds of evidence leave 4 in 1,000 open: that is told as 0.99, never as 1."""
    end, target = End("2"), observation("ssh_linux", "all", "2")
    kinds = (EvidenceKind.CONFIGURATION, EvidenceKind.TRAFFIC_OUT, EvidenceKind.TRAFFIC_IN)
    told = observation(
        "ssh_linux", "all", "1", relations=tuple(ObservedRelation("depends_on", kind, target=end) for kind in kinds)
    )
    (relation,) = of(told, target).relations.values()
    assert relation["confidence"] == 0.99


def test_traffic_to_a_member_of_a_pool_is_evidence_for_the_pool():
    """It is no dependency of its own beside it: that would make a spare look needed."""
    members = [observation("ssh_linux", "all", str(n), identifiers=(Identifier("ip", f"10.0.0.{n}"),)) for n in (1, 2)]
    ends = [End(identifiers=(Identifier("ip", f"10.0.0.{n}"),)) for n in (1, 2)]
    pool = observation(
        "ssh_linux",
        "all",
        "lb",
        relations=(
            *(ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=end, group="web") for end in ends),
            *(ObservedRelation("connects_to", EvidenceKind.TRAFFIC_OUT, target=end) for end in ends),
        ),
        groups=(ObservedGroup("web", 1, EvidenceKind.CONFIGURATION),),
    )
    found = of(pool, *members)
    assert [(each["group"], each["confidence"]) for each in found.relations.values()] == [("web", 0.98)] * 2
    assert [each["needs"] for each in found.groups.values()] == [1]


def test_two_sources_that_tell_of_one_virtual_router_make_one_group():
    """SNMP knows the device that holds the address, SSH the programme on it: where it is seen, that is the member."""
    address, part = (Identifier("vip", "10.0.0.9"),), Identifier("part", "process:keepalived")
    serials = {name: (Identifier("serial", f"acme|{name}"),) for name in ("lb1", "lb2", "r3")}

    def holding(source: str, scope: str, holder: End) -> Observation:
        member = ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=holder, group="vrrp 51")
        group = ObservedGroup("vrrp 51", 1, EvidenceKind.CONFIGURATION)
        seen_as = observation(source, scope, "vip", identifiers=address, relations=(member,), groups=(group,))
        return replace(seen_as, ci_class="vip")

    found = of(
        *(observation("snmp_network", name, name, identifiers=serials[name]) for name in serials),
        *(holding("snmp_network", name, End(name, (part,))) for name in serials),
        *(observation("ssh_linux", name, name, identifiers=serials[name]) for name in ("lb1", "lb2")),
        *(
            observation("ssh_linux", name, f"{name}/keepalived", owner=name, identifiers=(part,))
            for name in ("lb1", "lb2")
        ),
        *(holding("ssh_linux", name, End(f"{name}/keepalived")) for name in ("lb1", "lb2")),
    )
    members = sorted(each["target"] for each in found.relations.values() if each.get("group") == "vrrp 51")
    assert members == ["snmp_network:r3", "ssh_linux:lb1/keepalived", "ssh_linux:lb2/keepalived"]
    assert len(found.groups) == 1


def test_a_connection_of_a_host_is_that_of_its_part_which_needs_the_server():
    """The server saw the address alone. With no such part it stays told as the host's; with two it is nobody's."""
    address = Identifier("ip", "10.0.0.1")
    host = observation("ssh_linux", "all", "web1", identifiers=(address,))
    came = ObservedRelation(
        "connects_to", EvidenceKind.TRAFFIC_IN, source=End(None, (address,)), strength=Strength.NONE
    )
    server = observation("ssh_linux", "all", "db", relations=(came,))
    needs = ObservedRelation("depends_on", EvidenceKind.TRAFFIC_OUT, target=End("db"))
    parts = [
        observation("ssh_linux", "all", f"web1/{name}", owner="web1", relations=(needs,)) for name in ("app", "worker")
    ]

    def told(*things: Observation) -> list[tuple[str, str, float]]:
        every = of(host, server, *things).relations.values()
        return sorted((each["source"], each["type"], each["confidence"]) for each in every)

    assert told() == [("ssh_linux:web1", "connects_to", 0.8)]
    assert told(parts[0]) == [("ssh_linux:web1/app", "depends_on", 0.96)]
    assert told(*parts) == [(f"ssh_linux:web1/{name}", "depends_on", 0.8) for name in ("app", "worker")]


def test_what_a_configuration_names_and_nobody_has_stands_as_an_endpoint():
    """No dependency is lost, and a finding tells that nobody knows it; who merely talked to it is told alone."""
    end = End(identifiers=(Identifier("endpoint", "10.9.9.9:5432/tcp"),))
    known = observation(
        "ssh_linux", "all", "1", relations=(ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=end),)
    )
    found = of(known)
    assert found.cis["endpoint:10.9.9.9:5432/tcp"]["status"] == "proposed"
    assert [each["target"] for each in found.relations.values()] == ["endpoint:10.9.9.9:5432/tcp"]
    talked = of(replace(known, relations=(ObservedRelation("depends_on", EvidenceKind.TRAFFIC_OUT, target=end),)))
    assert not talked.relations
    for each in (found, talked):
        assert [(f.code, f.facts["ends"]) for f in each.findings] == [
            ("relation.unknown_end", ["endpoint 10.9.9.9:5432/tcp"])
        ]


def test_an_address_two_hosts_have_is_nobodys():
    """The same private address at two sites: which of them is meant is not guessed."""
    hosts = [observation("aws", "all", str(n), identifiers=(Identifier("ip", "10.0.0.5"),)) for n in (1, 2)]
    end = End(identifiers=(Identifier("ip", "10.0.0.5"),))
    asks = observation(
        "aws", "all", "3", relations=(ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=end),)
    )
    found = of(*hosts, asks)
    assert not found.relations
    assert [(f.code, f.facts["of"]) for f in found.findings] == [("relation.ambiguous_end", ["aws:1", "aws:2"])]


def test_a_relation_a_person_rejected_stays_rejected():
    """Whatever the evidence."""
    target = observation("ssh_linux", "all", "2")
    told = observation(
        "ssh_linux",
        "all",
        "1",
        relations=(ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=End("2")),),
    )
    (key,) = of(told, target).relations
    assert not of(told, target, rejected=frozenset({key})).relations


def test_only_one_ci_has_a_value_that_is_unique():
    """The other loses it, and both are named."""
    told = [observation("netbox", "all", str(n), attributes={"asset_tag": "4711"}) for n in (1, 2)]
    found = of(*told)
    assert [each.get("attributes", {}) for each in found.cis.values()] == [{"asset_tag": "4711"}, {}]
    assert [(each.code, each.cis) for each in found.findings] == [("ci.value_taken", ("netbox:2", "netbox:1"))]


def test_a_sweep_alone_only_proposes():
    """Until a source whose word is enough sees it too."""
    swept = observation("nmap_sweep", "all", "1", identifiers=SAME)
    assert of(swept).cis["nmap_sweep:1"]["status"] == "proposed"
    assert "status" not in of(swept, observation("ssh_linux", "all", "1", identifiers=SAME)).cis["nmap_sweep:1"]


def test_a_virtual_address_that_moves_while_a_run_goes_on_makes_no_third_host():
    """Both balancers say that they hold it, asked at two moments: it is one CI, and neither of the hosts."""
    held = (Identifier("vip", "10.0.0.100"),)
    told = [
        each
        for name in ("lb1", "lb2")
        for each in (
            observation(
                "ssh_linux",
                name,
                name,
                identifiers=(
                    Identifier("machine_id", name.encode().hex().ljust(32, "a")),
                    Identifier("ip", "10.0.0.1"),
                ),
            ),
            observation("ssh_linux", name, "vip:10.0.0.100", ci_class="endpoint", identifiers=held),
        )
    ]
    swept = observation("nmap_sweep", "all", "10.0.0.100", identifiers=(Identifier("ip", "10.0.0.100"),))
    found = of(*told, swept)
    assert set(found.cis) == {"ssh_linux:lb1", "ssh_linux:lb2", "ssh_linux:vip:10.0.0.100"}


def test_an_image_cloned_a_thousand_times_makes_no_endless_finding():
    """It names the first, counts all, and is about each source; one clone more is no other finding."""
    cloned = Identifier("machine_id", "a1b2c3d4e5f60718293a4b5c6d7e8f90")
    told = [
        observation("ssh_linux", "all", f"h{n:04}", identifiers=(cloned, Identifier("serial", f"acme|S{n}")))
        for n in range(1_000)
    ]
    also = observation("vsphere", "all", "vm1", identifiers=(cloned,))
    (fewer,), (found,) = of(*told[:-1], also).findings, of(*told, also).findings
    assert (len(found.cis), len(found.facts["things"]), found.facts["count"]) == (50, 50, 1_001)
    assert found.facts["sources"] == ["ssh_linux", "vsphere"]
    assert finding_id(fewer) == finding_id(found)


def test_cloned_machine_ids_join_nobody():
    """Three machines of one image: three CIs, one finding that names them all, and no other."""
    cloned = Identifier("machine_id", "a1b2c3d4e5f60718293a4b5c6d7e8f90")
    told = [
        observation("ssh_linux", "all", f"h{n}", identifiers=(cloned, Identifier("serial", f"acme|S{n}")))
        for n in range(3)
    ]
    found = of(*told, observation("aws", "all", "i-1", identifiers=(Identifier("serial", "acme|S1"),)))
    assert set(found.cis) == {"ssh_linux:h0", "aws:i-1", "ssh_linux:h2"}
    assert [(each.code, len(each.facts["things"])) for each in found.findings] == [("identity.not_unique", 3)]
