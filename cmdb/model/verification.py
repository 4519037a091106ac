"""A verification: the estate held against an approved baseline, recorded once, sealed by its hash and a signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cmdb.model.configuration_baseline import BaselineScope
from cmdb.model.drift import DriftDifference
from cmdb.model.kind import Document, Kind, json_array


class Judgement(StrEnum):
    """What a difference is: done by an approved change, let be by a rule, to be put back, or explained by nothing."""

    EXPECTED = "expected"
    TOLERATED = "tolerated"
    REVERTING = "reverting"
    UNAUTHORISED = "unauthorised"


class Outcome(StrEnum):
    """
    What became of a value that an approved change declared.

    ``seen``: it stands, or stood since the window began. ``not_seen``: the target was looked at after the window, and
    it does not. ``not_looked``: nobody looked since.
    """

    SEEN = "seen"
    NOT_SEEN = "not_seen"
    NOT_LOOKED = "not_looked"


@dataclass(frozen=True, slots=True)
class Sighted:
    """
    Who saw a difference, and when.

    ``sources`` say so (none: people stated it), ``seen_at`` is the last time one of them did. It came about later than
    ``later_than``, the last reading that still showed the former state, and not after ``found_at``.
    """

    sources: tuple[str, ...]
    seen_at: datetime | None
    later_than: datetime
    found_at: datetime


@dataclass(frozen=True, slots=True)
class DriftRow:
    """
    One difference as it was judged; ``id`` is made of what it says.

    ``change`` is the approved change that explains it; ``declared`` tells that the change names this very value rather
    than the CI alone. ``rule`` is the toleration. ``unapproved`` is a change of this CI and time that was not approved.
    """

    id: str
    difference: DriftDifference
    judgement: Judgement
    sighted: Sighted
    change: str | None = None
    declared: bool = False
    rule: str | None = None
    unapproved: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """A value that an approved change declared for a field of a CI, what stands there, and what became of it."""

    change: str
    ci: str
    field: str
    expected: Any
    present: Any
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SourceShare:
    """
    What one source saw of the scope: how many of its CIs, and of these how many in scopes it read to their end.

    ``oldest`` and ``newest`` are the times of the readings they were seen in; None where it never read one to its end.
    """

    source: str
    seen: int
    complete: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Sample:
    """
    CIs drawn at random for a person to look at on site.

    ``seed`` is made of the store's hash chain at the verified revision, so nobody chose it and anybody can draw again.
    """

    seed: str
    population: int
    cis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature over the hash; ``key`` tells keys apart and tells nothing of them."""

    algorithm: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Verification:
    """
    What one verification found. Written once.

    It holds the baseline (its name, the version of its record and the revision it cites) against ``revision`` of the
    store under version ``rules`` of the drift rules (0: none were set). ``counts`` are all the differences by judgement
    and all expectations by outcome, ``tolerated`` those by rule; ``rows`` and ``expectations`` list them, ``more`` is
    how many are not listed. ``unseen`` counts the CIs of the scope that no source sees. ``previous`` is the hash of the
    verification of this baseline before it; ``hash`` covers all but itself and the signature.
    """

    id: str
    baseline: str
    baseline_version: int
    baseline_revision: int
    revision: int
    rules: int
    scope: BaselineScope
    made_at: datetime
    made_by: str
    cis: int
    relations: int
    groups: int
    unseen: int
    coverage: tuple[SourceShare, ...]
    counts: Mapping[str, int]
    tolerated: Mapping[str, int]
    rows: tuple[DriftRow, ...]
    expectations: tuple[Expectation, ...]
    sample: Sample
    previous: str
    more: int = 0
    hash: str = ""
    signature: Signature | None = None


VERIFICATIONS = Kind(
    Verification,
    name="verification",
    series="VER",
    indexed=("baseline", "made_at"),
    refers_to={"baseline": "configuration_baseline"},
)


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """
    What a person saw of one CI of a sample: right in all that is recorded, or not, and what was wrong.

    ``version`` is that of the CI when it was looked at, as of an audit's :class:`cmdb.model.audit_sample.Judgement`.
    """

    verification: str
    ci: str
    right: bool
    checked_by: str
    checked_at: datetime
    note: str = ""
    version: int | None = None


def check_key(document: Mapping[str, Any]) -> str:
    """Return the key of a check: the compact JSON array of verification and CI."""
    return json_array(document["verification"], document["ci"])


SAMPLE_CHECKS = Kind(
    SampleCheck,
    name="sample_check",
    key=check_key,
    indexed=("verification",),
    refers_to={"verification": "verification"},
)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """
    How many CIs of a sample are right, concluded once, under the id of its verification.

    ``share`` of the ``checked`` ones, with the 95 % interval of Wilson from ``low`` to ``high``. ``wrong`` are those
    that are not, ``verified`` is the hash of the verification; ``hash`` covers all but itself and the signature.
    """

    id: str
    verified: str
    drawn: int
    checked: int
    right: int
    share: float
    low: float
    high: float
    wrong: tuple[str, ...]
    concluded_by: str
    concluded_at: datetime
    note: str = ""
    hash: str = ""
    signature: Signature | None = field(default=None)


ACCURACIES = Kind(Accuracy, name="accuracy", indexed=("concluded_at",), refers_to={"id": "verification"})


def unsealed(document: Document) -> Document:
    """Return what the hash of a verification, or of an accuracy, covers."""
    return {name: value for name, value in document.items() if name not in ("hash", "signature")}
