"""Facts of a change that nobody could look up later: as they are at the moment and the revision it is foretold at."""

from __future__ import annotations

import pytest

from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.model.calendar_entry import Covered
from cmdb.model.change import ChangeState
from cmdb.model.ci import CIS
from impact.questions import failure_facts
from impact.questions.failure_facts import facts_now
from impact.questions.learn import chance_for
from tests.builders import (
    a_change,
    a_server,
    a_service,
    a_window,
    add,
    as_actor,
    depends,
    observed,
    the_context,
)


@pytest.fixture
def context():
    shop = (a_service("portal"), a_service("shop"), a_server("web1"), a_server("db1"))
    return the_context(*shop, *depends("portal", "shop"), *depends("shop", "web1"), *depends("web1", "db1"))


def now(context, *targets, at=None, **fields):
    return facts_now(context, a_change(*targets, **fields), at=context.store.revision() if at is None else at)


def test_depth_is_how_far_up_the_estate_rests_on_it(context):
    """The rings of its blast radius, counted from the nearest target; of what is gone there is none."""
    assert [now(context, ci)["depth"] for ci in ("db1", "web1", "shop", "portal", "gone")] == [3.0, 2.0, 1.0, 0.0, 0.0]
    assert now(context, "web1", "db1")["depth"] == 2.0


def test_others_in_the_window_are_counted(context):
    """Submitted ones whose windows overlap, and not itself, a draft, a cancelled one or one that ends as it begins."""
    before = a_window("2026-03-02T21:00Z")
    rivals = {
        "CHG-1": {},
        "CHG-2": {},
        "CHG-3": {"state": ChangeState.IMPLEMENTING},
        "CHG-4": {"state": ChangeState.DRAFT},
        "CHG-5": {"state": ChangeState.CANCELLED},
        "CHG-6": {"window": before},
    }
    add(context, *(a_change("web1", id=key, **fields) for key, fields in rivals.items()))

    assert now(context, "db1")["concurrent"] == 2.0
    assert now(context, "db1", window=before)["concurrent"] == 1.0


def test_a_freeze_that_the_window_meets(context):
    """Known to be none without a calendar; 1 within a freeze, also for who may pass; 0 outside."""
    assert now(context, "db1")["freeze"] == 0.0
    a_freeze(context)

    assert now(context, "db1")["freeze"] == 1.0
    assert now(context, "db1", window=a_window("2026-03-05T22:00Z"))["freeze"] == 0.0
    assert now(context, "db1", at=1)["freeze"] == 0.0


def a_freeze(context):
    """Put a day in force on which nothing may change."""
    schedule = ScheduleGiven("2026-03-02T20:00Z", "2026-03-03T20:00Z")
    given = {"name": "Quarter end", "reason": "Books", "covers": Covered(everything=True), "schedule": schedule}
    return calendar.add(as_actor(context, "change_manager"), "freeze", given)


def test_evidence_ages_and_is_not_known_where_nothing_was_seen(context, monkeypatch):
    """The days since the one seen longest ago; a target that discovery never saw makes it unknown, so do too many."""
    engineer = as_actor(context, "engineer")
    observed(engineer, app1="linux")
    context.clock.forward(days=2)
    observed(engineer, app1="linux", app2="linux")
    context.clock.forward(days=3)
    app1, app2 = (held.record.id for held in found(context, "app1", "app2"))

    assert now(context, app1, app2)["discovery_age_days"] == pytest.approx(3.0)
    assert "discovery_age_days" not in now(context, app1, "db1")
    monkeypatch.setattr(failure_facts, "MOST_SEEN", 1)
    assert "discovery_age_days" not in now(context, app1, app2)


def found(context, *names):
    everything = {held.record.name: held for held in context.records.listing(CIS, (), limit=100).rows}
    return [everything[name] for name in names]


def test_what_comes_later_tells_nothing(context):
    """As of the revision it is foretold at: the same to the last bit, whatever was written since."""
    change = a_change("web1")
    revision = context.store.revision()
    before = chance_for(context, change, at=revision)
    add(context, a_service("till"), *depends("till", "portal"), a_change("web1", id="CHG-7"))
    a_freeze(context)
    after = chance_for(context, change, at=context.store.revision())

    assert chance_for(context, change, at=revision) == before
    assert (before.facts["depth"], before.facts["concurrent"], before.facts["freeze"]) == (2.0, 0.0, 0.0)
    assert (after.facts["depth"], after.facts["concurrent"], after.facts["freeze"]) == (3.0, 1.0, 1.0)


def test_each_has_a_column_of_its_own(context):
    """A figure is its logarithm, a truth itself, and what is not known stays unknown."""
    change = a_change("db1")
    asked = chance_for(context, change, at=context.store.revision())
    names = [column for _, column in asked.model["columns"]]
    values = dict(zip(names, asked.figures["values"], strict=True))

    assert values["depth"] == pytest.approx(1.3862943611198906)  # log(1 + 3)
    assert (values["concurrent"], values["freeze"], values["discovery_age_days"]) == (0.0, 0.0, None)
