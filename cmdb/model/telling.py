"""Who is to be told of a change, and what: an answer that is never stored."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.assessment import ServiceOutcome
from cmdb.model.change import Window
from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class ToTell:
    """Somebody to be told: a team, role or customer, as ``owner`` or ``customer`` of these CIs, sorted."""

    name: str
    part: str
    cis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """
    Who is to be told of a change, and what: the window, and the services it does something to as they were assessed.

    ``unowned`` are the affected services that nobody answers for, so that nobody can be told for them.
    """

    change: str
    title: str
    assessment_hash: str
    window: Window
    services: tuple[ServiceOutcome, ...]
    tell: tuple[ToTell, ...]
    unowned: tuple[str, ...]


TELLINGS = Kind(Telling, name="telling")
"""Never stored; it says how the answer is written and read."""
