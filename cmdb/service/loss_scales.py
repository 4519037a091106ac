"""The desk of the scale of losses: the one that measures now, those before, and setting another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem, below
from cmdb.model.loss_scale import LOSS_SCALES, NO_TIER, LossScale, LossScaleVersion
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held
from cmdb.service.service_levels import amount_of, is_currency

TIERS = ("1", "2", "3", "4", NO_TIER)
HIGHEST = 10_000.0
MOST_CURRENCIES = 200
SENTENCES = {
    "loss_scale.tier": "{tier} is no tier; right would be one of {tiers}",
    "loss_scale.weight": "{value} is no weight; right would be a number from 0 to {most}",
    "loss_scale.order": "tier {tier} weighs {weight}, more than the {higher} of tier {above} above it",
    "loss_scale.currency": "{currency} is no currency; right would be its three letters by ISO 4217, like EUR",
    "loss_scale.value": "{value} is no worth of a minute; right would be a decimal number above 0, like 250.00",
    "loss_scale.half": "{value} is no loss; right would be a number of tier 1 minutes above 0, at most {most}",
    "loss_scale.too_many": "there are {count} currencies; at most {limit}",
}


class ScaleInForce(NamedTuple):
    """A scale as it measures; version 0 is the one that comes with Foreshock."""

    version: int
    scale: LossScale


def in_force(context: Context, *, at: int | None = None) -> ScaleInForce:
    """Return the scale that measures now, or did as of a revision; raises NotAllowed."""
    context.allow("service_level:read")
    newest = context.records.listing(LOSS_SCALES, order="version", descending=True, limit=1, at=at).rows
    return ScaleInForce(newest[0].record.version, newest[0].record.scale) if newest else ScaleInForce(0, LossScale())


def set_scale(
    context: Context,
    *,
    weights: Mapping[str, float] | None = None,
    minute_values: Mapping[str, str] | None = None,
    half_at: float | None = None,
    expected_version: int | None = None,
) -> Held[LossScaleVersion]:
    """
    Put a scale in force; what is left out stays as it is, and of the weights and values each that is not named.

    ``expected_version`` is the version in force that the actor has seen.

    Raises:
        NotAllowed: the actor may not set the scale.
        InvalidInput: something given is wrong; every problem is named at its JSON pointer, nothing is written.
        VersionConflict: somebody else set one meanwhile.
    """
    context.allow("loss_scale:set")
    seen, scale = in_force(context)
    weights, values = weights or {}, minute_values or {}
    half = scale.half_at if half_at is None else half_at
    problems = list(_problems(scale, weights, values, half))
    if problems:
        raise InvalidInput(problems, what="the scale of losses")
    if expected_version is not None and expected_version != seen:
        key = f"loss-scale-{seen}"
        raise VersionConflict(kind=LOSS_SCALES.name, key=key, expected=expected_version, actual=seen)
    made = LossScale(
        weights={**scale.weights, **{tier: float(weight) for tier, weight in weights.items()}},
        minute_values={**scale.minute_values, **{each: Decimal(value) for each, value in sorted(values.items())}},
        half_at=float(half),
    )
    record = LossScaleVersion(f"loss-scale-{seen + 1}", seen + 1, made, context.clock.now(), context.actor.id)
    return context.records.put(LOSS_SCALES, record, because="loss_scale:set", expected_version=0)


def _problems(scale: LossScale, weights: Mapping[str, Any], values: Mapping[str, Any], half: Any) -> Iterator[Problem]:
    wrong = False
    for tier, weight in weights.items():
        if tier not in TIERS:
            yield _problem("loss_scale.tier", below("/weights", tier), tier=repr(tier[:20]), tiers=", ".join(TIERS))
            wrong = True
        elif not _is_number(weight) or not 0 <= weight <= HIGHEST:
            yield _problem("loss_scale.weight", below("/weights", tier), value=str(weight)[:40], most=HIGHEST)
            wrong = True
    merged = {**scale.weights, **weights}
    for above, tier in pairwise(TIERS[:4]) if not wrong else ():
        if merged[tier] > merged[above]:
            facts = {"tier": tier, "weight": merged[tier], "above": above, "higher": merged[above]}
            yield _problem("loss_scale.order", below("/weights", tier if tier in weights else above), **facts)
    if len(values) > MOST_CURRENCIES:
        yield _problem("loss_scale.too_many", "/minute_values", count=len(values), limit=MOST_CURRENCIES)
    for currency, value in values.items():
        if not is_currency(currency):
            yield _problem("loss_scale.currency", below("/minute_values", currency), currency=repr(currency[:20]))
        if not amount_of(value):
            yield _problem("loss_scale.value", below("/minute_values", currency), value=repr(value)[:40])
    if not _is_number(half) or not 0 < half <= HIGHEST:
        yield _problem("loss_scale.half", "/half_at", value=str(half)[:40], most=HIGHEST)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _problem(code: str, pointer: str, **facts: Any) -> Problem:
    return Problem(code, SENTENCES[code], facts, pointer)
