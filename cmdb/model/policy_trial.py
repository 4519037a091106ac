"""What trying out a policy gives: the results of its tests, and what it would have said of past changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.assessment import Verdict
from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class CaseResult:
    """
    One test of a policy: the verdict and reasons it wants (``wanted_reasons`` None: whichever), and those it got.
    """

    name: str
    passed: bool
    wanted: Verdict
    wanted_reasons: tuple[str, ...] | None
    verdict: Verdict
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """What came of the tests of a policy: those of its text first, then those of a file, and how many ``failed``."""

    name: str
    failed: int
    results: tuple[CaseResult, ...]


@dataclass(frozen=True, slots=True)
class Rejudged:
    """
    One past change by another policy: the verdict of its newest assessment in the period, and the one now.

    ``reasons`` are those of the verdict now. ``lacking`` names the facts that the policy asks for and the assessment
    does not hold. ``failed`` tells whether the change was backed out or failed; None: nobody said how it went.
    """

    change: str
    title: str
    assessment: str
    made_at: datetime
    before: Verdict
    after: Verdict
    reasons: tuple[str, ...]
    lacking: tuple[str, ...]
    failed: bool | None


@dataclass(frozen=True, slots=True)
class Shift:
    """How many changes would go from one verdict to another (or stay), and how many of them failed."""

    before: Verdict
    after: Verdict
    changes: int
    failures: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """
    What a policy would have said of past changes.

    ``changes`` counts those that were judged again, ``failures`` those of them that were backed out or failed, and
    ``unknown_outcomes`` those of which nobody said how they went. ``lacking`` counts those whose stored facts lack
    something the policy asks for; they are judged by what is made of the unknown. ``shifts`` has every pair of verdicts
    that occurs, strictest first. ``rows`` are the changes whose verdict is another, in the order they were assessed;
    ``unlisted`` counts those left out.
    """

    name: str
    changes: int
    failures: int
    unknown_outcomes: int
    lacking: int
    shifts: tuple[Shift, ...]
    rows: tuple[Rejudged, ...]
    unlisted: int


# Of these nothing is stored; they are shown and sent as records are.
POLICY_TESTS = Kind(PolicyTest, name="policy_test")
SIMULATIONS = Kind(Simulation, name="policy_simulation")
