"""What lies between two switches: what every way has, and where there are several ways."""

from __future__ import annotations

import itertools
import random

import networkx as nx
import pytest

from cmdb.configuration.cabling import MOST_SWITCHES, MOST_WAYS, Cabling


def wired(*trunks, hosts=(), below=None):
    """Cables between switches, one a text such as ``a-b``; an interface is called by its switch and the cable."""
    cables = [(f"{one}.{n}", f"{other}.{n}") for n, (one, other) in enumerate(each.split("-") for each in trunks)]
    owners = {end: end.partition(".")[0] for cable in cables for end in cable}
    switches = frozenset(owners.values())
    for host, switch in hosts:
        cables.append((f"{host}/eth0", f"{switch}.{host}"))
        owners |= {f"{host}/eth0": host, f"{switch}.{host}": switch}
    return Cabling(cables, owners, switches, below or {})


def test_an_interface_hangs_on_the_switch_it_is_cabled_to():
    """A port is at its own switch; an interface that nobody heard is nowhere."""
    net = wired("a-b", hosts=[("web1", "a")])
    assert net.place("web1/eth0") == ("a",)
    assert net.place("a.0") == ("a",)
    assert net.place("web9/eth0") == ()


def test_a_bond_hangs_on_the_switches_of_its_members():
    """And a host that is cabled to another host hangs on none."""
    net = wired("a-b", hosts=[("one", "a"), ("two", "b")], below={"bond0": ["one/eth0", "two/eth0"]})
    assert net.place("bond0") == ("a", "b")
    assert Cabling([("h/eth0", "i/eth0")], {"h/eth0": "h", "i/eth0": "i"}, frozenset(), {}).place("h/eth0") == ()


def test_a_single_cable_is_needed_with_both_of_its_ends():
    """In a row of switches all cables and switches in between are."""
    net = wired("a-b", "b-c")
    assert set(net.between("a", "b").needed) == {"a.0", "b.0"}
    assert net.between("a", "c") == net.between("c", "a")
    assert set(net.between("a", "c").needed) == {"a.0", "b.0", "b", "b.1", "c.1"}
    assert net.between("a", "c").choices == ()


def test_of_two_cables_between_two_switches_one_is_enough():
    """Each way has the two ends of one cable."""
    between = wired("a-b", "a-b").between("a", "b")
    assert between.needed == ()
    (ways,) = between.choices
    assert {frozenset(way) for way in ways} == {frozenset(("a.0", "b.0")), frozenset(("a.1", "b.1"))}


def test_without_a_known_way_nothing_is_said():
    """Neither between parts of the network that nothing joins, nor of a switch nobody heard."""
    net = wired("a-b", "c-d")
    assert net.between("a", "c") is None
    assert net.between("a", "nowhere") is None


def test_a_fabric_has_as_many_ways_as_it_has_spines():
    """Up to what is told; none shares anything with another."""
    spines, leaves = [f"s{n}" for n in range(6)], ["l1", "l2", "l3"]
    between = wired(*(f"{leaf}-{spine}" for leaf in leaves for spine in spines)).between("l1", "l3")
    (ways,) = between.choices
    assert len(ways) == MOST_WAYS
    assert len({node for way in ways for node in way}) == sum(map(len, ways))


@pytest.mark.parametrize("seed", range(60))
def test_single_and_double_failures_are_judged_as_the_graph_has_them(seed):
    """
    What is needed is exactly what cuts the two apart alone. Of two failures none that cuts them apart is missed; that
    one is feared which does not, happens only where three ways cross.
    """
    chance = random.Random(seed)
    switches = "abcdef"
    trunks = [f"{one}-{other}" for one, other in itertools.combinations(switches, 2) if chance.random() < 0.4]
    net = wired(*trunks)
    graph = nx.Graph()
    for n, (one, other) in enumerate(each.split("-") for each in trunks):
        nx.add_path(graph, [one, f"{one}.{n}", f"{other}.{n}", other])
    between = net.between("a", "f")
    joined = "a" in graph and "f" in graph and nx.has_path(graph, "a", "f")
    assert (between is not None) == joined
    for failed in itertools.chain.from_iterable(
        itertools.combinations([node for node in graph if node not in "af"] if joined else [], count)
        for count in (1, 2)
    ):
        rest = graph.subgraph(set(graph) - set(failed))
        cut = not nx.has_path(rest, "a", "f")
        feared = bool(set(between.needed) & set(failed)) or any(
            all(set(way) & set(failed) for way in ways) for ways in between.choices
        )
        assert feared or not cut, failed
        assert len(failed) == 2 or feared == cut, failed


def test_into_a_large_part_of_the_network_one_way_is_enough():
    """From either end, whatever lies in between: what is told of a switch is the same for all whom it reaches."""
    spines, leaves = ["s1", "s2", "s3"], [f"l{n}" for n in range(MOST_SWITCHES)]
    net = wired(*(f"{leaf}-{spine}" for leaf in leaves for spine in spines))
    near, far = net.between("l0", "l1"), net.between("l0", "l9")
    assert near.needed == near.choices == ()
    assert near.entries[0] == far.entries[0] == ("l0", (("l0.0",), ("l0.1",), ("l0.2",)))
    assert net.between("l0", "s1").entries[1][0] == "s1"
