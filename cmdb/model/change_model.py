"""A change model: a template for changes of one sort, and for standard changes the authorisation they carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.change import BackOut, ChangeType, Effect, Target
from cmdb.model.kind import Kind


class ModelState(StrEnum):
    """Where a model is: drawn up, in use, or withdrawn."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """A model is withdrawn when ``failures`` of its last ``of`` changes were backed out or failed."""

    failures: int = 2
    of: int = 20


@dataclass(frozen=True, slots=True)
class ChangeModel:
    """
    One change model; its former versions are its history.

    ``type`` is the type of its changes. ``effect``, ``offset`` and ``minutes`` say what a change does to each target,
    ``steps`` and ``back_out`` how, ``team`` who does it, ``window_minutes`` how long the window is unless it is given.
    ``authors`` are those who wrote it, sorted: none of them approves it. ``limit`` withdraws it by itself. ``because``
    says why it was withdrawn; ``withdrawn_by`` is ``policy`` where its limit was passed. ``type`` and ``state`` have
    no default, so that every document holds them and can be found by them.
    """

    id: str
    title: str
    type: ChangeType
    state: ModelState
    authors: tuple[str, ...]
    revision: int
    description: str = ""
    effect: Effect = Effect.CONFIG
    offset: int = 0
    minutes: int | None = None
    steps: tuple[str, ...] = ()
    back_out: BackOut | None = None
    team: str | None = None
    window_minutes: int | None = None
    test_evidence: str = ""
    limit: FailureLimit = FailureLimit()
    approved_by: str | None = None
    approved_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    because: str = ""

    def is_followed_by(self, targets: Sequence[Target], steps: Sequence[str], back_out: BackOut | None) -> bool:
        """
        Tell whether these do what the model says: its effect for at most its minutes, by its steps and its way back.

        When within the window a target is worked on is not the model's to say: changes of many plan waves. What a model
        leaves out is free.
        """
        return (
            all(self._is_of(target) for target in targets)
            and (not self.steps or tuple(steps) == self.steps)
            and (self.back_out is None or (back_out is not None and back_out.plan == self.back_out.plan))
        )

    def _is_of(self, target: Target) -> bool:
        shorter = self.minutes is None or (target.minutes is not None and target.minutes <= self.minutes)
        return target.effect is self.effect and shorter and target.edit is None


CHANGE_MODELS = Kind(ChangeModel, name="change_model", indexed=("type", "state"), text=("id", "title", "description"))
