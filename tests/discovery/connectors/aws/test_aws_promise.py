"""Three accounts in three regions, 2,000 objects, of which one region fails."""

from __future__ import annotations

import pytest

from discovery.connectors.aws import CONNECTOR
from discovery.ports import TargetError, Unreachable
from discovery.testing import TrialLine
from tests.discovery.connectors.aws.conftest import rent
from tests.discovery.connectors.aws.test_aws_estate import by_class, read

ACCOUNTS = ("777777777777", "888888888888", "999999999999")
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")
MACHINES = 98  # so that there are a few more than 2,000 objects in all


def read_all(settings) -> tuple[dict, dict]:
    """Return what became of the targets that could be read, and the errors of the others."""
    done, failed = {}, {}
    for target in CONNECTOR.targets(settings, TrialLine()):
        try:
            done[target.id] = read(target, settings)[1]
        except TargetError as error:
            failed[target.id] = error
    return done, failed


@pytest.mark.promises
def test_a_failing_region_costs_itself_alone(promise, aws):
    """All that was rented is found; with one region failing the others are as before, and it is tried again."""
    whole = promise("AWS: 3 accounts x 3 regions over HTTP", "2,000 objects found, none invented", "any")
    alone = promise("AWS: one region fails", "its 3 targets fail for now, 6 are as before", "any")
    estate = rent(aws, ACCOUNTS, REGIONS, MACHINES)
    settings = aws.settings(ACCOUNTS, regions=list(REGIONS), page=5)
    done, failed = read_all(settings)
    objects = {each.native_id for shaped in done.values() for each in shaped.observations}
    wrong = [target for target, rented in estate.items() if by_class(done[target]) != rented.ids]
    whole.seen(f"{len(objects):,} objects, {len(wrong)} of {len(estate)} regions differ")
    assert (len(objects) >= 2_000, wrong, failed) == (True, [], {})

    aws.faults({"region": "eu-west-1", "status": 503, "code": "ServiceUnavailable"})
    again, failed = read_all(settings)
    alone.seen(f"{len(failed)} failed, {sum(again[target] == done[target] for target in again)} as before")
    assert sorted(failed) == [f"{account}/eu-west-1" for account in ACCOUNTS]
    assert all(isinstance(error, Unreachable) for error in failed.values())
    assert again == {target: done[target] for target in done if not target.endswith("/eu-west-1")}


def test_a_failing_region_leaves_the_others(aws, estate):
    """The same with few objects: one region answers with errors, the other is read."""
    aws.faults({"region": "us-east-1", "status": 503, "code": "ServiceUnavailable"})
    done, failed = read_all(aws.settings())
    assert {target: by_class(shaped) for target, shaped in done.items()} == {
        target: rented.ids for target, rented in estate.items() if target in done
    }
    assert sorted(failed) == [target for target in sorted(estate) if target.endswith("/us-east-1")]
