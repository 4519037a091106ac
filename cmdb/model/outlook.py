"""The outlook of a change: how probable an outage is while it goes on, whom it meets, what is not sure, what helps."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.confidence import Flip
from cmdb.model.joint_conflict import JointConflict
from cmdb.model.mitigation import Mitigation, NeverOut, Unexamined
from cmdb.model.outcome import Outcome
from cmdb.model.risk_group import RiskGroup


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability: it lies between ``low`` and ``high``, which are equal where it is exact."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ServiceRisk:
    """
    What else would have to fail for an outage of one service while the change has it at its worst.

    ``failed`` are the targets that are out then and ``hours`` how long the service has that outcome. ``before`` is the
    probability that it is down at some time of as many hours without the change, ``during`` with it; components of
    which nobody knows the unavailability count as 0, and ``unstated`` tells how many they are. ``groups`` is how many
    minimal risk groups it then has and ``added`` how many of those it had not before, None where the budget of nodes
    was spent; they are decimal digits, since they may be beyond what a JSON number holds. ``most_probable`` are the
    most probable of the groups, in order.
    """

    service: str
    failed: tuple[str, ...]
    hours: float
    before: Chance
    during: Chance
    unstated: int
    groups: str | None
    added: str | None
    most_probable: tuple[RiskGroup, ...]


@dataclass(frozen=True, slots=True)
class DoubtfulOutcome:
    """
    A service that would be worse off than told if some relation does not exist of which nobody is sure.

    ``outcome`` is the one the assessment tells, UNAFFECTED where it does not name the service; ``worst`` the worst one
    that leaving out a single such relation gives, in any part of the window.
    """

    service: str
    name: str
    tier: int | None
    outcome: Outcome
    worst: Outcome


@dataclass(frozen=True, slots=True)
class Outlook:
    """
    What an assessment knows beyond the outcomes, computed from the same revision.

    ``risks`` are of the services the change touches, in the order of the assessment; ``risks_unexamined`` counts those
    that were not looked at, since they are too many or rest on too many CIs. ``conflicts`` are the joint conflicts the
    change takes part in with others that are submitted, and with incidents that are open; ``conflicts_unlisted`` counts
    the places at which a limit kept more from being listed, or from being looked for.

    ``doubtful`` are all services that would be worse off than told if a doubtful relation does not exist, by tier and
    id. ``flips`` are such relations on each of which an outcome hangs, those for the worse first; ``flips_unlisted``
    counts those that are not listed. ``doubts_unexamined`` is how many relations were not looked at with the same
    targets out, None where there are more sets of targets out together than are looked at. ``measures`` are the
    cheapest that would help, ``never`` the targets that no order of work helps, and ``measures_unexamined`` the limits
    that were reached in looking for them. ``edits_left_out`` are the changes at the same time, this one too,
    whose edits of the graph joint conflicts do not know of; each counts among ``conflicts_unlisted``.
    """

    risks: tuple[ServiceRisk, ...]
    risks_unexamined: int
    conflicts: tuple[JointConflict, ...]
    conflicts_unlisted: int
    doubtful: tuple[DoubtfulOutcome, ...]
    flips: tuple[Flip, ...]
    flips_unlisted: int
    doubts_unexamined: int | None
    measures: tuple[Mitigation, ...]
    never: tuple[NeverOut, ...]
    measures_unexamined: tuple[Unexamined, ...]
    edits_left_out: tuple[str, ...] = ()
