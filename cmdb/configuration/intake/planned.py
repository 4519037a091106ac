"""A plan: what an intake would do to the store, and how its input is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from cmdb.configuration.ending import Ending
from cmdb.configuration.intake.creating import Created
from cmdb.configuration.intake.gathered import KIND, Gathered, Place
from cmdb.configuration.intake.reclassing import Reclassed
from cmdb.configuration.intake.spool import Spool
from cmdb.configuration.intake.sweeping import Sweep
from cmdb.errors import Problem

Told = Callable[[str, int], None]


FORM = "form"  # the source of what people enter


@dataclass(frozen=True, slots=True)
class Options:
    """How an input is meant: where it comes from, and what it may do beyond adding and changing."""

    source: str
    retire_missing: bool = False
    create_classes: bool = False
    allow_broken_groups: bool = False
    # The records are a few of many, as from a form: nothing is missing, and each stands as it is said, whoever else
    # vouches for it.
    partial: bool = False


@dataclass(slots=True)
class Plan:
    """
    What an intake would do to the store as it was at ``revision``.

    ``verdicts`` holds one of NEW, CHANGED, UNCHANGED, ADOPTED for each row of ``gathered``; ``changed`` the rows
    (kind, place, key, before, after, version) of what is CHANGED or ADOPTED.
    """

    options: Options
    revision: int
    gathered: Gathered
    created: Created
    sweep: Sweep
    verdicts: dict[str, bytearray] = field(default_factory=lambda: {name: bytearray() for name in KIND})
    changed: Spool = field(default_factory=Spool)
    ending: Ending = field(default_factory=Ending)
    guards: dict[tuple[str, str], int] = field(default_factory=dict)
    claims: dict[str, tuple[str, Place]] = field(default_factory=dict)
    reclassed: dict[str, Reclassed] = field(default_factory=dict)
    notes: list[Problem] = field(default_factory=list)
    noted: int = 0

    def counts(self, name: str) -> Counter[int]:
        return Counter(self.verdicts[name])
