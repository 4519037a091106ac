"""How long repairs of CIs take, from the incidents of the estate that were resolved."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cmdb.context import Context
from cmdb.model.consequence import RepairTime
from impact.reading.histories import Failure, histories_at

if TYPE_CHECKING:
    from impact.graph import Graph


def repairs_of(context: Context, graph: Graph, cis: Iterable[str]) -> dict[str, RepairTime]:
    """
    Return the repair time of each CI, as of the graph's revision; see :mod:`impact.risk.repair`.

    A case is one CI of one resolved incident. Those of CIs that the graph does not show are cases of the organisation.
    Raises NotAllowed, HistoryGone.
    """
    from impact.risk.repair import repair_time

    context.allow("impact:read")
    by_ci = histories_at(context.store, graph.revision).by_ci
    own = {ci: _cases(failures) for ci, failures in by_ci.items()}
    all_cases: Counter[int] = Counter()
    by_class: dict[int, Counter[int]] = {}
    for ci, cases in own.items():
        all_cases.update(cases)
        code = _class_of(graph, ci)
        if code is not None:
            by_class.setdefault(code, Counter()).update(cases)
    nothing: Counter[int] = Counter()
    known: dict[int | None, RepairTime] = {}
    found = {}
    for ci in cis:
        code, mine = _class_of(graph, ci), own.get(ci, nothing)
        of_class = nothing if code is None else by_class.get(code, nothing)
        if mine:
            found[ci] = repair_time(mine, of_class - mine, all_cases - of_class if of_class else all_cases - mine)
        else:
            if code not in known:
                known[code] = repair_time(nothing, of_class, all_cases - of_class)
            found[ci] = known[code]
    return found


def _cases(failures: Iterable[Failure]) -> Counter[int]:
    from impact.risk.repair import counted

    return counted(resolved - opened for opened, resolved in failures if resolved is not None)


def _class_of(graph: Graph, ci: str) -> int | None:
    place = bisect_left(graph.ids, ci)
    if place < len(graph.ids) and graph.ids[place] == ci:
        return int(graph.class_codes[place])
    return None
