"""Service levels and service hours on their pages, and what a change is expected to cost on its page."""

from __future__ import annotations

from cmdb.model.change import ChangeState, Effect, Target
from cmdb.service import hours, service_levels
from tests.builders import a_change, add


def test_hours_are_defined_and_a_level_set(house):
    """From the empty page to a level with its hours; each form comes back filled."""
    owner = house.person("service_owner")
    page = owner.opens("/service-levels")
    assert "No level was agreed of any service" in page.words
    owner.follows("Define service hours")
    given = {"id": "office", "zone": "Europe/Berlin", "weekly": "mon-fri 08:00-18:00\nsat 10:00-14:00"}
    page = owner.presses("Define", holidays="DE-BY", closed="2026-12-24", **given)
    assert "office is defined." in page.words
    assert "mon,tue,wed,thu,fri 08:00-18:00; sat 10:00-14:00" in page.words

    owner.opens("/service-levels")
    owner.follows("Set a level")
    page = owner.presses("Set", service="checkout", availability="99.9", hours="office", amount="1200", currency="EUR")
    assert "The level of checkout is set." in page.words
    assert "99.9 % of each month (UTC)" in page.words
    owner.follows("Change checkout")
    page = owner.presses("Set", availability="99.5", maintenance_minutes="30", longest_interruption="20")
    assert "99.5 % of each month (UTC)" in page.words
    assert "1200 EUR a hour" in page.words
    owner.follows("office")
    owner.follows("Define anew")
    page = owner.presses("Define", opened="2026-12-27 09:00-12:00")
    assert "2026-12-27 09:00-12:00" in page.words


def test_a_form_comes_back_with_every_fault(house):
    """At its field, and with what was typed."""
    owner = house.person("service_owner")
    owner.opens("/define-service-hours")
    page = owner.presses("Define", status=422, id="Office", zone="Mars", weekly="daily")
    for told in ("'Office' is no id", "'Mars' is no time zone", "'daily' can not be read"):
        assert told in page.words

    owner.opens("/service-level")
    typed = {"service": "checkoutt", "availability": "all", "maintenance_minutes": "x", "amount": "1,5"}
    page = owner.presses("Set", status=422, **typed)
    for told in ("There is no CI checkoutt; did you mean checkout?", "all is no target", "x is no number of minutes"):
        assert told in page.words
    assert "'1,5' is no amount" in page.words
    assert "'' is no currency" in page.words
    assert 'value="checkoutt"' in page.source


def test_who_only_reads_is_offered_no_form(house):
    """A viewer sees what was agreed."""
    hours.define(house.context, "office", zone="UTC", weekly=["mon-fri 08:00-18:00"])
    service_levels.set_level(house.context, "checkout", availability=99.9, hours="office")
    viewer = house.person("viewer")

    page = viewer.opens("/service-levels")

    assert "checkout" in page.words
    assert "Set a level" not in page.links
    assert "Define anew" not in viewer.opens("/service-hours/office").links
    viewer.opens("/service-hours/nights", status=404)


def test_the_change_page_tells_what_it_is_expected_to_cost(house):
    """Loss, tail and score, a row for each service and scenario, what fails, and what it rests on."""
    change = a_change(Target("sw-b4", Effect.RESTART, 0, 10))
    add(house.context, change, a_change(id="CHG-2", window=None, state=ChangeState.DRAFT))
    viewer = house.person("viewer")

    page = viewer.opens("/changes/CHG-1")

    for told in (
        "What it is expected to cost",
        "Expected loss ",
        "Failed with an incident (10 %)",
        "that is the prior, as nothing was learnt of past changes",
        "No level was agreed of Checkout and Reports",
        "stays down; half of repairs take up to 2 hours",
    ):
        assert told in page.words
    assert "Service levels and the scale of losses" in page.links
    assert "What it is expected to cost" not in viewer.opens("/changes/CHG-2").words
