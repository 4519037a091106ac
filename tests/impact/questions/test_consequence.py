"""The consequence of a change, asked of an estate: what is out, what fails, hours, budgets, repairs and levels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.change import EDITING, BackOut, ChangeState, Effect, Target
from cmdb.model.consequence import Aspect, Consequence, ScenarioName
from cmdb.model.kind import Kind
from cmdb.model.outcome import Outcome
from cmdb.records import from_document, to_document
from cmdb.service import hours, loss_scales, service_levels
from cmdb.service.incidents import resolve
from impact.questions import consequence as question
from impact.questions import courses, downtime
from impact.questions.consequence import consequence_of
from tests.builders import (
    a_change,
    a_ci,
    a_server,
    a_service,
    a_window,
    add,
    an_actor,
    an_incident,
    as_actor,
    depends,
    moment,
    needs,
    the_context,
)

PLANNED, BACKED_OUT, FAILED = ScenarioName


def the_shop(*more, role="administrator"):
    """A shop that needs one of two web servers and its database, and a blog on one of these servers."""
    return the_context(
        a_service("shop"),
        a_service("blog", tier=3),
        *(a_server(ci) for ci in ("web1", "web2", "db")),
        *needs("shop", 1, "web1", "web2"),
        *depends("shop", "db"),
        *depends("blog", "web2"),
        *more,
        role=role,
    )


def of(context, change="CHG-1", **more) -> Consequence:
    return consequence_of(context, change, **more).consequence


def service(found: Consequence, ci: str):
    return next(each for each in found.services if each.id == ci)


def outcomes(found: Consequence, ci: str) -> list[Outcome]:
    return [each.outcome for each in service(found, ci).scenarios]


def minutes(found: Consequence, ci: str) -> list[float]:
    return [each.minutes for each in service(found, ci).scenarios]


# the scenarios -------------------------------------------------------------------------------------------------------
def test_a_window_is_not_an_outage():
    """A reboot of ten minutes in an hour costs ten minutes; its back-out ten more, beyond the window."""
    context = the_shop(a_change(Target("db", Effect.RESTART, 5, 10)))

    found = of(context)

    assert minutes(found, "shop")[:2] == [10.0, 20.0]
    assert minutes(found, "shop")[2] > 10
    assert outcomes(found, "shop") == [Outcome.DOWN] * 3
    assert [each.id for each in found.services] == ["shop"]


def test_config_that_is_pushed_to_both_members_fails_in_both():
    """A common cause: no spare helps. One of them alone leaves the spare; while all goes well nothing is out."""
    both = the_shop(a_change(Target("web1", Effect.CONFIG), Target("web2", Effect.CONFIG)))
    one = the_shop(a_change(Target("web1", Effect.CONFIG)))

    found, alone = of(both), of(one)

    assert [each.cis for each in found.failing] == [("web1", "web2")]
    assert outcomes(found, "shop") == [Outcome.UNAFFECTED, Outcome.UNAFFECTED, Outcome.DOWN]
    assert minutes(found, "shop")[:2] == [0.0, 0.0]
    assert outcomes(alone, "shop") == [Outcome.UNAFFECTED, Outcome.UNAFFECTED, Outcome.REDUNDANCY_LOST]
    assert alone.expected_loss == 0


def test_of_targets_that_are_taken_out_one_alone_stays_down():
    """Each as likely as the others: in one half of failures the database, in the other a web server with a spare."""
    context = the_shop(a_change(Target("db", Effect.RESTART, 0, 5), Target("web1", Effect.RESTART, 10, 5)))

    found = of(context)

    assert [(each.cis, each.weight) for each in found.failing] == [(("db",), 0.5), (("web1",), 0.5)]
    in_failure = service(found, "shop").scenarios[2]
    assert in_failure.p_down == 1.0  # It is down by plan in any case.
    of_db = of(the_shop(a_change(Target("db", Effect.RESTART, 0, 5))))
    assert in_failure.minutes - 5 == pytest.approx((minutes(of_db, "shop")[2] - 5) / 2)


def test_a_back_out_takes_all_targets_out_at_once():
    """Whatever the waves of the plan: nobody plans those of a back-out."""
    waves = (Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.RESTART, 20, 10))
    context = the_shop(a_change(*waves))

    found = of(context)

    assert outcomes(found, "shop") == [Outcome.REDUNDANCY_LOST, Outcome.DOWN, Outcome.REDUNDANCY_LOST]
    assert minutes(found, "shop") == [0.0, 10.0, 0.0]
    assert minutes(found, "blog")[1] == 20.0


def test_without_a_plan_to_back_out_every_failure_is_an_incident():
    """And one of which nobody said how long it takes takes as long as repairs do."""
    without = of(the_shop(a_change("db", back_out=None)))
    unsaid = of(the_shop(a_change("db", back_out=BackOut("Put it back"))))

    assert [each.probability for each in without.scenarios] == pytest.approx([0.8, 0.0, 0.2])
    assert [each.probability for each in unsaid.scenarios] == pytest.approx([0.8, 0.1, 0.1])
    assert minutes(unsaid, "shop")[1] == pytest.approx(minutes(unsaid, "shop")[2])


def test_p_fail_is_the_wide_prior_and_says_so():
    """Until something is learnt of past changes."""
    found = of(the_shop(a_change("db")))

    assert found.p_fail.is_prior
    assert found.p_fail.mean == pytest.approx(0.2)
    assert found.p_fail.low < 0.05 < 0.5 < found.p_fail.high
    assert found.loss_low < found.expected_loss < found.loss_high


def test_what_two_changes_stop_together_is_planned_by_both():
    """Neither stops the shop alone; from when the second begins it has no web server."""
    beside = a_change(Target("web2", Effect.DOWN), id="CHG-2", window=a_window("2026-03-02T22:30Z"))
    context = the_shop(a_change(Target("web1", Effect.DOWN)), beside)

    assert minutes(of(context), "shop")[0] == 30.0
    assert outcomes(of(context, "CHG-2"), "shop")[0] is Outcome.DOWN


def test_a_push_in_many_changes_at_once_is_one_push():
    """So splitting it does not lower the summed expected loss; what nobody submitted yet is in nobody's way."""
    pushes = [a_change(Target(ci, Effect.CONFIG), id=f"CHG-{n}") for n, ci in enumerate(("web1", "web2"), 1)]
    whole = the_shop(a_change(*(Target(ci, Effect.CONFIG) for ci in ("web1", "web2"))))
    split = the_shop(*pushes)
    drafted = the_shop(pushes[0], replace(pushes[1], state=ChangeState.DRAFT))

    parts = [of(split, each.id).expected_loss for each in pushes]

    assert sum(parts) >= of(whole).expected_loss > 0
    assert of(drafted).expected_loss == 0


