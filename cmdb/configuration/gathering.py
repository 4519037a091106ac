"""What was seen for each relation between two CIs, while it is put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from cmdb.model.observation import End, EvidenceKind, ObservedGroup
from cmdb.model.relation import Strength


class Pair(NamedTuple):
    """A relation by what identifies it: the CI, the type, the CI it depends on, and the group."""

    source: str
    type: str
    target: str
    group: str | None


@dataclass(slots=True)
class Gathered:
    """
    What was seen for one relation: the best worth of each kind of evidence, who saw it, and its strength.

    ``addresses`` are those by which the target is talked to.
    """

    best: dict[EvidenceKind, float] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    strengths: set[tuple[str, Strength]] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    def take(self, other: Gathered) -> None:
        """Add what was seen besides."""
        for kind, value in other.best.items():
            self.best[kind] = max(value, self.best.get(kind, 0.0))
        self.sources |= other.sources
        self.strengths |= other.strengths
        self.addresses |= other.addresses


Groups = dict[tuple[str, str], list[tuple[str, ObservedGroup]]]
"""By CI and name of the group: what each source says of it."""


def addresses_of(end: End) -> set[str]:
    """Return the IP addresses by which an end is named."""
    return set(_addresses(end))


def _addresses(end: End) -> Iterable[str]:
    for identifier in end.identifiers:
        if identifier.kind in ("ip", "vip"):
            yield identifier.value
        elif identifier.kind == "endpoint":
            yield identifier.value.rpartition(":")[0].strip("[]")
