"""Accounts and regions are read from moto's AWS over HTTP, and what was rented there is what is found."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from cmdb.model.observation import OBSERVATIONS, Observation
from cmdb.records import to_document
from discovery.connectors.aws import CONNECTOR
from discovery.ports import Part, Shaped, Target
from discovery.testing import TrialLine
from tests.discovery.connectors.aws.conftest import ACCOUNTS, KEY, REGIONS, SECRET

SECRETS = {"env:KEY": KEY, "env:SECRET": SECRET}


def read(target: Target, settings, line=None) -> tuple[list[Part], Shaped]:
    parts = list(CONNECTOR.fetch(target, settings, line or TrialLine(SECRETS)))
    return parts, CONNECTOR.shape(target, settings, parts)


@pytest.fixture(scope="module")
def everything(served, estate) -> dict[str, tuple[list[Part], Shaped]]:
    """What a whole run reads, by target."""
    served.faults()
    settings = served.settings(page=5)
    return {target.id: read(target, settings) for target in CONNECTOR.targets(settings, TrialLine())}


def by_class(shaped: Shaped) -> dict[str, set[str]]:
    found = defaultdict(set)
    for each in shaped.observations:
        found[each.ci_class].add(each.native_id)
    return dict(found)


def by_id(shaped: Shaped) -> dict[str, Observation]:
    return {each.native_id: each for each in shaped.observations}


def members(observation: Observation, group: str) -> set[str]:
    return {each.target.native_id for each in observation.relations if each.group == group}


def targets_of(observation: Observation, kind: str) -> set[str]:
    return {each.target.native_id for each in observation.relations if each.type == kind and each.target}


def test_a_target_is_an_account_in_a_region(aws):
    """Named by both, without asking anybody."""
    found = [target.id for target in CONNECTOR.targets(aws.settings(), TrialLine())]
    assert found == [f"{account}/{region}" for account in ACCOUNTS for region in REGIONS]
    assert aws.asked() == {}


def test_what_was_rented_is_found_and_nothing_else(everything, estate):
    """The ids of each class equal what was rented, none missing and none invented."""
    for target, rented in estate.items():
        assert by_class(everything[target][1]) == rented.ids


def test_every_scope_is_complete_and_nothing_is_said_of_it(everything):
    """A reading without faults certifies all of its scopes, each below its target."""
    for target, (_, shaped) in everything.items():
        assert len(shaped.complete) == 12
        assert {scope for scope in shaped.complete if not (scope == target or scope.startswith(f"{target}/"))} == set()
        assert {each.scope for each in shaped.observations} <= shaped.complete
        assert shaped.notes == ()


def test_long_listings_come_in_pages(everything):
    """A part a page: the machines need two."""
    parts, _ = everything["111111111111/eu-central-1"]
    assert sum(part.name == "instances" for part in parts) == 2


def test_the_size_of_a_page_changes_nothing(everything, aws, estate):
    """The observations do not depend on how they came."""
    settings = aws.settings(page=1_000)
    target = next(iter(CONNECTOR.targets(settings, TrialLine())))
    parts, shaped = read(target, settings)
    assert len(parts) < len(everything[target.id][0])
    assert shaped.observations == everything[target.id][1].observations


def test_every_request_is_paced(aws, estate):
    """As many requests reach AWS as were allowed, not one more."""
    settings, line = aws.settings(page=5), TrialLine(SECRETS)
    read(next(iter(CONNECTOR.targets(settings, line))), settings, line)
    assert line.paced == sum(aws.asked().values()) > 20


def test_no_credential_is_in_what_is_read(everything):
    """Neither the key nor what the role was given stands in a part or an observation."""
    for parts, shaped in everything.values():
        told = json.dumps([part.body for part in parts])
        told += json.dumps([to_document(OBSERVATIONS, each) for each in shaped.observations])
        assert KEY not in told
        assert SECRET not in told
        assert "SecretAccessKey" not in told
        assert "never-read-back" not in told


def test_a_machine_is_known_by_its_ids_and_addresses(everything, estate):
    """A machine has the provider's id and ARN, its name and labels from its tags, its place, network, disk and wall."""
    machine = by_id(everything["111111111111/eu-central-1"][1])[
        sorted(estate["111111111111/eu-central-1"].ids["virtual_machine"])[0]
    ]
    assert machine.identifiers[0].value == machine.native_id == machine.attributes["cloud_id"]
    assert machine.identifiers[1].value == f"arn:aws:ec2:eu-central-1:111111111111:instance/{machine.native_id}"
    assert {"mac", "fqdn", "ip"} <= {each.kind for each in machine.identifiers}
    assert {each.type for each in machine.relations} >= {"located_in", "routes_through", "stores_data_on"}