@pytest.mark.parametrize("effect", [effect for effect in Effect if effect not in EDITING])
def test_splitting_a_change_in_ten_does_not_lower_the_summed_expected_loss(effect):
    """Ten servers that a shop needs five of, in one change or in ten of the same window."""
    names = [f"node{n}" for n in range(10)]
    estate = [a_service("shop"), *(a_server(ci) for ci in names), *needs("shop", 5, *names)]
    # What is retired is gone for good.
    targets = {ci: Target(ci, effect, 0, None if effect is Effect.RETIRE else 20) for ci in names}
    whole = the_context(*estate, a_change(*targets.values()))
    split = the_context(*estate, *(a_change(targets[ci], id=f"CHG-{ci}") for ci in names))

    parts = [of(split, f"CHG-{ci}").expected_loss for ci in names]

    assert sum(parts) >= of(whole).expected_loss > 0


def test_more_targets_than_are_looked_at_fail_together(monkeypatch):
    """Which is worse, and told; nobody is left out."""
    context = the_shop(a_change(*(Target(ci, Effect.RESTART, 0, 1) for ci in ("db", "web1", "web2"))))
    exact = of(context)
    monkeypatch.setattr(courses, "MOST_WAYS", 2)

    found = of(context)

    assert [(each.cis, round(each.weight, 3)) for each in found.failing] == [
        (("db",), 0.333),
        (("web1", "web2"), 0.667),
    ]
    assert (exact.lumped, found.lumped) == (0, 2)
    assert found.expected_loss >= exact.expected_loss


def test_a_service_that_is_down_anyway_is_not_the_changes_doing():
    """Its group needs more members than it has."""
    context = the_context(
        a_service("shop"),
        *(a_server(ci) for ci in ("web1", "db")),
        *needs("shop", 2, "web1"),
        *depends("shop", "db"),
        a_change("db"),
    )

    assert of(context).services == ()


# hours, levels, budgets ----------------------------------------------------------------------------------------------
def test_only_minutes_inside_service_hours_count():
    """A change from 22 to 23 o'clock UTC, of a service that is there until 22:30 in London."""
    context = the_shop(a_change("db"))
    hours.define(context, "day", zone="Europe/London", weekly=["mon-fri 08:00-22:30"])
    service_levels.set_level(context, "shop", availability=99.5, hours="day")

    found = of(context)

    assert minutes(found, "shop")[:2] == [30.0, 30.0]
    assert service(found, "shop").hours_unknown == 0.0


