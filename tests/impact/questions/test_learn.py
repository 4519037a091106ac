"""P(fail) from the store's own changes: what is learned from, from when on, and that it can be worked out again."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from cmdb.errors import NotAllowed
from cmdb.model.change import BackOut, ChangeState, ChangeType, Target
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.failure_model import FAILURE_MODELS
from impact.failure.model import Figures, from_json
from impact.questions.learn import WithoutWindow, chance_of, chance_of_failure, keep, learned, taught_by
from tests.builders import NOON, a_change, a_server, a_window, add, an_incident, as_actor, moment, the_context

NOW = moment(NOON)


def done(number: int, *cis: str, days_ago: float = 30.0, outcome=ChangeOutcome.SUCCESS, **fields):
    """Return a change that was implemented so many days ago and took an hour."""
    start = NOW - timedelta(days=days_ago)
    given = {
        "raised_at": start - timedelta(days=2),
        "window": a_window(start.isoformat(), minutes=90),
        "state": ChangeState.CLOSED,
        "started_at": start,
        "ended_at": start + timedelta(hours=1),
        "outcome": outcome,
        "outcome_at": start + timedelta(hours=1),
        "team": "unix",
    }
    return a_change(*cis, id=f"CHG-{number}", **{**given, **fields})


@pytest.fixture
def context():
    return the_context(a_server("web1"), a_server("db1"), role="change_manager")


def a_history(count: int = 60):
    chance = random.Random(1)
    return [
        done(
            number,
            "web1" if number % 2 else "db1",
            days_ago=200.0 - 3.0 * number,
            outcome=ChangeOutcome.FAILED if chance.random() < (0.5 if number % 2 else 0.05) else ChangeOutcome.SUCCESS,
        )
        for number in range(count)
    ]


def test_no_change_of_its_own_gives_the_wide_prior(context):
    """A new organisation is told that nothing is known, never that the chance is low."""
    add(context, a_change("web1"))

    found = chance_of_failure(context, "CHG-1")

    assert found.outcomes == 0
    assert found.prediction.mean == pytest.approx(0.2)
    assert found.prediction.low < 0.05 < 0.6 < found.prediction.high


def test_an_outcome_is_learned_from_after_seven_days(context):
    """Six days after it was recorded it may still be corrected by the review; then it counts."""
    add(context, done(1, "web1", days_ago=6.0, outcome=ChangeOutcome.FAILED))
    add(context, done(2, "web1", days_ago=8.0, outcome=ChangeOutcome.FAILED))

    assert [past.planned.id for past in taught_by(context).matured] == ["CHG-2"]
    context.clock.forward(days=2)
    assert [past.planned.id for past in taught_by(context).matured] == ["CHG-2", "CHG-1"]


def test_a_retrospective_change_never_trains(context):
    """It was raised for what had been done without one; nobody could have foretold it."""
    add(context, done(1, "web1", outcome=ChangeOutcome.FAILED, retrospective=True))

    assert taught_by(context).matured == ()
    assert learned(context).model.learned == 0


def test_what_was_known_before_the_start_is_told(context):
    """Evidence, the tested back-out, incidents of the 90 days before it, the window and the classes of its targets."""
    add(context, an_incident("web1", id="INC-0", opened=NOW - timedelta(days=300), resolved=NOW - timedelta(days=299)))
    add(context, an_incident("web1", id="INC-1", opened=NOW - timedelta(days=60), resolved=NOW - timedelta(days=59)))
    add(context, an_incident("web1", id="INC-2", opened=NOW - timedelta(days=20)))
    back_out = BackOut("the old one", 10, (NOW - timedelta(days=90)).date())
    add(context, done(1, "web1", test_evidence="run 17 of the pipeline", back_out=back_out, type=ChangeType.EMERGENCY))

    (past,) = taught_by(context).matured

    planned = past.planned
    assert planned.facts == {"test_evidence": 1.0, "backout_tested": 1.0, "incidents_90d": 1.0}
    assert (planned.type, planned.team, planned.window_minutes) == ("emergency", "unix", 90.0)
    assert (planned.targets, planned.classes) == (("web1",), ("server",))
    assert past.ended_at == NOW - timedelta(days=30) + timedelta(hours=1)


def test_a_ci_that_failed_often_is_put_higher(context):
    """Learned from sixty changes of two CIs, one of which fails half the time."""
    add(context, *a_history())
    add(context, a_change("web1", id="CHG-901"), a_change("db1", id="CHG-902"))

    risky, safe = (chance_of_failure(context, change).prediction for change in ("CHG-901", "CHG-902"))

    assert risky.mean > 1.5 * safe.mean
    assert dict(risky.contributions)["CI"] > 0.0 > dict(safe.contributions)["CI"]


def test_it_can_be_worked_out_again_from_its_figures_and_the_kept_model(context):
    """A kept model and the figures of the answer give the same prediction, years later."""
    add(context, *a_history(), a_change("web1", id="CHG-901"))
    kept = keep(context).record
    found = chance_of_failure(context, "CHG-901")
    stored = context.records.get(FAILURE_MODELS, kept.id)

    values = np.array([[np.nan if value is None else value for value in found.figures["values"]]])
    figures = Figures(
        values,
        np.array([found.figures["variances"]]),
        np.array([found.figures["level"]]),
        np.array([found.figures["level_variance"]]),
    )

    assert from_json(stored.document).predict(figures, found.steps) == found.prediction
    assert stored.changes == found.outcomes == 60


def test_the_same_model_is_kept_once(context):
    """Learning again without an outcome more writes nothing."""
    add(context, *a_history(20))
    first, before = keep(context), context.store.revision()

    assert keep(context).record == first.record
    assert context.store.revision() == before


def test_another_outcome_is_another_model(context):
    """And the one before stays as it was."""
    add(context, *a_history(20))
    first = keep(context).record
    add(context, done(700, "web1", outcome=ChangeOutcome.BACKED_OUT))
    second = keep(context).record

    assert first.digest != second.digest
    assert context.records.get(FAILURE_MODELS, first.id) == first


def test_a_change_without_a_window_has_no_start(context):
    """It is refused by its id; nothing is guessed."""
    add(context, a_change("web1", window=None, state=ChangeState.DRAFT))

    with pytest.raises(WithoutWindow, match="CHG-1"):
        chance_of_failure(context, "CHG-1")


def test_who_may_keep_a_model(context):
    """A viewer may ask, and may not keep models."""
    add(context, a_change(Target("web1")))
    viewer = as_actor(context, "viewer")

    assert chance_of_failure(viewer, "CHG-1").outcomes == 0
    with pytest.raises(NotAllowed):
        keep(viewer)


def test_the_chance_of_issues_stands_beside_it(context):
    """Of a CI whose changes are often done with issues it is high, and P(fail) is not moved by it."""
    add(context, a_change("web1", id="CHG-901"), a_change("db1", id="CHG-902"))
    before = chance_of(context, "CHG-901")
    outcomes = [ChangeOutcome.ISSUES if n % 4 else ChangeOutcome.SUCCESS for n in range(40)]
    add(context, *(done(n, "web1", days_ago=90.0 - n, outcome=outcome) for n, outcome in enumerate(outcomes)))
    add(context, *(done(100 + n, "db1", days_ago=90.0 - n) for n in range(40)))

    risky, safe = (chance_of(context, change) for change in ("CHG-901", "CHG-902"))

    assert before.issues.mean == pytest.approx(0.2)
    assert before.issues.low < 0.05 < 0.6 < before.issues.high
    assert risky.issues.mean > 2.0 * safe.issues.mean
    assert risky.issues.low < risky.issues.mean < risky.issues.high
    assert risky.mean < 0.1
