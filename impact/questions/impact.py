"""What goes down when some CIs fail, and what rests on them at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cmdb.context import Context
from impact.questions.graphs import graph_of, names_nearest

if TYPE_CHECKING:
    from impact.answers import ImpactAnswer, Reached


@names_nearest
def impact_of(context: Context, cis: Sequence[str], *, at: int | None = None) -> ImpactAnswer:
    """
    Return what happens when the CIs fail together, at a revision (None: the newest).

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: some CIs are not in the estate (all are named), or there is no such revision.
        HistoryGone: the revision is no longer kept.
    """
    from impact.answers import what_goes_down

    return what_goes_down(graph_of(context, at=at), cis)


@names_nearest
def blast_of(context: Context, cis: Sequence[str], *, at: int | None = None) -> tuple[Reached, ...]:
    """Return all that depends on the CIs whatever the redundancy, by depth, then id; raises as :func:`impact_of`."""
    from impact.answers import blast_radius

    return blast_radius(graph_of(context, at=at), cis)