def test_the_budget_is_that_of_the_period_and_of_its_hours():
    """March has 22 weekdays of 14.5 hours; half a per cent of them is the budget, and the outage of today used some."""
    incident = an_incident("db", opened=moment("2026-03-02T09:00Z"), resolved=moment("2026-03-02T09:20Z"))
    context = the_shop(a_change("db"), incident)
    hours.define(context, "day", zone="Europe/London", weekly=["mon-fri 08:00-22:30"])
    service_levels.set_level(context, "shop", availability=99.5, hours="day", zone="Europe/London")

    budget = service(of(context), "shop").budget

    assert budget is not None
    assert budget.total == pytest.approx(22 * 14.5 * 60 * 0.005)
    assert (budget.used, budget.remaining) == (20.0, pytest.approx(budget.total - 20))
    assert (budget.start, budget.end) == (moment("2026-03-01T00:00Z"), moment("2026-03-31T23:00Z"))


@pytest.mark.parametrize(
    ("incidents", "used"),
    [
        ([("web1", 9, 10)], 0),
        ([("web1", 9, 11), ("web2", 10, 12)], 60),
        ([("db", 9, 10), ("db", 9, 10)], 60),
        ([("db", 9, None)], 180),
        ([("db", 6, 7), ("web1", 6, 7), ("web2", 8, 9)], 60),
    ],
)
def test_budget_is_used_while_incidents_had_the_service_down(incidents, used):
    """Together, with spares counted and time counted once; one that goes on counts until now, noon."""
    recorded = [
        an_incident(
            ci,
            id=f"INC-{n}",
            opened=moment(f"2026-03-02T{opened:02d}:00Z"),
            resolved=None if resolved is None else moment(f"2026-03-02T{resolved:02d}:00Z"),
        )
        for n, (ci, opened, resolved) in enumerate(incidents)
    ]
    context = the_shop(a_change("db"), *recorded)
    service_levels.set_level(context, "shop", availability=99.0)

    budget = service(of(context), "shop").budget

    assert budget is not None
    assert budget.used == used


def test_incidents_that_are_too_many_to_walk_are_counted(monkeypatch):
    """The budget may be used more than is told, and the answer says by how many incidents."""
    monkeypatch.setattr(downtime, "MOST_SETS", 1)
    hours_of = (("web1", 8), ("db", 9), ("db", 11), ("web2", 10))
    recorded = [
        an_incident(
            ci,
            id=f"INC-{n}",
            opened=moment(f"2026-03-02T{hour:02d}:00Z"),
            resolved=moment(f"2026-03-02T{hour:02d}:30Z"),
        )
        for n, (ci, hour) in enumerate(hours_of)
    ]
    context = the_shop(a_change("db"), *recorded)
    service_levels.set_level(context, "shop", availability=99.0)

    assert of(context).incidents_unexamined == 3


def test_incidents_of_what_no_touched_service_rests_on_are_not_walked(monkeypatch):
    """So the limit is not spent on them."""
    monkeypatch.setattr(downtime, "MOST_SETS", 0)
    elsewhere = an_incident("printer", resolved=moment("2026-03-02T09:00Z"))
    context = the_shop(a_server("printer"), a_change("db"), elsewhere)
    service_levels.set_level(context, "shop", availability=99.0)

    assert of(context).incidents_unexamined == 0


def test_of_more_targets_than_are_read_the_rest_is_counted(monkeypatch):
    """What a change touches beside availability is told of the first."""
    monkeypatch.setattr(question, "MOST_READ", 1)
    context = the_shop(a_change("db", "web1", "web2"))

    assert of(context).targets_unread == 2


def test_agreed_maintenance_covers_what_was_notified():
    """And nothing that was not."""
    context = the_shop(a_change(Target("db", Effect.DOWN, 0, 30)))
    service_levels.set_level(context, "shop", availability=99.9, maintenance_minutes=20)

    untold, told = of(context), of(context, notified=True)

    first, then = (service(found, "shop").scenarios[0] for found in (untold, told))
    assert (first.minutes, first.maintenance_minutes, round(first.loss, 3)) == (30.0, 0.0, 24.0)
    assert (then.minutes, then.maintenance_minutes, round(then.loss, 3)) == (30.0, 20.0, 8.0)


def test_hours_of_a_year_that_nobody_knows_all_count_and_are_told():
    """Never guessed, and never taken for closed."""
    far = a_window("2035-03-05T22:00Z")
    context = the_shop(a_change("db", window=far))
    hours.define(context, "day", zone="UTC", weekly=["mon-fri 08:00-18:00"])
    service_levels.set_level(context, "shop", availability=99.9, hours="day")

    before = of(context)
    hours.expand(context, "day", [2035])
    after = of(context)

    assert minutes(before, "shop")[0] == 60.0
    assert service(before, "shop").hours_unknown > 60
    assert (minutes(after, "shop")[0], service(after, "shop").hours_unknown) == (0.0, 0.0)


