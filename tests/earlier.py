"""Assessments as earlier methods made them, for the tests of what they keep and of their replay."""

from __future__ import annotations

from cmdb.chain import START
from cmdb.change.policy.policy_text import read_policy
from cmdb.context import Context
from cmdb.model.assessment import Assessment
from cmdb.model.change import CHANGES
from impact.questions.assess import computed, inputs_of
from impact.questions.graphs import defaults_at
from impact.reading.live import graph_at
from tests.builders import NOON, moment
from tests.policies import FIRST


def made_by(context: Context, method: int | None) -> Assessment:
    """Return the first assessment of CHG-1 on the first revision, by a method and a policy of the first format."""
    defaults = defaults_at(context, 1)
    inputs = inputs_of(
        context.records.get(CHANGES, "CHG-1"),
        policy_version=0,
        policy_sha256=context.store.put_blob(FIRST.encode()),
        defaults_sha256=context.store.put_blob(defaults.content()),
        method=method,
    )
    return computed(
        context,
        graph_at(context.store, defaults, at=1),
        inputs,
        read_policy(FIRST.encode()),
        assessment_id="ASM-1001",
        change="CHG-1",
        number=1,
        change_revision=1,
        made_at=moment(NOON),
        made_by="engineer",
        previous=START,
    )
