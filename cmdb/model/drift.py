"""Drift: one place where the estate differs from an approved baseline, and the rules that say what counts as drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind


class Way(StrEnum):
    """How something differs: it is new, it is no longer there, or one of its fields has another value."""

    APPEARED = "appeared"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class DriftDifference:
    """
    One place that differs.

    ``kind`` is "ci", "relation" or "group" and ``key`` its key in the store. Of what ``way`` CHANGED, ``field`` is an
    attribute, or "/name", "/class", "/strength", "/needs", and ``before`` and ``after`` are its values, None where
    there is none. Of what appeared or is gone, ``after`` or ``before`` hold all its fields. ``cis`` are the CIs it is
    about: the CI itself, the two ends of a relation, whose group it is.
    """

    way: Way
    kind: str
    key: str
    cis: tuple[str, ...]
    field: str = ""
    before: Any = None
    after: Any = None

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it is: no two differences of one comparison have the same."""
        return self.kind, self.key, self.field


@dataclass(frozen=True, slots=True)
class Toleration:
    """
    A rule by which differences are let be, and counted under its name.

    It holds for differences of one of the ``ways`` and ``kinds``, of CIs of one of the ``classes`` or below, and of one
    of the ``fields``; each left empty holds for all. It ends with the day ``until``.
    """

    name: str
    because: str
    ways: tuple[Way, ...] = ()
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class DriftRules:
    """
    What is compared, and what is let be.

    ``ignored`` are "class.attribute" or "*.attribute" whose values come and go by themselves: they are no part of what
    is compared. A tolerated difference is one, and is counted under the first of ``tolerated`` that holds.
    """

    ignored: tuple[str, ...] = ()
    tolerated: tuple[Toleration, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftRulesVersion:
    """One version of the rules as it was set: its number from 1 on, and its text with the SHA-256 of its bytes."""

    id: str
    version: int
    sha256: str
    text: str
    set_at: datetime
    set_by: str


DRIFT_RULES_VERSIONS = Kind(DriftRulesVersion, name="drift_rules", indexed=("version",))


class Settled(StrEnum):
    """What a person decided about a difference that no change explains."""

    ACCEPT = "accept"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Disposition:
    """
    What was decided about one difference from a baseline, by whom and why.

    Of one that was accepted ``change`` is the retrospective change, and it is closed at once. One that is to be
    reverted stays open until a verification no longer finds it: ``closed_at``, in the verification ``closed_in``.
    """

    id: str
    baseline: str
    verification: str
    difference: DriftDifference
    settled: Settled
    reason: str
    decided_by: str
    decided_at: datetime
    change: str | None = None
    closed_at: datetime | None = None
    closed_in: str | None = None


DISPOSITIONS = Kind(
    Disposition,
    name="drift_disposition",
    series="DRD",
    indexed=("baseline", "settled", "decided_at"),
    refers_to={"baseline": "configuration_baseline", "change": "change"},
)


def field_values(difference: DriftDifference) -> Mapping[str, Any]:
    """Return the fields that are new in what appeared or changed, by name; of what is gone none are."""
    if difference.way is Way.CHANGED:
        return {difference.field: difference.after}
    return difference.after if difference.way is Way.APPEARED and isinstance(difference.after, Mapping) else {}
