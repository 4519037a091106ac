"""An audit sample: CIs drawn at random for a person to compare with what is really there, and what they found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    One CI of a sample, and what a person found: ``right`` or not, None where nobody has looked yet.

    ``version`` is that of the CI when it was judged; one that was wrong counts as wrong until it is changed.
    """

    ci: str
    right: bool | None = None
    note: str = ""
    version: int | None = None
    judged_by: str | None = None
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditSample:
    """
    A sample, drawn with a seed so that anybody can draw it again.

    ``population`` is how many CIs it was drawn from: the living ones, of a class with all below it and of an owner
    where these are given.
    """

    id: str
    seed: int
    drawn_at: datetime
    drawn_by: str
    population: int
    judgements: tuple[Judgement, ...]
    ci_class: str | None = None
    owner: str | None = None

    @property
    def judged(self) -> int:
        """How many of them somebody has looked at."""
        return sum(each.right is not None for each in self.judgements)

    @property
    def right(self) -> int:
        """How many of them were found right."""
        return sum(each.right is True for each in self.judgements)


AUDIT_SAMPLES = Kind(AuditSample, name="audit_sample", indexed=("drawn_at",), series="SMP")
