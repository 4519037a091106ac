"""The desk of service levels: what was agreed of a service, set as a whole and kept with its history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cmdb.change.text_input import zone_of
from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.service_hours import SERVICE_HOURS
from cmdb.model.service_level import SERVICE_LEVELS, Rate, RateUnit, ServiceLevel
from cmdb.model.sla import Period
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held, Listing

MOST_MINUTES = 366 * 24 * 60
"""No agreement is about more minutes than a year has."""
SENTENCES = {
    "service_level.unknown_ci": "there is no CI {ci}{hint}",
    "service_level.no_service": "{ci} is a {ci_class}, no service; levels are agreed of services",
    "service_level.retired": "{ci} is retired; levels are agreed of services that are there",
    "service_level.availability": "{value} is no target; right would be a percentage above 0, at most 100, like 99.9",
    "service_level.zone": "{value} is no time zone of the IANA list, such as Europe/Berlin",
    "service_level.unknown_hours": "there are no service hours {hours}; define them, or say none: around the clock",
    "service_level.minutes": "{value} is no number of minutes; right would be a whole one from {least} to {most}",
    "service_level.amount": "{value} is no amount; right would be a decimal number of at least 0, like 1200.50",
    "service_level.per": "{value} is none of {units}",
    "service_level.currency": "{value} is no currency; right would be its three letters by ISO 4217, like EUR",
}
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)


def set_level(
    context: Context,
    service: str,
    *,
    availability: float,
    period: Period = Period.MONTH,
    zone: str = "UTC",
    hours: str | None = None,
    maintenance_minutes: int = 0,
    longest_interruption: int | None = None,
    rate: Mapping[str, str] | None = None,
    expected_version: int | None = None,
) -> Held[ServiceLevel]:
    """
    Set the level of a service as a whole; what is left out is as its default says. ``rate`` has amount, per, currency.

    Setting what is so writes nothing. ``expected_version`` is the version the actor has seen, 0 for none.

    Raises:
        NotAllowed: the actor may not set service levels.
        InvalidInput: something given is wrong; every problem is named at its JSON pointer, nothing is written.
        VersionConflict: somebody else set it meanwhile.
    """
    context.allow("service_level:set")
    minutes = {"maintenance_minutes": maintenance_minutes, "longest_interruption": longest_interruption}
    problems = [
        *_service_problems(context, service),
        *_target_problems(context, availability, zone, hours),
        *_minute_problems(minutes),
        *_rate_problems(rate),
    ]
    if problems:
        raise InvalidInput(problems, what=f"the service level of {service[:100]}")
    made = ServiceLevel(
        service=service,
        availability=float(availability),
        period=period,
        zone=zone,
        hours=hours,
        maintenance_minutes=maintenance_minutes,
        longest_interruption=longest_interruption,
        rate=None if rate is None else Rate(Decimal(rate["amount"]), RateUnit(rate["per"]), rate["currency"]),
    )
    stored = context.store.get(SERVICE_LEVELS, service)
    seen = 0 if stored is None else stored.version
    if expected_version is not None and expected_version != seen:
        raise VersionConflict(kind=SERVICE_LEVELS.name, key=service, expected=expected_version, actual=seen)
    if seen and (held := context.records.held(SERVICE_LEVELS, service)).record == made:
        return held
    return context.records.put(SERVICE_LEVELS, made, because="service_level:set", expected_version=seen)


def get(context: Context, service: str, *, at: int | None = None) -> Held[ServiceLevel]:
    """Return the level of a service; raises NotAllowed and NotFound."""
    context.allow("service_level:read")
    return context.records.held(SERVICE_LEVELS, service, at=at)


def listing(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[ServiceLevel]:
    """Return one page of the levels, by service; raises NotAllowed."""
    context.allow("service_level:read")
    return context.records.listing(SERVICE_LEVELS, after=after, limit=limit)


def levels_of(context: Context, services: Sequence[str], *, at: int | None = None) -> dict[str, ServiceLevel]:
    """Return the levels of those of the services that have one, as of a revision; raises NotAllowed."""
    context.allow("service_level:read")
    there = sorted(context.store.get_many(SERVICE_LEVELS, services, at=at))
    return {key: held.record for key, held in context.records.get_many(SERVICE_LEVELS, there, at=at).items()}


def _service_problems(context: Context, service: str) -> Iterator[Problem]:
    there = context.store.get_many(CIS, (service,))
    if service not in there:
        from cmdb.configuration.nearest import nearest_cis

        near = nearest_cis(context, [service]).get(service, ())
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        yield _problem("service_level.unknown_ci", "/service", ci=service[:200], hint=hint)
        return
    ci = context.records.get(CIS, service)
    if ci.ci_class not in catalogue_of(context).services:
        yield _problem("service_level.no_service", "/service", ci=service, ci_class=ci.ci_class)
    elif ci.status is CIStatus.RETIRED:
        yield _problem("service_level.retired", "/service", ci=service)


def _target_problems(context: Context, availability: Any, zone: str, hours: str | None) -> Iterator[Problem]:
    is_number = isinstance(availability, (int, float)) and not isinstance(availability, bool)
    if not is_number or not 0 < availability <= 100:
        yield _problem("service_level.availability", "/availability", value=str(availability)[:80])
    if zone_of(zone) is None or zone[:1] in "+-":
        yield _problem("service_level.zone", "/zone", value=repr(zone[:80]))
    if hours is not None and context.store.get(SERVICE_HOURS, hours) is None:
        yield _problem("service_level.unknown_hours", "/hours", hours=hours[:80])


def _minute_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    least = {"maintenance_minutes": 0, "longest_interruption": 1}
    for name, value in given.items():
        if value is None and name == "longest_interruption":
            continue
        if type(value) is not int or not least[name] <= value <= MOST_MINUTES:
            facts = {"value": str(value)[:80], "least": least[name], "most": MOST_MINUTES}
            yield _problem("service_level.minutes", f"/{name}", **facts)


def _rate_problems(rate: Mapping[str, Any] | None) -> Iterator[Problem]:
    if rate is None:
        return
    if amount_of(rate.get("amount")) is None:
        yield _problem("service_level.amount", "/rate/amount", value=repr(rate.get("amount"))[:80])
    if rate.get("per") not in tuple(RateUnit):
        facts = {"value": repr(rate.get("per"))[:80], "units": ", ".join(RateUnit)}
        yield _problem("service_level.per", "/rate/per", **facts)
    if not is_currency(rate.get("currency")):
        yield _problem("service_level.currency", "/rate/currency", value=repr(rate.get("currency"))[:80])


def amount_of(text: Any) -> Decimal | None:
    """Return the amount of money of a text, None where it is none or below 0."""
    return Decimal(text) if isinstance(text, str) and _AMOUNT.fullmatch(text) else None


def is_currency(text: Any) -> bool:
    """Tell whether a text could be a currency of ISO 4217; which ones exist today is not asked."""
    return isinstance(text, str) and _CURRENCY.fullmatch(text) is not None


def _problem(code: str, pointer: str, **facts: Any) -> Problem:
    return Problem(code, SENTENCES[code], facts, pointer)
