"""What would help a change: a measure, how large it is, and what is gained by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cmdb.model.confidence import DoubtfulRelation
from cmdb.model.outcome import Outcome


class MitigationKind(StrEnum):
    """What is done, cheapest first: to look, to wait, to take longer, to do less, to build more."""

    CONFIRM = "confirm"
    MOVE = "move"
    ROLL = "roll"
    LEAVE_OUT = "leave_out"
    SPARE = "spare"

    @property
    def rank(self) -> int:
        """0 for the cheapest."""
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(MitigationKind)}


@dataclass(frozen=True, slots=True)
class WindowMove:
    """
    Move the window by ``minutes``, earlier when they are negative: it is then ``from`` to ``to``.

    ``frees`` is "all" where the change is in no conflict at all afterwards, and "this" where it is in none any more
    with ``beside``, the changes, incidents and failed CIs it would meet. A measure is always one of "all".
    """

    minutes: int
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    frees: str
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wave:
    """Targets that are out together: from ``offset`` minutes into the window on, for ``minutes`` at most."""

    offset: int
    minutes: int
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roll:
    """
    Take the targets out in waves, each brought back before the next; it takes ``minutes`` from the window's start.

    ``longer`` are the minutes by which the window has to end later for that, 0 where it is long enough. ``loses_none``:
    no service is lost in any wave; ``fewest``: and it is proved that no such plan has fewer.
    """

    waves: tuple[Wave, ...]
    minutes: int
    longer: int
    loses_none: bool
    fewest: bool


@dataclass(frozen=True, slots=True)
class Spare:
    """
    One more CI, which rests on nothing the change takes out.

    Either one more member of ``group`` of ``item``, of whose ``members`` ``needs`` are needed now (``needs_then`` with
    it: more only where a share is stated); or a twin of ``item``, where ``group`` is None: whatever rests on it then
    needs one of the two.
    """

    item: str
    group: str | None
    members: int
    needs: int
    needs_then: int


@dataclass(frozen=True, slots=True)
class ServiceGain:
    """
    What one service gains: its outcome ``from`` the one with the change as it is ``to`` the one with the measure.

    ``down_minutes`` are planned minutes of DOWN that are saved, negative when there are more; ``single_points`` the CIs
    that no longer become a single point of failure of it.
    """

    id: str
    name: str
    tier: int | None
    from_: Outcome = field(metadata={"json": "from"})
    to: Outcome
    down_minutes: float
    single_points: tuple[str, ...]

    @property
    def better(self) -> bool:
        """Whether the outcome is a better one."""
        return self.from_.is_worse_than(self.to)


@dataclass(frozen=True, slots=True)
class Gain:
    """
    What is gained by a measure: no service has a worse outcome by it.

    ``services`` are those for which anything is different, by tier (without one last) and id. ``better`` counts those
    with a better outcome by tier ("none" for those without one); ``down_minutes`` and ``single_points`` are those of
    all of them together.
    """

    services: tuple[ServiceGain, ...]
    better: Mapping[str, int]
    down_minutes: float
    single_points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mitigation:
    """
    One measure that helps; of ``move``, ``roll``, ``spare``, ``relation`` and ``left_out`` that of its kind is there.

    ``size`` is how much of its kind it is: minutes moved, waves, or 1. ``relation`` is one that nobody is sure of: the
    gain is real where it does not exist. ``left_out`` is the target that the change would do without.
    """

    kind: MitigationKind
    size: int
    gain: Gain
    move: WindowMove | None = None
    roll: Roll | None = None
    spare: Spare | None = None
    relation: DoubtfulRelation | None = None
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class NeverOut:
    """A target that takes ``services`` down whenever it is out, even alone."""

    target: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unexamined:
    """
    A limit that was reached: of the measures of a kind that might help, ``count`` were not looked at.

    None: the limit was reached before anybody could count them.
    """

    kind: MitigationKind
    count: int | None


@dataclass(frozen=True, slots=True)
class Mitigations:
    """
    What would help a change, cheapest first, and what can not be helped.

    By :class:`MitigationKind`, then the smallest size, then the greatest gain (better outcomes tier by tier, minutes of
    DOWN saved, single points avoided), then by id. ``never`` holds the targets for which no order of work helps: where
    there are any, no rolling plan keeps all services. ``unexamined`` tells the limits that were reached.
    """

    measures: tuple[Mitigation, ...]
    never: tuple[NeverOut, ...]
    unexamined: tuple[Unexamined, ...]
