"""The joint conflicts of one change, also one that is only imagined, as measures against them see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cmdb.context import Context
from cmdb.model.change import Change, Target, Window
from cmdb.model.joint_conflict import JointConflict
from cmdb.model.mitigation import WindowMove
from impact.questions.conflicts import COUNTED, conflicts_with

if TYPE_CHECKING:
    from impact.graph import Graph
    from impact.risk.clashes import Clash


class Clashes(NamedTuple):
    """The conflicts of a change by their start; ``unlisted`` counts the places where a budget kept more from being."""

    found: tuple[Clash, ...]
    unlisted: int
    conflicts: tuple[JointConflict, ...]


def clashes_of(context: Context, graph: Graph, change: Change, *, moves: bool = True) -> Clashes:
    """
    Return the joint conflicts of a change as it stands here, whether or not it is so in the store.

    Beside it count the changes that may still be done and the incidents, as for
    :func:`impact.questions.conflicts.conflicts_in`. With ``moves`` each has the smallest move out of it; none leads to
    before now, and none is told of a window that has begun.

    Raises:
        NotAllowed: the actor may not read changes or incidents.
    """
    assert change.window is not None
    now = context.clock.now() if moves else None
    found, unlisted = conflicts_with(context, graph, change.id, change.window, change.targets, now=now, states=COUNTED)
    return Clashes(tuple(clash_of(conflict, change.id) for conflict in found), unlisted, found)


def meets_more(
    context: Context,
    graph: Graph,
    change: str,
    known: Iterable[JointConflict],
) -> Callable[[Window, Sequence[Target]], bool]:
    """
    Return what tells of a window and targets whether they bring a conflict that is not among those known.

    Others are changes that are submitted, and incidents: a draft is in nobody's way.
    """
    before = {(each.changes, each.incidents, each.services) for each in known}

    def asked(window: Window, targets: Sequence[Target]) -> bool:
        found, unlisted = conflicts_with(context, graph, change, window, targets, now=None)
        return bool(unlisted) or any((each.changes, each.incidents, each.services) not in before for each in found)

    return asked


def clash_of(conflict: JointConflict, change: str) -> Clash:
    """Return a conflict as the change sees it that is one of its members."""
    from impact.risk.clashes import Clash

    stretches = []
    for each in conflict.stretches:
        # The change itself is out then, and that has a beginning and an end.
        assert each.from_ is not None
        assert each.to is not None
        stretches.append((each.from_, each.to, each.services))
    parties = (*conflict.changes, *conflict.incidents, *conflict.standing)
    mine = [move for move in conflict.moves if move.change == change]
    move = WindowMove(mine[0].minutes, mine[0].from_, mine[0].to, mine[0].frees, ()) if mine else None
    return Clash(tuple(sorted(party for party in parties if party != change)), tuple(stretches), move)
