"""Identification: which things of which sources are one CI, whatever the order, and never without a reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.identifiers import normalised
from cmdb.configuration.identify import DECLARED, Decided, Identified, identify
from cmdb.model.observation import Identifier, Observation, Thing

T0 = datetime(2026, 1, 1, tzinfo=UTC)
UUIDS = ["4c4c4544-0031-3010-8052-b4c04f384433", "5d5d5655-1142-4121-9163-c5d15f495544", "none"]
MACHINES = ["a1b2c3d4e5f60718293a4b5c6d7e8f90", "b1b2c3d4e5f60718293a4b5c6d7e8f91", "0" * 32]


def seen(source: str, native: str, *, owner: str | None = None, day: int = 0, **identifiers: str) -> Observation:
    """A host as a source saw it; identifiers by kind, several of a kind joined by spaces."""
    return Observation(
        source,
        "all",
        native,
        "server",
        owner=owner,
        identifiers=tuple(Identifier(kind, value) for kind, text in identifiers.items() for value in text.split(" ")),
        first_seen=T0 + timedelta(days=day),
    )


def sets(found: Identified) -> set[frozenset[str]]:
    return {frozenset(f"{t.source}/{t.native_id}" for t in cluster.things) for cluster in found.clusters}


hosts = st.builds(
    seen,
    st.sampled_from(["aws", "nmap", "snmp", "ssh", DECLARED]),
    st.sampled_from("1234"),
    owner=st.none() | st.sampled_from("1234"),
    day=st.integers(0, 3),
    serial=st.sampled_from(["acme|S1", "acme|S2", "acme|none"]),
    uuid=st.sampled_from(UUIDS),
    machine_id=st.sampled_from(MACHINES),
    fqdn=st.sampled_from(["a.example", "b.example", "localhost"]),
    mac=st.sampled_from(["3c:ec:ef:00:00:01", "3c:ec:ef:00:00:02", "00:00:5e:00:01:33"]),
    ip=st.sampled_from(["10.0.0.1", "10.0.0.2 10.0.0.3", "127.0.0.1"]),
    part=st.sampled_from(["interface:eth0", "interface:eth1"]),
).flatmap(
    lambda whole: st.builds(
        lambda kinds, serial: replace(
            whole,
            identifiers=tuple(each for each in whole.identifiers if each.kind in kinds),
            attributes={"serial_number": serial} if serial else {},
        ),
        st.sets(st.sampled_from(sorted({each.kind for each in whole.identifiers}))),
        st.sampled_from(["", "", "S1", "S2", "none"]),
    )
)
estates = st.lists(hosts, max_size=9, unique_by=lambda each: (each.source, each.native_id))
things = st.builds(Thing, st.sampled_from(["aws", "snmp", "ssh"]), st.sampled_from("1234"))
decisions = st.lists(st.builds(Decided, st.booleans(), things, things), max_size=3)


@given(estates, decisions, st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter(estate, decided, chance):
    """Observations and decisions in any order give the same CIs and the same doubts."""
    before = identify(estate, decided, RULES)
    chance.shuffle(estate)
    chance.shuffle(decided)
    assert identify(estate, decided, RULES) == before


@given(estates, decisions)
def test_every_thing_is_one_ci_and_no_source_is_contradicted(estate, decided):
    """Each thing stands in exactly one cluster, and two records of one source never become one CI."""
    found = identify(estate, decided, RULES)
    assert Counter(t for cluster in found.clusters for t in cluster.things) == Counter(each.thing for each in estate)
    for cluster in found.clusters:
        assert len({thing.source for thing in cluster.things}) == len(cluster.things)
        assert cluster.lead in cluster.things


@given(estates, decisions)
def test_what_a_person_keeps_apart_stays_apart(estate, decided):
    """A cannot-link holds against every identifier and every must-link."""
    apart = [{each.one, each.other} for each in decided if not each.same and each.one != each.other]
    for cluster in identify(estate, decided, RULES).clusters:
        assert not any(pair <= set(cluster.things) for pair in apart)


@given(estates)
def test_an_unrelated_source_changes_nothing_else(estate):
    """A thing that shares no identifier with any other is a CI of its own and leaves the rest as it is."""
    alone = seen("vcenter", "vm-1", serial="other|S9", fqdn="elsewhere.example")
    before, after = identify(estate, (), RULES), identify([*estate, alone], (), RULES)
    assert sets(after) == sets(before) | {frozenset({"vcenter/vm-1"})}
    assert after.doubts == before.doubts


@given(estates, things, things)
def test_merge_then_split_is_the_identity(estate, one, other):
    """A decision that is taken back leaves nothing behind; one that is answered by its opposite keeps the two apart."""
    before = identify(estate, (), RULES)
    merged = identify(estate, [Decided(True, one, other)], RULES)
    assert identify(estate, (), RULES) == before
    split = identify(estate, [Decided(True, one, other), Decided(False, one, other)], RULES)
    if one != other:
        assert not any({one, other} <= set(cluster.things) for cluster in split.clusters)
    if merged == before:
        together = any({one, other} <= set(cluster.things) for cluster in before.clusters)
        known = {each.thing for each in estate}
        assert together or one == other or not {one, other} <= known or merged.doubts or one.source == other.source


@given(estates)
def test_two_things_are_one_only_by_something_they_share(estate):
    """Clusters are connected by shared keys: a cluster in which nothing is shared by two would be a silent guess."""
    for cluster in identify(estate, (), RULES).clusters:
        members = [each for each in estate if each.thing in cluster.things]
        spelled = [{n for i in each.identifiers if (n := normalised(i, RULES))} for each in members]
        shared = [bool(mine & other) for n, mine in enumerate(spelled) for other in spelled[:n]]
        assert len(members) == 1 or any(shared)


def test_the_same_serial_number_is_the_same_machine():
    """However vendor and serial number are written."""
    found = identify([seen("ssh", "h", serial="Acme|s1", day=2), seen("snmp", "10.0.0.1", serial="ACME|S1")], (), RULES)
    assert sets(found) == {frozenset({"ssh/h", "snmp/10.0.0.1"})}
    assert found.clusters[0].lead == Thing("snmp", "10.0.0.1")


def test_what_people_entered_leads():
    """The CI that stands in the CMDB keeps its id, whoever saw it first."""
    found = identify(
        [seen("ssh", "h", machine_id=MACHINES[0]), seen(DECLARED, "srv:1", day=9, machine_id=MACHINES[0])], (), RULES
    )
    assert found.clusters[0].lead == Thing(DECLARED, "srv:1")


def test_a_cloned_uuid_joins_nobody():
    """An identifier on three records of one source is no identifier, and a finding says so."""
    clones = [seen("ssh", f"h{n}", uuid=UUIDS[0]) for n in range(3)]
    found = identify([*clones, seen("nmap", "n", uuid=UUIDS[0])], (), RULES)
    assert len(found.clusters) == 4
    assert [doubt.code for doubt in found.doubts] == ["identity.not_unique"]


ADDRESS = {"fqdn": "ip-10-0-0-5.internal", "ip": "10.0.0.5"}


@pytest.mark.parametrize("accounts", [2, 3, 4])
def test_an_address_that_repeats_from_account_to_account_is_no_doubt(accounts):
    """One cloud has several networks with the same addresses, and tells by its own ids that these are several."""
    machines = [seen("aws", f"i-{n}", cloud_id=f"arn:aws:ec2:::{n}", **ADDRESS) for n in range(accounts)]
    found = identify(machines, (), RULES)
    assert len(found.clusters) == accounts
    assert not found.doubts


def test_an_address_that_repeats_without_cloud_ids_is_one():
    """Where a cloud has no id for one of the two, or the two are of a source that is no cloud, a person is asked."""
    known = seen("aws", "i-1", cloud_id="arn:aws:ec2:::1", **ADDRESS)
    for other in (seen("aws", "i-2", **ADDRESS), seen("aws", "i-2", cloud_id="arn:aws:ec2:::1", **ADDRESS)):
        assert "identity.vetoed" in {doubt.code for doubt in identify([known, other], (), RULES).doubts}


def test_a_stronger_identifier_that_differs_keeps_two_apart():
    """A renamed machine that took over the name of another is not merged with it, and both sides' evidence is told."""
    one = seen("ssh", "a", serial="acme|S1", fqdn="w.example", mac="3c:ec:ef:00:00:01")
    other = seen("snmp", "b", serial="acme|S2", fqdn="w.example", mac="3c:ec:ef:00:00:01")
    found = identify([one, other], (), RULES)
    assert len(found.clusters) == 2
    (doubt,) = found.doubts
    assert (doubt.because, doubt.left, doubt.right) == ("stronger:serial", "acme|s2", "acme|s1")


