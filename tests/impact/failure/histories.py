"""Histories of changes for tests: small, made by hand or drawn with a seed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.past_change import PastChange, PlannedChange

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


def planned(number: int = 0, *, day: float = 0.0, **known: Any) -> PlannedChange:
    """Return a change that starts on a day of the history."""
    known.setdefault("classes", tuple("" for _ in known.get("targets", ())))
    return PlannedChange(id=f"CHG-{number:05d}", starts_at=BEGINNING + timedelta(days=day), **known)


def past(change: PlannedChange, *, bad: bool, after: float = 3.0, ended: float | None = None) -> PastChange:
    """Return what became of a change, known so many days after its start."""
    outcome = ChangeOutcome.BACKED_OUT if bad else ChangeOutcome.SUCCESS
    end = None if ended is None else change.starts_at + timedelta(days=ended)
    return PastChange(change, outcome, change.starts_at + timedelta(days=after), end)


def history(count: int = 1200, *, seed: int = 0, days: float = 400.0) -> list[PastChange]:
    """Return changes of which about a fifth fail, more without evidence, of one team and of the CI "bad"."""
    chance = random.Random(seed)
    found = []
    for number, day in enumerate(sorted(chance.uniform(0.0, days) for _ in range(count))):
        team = chance.choice(["unix", "db", "net"])
        targets = tuple(sorted(set(chance.choices(["a", "b", "c", "d", "bad"], k=chance.randint(1, 3)))))
        evidence = chance.random() < 0.5
        rate = 0.02 + 0.10 * (team == "net") + 0.15 * ("bad" in targets) + 0.20 * (not evidence)
        change = planned(
            number,
            day=day,
            title=chance.choice(["patch the kernel", "rotate certificates", "resize volume"]),
            model=chance.choice(["patch", "config"]),
            team=team,
            implementer=chance.choice(["p1", "p2", "p3", "p4"]),
            targets=targets,
            requested_at=BEGINNING + timedelta(days=day - chance.uniform(0.0, 20.0)),
            facts={"test_evidence": float(evidence), "files": float(chance.randint(1, 90))},
        )
        bad = chance.random() < rate
        found.append(past(change, bad=bad, after=chance.expovariate(0.2 if bad else 0.1)))
    return found


FACTS = ("files", "test_evidence")


def altered_after(changes: list[PastChange], moment: datetime) -> list[PastChange]:
    """Return the history with all otherwise that was not known at a moment: outcomes, and later changes whole."""
    found = []
    for number, change in enumerate(changes):
        if change.planned.starts_at > moment:
            other = replace(change.planned, team="other", targets=("z",), classes=("",), title="all else", facts={})
            found.append(past(other, bad=number % 2 == 0, after=1.0))
        elif change.known_at > moment:
            turned = ChangeOutcome.SUCCESS if change.outcome.is_bad else ChangeOutcome.FAILED
            found.append(replace(change, outcome=turned, known_at=moment + timedelta(days=400 - number % 7)))
        else:
            found.append(change)
    return found


def as_csv(changes: list[PastChange], facts: tuple[str, ...] = FACTS) -> str:
    """Return a history as a file of changes."""
    names = [f"fact_{name}" for name in facts]
    lines = [",".join(["id,started_at,outcome,outcome_known_at,title,model,team,implementer,targets", *names])]
    for change in changes:
        known = change.planned
        values = [
            *(known.id, known.starts_at.isoformat(), change.outcome, change.known_at.isoformat(), known.title),
            *(known.model or "", known.team or "", known.implementer or "", "|".join(known.targets)),
        ]
        lines.append(",".join([*values, *(f"{known.facts[name]:g}" if name in known.facts else "" for name in facts)]))
    return "\n".join(lines) + "\n"
