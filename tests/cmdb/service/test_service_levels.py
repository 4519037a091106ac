"""The desk of service levels: what is agreed, how it changes, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.service_level import SERVICE_LEVELS, Rate, RateUnit, ServiceLevel
from cmdb.model.sla import Period
from cmdb.ports.errors import VersionConflict
from cmdb.records import from_document, to_document
from cmdb.service import hours, service_levels
from tests.builders import a_ci, a_server, a_service, as_actor, the_context


@pytest.fixture
def desk():
    """A service owner; two services, one of them retired, and a server are there."""
    return the_context(
        a_service("shop"), a_server("web1"), a_ci("old", "service", status="retired"), role="service_owner"
    )


def agreed(context, service="shop", **given):
    return service_levels.set_level(context, service, **{"availability": 99.9, **given})


def codes(refused) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in refused.value.problems}


def test_a_level_is_set_as_a_whole(desk):
    """What is left out is as its default says: a month of UTC, around the clock, no rate."""
    hours.define(desk, "office", zone="Europe/Berlin", weekly=["mon-fri 08:00-18:00"])
    rate = {"amount": "1200.50", "per": "hour", "currency": "EUR"}

    held = agreed(desk, hours="office", period=Period.QUARTER, rate=rate, longest_interruption=30)

    assert held.record.rate == Rate(Decimal("1200.50"), RateUnit.HOUR, "EUR")
    assert from_document(SERVICE_LEVELS, to_document(SERVICE_LEVELS, held.record)) == held.record
    assert agreed(desk).record == ServiceLevel("shop", 99.9, Period.MONTH)


def test_what_was_agreed_before_is_kept(desk):
    """As every record, by its revisions; setting what is so writes nothing."""
    first = agreed(desk)
    revision = desk.store.revision()

    assert agreed(desk, availability=99.5).version == 2
    assert service_levels.get(desk, "shop", at=revision).record == first.record
    now = desk.store.revision()
    assert agreed(desk, availability=99.5).version == 2
    assert desk.store.revision() == now


def test_a_rate_per_hour_is_one_per_minute():
    """Exactly, as money is."""
    assert Rate(Decimal(120), RateUnit.HOUR, "EUR").per_minute == Decimal(2)
    assert Rate(Decimal("0.1"), RateUnit.MINUTE, "EUR").per_minute == Decimal("0.1")


@pytest.mark.parametrize(
    ("given", "place", "code"),
    [
        ({"service": "shopp"}, "/service", "service_level.unknown_ci"),
        ({"service": ""}, "/service", "service_level.unknown_ci"),
        ({"service": "web1"}, "/service", "service_level.no_service"),
        ({"service": "old"}, "/service", "service_level.retired"),
        ({"availability": 0}, "/availability", "service_level.availability"),
        ({"availability": 100.01}, "/availability", "service_level.availability"),
        ({"availability": -1}, "/availability", "service_level.availability"),
        ({"availability": float("nan")}, "/availability", "service_level.availability"),
        ({"availability": "99.9"}, "/availability", "service_level.availability"),
        ({"availability": True}, "/availability", "service_level.availability"),
        ({"zone": "Mars"}, "/zone", "service_level.zone"),
        ({"zone": "+01:00"}, "/zone", "service_level.zone"),
        ({"hours": "nights"}, "/hours", "service_level.unknown_hours"),
        ({"maintenance_minutes": -1}, "/maintenance_minutes", "service_level.minutes"),
        ({"maintenance_minutes": 1.5}, "/maintenance_minutes", "service_level.minutes"),
        ({"longest_interruption": 0}, "/longest_interruption", "service_level.minutes"),
        ({"longest_interruption": 10**9}, "/longest_interruption", "service_level.minutes"),
        ({"rate": {"amount": "-1", "per": "hour", "currency": "EUR"}}, "/rate/amount", "service_level.amount"),
        ({"rate": {"amount": "1e999999", "per": "hour", "currency": "EUR"}}, "/rate/amount", "service_level.amount"),
        ({"rate": {"amount": "NaN", "per": "hour", "currency": "EUR"}}, "/rate/amount", "service_level.amount"),
        ({"rate": {"amount": "1", "per": "day", "currency": "EUR"}}, "/rate/per", "service_level.per"),
        ({"rate": {"amount": "1", "per": "hour", "currency": "eur"}}, "/rate/currency", "service_level.currency"),
        ({"rate": {"amount": "1", "per": "hour"}}, "/rate/currency", "service_level.currency"),
    ],
)
def test_bad_input_is_refused_at_its_place(desk, given, place, code):
    """One fault, one problem, nothing written."""
    before = desk.store.revision()

    with pytest.raises(InvalidInput) as refused:
        agreed(desk, **given)

    assert codes(refused) == {place: code}
    assert desk.store.revision() == before


def test_everything_that_is_wrong_is_said_at_once(desk):
    """With the service that may have been meant."""
    with pytest.raises(InvalidInput) as refused:
        agreed(desk, "shopp", availability=101, zone="Mars", hours="nights", maintenance_minutes=-1, rate={})

    assert set(codes(refused)) == {
        *("/service", "/availability", "/zone", "/hours", "/maintenance_minutes"),
        *("/rate/amount", "/rate/per", "/rate/currency"),
    }
    assert any("did you mean shop?" in problem.message for problem in refused.value.problems)


def test_two_who_set_it_at_once_do_not_overwrite_each_other(desk):
    """One wins, the other is told."""
    held = agreed(desk)
    agreed(desk, availability=99.0, expected_version=held.version)

    with pytest.raises(VersionConflict):
        agreed(desk, availability=98.0, expected_version=held.version)
    with pytest.raises(VersionConflict):
        agreed(desk, availability=98.0, expected_version=0)


def test_who_only_reads_sets_nothing(desk):
    """An engineer sees what was agreed."""
    engineer = as_actor(desk, "engineer")
    agreed(desk)

    assert service_levels.get(engineer, "shop").record.availability == 99.9
    assert [held.record.service for held in service_levels.listing(engineer).rows] == ["shop"]
    assert list(service_levels.levels_of(engineer, ["shop", "web1"])) == ["shop"]
    with pytest.raises(NotAllowed):
        agreed(engineer)
    with pytest.raises(NotFound):
        service_levels.get(engineer, "web1")