def test_a_veto_between_two_does_not_hide_a_third():
    """Of three that share a name, the two that may be one become one."""
    a = seen("aws", "a", serial="acme|S1", fqdn="w.example", mac="3c:ec:ef:00:00:01")
    b = seen("snmp", "b", serial="acme|S2", fqdn="w.example", mac="3c:ec:ef:00:00:01")
    c = seen("ssh", "c", fqdn="w.example", mac="3c:ec:ef:00:00:01")
    found = identify([a, b, c], (), RULES)
    assert sets(found) == {frozenset({"aws/a", "ssh/c"}), frozenset({"snmp/b"})}


def test_parts_follow_their_owners_however_deep():
    """An interface of a host that two sources know under different names is one interface, and so is what it holds."""
    told = []
    for source in ("ssh", "snmp"):
        told += [
            seen(source, f"{source}-host", machine_id=MACHINES[0]),
            seen(source, f"{source}-eth0", owner=f"{source}-host", part="interface:eth0"),
            seen(source, f"{source}-vlan", owner=f"{source}-eth0", part="interface:eth0.7"),
        ]
    assert len(identify(told, (), RULES).clusters) == 3


def test_the_same_part_of_two_owners_is_two():
    """Every host has an eth0."""
    told = [seen("ssh", "a"), seen("ssh", "a0", owner="a", part="interface:eth0")]
    told += [seen("snmp", "b"), seen("snmp", "b0", owner="b", part="interface:eth0")]
    assert len(identify(told, (), RULES).clusters) == 4


