"""What stops a service alone: its single points of failure, now and with some CIs failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cmdb.context import Context
from impact.questions.graphs import graph_of, names_nearest

if TYPE_CHECKING:
    from impact.answers import SinglePoints


@names_nearest
def single_points_of(
    context: Context, service: str, *, failed: Sequence[str] = (), at: int | None = None
) -> SinglePoints:
    """
    Return the CIs of which one alone stops the service, with nothing failed and with ``failed`` failed.

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: the service or some of the CIs are not in the estate, or there is no such revision.
        HistoryGone: the revision is no longer kept.
    """
    from impact.answers import single_points

    return single_points(graph_of(context, at=at), service, failed)
