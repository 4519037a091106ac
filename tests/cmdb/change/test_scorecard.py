"""The scorecard of a period, worked out by hand; and the incidents a change may have caused, until a person says so."""

from __future__ import annotations

import pytest

from cmdb.change import afterwards
from cmdb.change.scorecard import scorecard
from cmdb.change.verification import verifying
from cmdb.configuration import baselines
from cmdb.errors import InvalidInput
from cmdb.model.change import ChangeState, Effect, Target
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIS
from cmdb.model.scorecard import DEFINITIONS
from cmdb.service import incidents
from impact.questions.assess import assess
from tests.builders import (
    a_change,
    a_server,
    a_service,
    add,
    an_incident,
    as_actor,
    depends,
    moment,
    observed,
    the_context,
)

NOW = "2026-04-01T00:00Z"
WIKI = (a_service("wiki", tier=3), a_server("db1"), a_server("apart"), *depends("wiki", "db1"))
SUCCESS, ISSUES, BACKED_OUT, FAILED = ChangeOutcome
PERIOD = {"since": "2026-03-01T00:00Z", "until": "2026-03-11T00:00Z"}


def done(number, outcome, *, raised, ended, **fields):
    given = {"started_at": moment(ended), "ended_at": moment(ended), "outcome_at": moment(ended)}
    state = fields.pop("state", ChangeState.REVIEWED)
    return a_change(
        "db1", id=f"CHG-{number}", outcome=outcome, state=state, raised_at=moment(raised), **{**given, **fields}
    )


def a_month():
    """Four done changes of two teams within ten days, one of them failed; one unauthorised; one before the period."""
    return the_context(
        *WIKI,
        done(1, SUCCESS, raised="2026-03-01T00:00Z", ended="2026-03-02T00:00Z", team="net"),
        done(2, ISSUES, raised="2026-03-01T00:00Z", ended="2026-03-04T00:00Z", team="net"),
        done(3, FAILED, raised="2026-02-01T00:00Z", ended="2026-03-05T00:00Z", team="db"),
        done(4, SUCCESS, raised="2026-03-01T00:00Z", ended="2026-03-03T00:00Z"),
        done(5, SUCCESS, raised="2026-03-05T00:00Z", ended="2026-03-05T00:00Z", team="db", retrospective=True),
        done(6, BACKED_OUT, raised="2026-02-01T00:00Z", ended="2026-02-28T23:59Z", team="db"),
        done(7, FAILED, raised="2026-03-01T00:00Z", ended="2026-03-11T00:00Z", team="db"),
        a_change("db1", id="CHG-8"),
        an_incident("db1", opened=moment("2026-03-05T01:00Z"), resolved=moment("2026-03-05T04:00Z"), caused_by="CHG-3"),
        an_incident(
            "db1",
            id="INC-2",
            opened=moment("2026-03-02T01:00Z"),
            resolved=moment("2026-03-02T02:00Z"),
            caused_by="CHG-1",
        ),
        an_incident("db1", id="INC-3", opened=moment("2026-03-02T01:00Z"), resolved=moment("2026-03-09T02:00Z")),
        at=NOW,
    )


def test_the_figures_of_a_period_are_those_worked_out_by_hand():
    """One failure of four; leads of 24, 48 and 72 hours; restored in 1 and 3 hours; the edges count as told."""
    card = scorecard(a_month(), **PERIOD, by="team")
    every = card.all
    assert (every.done, every.success, every.issues, every.backed_out, every.failed) == (4, 2, 1, 0, 1)
    assert (every.change_failure_rate, every.unauthorised) == (0.25, 1)
    assert (every.lead_time_hours_median, every.lead_time_hours_p90) == (48.0, 67.2)
    assert (every.predicted, every.expected_failures, every.observed_failures) == (0, None, None)
    assert [(row.key, row.done, row.change_failure_rate, row.unauthorised) for row in card.rows] == [
        ("", 1, 0.0, 0),
        ("db", 1, 1.0, 1),
        ("net", 2, 0.0, 0),
    ]
    dora = card.dora
    assert (dora.deployment_frequency, dora.lead_time_for_changes_hours) == (0.4, 48.0)
    # One failed, and another one caused an incident though it was called a success.
    assert (dora.change_failure_rate, dora.time_to_restore_hours, dora.restored) == (0.5, 2.0, 2)
    assert card.definitions == DEFINITIONS


