"""What stops a service alone: its single points of failure, now and with some CIs failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cmdb.context import Context
from impact.questions.common_causes import with_common_causes
from impact.questions.graphs import graph_of, names_nearest

if TYPE_CHECKING:
    from impact.answers import SinglePoints


@names_nearest
def single_points_of(
    context: Context, service: str, *, failed: Sequence[str] = (), at: int | None = None
) -> SinglePoints:
    """
    Return the CIs of which one alone stops the service, with nothing failed and with ``failed`` failed.

    With the common causes under it, and the names of all CIs that occur.

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: the service or some of the CIs are not in the estate, or there is no such revision.
        HistoryGone: the revision is no longer kept.
    """
    from impact.answers import single_points

    graph = graph_of(context, at=at)
    answer = single_points(graph, service, failed)
    return with_common_causes(context, graph, answer, [*answer.before, *answer.now])
