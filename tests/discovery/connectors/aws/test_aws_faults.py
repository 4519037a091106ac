"""What AWS refuses, delays or garbles costs no more than it must, and is told."""

from __future__ import annotations

import pytest

from discovery.connectors.aws import CONNECTOR
from discovery.ports import CredentialsRefused, Throttled, TimedOut, Unreachable, Unreadable
from discovery.testing import Ended, TrialLine
from tests.discovery.connectors.aws.conftest import KEY, SECRET

SECRETS = {"env:KEY": KEY, "env:SECRET": SECRET}
ALONE = {"accounts": ["444444444444"], "regions": ["eu-north-1"]}
TARGET = "444444444444/eu-north-1"


def read(aws, line=None, **more):
    """Read a small region that has only what every fresh account has."""
    settings = aws.settings(**{**ALONE, **more})
    [target] = CONNECTOR.targets(settings, TrialLine())
    return CONNECTOR.shape(target, settings, list(CONNECTOR.fetch(target, settings, line or TrialLine(SECRETS))))


def lacking(aws, shaped) -> set[str]:
    """Return the scopes that a reading without faults would have had besides."""
    aws.faults()
    return {scope.removeprefix(TARGET) for scope in read(aws).complete - shaped.complete}


def test_one_permission_missing_costs_one_scope_and_is_named(aws):
    """Database instances may not be listed: the scope of databases and no other is incomplete."""
    aws.faults({"action": "DescribeDBInstances", "status": 403, "code": "AccessDenied"})
    shaped = read(aws)
    assert [(note.code, note.facts["permission"]) for note in shaped.notes] == [
        ("aws.permission_missing", "rds:DescribeDBInstances")
    ]
    assert lacking(aws, shaped) == {"/databases"}


def test_load_balancers_that_may_not_be_listed_leave_the_rest(aws):
    """AccessDenied on load balancing takes away the scopes of both kinds of balancer, and what is said names it."""
    aws.faults({"service": "elasticloadbalancing", "status": 403, "code": "AccessDenied"})
    shaped = read(aws)
    assert {note.facts["permission"] for note in shaped.notes} == {
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroups",
    }
    assert {each.ci_class for each in shaped.observations} >= {"subnet", "virtual_network", "security_group"}
    assert lacking(aws, shaped) == {"/load_balancers", "/target_groups", "/classic_load_balancers"}


def test_an_operation_that_this_aws_does_not_know_is_told(aws):
    """An answer that is neither a permission nor a fault of the region makes that listing incomplete."""
    aws.faults({"action": "DescribeVolumes", "status": 400, "code": "InvalidAction"})
    shaped = read(aws)
    assert [(note.code, note.facts["reason"]) for note in shaped.notes] == [("aws.listing_incomplete", "InvalidAction")]
    assert lacking(aws, shaped) == {"/volumes"}


def test_without_its_zones_a_region_still_knows_where_its_subnets_are(aws):
    """Subnets tell the ids of their zones too, so only the listing of the zones is missing."""
    aws.faults({"action": "DescribeAvailabilityZones", "status": 403, "code": "UnauthorizedOperation"})
    shaped = read(aws)
    subnets = [each for each in shaped.observations if each.ci_class == "subnet"]
    assert all(any(relation.type == "located_in" for relation in each.relations) for each in subnets)
    assert lacking(aws, shaped) == {"/zones"}


def test_throttling_is_waited_for(aws):
    """Three requests to be patient are heard, with longer and longer pauses, and nothing is lost."""
    aws.faults({"action": "DescribeVpcs", "status": 400, "code": "RequestLimitExceeded", "times": 3})
    line = TrialLine(SECRETS)
    shaped = read(aws, line)
    assert line.waits == [1.0, 2.0, 4.0]
    assert lacking(aws, shaped) == set()


def test_throttling_without_end_is_told_as_such(aws):
    """After as many tries as the settings allow the target fails, to be tried again later."""
    aws.faults({"action": "DescribeVpcs", "status": 503, "code": "Throttling"})
    with pytest.raises(Throttled, match="describe_vpcs: Throttling"):
        read(aws, tries=3)
    assert aws.asked()["eu-north-1 DescribeVpcs"] == 3


def test_no_pause_is_longer_than_the_time_that_is_left(aws):
    """With little time left it gives up rather than sleep over its end."""
    aws.faults({"action": "DescribeVpcs", "status": 503, "code": "Throttling"})
    line = TrialLine(SECRETS, seconds=1.5)
    with pytest.raises(Throttled):
        read(aws, line)
    assert line.waits == [1.0]


