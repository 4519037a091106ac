"""The scale of losses: what comes with Foreshock, setting another, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cmdb.errors import InvalidInput, NotAllowed
from cmdb.model.loss_scale import LOSS_SCALES, LossScale
from cmdb.model.service_level import Rate, RateUnit
from cmdb.ports.errors import VersionConflict
from cmdb.records import from_document, to_document
from cmdb.service import loss_scales
from tests.builders import as_actor, the_context


@pytest.fixture
def desk():
    """A change manager."""
    return the_context(role="change_manager")


def codes(refused) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in refused.value.problems}


def test_the_scale_that_comes_with_foreshock_counts_an_unknown_tier_as_the_highest(desk):
    """Version 0; unknown is never low."""
    version, scale = loss_scales.in_force(desk)

    assert (version, scale) == (0, LossScale())
    assert scale.weight_of(None, None) == scale.weight_of(1, None) == 1.0
    assert [scale.weight_of(tier, None) for tier in (0, 2, 3, 4, 9)] == [1.0, 0.3, 0.1, 0.03, 0.03]


def test_a_version_changes_what_it_names_and_keeps_the_rest(desk):
    """And what measured before is there still, by its revision."""
    held = loss_scales.set_scale(desk, weights={"2": 0.5}, minute_values={"EUR": "250"})
    revision = desk.store.revision()
    loss_scales.set_scale(desk, half_at=120)

    assert from_document(LOSS_SCALES, to_document(LOSS_SCALES, held.record)) == held.record
    now = loss_scales.in_force(desk)
    assert (now.version, now.scale.half_at, now.scale.weights["2"]) == (2, 120.0, 0.5)
    assert loss_scales.in_force(desk, at=revision).scale.half_at == 60.0


def test_a_service_with_a_rate_counts_by_it_where_a_minute_has_a_value_in_its_currency():
    """So money and tiers are one number; another currency has no value, and the tier counts."""
    scale = LossScale(minute_values={"EUR": Decimal(4)})

    assert scale.weight_of(4, Rate(Decimal(120), RateUnit.HOUR, "EUR")) == 0.5
    assert scale.weight_of(4, Rate(Decimal(120), RateUnit.HOUR, "CNY")) == 0.03


@pytest.mark.parametrize(
    ("given", "place", "code"),
    [
        ({"weights": {"5": 1.0}}, "/weights/5", "loss_scale.tier"),
        ({"weights": {"2": -1.0}}, "/weights/2", "loss_scale.weight"),
        ({"weights": {"2": float("inf")}}, "/weights/2", "loss_scale.weight"),
        ({"weights": {"2": True}}, "/weights/2", "loss_scale.weight"),
        ({"weights": {"3": 0.9}}, "/weights/3", "loss_scale.order"),
        ({"weights": {"1": 0.2}}, "/weights/1", "loss_scale.order"),
        ({"minute_values": {"eur": "1"}}, "/minute_values/eur", "loss_scale.currency"),
        ({"minute_values": {"EUR": "0"}}, "/minute_values/EUR", "loss_scale.value"),
        ({"minute_values": {"EUR": "much"}}, "/minute_values/EUR", "loss_scale.value"),
        ({"half_at": 0}, "/half_at", "loss_scale.half"),
        ({"half_at": float("nan")}, "/half_at", "loss_scale.half"),
    ],
)
def test_bad_input_is_refused_at_its_place(desk, given, place, code):
    """One fault, one problem, nothing written."""
    with pytest.raises(InvalidInput) as refused:
        loss_scales.set_scale(desk, **given)

    assert codes(refused) == {place: code}
    assert loss_scales.in_force(desk).version == 0


def test_two_who_set_it_at_once_and_those_who_may_not(desk):
    """One wins, the other is told; a service owner does not move the scale under everybody."""
    loss_scales.set_scale(desk, half_at=30, expected_version=0)

    with pytest.raises(VersionConflict):
        loss_scales.set_scale(desk, half_at=40, expected_version=0)
    with pytest.raises(NotAllowed):
        loss_scales.set_scale(as_actor(desk, "service_owner"), half_at=40)