def test_owners_in_a_ring_are_left_alone():
    """A source that says that two things own each other stops nothing."""
    told = [seen("ssh", "a", owner="b", part="x"), seen("ssh", "b", owner="a", part="x")]
    assert len(identify(told, (), RULES).clusters) == 2


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("serial", "Acme|To be filled by O.E.M."),
        ("serial", "|S1"),
        ("serial", "Acme|00000000"),
        ("uuid", "00000000-0000-0000-0000-000000000000"),
        ("uuid", "03000200-0400-0500-0006-000700080009"),
        ("uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("machine_id", "uninitialized"),
        ("mac", "00:00:5e:00:01:33"),
        ("mac", "00:00:0c:07:ac:01"),
        ("mac", "52:54:00:12:34:56"),
        ("mac", "ff:ff:ff:ff:ff:ff"),
        ("mac", "00:00:00:00:00:00"),
        ("fqdn", "localhost.localdomain"),
        ("fqdn", "web1"),
        ("ip", "127.0.0.1"),
        ("ip", "fe80::1%eth0"),
        ("ip", "10.0.0.256"),
        ("endpoint", "10.0.0.1:99999/tcp"),
        ("sys_name", "switch"),
        ("cloud_id", ""),
        ("anything", "N/A"),
    ],
)
def test_junk_identifies_nothing(kind, value):
    """Placeholders, zeros, shared and made-up addresses are no identifiers."""
    assert normalised(Identifier(kind, value), RULES) is None


@pytest.mark.parametrize(
    ("kind", "value", "spelled"),
    [
        ("serial", " Dell Inc. | 7XK2P93 ", "dell inc.|7xk2p93"),
        ("uuid", "{4C4C4544-0031-3010-8052-B4C04F384433}", UUIDS[0]),
        ("machine_id", "A1B2C3D4E5F60718293A4B5C6D7E8F90", MACHINES[0]),
        ("mac", "3CEC.EF00.0001", "3c:ec:ef:00:00:01"),
        ("fqdn", "Web1.Example.", "web1.example"),
        ("ip", "::ffff:10.0.0.1", "10.0.0.1"),
        ("ip", "2001:DB8::0:1", "2001:db8::1"),
        ("endpoint", "[2001:DB8::1]:443/TCP", "[2001:db8::1]:443/tcp"),
        ("chassis_id", "52-54-00-12-34-56", "52:54:00:12:34:56"),
        ("part", "interface:Gi0/1", "interface:Gi0/1"),
    ],
)
def test_every_way_to_write_an_identifier_is_one(kind, value, spelled):
    """Case, separators and brackets do not make another thing."""
    assert normalised(Identifier(kind, value), RULES) == Identifier(kind, spelled)


SWITCH = seen("snmp", "sw1", fqdn="sw1.example", mac="3c:ec:ef:00:00:01", serial="acme|S1")


def labelled(serial: str, ci_class: str = "server", **more: str) -> Observation:
    """What a table says of the same name and address, with a serial number and no vendor."""
    known = {"fqdn": "sw1.example", "mac": "3c:ec:ef:00:00:01", **more}
    return replace(seen("books", "row 7", **known), ci_class=ci_class, attributes={"serial_number": serial})


def test_another_serial_number_without_a_vendor_keeps_two_apart():
    """It identifies nothing, as vendors number alike; but one thing has one, so both sides go to a person."""
    found = identify([SWITCH, labelled("S9")], [], RULES)
    assert sets(found) == {frozenset({"snmp/sw1"}), frozenset({"books/row 7"})}
    (doubt,) = found.doubts
    assert (doubt.code, doubt.because) == ("identity.vetoed", "serial_number")
    assert {doubt.left, doubt.right} == {"s1", "s9"}
    assert {thing.source for thing in doubt.things} == {"snmp", "books"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(labelled("s1"), id="the same, written otherwise"),
        pytest.param(labelled("none"), id="what a factory leaves in"),
        pytest.param(labelled("S9", "storage_array"), id="of another class, which has its own"),
    ],
)
def test_a_serial_number_that_contradicts_nothing_keeps_nobody_apart(other):
    """Name and address join them as ever, without a doubt."""
    found = identify([SWITCH, other], [], RULES)
    assert (len(found.clusters), found.doubts) == (1, ())


def test_a_person_merges_what_serial_numbers_keep_apart():
    """The label on the box was wrong."""
    merged = Decided(True, Thing("snmp", "sw1"), Thing("books", "row 7"))
    found = identify([SWITCH, labelled("S9")], [merged], RULES)
    assert (len(found.clusters), found.doubts) == (1, ())


def test_what_says_more_than_a_serial_number_is_believed():
    """A cloud's own id has the two as one."""
    one = seen("aws", "i-1", cloud_id="arn:1", serial="acme|S1")
    other = replace(seen("ssh", "h", cloud_id="arn:1"), attributes={"serial_number": "S9"})
    assert len(identify([one, other], [], RULES).clusters) == 1
