"""Changes to learn from, at any revision: whatever is written, what is kept equals what is read anew."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.chain import digest
from cmdb.errors import ForeshockError, NotFound
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES, BackOut, ChangeState
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIS
from cmdb.model.incident import INCIDENTS
from cmdb.ports.store import Delete, Put
from cmdb.records import to_document
from impact.failure.learning import learn
from impact.questions import learn as asking
from impact.questions.learn import chance_for, learned
from impact.reading import started_changes
from impact.reading.past_changes import FACTS, anew, of_change, past_changes
from tests.builders import NOON, a_change, a_ci, a_server, a_window, add, an_incident, moment, the_context

NOW = moment(NOON)
CIS_THERE = ("a", "b", "c", "d")


class Story:
    """Writes whatever may happen to changes and what is known of them, in any order, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.context = the_context(*(a_server(ci) for ci in CIS_THERE), role="change_manager")
        self.chance = random.Random(seed)
        self.number = 0

    def go_on(self) -> int:
        """Write one batch more, and return the newest revision."""
        self.number += 1
        ops = [op for _ in range(self.chance.choice((1, 1, 3))) for op in self._some()]
        last = {(op.kind.name, op.kind.key(op.document) if isinstance(op, Put) else op.key): op for op in ops}
        try:
            store = self.context.store
            store.apply(list(last.values()), txn_id=f"story {self.number}", actor="a", reason="r")
        except ForeshockError:
            pass  # It ends what is not there.
        return self.context.store.revision()

    def _some(self) -> list[Any]:
        kinds = (self._change, self._change, self._change, self._incident, self._assessment, self._ci)
        return self.chance.choice(kinds)()

    def _day(self, low: float = -120.0, high: float = 1.0) -> Any:
        return NOW + timedelta(days=round(self.chance.uniform(low, high), 2))

    def _change(self) -> list[Any]:
        key = f"CHG-{self.chance.randrange(8)}"
        if self.chance.random() < 0.1:
            return [Delete(CHANGES, key)]
        started = self._day() if self.chance.random() < 0.8 else None
        outcome = self.chance.choice((*ChangeOutcome, None)) if started else None
        targets = self.chance.sample((*CIS_THERE, "unknown"), self.chance.randint(1, 3))
        change = a_change(
            *targets,
            id=key,
            raised_at=NOW - timedelta(days=130),
            window=a_window((started or NOW).isoformat()),
            state=ChangeState.CLOSED if outcome else ChangeState.IMPLEMENTING if started else ChangeState.ASSESSED,
            started_at=started,
            outcome=outcome,
            outcome_at=started + timedelta(days=self.chance.choice((0.1, 3, 20))) if outcome and started else None,
            team=self.chance.choice(("unix", "net", None)),
            retrospective=self.chance.random() < 0.1,
            assessment=f"ASM-{self.chance.randrange(12)}" if self.chance.random() < 0.7 else None,
            back_out=self.chance.choice((None, BackOut("back", 5, (NOW - timedelta(days=300)).date()))),
        )
        return [Put(CHANGES, to_document(CHANGES, change))]

    def _incident(self) -> list[Any]:
        key = f"INC-{self.chance.randrange(5)}"
        if self.chance.random() < 0.2:
            return [Delete(INCIDENTS, key)]
        opened = self._day(-200.0, 0.0)
        incident = an_incident(*self.chance.sample(CIS_THERE, 2), id=key, opened=opened)
        return [Put(INCIDENTS, to_document(INCIDENTS, incident))]

    def _assessment(self) -> list[Any]:
        number = self.chance.randrange(12)
        facts = {"depth": float(number), "freeze": self.chance.choice((0.0, 1.0, None))}
        document = {
            "id": f"ASM-{number}",
            "change": f"CHG-{self.chance.randrange(8)}",
            "number": number,
            "made_at": self._day().isoformat().replace("+00:00", "Z"),
            "inputs": {"failure": self.chance.choice(({"facts": facts}, {}, None))},
        }
        return [Put(ASSESSMENTS, document)]

    def _ci(self) -> list[Any]:
        ci = self.chance.choice(CIS_THERE)
        if self.chance.random() < 0.2:
            return [Delete(CIS, ci)]
        return [Put(CIS, to_document(CIS, a_ci(ci, self.chance.choice(("server", "switch")))))]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_kept_equals_what_is_read_anew(seed):
    """After any batch, at any later moment, and for who still asks at an earlier revision."""
    story = Story(seed)
    store, clock = story.context.store, story.context.clock
    revisions = []
    for _ in range(25):
        revisions.append(story.go_on())
        if story.chance.random() < 0.2:
            clock.forward(days=story.chance.choice((0.1, 1, 7)))
        if story.chance.random() < 0.7:
            for revision in (revisions[-1], story.chance.choice(revisions[-4:])):
                assert past_changes(store, revision, clock.now()) == anew(store, revision, clock.now()), revision


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_chance_is_the_same_whatever_was_asked_before(seed):
    """P(fail), figures, steps and the model's digest: asked all along, or learned from nothing at that revision."""
    story = Story(seed)
    context = story.context
    change = a_change("a", "b", id="CHG-900", team="unix")
    for _ in range(20):
        revision = story.go_on()
        if story.chance.random() < 0.2:
            context.clock.forward(days=1)
        found = chance_for(context, change, at=revision)
        past = anew(context.store, revision, context.clock.now())
        taught = learn(past.matured, FACTS, past.begun)
        figures, steps = taught.figures(of_change(context.store, change, change.window.start, revision))
        assert (found.figures, found.steps) == (figures.as_json(), steps)
        assert found.prediction == taught.model.predict(figures, steps)
        assert found.digest == digest(json.loads(json.dumps(taught.model.as_json())))


