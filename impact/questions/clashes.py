"""The joint conflicts one change takes part in, also one that is only imagined, with the smallest move out of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from cmdb.context import Context
from cmdb.model.change import Change
from cmdb.model.mitigation import WindowMove
from cmdb.service.incidents import in_period
from impact.questions.conflicts import COUNTED, EARLIEST, changes_between, later_by, moment_of, parties_of

if TYPE_CHECKING:
    from impact.graph import Graph
    from impact.risk.clashes import Clash
    from impact.risk.conflicts import Calendar, Conflict


class Clashes(NamedTuple):
    """The conflicts of a change by their start; ``unlisted`` counts the places where a budget kept more from being."""

    found: tuple[Clash, ...]
    unlisted: int


def clashes_of(context: Context, graph: Graph, change: Change, *, moves: bool = True) -> Clashes:
    """
    Return the joint conflicts of a change as it stands here, whether or not it is so in the store.

    Beside it count the changes that may still be done and the incidents, as for
    :func:`impact.questions.conflicts.conflicts_in`. With ``moves`` each has the smallest move out of it; none leads to
    before now, and none is told of a window that has begun.

    Raises:
        NotAllowed: the actor may not read incidents.
    """
    from impact.risk.conflicts import CHANGE

    calendar = _calendar(context, graph, change, timedelta())
    who = (CHANGE, change.id)
    found = calendar.conflicts_of(who)
    unlisted = sum(who in cut.parties for cut in calendar.cuts())
    told = _moves(context, graph, change) if moves and found else {}
    return Clashes(tuple(_clash(graph, each, who, told.get(each.parties)) for each in found), unlisted)


def _calendar(context: Context, graph: Graph, change: Change, reach: timedelta) -> Calendar:
    """Return the calendar of a change and all that goes on at most ``reach`` before or after its window."""
    from impact.risk.conflicts import Calendar

    assert change.window is not None
    start = change.window.start - min(reach, change.window.start - EARLIEST)
    end = later_by(change.window.end, reach)
    others = [each for each in changes_between(context, COUNTED, start, end) if each.id != change.id]
    parties, _ = parties_of(graph, [change, *others], in_period(context, start, end), ())
    return Calendar(graph, parties)


def _moves(context: Context, graph: Graph, change: Change) -> dict[Sequence[tuple[str, str]], WindowMove]:
    """Return for the parties of each conflict the move of the change that helps, where there is one."""
    from impact.risk.conflicts import CHANGE
    from impact.risk.moves import REACH, moves_of

    assert change.window is not None
    ahead = (change.window.start - context.clock.now()).total_seconds()
    if ahead <= 0:
        return {}
    calendar = _calendar(context, graph, change, timedelta(seconds=REACH))
    who = (CHANGE, change.id)
    known: dict[tuple[str, str], int | None] = {}
    found: dict[Sequence[tuple[str, str]], WindowMove] = {}
    for conflict in calendar.conflicts_of(who):
        for move in moves_of(calendar, conflict, {who: ahead}, known=known):
            by = timedelta(minutes=move.minutes)
            window = change.window
            found[conflict.parties] = WindowMove(move.minutes, window.start + by, window.end + by, move.frees, ())
    return found


def _clash(graph: Graph, conflict: Conflict, who: tuple[str, str], move: WindowMove | None) -> Clash:
    from impact.risk.clashes import Clash

    stretches = []
    for each in conflict.stretches:
        start, end = moment_of(each.start), moment_of(each.end)
        # The change itself is out then, and that has a beginning and an end.
        assert start is not None
        assert end is not None
        stretches.append((start, end, graph.ids_of(each.services)))
    beside = tuple(sorted(key for kind, key in conflict.parties if (kind, key) != who))
    return Clash(beside, tuple(stretches), move)
