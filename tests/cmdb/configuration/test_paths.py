"""What those who talk need of the network in between, from cables, addresses and gateways."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovered import World
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.reconcile import reconcile
from cmdb.model.coverage import Coverage
from cmdb.model.observation import (
    End,
    EvidenceKind,
    Identifier,
    Observation,
    ObservedGroup,
    ObservedRelation,
)
from cmdb.model.relation import Strength

T0 = datetime(2026, 3, 2, tzinfo=UTC)
OUT, NEIGHBOUR, CONFIGURATION = EvidenceKind.TRAFFIC_OUT, EvidenceKind.NEIGHBOUR, EvidenceKind.CONFIGURATION


class Net:
    """A network while it is drawn: switches, hosts with an address, cables, and who talks to whom."""

    def __init__(self) -> None:
        self.seen: dict[str, Observation] = {}

    def thing(self, native, ci_class, owner=None, **more):
        identifiers = [Identifier("serial", f"acme|{native}")] if owner is None and ci_class != "vip" else []
        identifiers += [Identifier("part", native.partition("/")[2])] if owner is not None else []
        identifiers += more.pop("identifiers", [])
        self.seen[native] = Observation(
            "s",
            "all",
            native,
            ci_class,
            native,
            owner,
            identifiers=tuple(identifiers),
            first_seen=T0,
            seen_at=T0,
            **more,
        )
        return self

    def relate(self, native, *relations, groups=()):
        before = self.seen[native]
        self.seen[native] = replace(before, relations=(*before.relations, *relations), groups=(*before.groups, *groups))
        return self

    def switch(self, *names):
        for name in names:
            self.thing(name, "switch")
        return self

    def host(self, name, address, at=None, gateway=None):
        """A host with a programme called app; ``at`` is the switch it is cabled to."""
        where = [Identifier("ip", address)]
        gateways = [f"0.0.0.0/0 via {gateway}"] if gateway else []
        self.thing(name, "server", identifiers=where, attributes={"gateways": gateways} if gateways else {})
        self.port(name, "eth0", address)
        listens = [Identifier("endpoint", f"{address}:80/tcp")]
        self.thing(f"{name}/app", "application_component", name, identifiers=listens)
        return self.cable(f"{name}/eth0", f"{at}/to-{name}") if at else self

    def port(self, owner, name, address=None, length=24):
        net = ".".join([*address.split(".")[:3], f"0/{length}"]) if address else None
        attributes = {"if_name": name, **({"ip_addresses": [address], "networks": [net]} if address else {})}
        return self.thing(f"{owner}/{name}", "interface", owner, attributes=attributes)

    def cable(self, one, other):
        for end in (one, other):
            if end not in self.seen:
                self.port(*end.split("/"))
        self.relate(one, ObservedRelation("connects_to", NEIGHBOUR, End(other), strength=Strength.HARD))
        return self.relate(other, ObservedRelation("connects_to", NEIGHBOUR, End(one), strength=Strength.HARD))

    def talk(self, one, address, type_="depends_on", group=None, evidence=OUT):
        end = End(None, (Identifier("endpoint", f"{address}:80/tcp"), Identifier("vip", address)))
        return self.relate(one, ObservedRelation(type_, evidence, end, group=group))

    def pool(self, one, name, *addresses, needs=1):
        for address in addresses:
            self.talk(one, address, group=name, evidence=CONFIGURATION)
        return self.relate(one, groups=(ObservedGroup(name, needs, CONFIGURATION),))

    def virtual(self, address, *holders, name="vip"):
        self.thing(name, "vip", identifiers=[Identifier("vip", address)], attributes={"address": address})
        relations = [ObservedRelation("depends_on", CONFIGURATION, End(each), group="vrrp 1") for each in holders]
        return self.relate(name, *relations, groups=(ObservedGroup("vrrp 1", 1, CONFIGURATION),))

    def made(self, stated=(), declared=(), **more):
        world = World(
            tuple(self.seen.values()),
            {"s": Coverage("s", "s", 1, T0)},
            {each["id"]: each for each in declared},
            (),
            frozenset(),
            built_in(),
            RULES,
            T0,
            stated,
        )
        return Shown(reconcile(replace(world, **more)))


class Shown:
    """What came of it, in names."""

    def __init__(self, found) -> None:
        self.found = found
        self.paths = {key: doc["name"] for key, doc in found.cis.items() if doc["class"] == "network_path"}
        self.names = sorted(self.paths.values())

    def name(self, ci):
        return self.paths.get(ci) or ci.removeprefix("s:")

    def needs(self, name):
        """What something depends on of the network, with the group where it stands in one."""
        return {
            (self.name(each["target"]), each.get("group"))
            for each in self.found.relations.values()
            if self.name(each["source"]) == name
            and each["type"] in ("routes_through", "depends_on")
            and (each["target"] in self.paths or name in self.names or each.get("group", "").endswith("network"))
        }

    def strength(self, source, target):
        return next(
            each.get("strength")
            for each in self.found.relations.values()
            if self.name(each["source"]) == source and self.name(each["target"]) == target
        )


def two_rooms():
    """A switch in each room, a cable between them, a host at each."""
    net = Net().switch("sw1", "sw2").cable("sw1/up", "sw2/up")
    return net.host("one", "10.0.0.1", "sw1").host("two", "10.0.0.2", "sw2")


def test_a_path_is_called_by_what_people_call_its_places():
    """Not by what one of the sources happens to say of a CI."""
    called = {"id": "s:sw1", "class": "switch", "name": "Room 1", "sources": ["form"], "seen_as": [["s", "sw1"]]}
    assert two_rooms().talk("one/app", "10.0.0.2").made(declared=[called]).names == ["Room 1 to sw2"]


def test_who_needs_a_server_in_another_room_needs_the_cable_between():
    """With both ends of it; the switches are needed by those who hang on them."""
    made = two_rooms().talk("one/app", "10.0.0.2").made()
    assert made.needs("one/app") == {("sw1 to sw2", None)}
    assert made.needs("sw1 to sw2") == {("sw1/up", None), ("sw2/up", None)}
    assert made.strength("one/app", "sw1 to sw2") == "hard"


def test_an_address_that_is_told_no_more_leads_nowhere():
    """It stands on the CI as what was seen last; no way follows from it, and none is lost where it is told."""
    net = two_rooms().talk("one/app", "10.0.0.2")
    gone = dict.fromkeys(("ip_addresses", "networks", "gateways"), T0)
    for native, each in net.seen.items():
        if each.owner == "one":
            net.seen[native] = replace(each, untold={name: at for name, at in gone.items() if name in each.attributes})
    assert any(each.untold for each in net.seen.values())
    made = net.made()
    assert made.names == []
    assert any(doc.get("attributes", {}).get("ip_addresses") == ["10.0.0.1"] for doc in made.found.cis.values())


def test_what_is_only_used_is_needed_as_softly_over_the_network():
    """And is needed hard where one of those who are reached over the path is."""
    assert two_rooms().talk("one/app", "10.0.0.2", "uses").made().strength("one/app", "sw1 to sw2") == "soft"
    net = two_rooms().host("three", "10.0.0.3", "sw2").talk("one/app", "10.0.0.2", "uses").talk("one/app", "10.0.0.3")
    assert net.made().strength("one/app", "sw1 to sw2") == "hard"


def test_one_path_stands_for_all_who_talk_between_two_places():
    """Both ways: it is the same cable; and where nobody talks there is no path."""
    net = two_rooms().talk("one/app", "10.0.0.2").talk("two/app", "10.0.0.1").switch("sw3").cable("sw2/3", "sw3/3")
    for n in range(4, 9):
        net.host(f"more{n}", f"10.0.0.{n}", "sw1").talk(f"more{n}/app", "10.0.0.2")
    assert net.made().names == ["sw1 to sw2"]


def test_within_a_place_nothing_more_is_needed():
    """Who hangs on the same switch needs it already; nor does a cable that nobody knows make a path."""
    near = two_rooms().host("near", "10.0.0.3", "sw1").talk("near/app", "10.0.0.1")
    unknown = two_rooms().host("far", "10.0.0.4").talk("far/app", "10.0.0.2")
    assert near.made().names == unknown.made().names == []


def test_a_member_of_a_pool_is_as_good_as_the_way_to_it():
    """Beside the pool stands the same one by the ways: what is near as it is, what is not by its path."""
    net = two_rooms().host("lb", "10.0.0.9", "sw1").pool("lb/app", "web", "10.0.0.1", "10.0.0.2")
    made = net.made()
    assert made.needs("lb/app") == {
        ("one/app", "web, over the network"),
        ("two/app by sw1 to sw2", "web, over the network"),
    }
    assert made.needs("two/app by sw1 to sw2") == {("two/app", None), ("sw1 to sw2", None)}
    assert {doc["name"]: doc["needs"] for doc in made.found.groups.values()} == {"web": 1, "web, over the network": 1}


def test_a_pool_that_is_all_over_there_needs_the_one_way():
    """No group is needed to say that."""
    net = two_rooms().host("three", "10.0.0.3", "sw2").pool("one/app", "web", "10.0.0.2", "10.0.0.3")
    assert net.made().needs("one/app") == {("sw1 to sw2", None)}


def routed(*gateways):
    """A second network in the second room, and a router between for each gateway."""
    net = two_rooms().host("db", "10.9.0.5", "sw2", "10.9.0.1").host("app", "10.0.0.7", "sw1", gateways[0])
    for n, gateway in enumerate(gateways, 1):
        net.thing(f"r{n}", "router").port(f"r{n}", "in", gateway).port(f"r{n}", "out", f"10.9.0.{n}")
        net.cable(f"r{n}/in", f"sw{n}/r{n}").cable(f"r{n}/out", f"sw2/r{n}-out")
    return net.talk("app/app", "10.9.0.5")


def test_another_network_is_reached_over_the_router():
    """With both of its interfaces, and the way there as well as the way on."""
    made = routed("10.0.0.254").made()
    assert made.needs("app/app") == {("sw1 to sw2 by r1", None)}
    assert made.needs("sw1 to sw2 by r1") == {("r1/in", None), ("r1/out", None)}
    other = routed("10.0.0.254").host("web", "10.0.0.8", "sw2", "10.0.0.254").talk("web/app", "10.9.0.5").made()
    assert other.needs("sw2 to sw2 by r1") == {("sw1 to sw2", None), ("r1/in", None), ("r1/out", None)}


def test_of_two_routers_that_share_the_gateway_one_is_enough():
    """The virtual address of the gateway leads to both."""
    net = routed("10.0.0.253", "10.0.0.254")
    net.host("web", "10.0.0.8", "sw1", "10.0.0.250").virtual("10.0.0.250", "r1", "r2").talk("web/app", "10.9.0.5")
    made = net.made()
    ((path, _),) = made.needs("web/app")
    assert made.needs(path) == {("sw1 to sw2 by r1", "routers"), ("sw1 to sw2 by r2", "routers")}


def test_what_people_state_to_be_asked_from_a_port_needs_the_way_from_there():
    """A virtual address is needed, held by one to whom there is a way."""
    net = two_rooms().virtual("10.0.0.100", "one/app", "two/app").port("sw1", "door")
    shop = {"id": "shop", "class": "service", "name": "shop"}
    stated = [
        {"source": "shop", "type": "depends_on", "target": "s:vip"},
        {"source": "shop", "type": "routes_through", "target": "s:sw1/door"},
    ]
    made = net.made(stated, [shop])
    assert made.needs("shop") == {("vip from sw1", None)}
    assert made.needs("vip from sw1") == {
        ("vip", None),
        ("one/app", "vrrp 1, over the network"),
        ("two/app by sw1 to sw2", "vrrp 1, over the network"),
    }


def test_a_host_on_two_switches_is_reached_by_either():
    """A bond of two cables makes two places, of which one is enough."""
    net = two_rooms().switch("sw3").cable("sw1/3", "sw3/1").cable("sw2/3", "sw3/2")
    net.host("both", "10.0.0.6").cable("both/a", "sw2/both").cable("both/b", "sw3/both")
    for each in ("both/a", "both/b"):
        net.relate("both/eth0", ObservedRelation("depends_on", CONFIGURATION, End(each), group="members"))
    net.relate("both/eth0", groups=(ObservedGroup("members", 1, CONFIGURATION),))
    made = net.talk("one/app", "10.0.0.6").made()
    ((path, _),) = made.needs("one/app")
    assert made.needs(path) == {("sw1 to sw2", "switches"), ("sw1 to sw3", "switches")}


def test_a_fabric_is_told_by_its_switches_and_not_by_their_pairs():
    """Each leaf has one path into the network, that all paths between leaves share."""
    leaves = [f"leaf{n:02}" for n in range(14)]
    net = Net().switch("spine1", "spine2", *leaves)
    for n, leaf in enumerate(leaves):
        for spine in ("spine1", "spine2"):
            net.cable(f"{leaf}/{spine}", f"{spine}/{leaf}")
        net.host(f"h{n}", f"10.0.0.{n + 1}", leaf)
    net.talk("h0/app", "10.0.0.2").talk("h0/app", "10.0.0.3")
    made = net.made()
    assert made.needs("leaf00 to leaf01") == {("leaf00 into the network", None), ("leaf01 into the network", None)}
    assert made.needs("leaf00 into the network") == {("leaf00/spine1", "ways"), ("leaf00/spine2", "ways")}
    assert len(made.names) == 5


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_of_observations_does_not_matter(turned):
    """Same inputs, same paths."""
    net = routed("10.0.0.254").pool("app/app", "web", "10.0.0.1", "10.0.0.2")
    before = net.made().found
    net.seen = dict(reversed(net.seen.items())) if turned else net.seen
    after = net.made().found
    assert (before.cis, before.relations, before.groups) == (after.cis, after.relations, after.groups)


def test_a_path_that_a_person_rejects_stays_away():
    """As any relation that discovery sees."""
    found = two_rooms().talk("one/app", "10.0.0.2").made().found
    (key,) = [
        key for key, each in found.relations.items() if each["source"] == "s:one/app" and "path:" in each["target"]
    ]
    net = two_rooms().talk("one/app", "10.0.0.2")
    assert net.made(rejected=frozenset((key,))).needs("one/app") == set()
