"""What redundancy is read out of pools, groups and standbys, told by answers as AWS documents them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from discovery.connectors import aws
from discovery.connectors.aws import CONNECTOR
from discovery.ports import Part, Shaped, Target

TARGET = Target("111111111111/eu-central-1", {"account": "111111111111", "region": "eu-central-1"})
ZONES = Part(
    "zones",
    {"AvailabilityZones": [{"ZoneName": f"eu-central-1{at}", "ZoneId": f"euc1-az{at}"} for at in "abc"]},
)
POOL = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:targetgroup/web/1"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["healthy", "::1", "arn:x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def shaped(*parts: Part) -> Shaped:
    return CONNECTOR.shape(TARGET, {}, [ZONES, *parts])


def only(found: Shaped, ci_class: str) -> Any:
    [one] = [each for each in found.observations if each.ci_class == ci_class]
    return one


def pool(states: dict[str, str], **attributes: str) -> Shaped:
    """Return what is made of a target group with targets in these states."""
    group = {"TargetGroupArn": POOL, "TargetGroupName": "web", "LoadBalancerArns": ["arn:lb"]}
    health = [{"Target": {"Id": key, "Port": 80}, "TargetHealth": {"State": state}} for key, state in states.items()]
    said = [{"Key": key.replace("__", "."), "Value": value} for key, value in attributes.items()]
    return shaped(
        Part("target_groups", {"TargetGroups": [group]}),
        Part("target_health", {"of": POOL, "TargetHealthDescriptions": health}),
        Part("target_group_attributes", {"of": POOL, "Attributes": said}),
    )


def members(observation: Any) -> list[str]:
    return sorted(each.target.native_id or each.target.identifiers[-1].value for each in observation.relations)


MINIMUM = "target_group_health__dns_failover__minimum_healthy_targets__"


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ({}, 1),
        ({"count": "2"}, 2),
        ({"count": "off"}, 1),
        ({"count": "off", "percentage": "50"}, 2),
        ({"count": "1", "percentage": "60"}, 3),
        ({"count": "3", "percentage": "25"}, 3),
        ({"count": "9"}, 4),
        ({"count": "lots", "percentage": "900"}, 1),
    ],
)
def test_a_pool_needs_what_its_attributes_say(said, enough):
    """A number, a share of all that is registered, or the larger of both; never more than there are."""
    found = pool(dict.fromkeys(["i-1", "i-2", "i-3", "i-4"], "healthy"), **{MINIMUM + key: said[key] for key in said})
    assert [(group.name, group.needs) for group in only(found, "cloud_resource").groups] == [("targets", enough)]


def test_an_unfit_target_is_no_spare_and_is_told():
    """Unhealthy and leaving ones are out of the group; those that nobody looks at are in."""
    found = pool({"i-1": "healthy", "i-2": "unhealthy", "i-3": "draining", "i-4": "unused", "i-5": "initial"})
    assert members(only(found, "cloud_resource")) == ["i-1", "i-4", "i-5"]
    [note] = found.notes
    assert (note.code, note.facts["targets"], note.facts["of"]) == ("aws.targets_unfit", ["i-2", "i-3"], 5)


def test_where_no_target_is_fit_all_are_members():
    """The balancer then sends requests to all of them."""
    assert members(only(pool({"i-1": "unhealthy", "i-2": "unhealthy"}), "cloud_resource")) == ["i-1", "i-2"]


def test_an_empty_pool_has_no_group_and_is_told():
    """Nothing stands behind it."""
    found = pool({})
    assert only(found, "cloud_resource").groups == ()
    assert [note.code for note in found.notes] == ["aws.pool_empty"]


def test_an_address_in_a_pool_is_named_for_whoever_knows_it():
    """By where it listens first, then by the address alone; others by their ids."""
    ends = [
        each.target for each in only(pool({"10.0.0.5": "healthy", "fd00::1": "healthy"}), "cloud_resource").relations
    ]
    assert sorted([(each.kind, each.value) for each in end.identifiers] for end in ends) == [
        [("endpoint", "10.0.0.5:80/tcp"), ("ip", "10.0.0.5")],
        [("endpoint", "[fd00::1]:80/tcp"), ("ip", "fd00::1")],
    ]


def scaling(minimum: int, *states: tuple[str, str]) -> Shaped:
    instances = [
        {"InstanceId": f"i-{at}", "LifecycleState": state, "HealthStatus": health}
        for at, (state, health) in enumerate(states)
    ]
    group = {
        "AutoScalingGroupARN": "arn:asg",
        "AutoScalingGroupName": "web",
        "MinSize": minimum,
        "Instances": instances,
    }
    return shaped(Part("auto_scaling_groups", {"AutoScalingGroups": [group]}))


FIT, ILL, LEAVING = ("InService", "Healthy"), ("InService", "Unhealthy"), ("Terminating:Wait", "Healthy")


@pytest.mark.parametrize(
    ("minimum", "states", "in_group", "enough", "codes"),
    [
        (2, [FIT, FIT, FIT], 3, 2, []),
        (0, [FIT, FIT], 2, 1, []),
        (2, [FIT, ILL, LEAVING], 1, 1, ["aws.group_short"]),
        (1, [ILL, ILL], 2, 1, ["aws.group_short"]),
        (0, [], 0, None, []),
    ],
)
def test_an_auto_scaling_group_needs_its_minimum_of_those_that_work(minimum, states, in_group, enough, codes):
    """Unhealthy and leaving machines are no spares; scaled to nothing it needs nothing."""
    found = scaling(minimum, *states)
    group = only(found, "auto_scaling_group")
    assert len(group.relations) == in_group
    assert [each.needs for each in group.groups] == ([] if enough is None else [enough])
    assert [note.code for note in found.notes] == codes


def database(**more: Any) -> Shaped:
    instance = {"DBInstanceArn": "arn:db", "DBInstanceIdentifier": "orders", "AvailabilityZone": "eu-central-1a"}
    return shaped(
        Part("db_instances", {"DBInstances": [{**instance, **more}]}), Part("db_clusters", {"DBClusters": []})
    )


def test_a_standby_in_a_zone_that_nobody_names_is_not_counted_on():
    """Three zones might hold it: the first one stays a plain dependency, and that is told."""
    subnets = [{"SubnetAvailabilityZone": {"Name": f"eu-central-1{at}"}} for at in "abc"]
    found = database(MultiAZ=True, DBSubnetGroup={"Subnets": subnets})
    assert only(found, "database_instance").groups == ()
    assert [note.code for note in found.notes] == ["aws.standby_zone_unknown"]
    named = only(database(MultiAZ=True, SecondaryAvailabilityZone="eu-central-1c"), "database_instance")
    assert members(named) == ["euc1-aza", "euc1-azc"]
    assert [group.needs for group in named.groups] == [1]


def test_a_replica_of_another_region_names_its_primary_there():
    """By the primary's ARN."""
    source = "arn:aws:rds:us-east-1:111111111111:db:orders"
    copied = only(database(ReadReplicaSourceDBInstanceIdentifier=source), "database_instance")
    assert [each.source.native_id for each in copied.relations if each.type == "replicates_to"] == [source]


