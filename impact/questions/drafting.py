"""The drafts of a change that edits the graph, as a question needs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cmdb.change.policy import policy
from cmdb.context import Context
from cmdb.model.change import Target
from cmdb.model.mitigation import Mitigations
from impact.questions.graphs import defaults_at
from impact.reading.defaults import defaults_from
from impact.reading.drafting import drafts_of

if TYPE_CHECKING:
    from impact.drafts import Drafts
    from impact.graph import Graph

UNTRIED = Mitigations((), (), ())
"""What would help a change that edits the graph: no measure is tried on drafts, and every answer says so."""


def drafts_in(
    context: Context, graph: Graph, targets: Iterable[Target], *, defaults_sha256: str | None = None
) -> Drafts | None:
    """
    Return the drafts of the targets' edits at the graph's revision, None where none has an edit.

    Relations of which no strength is said have that of their type: by the defaults kept under ``defaults_sha256``, else
    by the catalogue of the revision.

    Raises:
        NotFound: the defaults are not kept.
        HistoryGone: the revision is no longer kept.
    """
    edits = [target for target in targets if target.edit is not None]
    if not edits:
        return None
    if defaults_sha256 is not None:
        defaults = defaults_from(policy.kept(context, defaults_sha256))
    else:
        defaults = defaults_at(context, graph.revision)
    return drafts_of(context.store, graph, defaults, edits)
