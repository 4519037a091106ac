"""Reconciliation: what is observed, decided and stated makes the CIs, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovered import Reconciled, World
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.reconcile import reconcile
from cmdb.configuration.sightings import seen
from cmdb.model.coverage import Coverage
from cmdb.model.observation import (
    End,
    EvidenceKind,
    Identifier,
    Observation,
    ObservedGroup,
    ObservedRelation,
)

T0 = datetime(2026, 3, 2, tzinfo=UTC)
SOURCES = ("aws", "ssh_linux", "nmap_sweep")
EXAMPLES = settings(max_examples=150, deadline=None)


def observation(source: str, scope: str, native: str, **more: Any) -> Observation:
    return Observation(source, scope, native, more.pop("ci_class", "server"), **more)


def _host(source: str, scope: str, native: str, chance: dict[str, Any]) -> list[Observation]:
    """A host with what chance says of it, and perhaps a process on it that needs another's."""
    kinds = {"serial": chance["serial"], "fqdn": chance["fqdn"], "ip": f"10.0.0.{native}"}
    host = observation(
        source,
        scope,
        native,
        name=f"{source}-{native}",
        attributes={"os": chance["os"]} if chance["os"] else {},
        identifiers=tuple(Identifier(kind, value) for kind, value in kinds.items() if value),
        labels={"team": chance["team"]} if chance["team"] else {},
    )
    if not chance["process"]:
        return [host]
    ends = tuple(End(identifiers=(Identifier("endpoint", f"10.0.0.{n}:80/tcp"),)) for n in chance["needs"])
    relations = tuple(ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=e, group="pool") for e in ends)
    traffic = tuple(ObservedRelation("depends_on", EvidenceKind.TRAFFIC_OUT, target=end) for end in ends[:1])
    return [
        host,
        observation(
            source,
            scope,
            f"{native}/app",
            ci_class="application_component",
            owner=native,
            identifiers=(Identifier("part", "process:app"), Identifier("endpoint", f"10.0.0.{native}:80/tcp")),
            relations=(ObservedRelation("runs_on", EvidenceKind.INVENTORY, target=End(native)), *relations, *traffic),
            groups=(ObservedGroup("pool", 1, EvidenceKind.CONFIGURATION),) if ends else (),
        ),
    ]


chances = st.fixed_dictionaries(
    {
        "serial": st.sampled_from(["acme|S1", "acme|S2", "acme|S3", ""]),
        "fqdn": st.sampled_from(["a.example", "b.example", ""]),
        "os": st.sampled_from(["debian", "ubuntu", ""]),
        "team": st.sampled_from(["shop", "pay", ""]),
        "process": st.booleans(),
        "needs": st.lists(st.sampled_from("123"), max_size=3, unique=True),
    }
)
listings = st.dictionaries(st.sampled_from("1234"), chances, max_size=4)
runs = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.sampled_from(["east", "west"]), listings, st.booleans(), st.integers(0, 6)),
    max_size=6,
)


class Estate:
    """What several runs left behind: the observations and coverage of each source."""

    def __init__(self) -> None:
        self.known = dict.fromkeys(SOURCES, ())
        self.coverages = {source: Coverage(source, source) for source in SOURCES}
        self.now = T0
        self.number = 0

    def run(self, source: str, scope: str, listing: dict[str, Any], complete: bool, days: int) -> None:
        self.now += timedelta(days=days)
        self.number += 1
        came = [each for native in sorted(listing) for each in _host(source, scope, native, listing[native])]
        after = seen(
            self.known[source],
            came,
            {scope} if complete else (),
            self.coverages[source],
            RULES,
            at=self.now,
            run=f"r{self.number}",
            whole=True,
            may_lose={scope},
        )
        self.known[source], self.coverages[source] = after.observations, after.coverage

    def world(self, **more: Any) -> World:
        told = [each for source in SOURCES for each in self.known[source]]
        base = World(told, self.coverages, {}, (), frozenset(), built_in(), RULES, self.now)
        return replace(base, **more)

    def reconciled(self, **more: Any) -> Reconciled:
        return reconcile(self.world(**more))


def after(history: list[Any]) -> Estate:
    estate = Estate()
    for run in history:
        estate.run(*run)
    return estate


def shown(found: Reconciled) -> tuple[Any, ...]:
    return dict(found.cis), dict(found.relations), dict(found.groups), found.findings