def test_names_and_labels_come_from_tags(everything):
    """The tag Name is the name; every tag is a label."""
    tagged = [each for each in everything["111111111111/eu-central-1"][1].observations if each.labels]
    assert {"name": "shop", "labels": {"Name": "shop", "team": "shop"}} in [
        {"name": each.name, "labels": each.labels} for each in tagged
    ]
    assert sum(each.labels == {"Name": "web", "env": "live"} for each in tagged) == 11


def test_a_machine_that_is_no_more_is_not_seen(everything, estate):
    """AWS lists a terminated machine for a while; it is gone all the same."""
    target = "111111111111/eu-central-1"
    assert estate[target].names["gone"] not in by_id(everything[target][1])


def test_an_auto_scaling_group_needs_its_minimum(everything, estate):
    """Three machines run, two are what its owner said it may go down to."""
    target = "222222222222/us-east-1"
    [group] = [each for each in everything[target][1].observations if each.ci_class == "auto_scaling_group"]
    assert (group.attributes["minimum"], group.attributes["desired"], group.attributes["maximum"]) == (2, 3, 6)
    assert [(each.name, each.needs) for each in group.groups] == [("instances", 2)]
    assert len(members(group, "instances")) == 3
    assert members(group, "instances") <= estate[target].ids["virtual_machine"]


def test_a_target_group_is_a_pool_of_which_one_is_enough(everything, estate):
    """Its four machines are its members; a balancer depends on its only pool and uses each of several."""
    target = "111111111111/eu-central-1"
    found, names = by_id(everything[target][1]), estate[target].names
    pool = found[names["shop-0"]]
    assert [(each.name, each.needs) for each in pool.groups] == [("targets", 1)]
    assert len(members(pool, "targets")) == 4
    assert names["shop-0"] in targets_of(found[names["shop"]], "depends_on")
    assert targets_of(found[names["shared"]], "uses") == {names[f"shared-{at}"] for at in range(6)}
    assert "shop-1.eu-central-1.elb.amazonaws.com:80/tcp" in {
        each.value for each in found[names["shop"]].identifiers if each.kind == "endpoint"
    }
    assert found[names["shop"]].labels == {"team": "shop"}


def test_a_balancer_answers_in_any_of_its_subnets(everything, estate):
    """Two subnets in two zones form a group of which one is enough."""
    target = "111111111111/eu-central-1"
    for name in ("shop", "old"):
        balancer = by_id(everything[target][1])[estate[target].names[name]]
        assert ("subnets", 1) in [(each.name, each.needs) for each in balancer.groups]
        assert len(members(balancer, "subnets")) == 2


def test_a_database_with_a_standby_survives_a_zone(everything, estate):
    """A multi-AZ instance is in two zones of which one is enough; any other in just one."""
    target = "222222222222/eu-central-1"
    found, names = by_id(everything[target][1]), estate[target].names
    assert len(members(found[names["orders"]], "zones")) == 2
    assert [(each.name, each.needs) for each in found[names["orders"]].groups] == [("zones", 1)]
    assert found[names["stock"]].groups == ()
    assert len(targets_of(found[names["stock"]], "located_in")) == 1


def test_replicas_and_clusters_say_what_they_are(everything, estate):
    """A read replica is copied to and no spare; a cluster answers as long as one of its instances does."""
    target = "222222222222/eu-central-1"
    found, names = by_id(everything[target][1]), estate[target].names
    roles = {name: found[names[name]].attributes["role"] for name in ("orders", "orders-copy", "stock")}
    assert roles == {"orders": "primary", "orders-copy": "replica", "stock": "standalone"}
    [copying] = [each for each in found[names["orders-copy"]].relations if each.type == "replicates_to"]
    assert (copying.source.native_id, copying.target) == (names["orders"], None)
    cluster = found[names["carts"]]
    assert members(cluster, "instances") == {names["carts-1"], names["carts-2"]}
    assert [(each.name, each.needs) for each in cluster.groups] == [("instances", 1)]


def test_a_zone_is_known_by_what_it_is_called_everywhere(everything):
    """An account's own name of a zone may mean another place than the next account's: the zone's id never does."""
    for account in ACCOUNTS:
        found = by_id(everything[f"{account}/us-east-1"][1])
        zones = {key: each for key, each in found.items() if each.ci_class == "availability_zone"}
        assert all(key.startswith("use1-az") for key in zones)
        assert all(targets_of(each, "located_in") == {"us-east-1"} for each in zones.values())