@pytest.mark.parametrize(
    "code", ["AuthFailure", "ExpiredToken", "SignatureDoesNotMatch", "UnrecognizedClientException"]
)
def test_a_refused_credential_is_never_sent_twice(aws, code):
    """A wrong key ends the target at its first request."""
    aws.faults({"action": "DescribeAvailabilityZones", "status": 401, "code": code})
    with pytest.raises(CredentialsRefused) as refused:
        read(aws)
    assert aws.asked()["eu-north-1 DescribeAvailabilityZones"] == 1
    assert KEY not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_role_that_may_not_be_taken_on_ends_the_target(aws):
    """The trust of the role does not name us: one request, and a person has to put it right."""
    aws.faults({"action": "AssumeRole", "status": 403, "code": "AccessDenied"})
    with pytest.raises(CredentialsRefused, match="assume_role"):
        read(aws)
    assert sum(aws.asked().values()) == 1


def test_a_credential_of_another_account_is_refused(aws):
    """What another account holds is never taken for this one's."""
    settings = {**aws.settings(**ALONE), "accounts": [{"id": "444444444444"}]}
    [target] = CONNECTOR.targets(settings, TrialLine())
    with pytest.raises(CredentialsRefused, match="belongs to account 123456789012, not to 444444444444"):
        list(CONNECTOR.fetch(target, settings, TrialLine(SECRETS)))


def test_nobody_there_is_told_after_the_tries(aws):
    """A closed port is a target that can not be reached."""
    with pytest.raises(Unreachable):
        read(aws, endpoint_url="http://127.0.0.1:9", tries=2)


def test_silence_ends_after_the_time_that_the_settings_give(aws):
    """A server that accepts and says nothing."""
    aws.faults({"action": "GetCallerIdentity", "silent": True})
    with pytest.raises(TimedOut):
        read(aws, answer_seconds=1, tries=1)


def test_garbage_is_told_as_unreadable(aws):
    """Not even XML."""
    aws.faults({"action": "DescribeVpcs", "status": 200, "text": "<html>Welcome to the hotel network"})
    with pytest.raises(Unreadable):
        read(aws)


def test_a_listing_is_read_only_as_far_as_the_settings_allow(aws):
    """A limit that was reached is told, and its scope is not certified."""
    shaped = read(aws, most=2)
    assert {note.code for note in shaped.notes} == {"aws.too_many"}
    assert "/subnets" in lacking(aws, shaped)


def test_a_reading_that_is_cancelled_ends_though_aws_is_silent(aws):
    """No answer ever comes; the reading ends with its next look, and the error of the line passes."""
    aws.faults({"action": "DescribeVpcs", "silent": True})
    line = TrialLine(SECRETS)
    settings = aws.settings(**ALONE)
    [target] = CONNECTOR.targets(settings, line)
    parts = CONNECTOR.fetch(target, settings, line)
    while next(parts).name != "zones":
        pass
    line.end_after = line.looks + 2
    with pytest.raises(Ended):
        next(parts)


def test_a_library_that_is_missing_is_named_with_its_extra(aws, monkeypatch):
    """Whoever did not install the extra learns which."""
    import sys

    monkeypatch.setitem(sys.modules, "boto3.session", None)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Exception, match=r"foreshock\[aws\]"):
        read(aws)


def test_a_profile_that_is_not_there_is_told_by_its_name_alone(aws):
    """The worker's AWS configuration has none of that name: a person has to put it right."""
    settings = {**aws.settings(**ALONE), "profile": "nobody-has-this"}
    del settings["access_key_id"], settings["secret_access_key"]
    [target] = CONNECTOR.targets(settings, TrialLine())
    with pytest.raises(CredentialsRefused, match="ProfileNotFound"):
        list(CONNECTOR.fetch(target, settings, TrialLine()))
    assert aws.asked() == {}


def test_a_reading_that_has_ended_already_asks_nobody(aws):
    """Neither AWS nor for a secret."""
    line = TrialLine()
    line.end_after = 0
    settings = aws.settings(**ALONE)
    [target] = CONNECTOR.targets(settings, TrialLine())
    with pytest.raises(Ended):
        list(CONNECTOR.fetch(target, settings, line))
    assert aws.asked() == {}