def test_a_period_in_which_nothing_was_done_has_no_rates():
    card = scorecard(a_month(), since="2025-01-01T00:00Z", until="2025-02-01T00:00Z", by="model")
    assert (card.all.done, card.all.change_failure_rate, card.rows) == (0, None, ())
    assert (card.dora.change_failure_rate, card.dora.time_to_restore_hours, card.dora.deployment_frequency) == (
        None,
        None,
        0.0,
    )


@pytest.mark.parametrize(
    ("asked", "problems"),
    [
        ({"since": "yesterday", "until": "2026-03-11"}, {"/from": "time.unreadable", "/to": "time.unreadable"}),
        ({"since": "2026-03-11T00:00Z", "until": "2026-03-11T00:00Z"}, {"/from": "scorecard.period"}),
        ({"by": "person"}, {"/by": "scorecard.by"}),
    ],
)
def test_a_period_that_is_none_is_refused_with_all_its_faults(asked, problems):
    with pytest.raises(InvalidInput) as refused:
        scorecard(a_month(), **asked)
    assert {problem.pointer: problem.code for problem in refused.value.problems} == problems


def test_incidents_are_proposed_by_ci_and_time_and_confirmed_by_a_person():
    """During the change or a day after it, on a target or what it touches; never one that has another cause."""
    change = {"outcome": SUCCESS, "started_at": moment("2026-03-02T22:00Z"), "ended_at": moment("2026-03-02T23:00Z")}
    context = the_context(*WIKI, a_change("db1"))
    assess(context, "CHG-1")
    add(context, a_change("db1", assessment="ASM-1001", state=ChangeState.IMPLEMENTED, **change), a_change(id="CHG-2"))
    context.clock.forward(days=3)
    near = {
        "INC-1": ("db1", "22:30"),
        "INC-2": ("wiki", "23:30"),
        "INC-3": ("apart", "22:30"),
        "INC-4": ("db1", "21:59"),
    }
    for key, (ci, at) in near.items():
        add(context, an_incident(ci, id=key, opened=moment(f"2026-03-02T{at}Z")))
    add(context, an_incident("db1", id="INC-5", opened=moment("2026-03-03T23:00Z")))
    add(context, an_incident("db1", id="INC-6", opened=moment("2026-03-03T23:01Z")))
    add(context, an_incident("db1", id="INC-7", opened=moment("2026-03-02T22:10Z"), caused_by="CHG-2"))
    told = lambda: [(link.incident, link.confirmed) for link in afterwards.of_change(context, "CHG-1").incidents]  # noqa: E731
    assert told() == [("INC-1", False), ("INC-2", False), ("INC-5", False)]
    incidents.edit(context, "INC-2", {"caused_by": "CHG-1"})
    assert told() == [("INC-1", False), ("INC-2", True), ("INC-5", False)]
    assert afterwards.of_change(context, "CHG-2").incidents == ()


def test_what_verification_matched_to_the_change_stands_with_it():
    """The difference the change explains, and what became of the value it declared; an earlier one is left out."""
    context = the_context()
    observed(context, web1="Debian 12", web2="Debian 12")
    baselines.create(context, "servers", ci_class="server")
    baselines.approve(as_actor(context, "change_manager", "manager"), "servers")
    ids = {ci.name: ci.id for ci in context.records.find(CIS)}
    target = Target(ids["web1"], Effect.CONFIG, expected={"os": "Debian 13"})
    context.clock.forward(hours=10, minutes=10)
    begun = a_change(target, state=ChangeState.IMPLEMENTING, started_at=context.clock.now())
    add(context, begun)
    context.clock.forward(hours=1)
    observed(context, web1="Debian 13", web2="Debian 12")
    made = verifying.verify(context, "servers").record
    found = afterwards.of_change(context, "CHG-1")
    assert [
        (row.verification, row.key, row.field, row.before, row.after, row.declared) for row in found.differences
    ] == [(made.id, ids["web1"], "os", "Debian 12", "Debian 13", True)]
    assert [(each.field, each.expected, each.outcome) for each in found.declared] == [("os", "Debian 13", "seen")]


def test_the_verdicts_sum_to_all_changes_done():
    """What was approved before anything was assessed, such as an emergency, stands in a row of its own."""
    card = scorecard(a_month(), **PERIOD)
    assert (card.verdicts[-1].verdict, card.verdicts[-1].done) == (None, 4)
    assert sum(row.done for row in card.verdicts) == card.all.done
    assert all(
        row.verdict for row in scorecard(a_month(), since="2025-01-01T00:00Z", until="2025-02-01T00:00Z").verdicts
    )