def test_a_zone_that_nobody_explains_is_told_and_its_scope_not_certified():
    """A name of a zone without its id says nothing about the place."""
    volume = {"VolumeId": "vol-1", "AvailabilityZone": "eu-central-1z"}
    found = shaped(Part("volumes", {"Volumes": [volume]}))
    assert only(found, "volume").relations == ()
    assert [note.code for note in found.notes] == ["aws.zone_unknown"]
    assert f"{TARGET.id}/volumes" not in found.complete


def test_an_object_without_its_id_is_told_and_its_scope_not_certified():
    """It can not be observed, so nobody may say that it is not there."""
    found = shaped(Part("volumes", {"Volumes": [{"VolumeId": 7}, {}]}))
    assert [(note.code, note.facts["count"]) for note in found.notes] == [("aws.without_id", 2)]
    assert f"{TARGET.id}/volumes" not in found.complete


def test_nothing_read_certifies_nothing():
    """Without a single part no scope is complete."""
    assert CONNECTOR.shape(TARGET, {}, []) == Shaped((), frozenset(), ())


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """Return the paths of everything inside a value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, inner in steps for below in places(inner, (*path, key)))]


@pytest.fixture(scope="module")
def recorded() -> list[Part]:
    folder = Path(aws.__file__).parent / "sample" / "region" / "parts"
    return [Part(path.stem.partition("-")[2], json.loads(path.read_text())) for path in sorted(folder.iterdir())]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_value_of_another_form_anywhere_does_no_harm(recorded, data):
    """One place of a recorded region holds something else; what comes of it still fits the catalogue."""
    at = data.draw(st.integers(0, len(recorded) - 1))
    body = copy.deepcopy(recorded[at].body)
    path = data.draw(st.sampled_from(places(body)))
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    if path:
        holder[path[-1]] = data.draw(ANYTHING)
    else:
        body = data.draw(ANYTHING)
    changed = [*recorded[:at], Part(recorded[at].name, body), *recorded[at + 1 :]]
    for each in CONNECTOR.shape(TARGET, {}, changed).observations:
        assert problems_of(built_in(), each.ci_class, dict(each.attributes)) == []
        assert all(1 <= int(group.needs) <= len(each.relations) for group in each.groups)
