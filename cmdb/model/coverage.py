"""Coverage: when each scope of a source was last read to its end, and how often that has been."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Behind:
    """
    A scope that was not read to its end just as often as its source was.

    ``readings`` is how many it lacks, negative where it has more from runs over some targets; ``read_at`` is its last,
    None where that is the last of its source.
    """

    readings: int
    read_at: datetime | None = None


class Reading(NamedTuple):
    """The last time a scope was read to its end, None if it never was; and how often it has been."""

    at: datetime | None
    number: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    How completely a source was read.

    ``readings`` counts the runs over all its targets, ``read_at`` is the last of them and ``run`` its id. Every scope
    was read to its end in each of them, but for those in ``behind``. So a run writes one small record, however many
    scopes there are. ``reached_at`` and ``reached_in`` are the last run that could read any of its targets: where none
    answers, runs go on and nothing is known anew.
    """

    source: str
    connector: str
    readings: int = 0
    read_at: datetime | None = None
    run: str | None = None
    behind: Mapping[str, Behind] = field(default_factory=dict)
    reached_at: datetime | None = None
    reached_in: str | None = None

    def reading(self, scope: str) -> Reading:
        """Return the last reading of a scope to its end."""
        behind = self.behind.get(scope)
        if behind is None:
            return Reading(self.read_at, self.readings)
        number = self.readings - behind.readings
        return Reading((behind.read_at or self.read_at) if number > 0 else None, number)

    def is_behind(self, scope: str) -> bool:
        """Tell whether a scope was not read to its end in the last run over all targets, nor since."""
        behind = self.behind.get(scope)
        if behind is None or self.read_at is None:
            return False
        at, number = self.reading(scope)
        # One that was read in that run has no moment of its own.
        return number <= 0 or at is None or (behind.read_at is not None and at <= self.read_at)

    def after(
        self, complete: Collection[str], known: Iterable[str], *, at: datetime, run: str, whole: bool
    ) -> Coverage:
        """
        Return the coverage after a run that read the scopes ``complete`` to their end.

        ``known`` are all scopes of the source that something was ever observed in; ``whole``: the run was over all
        targets, so that a scope it did not complete falls behind.
        """
        behind: dict[str, Behind] = {}
        for scope in sorted({*known, *complete, *self.behind}):
            before = self.behind.get(scope, Behind(0))
            if not whole:
                after = Behind(before.readings - 1, at) if scope in complete else before
            elif scope in complete:
                after = Behind(before.readings)
            else:
                after = Behind(before.readings + 1, self.reading(scope).at)
            if after != Behind(0):
                behind[scope] = after
        if not whole:
            return replace(self, behind=behind)
        return replace(self, readings=self.readings + 1, read_at=at, run=run, behind=behind)


def coverage_key(document: Mapping[str, Any]) -> str:
    """Return the key of a coverage: its source."""
    key: str = document["source"]
    return key


COVERAGES = Kind(Coverage, name="coverage", key=coverage_key, indexed=("connector",))
