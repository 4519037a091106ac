"""The words of a consequence: figures that never say none where there is some, and every limit that was reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.model.change import Effect, Target
from cmdb.service import hours, service_levels
from impact.questions.consequence import consequence_of
from tests.builders import a_change, a_server, a_service, a_window, add, an_incident, depends, moment, the_context
from web.wording_consequence import limit_words, money_words, p_fail_words, service_words

NAMES = {"shop": "Shop"}


@pytest.fixture
def context():
    """A shop on a database that a change takes out."""
    estate = (a_service("shop", name="Shop"), a_server("db"), *depends("shop", "db"))
    return the_context(*estate, a_change(Target("db", Effect.DOWN, 0, 30)), role="administrator")


def of(context):
    return consequence_of(context, "CHG-1").consequence


def test_limits_are_told_each_with_what_was_done_instead(context):
    """Nothing is silently left out."""
    found = replace(of(context), lumped=1, incidents_unexamined=2, conflicts_unlisted=1, targets_unread=7)

    assert limit_words(of(context)) == []
    assert limit_words(found) == [
        "Taken to fail together, which is worse: 1 target beyond the first.",
        "The error budgets leave out 2 incidents: too many sets of CIs were down together.",
        "Not all joint conflicts could be looked for, so planned outages may be longer.",
        "Of 7 targets the records were not read for capacity, continuity and security.",
    ]


def test_a_chance_that_was_learnt_is_not_called_the_prior(context):
    """The honest sentence changes with what is known."""
    found = of(context)
    learnt = replace(found, p_fail=replace(found.p_fail, mean=0.071, is_prior=False))

    assert "the prior" in p_fail_words(found)
    assert p_fail_words(learnt).startswith("P(fail) is 7.1 %")
    assert "prior" not in p_fail_words(learnt)


def test_budgets_missed_targets_and_unknown_hours_are_told(context):
    """What a service owner asks first."""
    hours.define(context, "day", zone="UTC", weekly=["mon-sun 00:00-24:00"])
    service_levels.set_level(context, "shop", availability=99.9, hours="day")
    budget = service_words(of(context), "UTC", NAMES)
    late = an_incident("db", opened=moment("2026-03-02T09:00Z"), resolved=moment("2026-03-02T10:00Z"))
    add(context, late)
    missed = service_words(of(context), "UTC", NAMES)

    assert budget == [
        "Shop has 44.6 of 44.6 min of its error budget left; an outage from the window's start would miss the target "
        "after Mon 2 Mar 2026, 22:44 UTC."
    ]
    assert missed == ["Shop has missed its target already: 15.4 min beyond the 44.6 of its budget."]
    far = replace(a_change(Target("db", Effect.DOWN, 0, 30)), id="CHG-2", window=a_window("2040-03-02T22:00Z"))
    add(context, far)
    unknown = service_words(consequence_of(context, "CHG-2").consequence, "UTC", NAMES)
    assert "The service hours of Shop are not known for " in unknown[1]


def test_money_is_told_by_currency(context):
    """Where a service has a rate."""
    assert money_words(of(context)) == ""
    service_levels.set_level(
        context, "shop", availability=99.9, rate={"amount": "2", "per": "minute", "currency": "EUR"}
    )
    assert money_words(of(context)).endswith(" EUR.")
