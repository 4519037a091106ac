"""What is lastingly different once the edits of a change hold: a part of its assessment's findings."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.graph_edit import EditGap
from cmdb.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class EditNote:
    """
    A part of the edit of target ``ci`` that does nothing, and why.

    ``subject`` is what identifies it: source, type, target and group (if any) of the relation, or the CI that is gone
    or already there.
    """

    ci: str
    gap: EditGap
    subject: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceAfterwards:
    """
    One service with the estate as the change leaves it, against today, nothing being out but what is retired.

    ``before`` is its outcome today with nothing failed. Single points that it has ``lost`` stopped it alone and no
    longer do. Margins are as in :class:`cmdb.model.assessment.ServiceOutcome`.
    """

    id: str
    name: str
    tier: int | None
    before: Outcome
    outcome: Outcome
    new_single_points: tuple[str, ...]
    lost_single_points: tuple[str, ...]
    margin_before: int | None
    margin: int | None


@dataclass(frozen=True, slots=True)
class Rewiring:
    """
    What the edits of a change come to.

    ``services`` are those that stand otherwise afterwards, by tier (without one last) and id. ``unexamined`` counts the
    services above the edits whose redundancy was not compared, because their cones are too large together; of these
    only what goes down or degrades is told. ``rings`` are the relations to come that close a ring of dependencies, as
    source and target. ``notes`` tell what of the edits does nothing.
    """

    services: tuple[ServiceAfterwards, ...]
    unexamined: int = 0
    rings: tuple[tuple[str, ...], ...] = ()
    notes: tuple[EditNote, ...] = ()

    @property
    def gone(self) -> tuple[str, ...]:
        """The CIs, sorted, that edits name and that are no longer part of the estate."""
        return tuple(sorted({ci for note in self.notes if note.gap is EditGap.END_GONE for ci in note.subject}))