@given(runs, st.randoms(use_true_random=False))
@EXAMPLES
def test_the_order_in_which_observations_stand_does_not_matter(history, chance):
    """The store may hand them in any order."""
    estate = after(history)
    before = estate.reconciled()
    world = estate.world()
    shuffled = list(world.observations)
    chance.shuffle(shuffled)
    assert shown(reconcile(replace(world, observations=shuffled))) == shown(before)


@given(st.permutations(SOURCES), st.fixed_dictionaries(dict.fromkeys(SOURCES, listings)))
@EXAMPLES
def test_the_order_of_runs_of_one_moment_does_not_matter(order, listing):
    """Three sources that are read at the same time: whichever comes home first."""
    one, other = Estate(), Estate()
    for source in SOURCES:
        one.run(source, "all", listing[source], True, 0)
    for source in order:
        other.run(source, "all", listing[source], True, 0)
    assert shown(one.reconciled()) == shown(other.reconciled())


@given(runs)
@EXAMPLES
def test_the_same_run_twice_changes_nothing(history):
    """Neither an observation nor what is made of them."""
    estate = after(history)
    if history:
        before, known = shown(estate.reconciled()), dict(estate.known)
        source, scope, listing, complete, _ = history[-1]
        estate.run(source, scope, listing, complete, 0)
        assert estate.known == known
        assert shown(estate.reconciled()) == before


@given(runs, st.sampled_from(SOURCES), st.sampled_from(["east", "west"]))
@EXAMPLES
def test_a_scope_that_was_not_read_to_its_end_retires_nothing(history, source, scope):
    """However often: no CI becomes missing or retired by it."""
    estate = after(history)
    before = estate.reconciled().cis
    for _ in range(3):
        estate.run(source, scope, {}, False, 0)
    assert {ci: each.get("status") for ci, each in estate.reconciled().cis.items()} == {
        ci: each.get("status") for ci, each in before.items()
    }


@given(runs, st.sampled_from("1234"))
@EXAMPLES
def test_a_persons_value_always_stands(history, native):
    """Whatever the sources say, and whenever."""
    estate = after(history)
    declared = {
        "id": f"ssh_linux:{native}",
        "class": "server",
        "name": "as people call it",
        "attributes": {"os": "hardened"},
        "locked": ["os"],
        "seen_as": [["ssh_linux", native]],
        "sources": ["form"],
    }
    found = estate.reconciled(declared={declared["id"]: declared}).cis
    if declared["id"] in found:
        assert found[declared["id"]]["attributes"]["os"] == "hardened"
        assert found[declared["id"]]["name"] == "as people call it"


@given(runs, listings)
@EXAMPLES
def test_an_unrelated_source_changes_nothing_else(history, listing):
    """What another source sees of other things leaves every other CI, relation and group as it was."""
    estate = after(history)
    before = estate.reconciled()
    told = [
        replace(each, source="vcenter", identifiers=(), relations=(), groups=())
        for native in listing
        for each in _host("vcenter", "all", native, listing[native])
    ]
    coverages = {**estate.coverages, "vcenter": Coverage("vcenter", "vcenter", 1, estate.now)}
    found = estate.reconciled(observations=[*estate.world().observations, *told], coverages=coverages)
    others = {ci: each for ci, each in found.cis.items() if not ci.startswith("vcenter:")}
    assert others == dict(before.cis)
    assert dict(found.relations) == dict(before.relations)
    assert dict(found.groups) == dict(before.groups)


@given(runs)
@EXAMPLES
def test_every_relation_has_living_ends_and_every_group_its_members(history):
    """What comes out of it can be written: ends that are there, groups whose members suffice, classes that fit."""
    found = after(history).reconciled()
    living = {ci for ci, each in found.cis.items() if each.get("status") != "retired"}
    members: dict[tuple[str, str], set[str]] = {}
    for relation in found.relations.values():
        assert {relation["source"], relation["target"]} <= living
        assert 0 < relation.get("confidence", 1.0) <= 1
        if "group" in relation:
            members.setdefault((relation["source"], relation["group"]), set()).add(relation["target"])
    for group in found.groups.values():
        assert len(members[group["item"], group["name"]]) >= group["needs"]
    assert members.keys() == {(group["item"], group["name"]) for group in found.groups.values()}


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