def test_nothing_is_learned_anew_for_what_teaches_nothing(monkeypatch):
    """Other commits, changes that start and incidents of now leave the model as it is; a new outcome does not."""
    story = Story(3)
    context = story.context
    done = a_change(
        "a",
        id="CHG-1",
        state=ChangeState.CLOSED,
        started_at=NOW - timedelta(days=20),
        outcome=ChangeOutcome.FAILED,
        outcome_at=NOW - timedelta(days=20),
    )
    add(context, done)
    times = []
    monkeypatch.setattr(asking, "_taught", lambda matured, own=asking._taught: times.append(1) or own(matured))

    first = learned(context).model
    add(context, a_server("e"), an_incident("a", id="INC-9", opened=NOW))
    add(context, a_change("a", id="CHG-2", state=ChangeState.IMPLEMENTING, started_at=NOW))
    assert learned(context).model is first
    assert past_changes(context.store, context.store.revision(), NOW).begun[0].id == "CHG-2"
    context.clock.forward(hours=3)
    assert learned(context).model is first
    add(context, a_change("b", **{**_fields(done), "id": "CHG-3"}))
    assert learned(context).model.learned == 2
    assert len(times) == 2


def _fields(change):
    return {name: getattr(change, name) for name in ("state", "started_at", "outcome", "outcome_at")}


def test_too_much_written_is_read_anew(monkeypatch):
    """Where the log holds more than is worth walking, all changes are read; the answer is the same."""
    story = Story(5)
    store = story.context.store
    for _ in range(5):
        past_changes(store, story.go_on(), NOW)
    monkeypatch.setattr(started_changes, "MOST_ENTRIES", 0)
    revision = story.go_on()
    assert past_changes(store, revision, NOW) == anew(store, revision, NOW)


def test_an_assessment_after_the_start_tells_nothing():
    """Facts nobody could look up later are those of the last assessment before the start, and of no later one."""
    context = the_context(a_server("a"), role="change_manager")
    start = NOW - timedelta(days=30)
    for number, hours in ((1, -48), (2, -1), (3, +1)):
        document = {
            "id": f"ASM-{number}",
            "change": "CHG-1",
            "number": number,
            "made_at": (start + timedelta(hours=hours)).isoformat(),
            "inputs": {"failure": {"facts": {"depth": float(number)}}},
        }
        context.store.apply([Put(ASSESSMENTS, document)], txn_id=f"t{number}", actor="a", reason="r")
    add(context, a_change("a", started_at=start, assessment="ASM-3"))

    (planned,) = past_changes(context.store, context.store.revision(), NOW).begun

    assert planned.facts["depth"] == 2.0
    assert "freeze" not in planned.facts


def test_a_revision_to_come_is_refused_and_leaves_nothing_behind():
    """There is no such revision yet; when there is, it is read as it is."""
    context = the_context(a_server("a"), role="change_manager")
    past_changes(context.store, 1, NOW)
    with pytest.raises(NotFound):
        past_changes(context.store, 2, NOW)
    add(context, a_change("a", started_at=NOW - timedelta(days=1)))
    assert [planned.id for planned in past_changes(context.store, 2, NOW).begun] == ["CHG-1"]


def test_a_prediction_is_json_through_and_through():
    """Every field of it, and worked out again from what was read back."""
    context = the_context(a_server("a"), role="change_manager")
    found = chance_for(context, a_change("a"), at=1)

    back = json.loads(json.dumps(asdict(found)))

    again = asking.predict_from(back["model"], back["figures"], back["steps"])
    assert again == found.prediction
    assert asdict(again) == {
        **back["prediction"],
        "contributions": tuple(map(tuple, back["prediction"]["contributions"])),
    }
    assert digest(back["model"]) == found.digest


def test_the_share_of_incidents_is_drawn_to_one_half():
    """Of three failures with an incident and one backed out: (3 + 1/2) / (4 + 1); of none, one half."""
    context = the_context(a_server("a"), role="change_manager")
    assert asking.incident_share(context) == 0.5
    outcomes = (*[ChangeOutcome.FAILED] * 3, ChangeOutcome.BACKED_OUT, ChangeOutcome.ISSUES, ChangeOutcome.SUCCESS)
    moments = {"started_at": NOW - timedelta(days=9), "outcome_at": NOW - timedelta(days=9)}
    add(context, *(a_change("a", id=f"CHG-{n}", outcome=outcome, **moments) for n, outcome in enumerate(outcomes)))
    assert asking.incident_share(context) == 3.5 / 5.0
