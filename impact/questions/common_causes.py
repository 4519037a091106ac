"""The common causes under a service, put beside what else is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from cmdb.context import Context
from cmdb.model.risk_group import RiskGroups
from impact.questions.stories import labels_of, names_of

if TYPE_CHECKING:
    from impact.answers import SinglePoints
    from impact.graph import Graph

MOST = 1_000
"""So many common causes are listed at most; all are counted."""

Told = TypeVar("Told", bound="RiskGroups | SinglePoints")


def with_common_causes(context: Context, graph: Graph, answer: Told, members: Sequence[str]) -> Told:
    """Return an answer about a service with its common causes, and the names of these and of ``members``."""
    from impact.common_causes import common_causes

    causes = common_causes(graph, answer.service, answer.failed, most=MOST)
    named = {answer.service, *answer.failed, *members}
    for one in causes.found:
        named |= {one.cause, one.item, *(ci for member in one.members for ci in member.path)}
    return replace(
        answer,
        common_causes=causes.found,
        common_cause_count=causes.count,
        unexamined=causes.unexamined,
        names=names_of(graph, named),
        labels=labels_of(context, graph, {one.ci_class for one in causes.found}),
    )