def test_a_rate_gives_money_and_with_a_value_of_minutes_the_weight():
    """120 an hour is 2 a minute; with a tier 1 minute worth 4, a minute of the blog counts for half of one."""
    context = the_shop(a_change(Target("web2", Effect.DOWN, 0, 10)))
    rate = {"amount": "120", "per": "hour", "currency": "EUR"}
    service_levels.set_level(context, "blog", availability=99.0, rate=rate)

    by_tier = of(context)
    loss_scales.set_scale(context, minute_values={"EUR": "4"})
    by_rate = of(context)

    assert service(by_tier, "blog").weight == 0.1
    assert service(by_tier, "blog").scenarios[0].money == pytest.approx(0.8 * 10 * 2)
    assert (
        by_tier.money
        == by_rate.money
        == {"EUR": pytest.approx(sum(each.money for each in service(by_tier, "blog").scenarios))}
    )
    assert (by_tier.scale_version, by_rate.scale_version) == (0, 1)
    assert service(by_rate, "blog").weight == 0.5
    assert by_rate.expected_loss == pytest.approx(5 * by_tier.expected_loss, abs=1e-4)


# repair times and facts ----------------------------------------------------------------------------------------------
def test_repairs_are_learnt_from_resolved_incidents_of_the_ci_its_class_and_all_others():
    """Cases are counted on one level each; what goes on is no case yet."""

    def resolved(ci, n, length):
        opened = moment("2026-02-01T08:00Z")
        return an_incident(ci, id=f"INC-{n}", opened=opened, resolved=opened + timedelta(minutes=length))

    context = the_shop(
        a_change("db"),
        a_ci("fw", "firewall"),
        *(resolved("db", n, 30) for n in range(20)),
        *(resolved("web1", 100 + n, 45) for n in range(3)),
        resolved("fw", 200, 10),
        an_incident("db", id="INC-999"),
    )

    failing = of(context).failing[0]

    assert (failing.cases.ci, failing.cases.ci_class, failing.cases.organisation) == (20, 3, 1)
    assert failing.median == 30
    resolve(context, "INC-999")
    assert of(context).failing[0].cases.ci == 21


def test_what_targets_are_of_capacity_continuity_and_security_is_told():
    """From the records: attributes, classes and relations; no judgement."""
    context = the_context(
        a_service("shop"),
        a_ci("fw", "firewall"),
        a_server("web1", attributes={"cpu_cores": 8, "site": "north"}),
        a_ci("ups", "ups", attributes={"runtime_minutes": 15}),
        a_change("fw", "web1", "ups"),
    )

    found = of(context).touched

    assert [(each.aspect, each.ci, each.fact, each.value) for each in found] == [
        (Aspect.CAPACITY, "web1", "cpu_cores", "8"),
        (Aspect.CONTINUITY, "ups", "class", "ups"),
        (Aspect.CONTINUITY, "ups", "runtime_minutes", "15"),
        (Aspect.SECURITY, "fw", "class", "firewall"),
    ]


def test_a_retired_target_takes_nothing_with_it():
    """Nothing can depend on it; the rest of the change is reckoned."""
    context = the_shop(a_ci("old", "server", status="retired"), a_change("old", Target("db", Effect.DOWN, 0, 10)))

    found = of(context)

    assert [each.cis for each in found.failing] == [("db",)]
    assert minutes(found, "shop")[0] == 10.0


# as a value ----------------------------------------------------------------------------------------------------------
def test_it_can_be_stored_and_is_the_same_value_then():
    """Its document is the value, byte for byte, whenever it is asked."""
    context = the_shop(a_change("db"))
    service_levels.set_level(context, "shop", availability=99.9)
    kind = Kind(Consequence, name="consequence")

    found = of(context)

    assert from_document(kind, to_document(kind, found)) == found
    assert to_document(kind, of(context)) == to_document(kind, found)


def test_a_change_that_lacks_what_it_takes_is_told_what():
    """As for what-if: targets and window."""
    context = the_shop(a_change(window=None, state=ChangeState.DRAFT))

    with pytest.raises(InvalidInput) as refused:
        of(context)

    assert {problem.pointer for problem in refused.value.problems} == {"/targets", "/window"}
    with pytest.raises(NotFound):
        of(context, "CHG-9")


def test_it_is_read_by_everybody_who_reads_impact_and_by_nobody_else():
    """A viewer may; without a role nobody does."""
    context = the_shop(a_change("db"))

    assert of(as_actor(context, "viewer")).expected_loss > 0
    nobody = as_actor(context, "viewer")
    nobody.actor = an_actor("nobody", "viewer")._replace(roles=frozenset())
    with pytest.raises(NotAllowed):
        of(nobody)


def test_the_question_writes_nothing():
    """It may be asked as often as a page is opened."""
    context = the_shop(a_change("db"))
    before = context.store.revision()

    of(context)

    assert context.store.revision() == before
    assert add(context, a_server("web3")) == before + 1
