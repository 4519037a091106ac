"""Assess a change: compute what it does in its window, judge it by the policy in force, and keep the record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cmdb.change import policy
from cmdb.change.assessments import link, record_assessment, signed
from cmdb.change.changes import held_change
from cmdb.change.moves import move_of
from cmdb.change.policy_text import read_policy
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Assessment, Inputs
from cmdb.model.change import Change
from cmdb.model.policy import Policy
from cmdb.records import Held
from impact.questions.findings import find_worst
from impact.questions.graphs import defaults_at
from impact.questions.outlook import outlook_of
from impact.reading.live import graph_at

if TYPE_CHECKING:
    from impact.graph import Graph


METHOD = 2
"""How assessments are made by this release; those before the outlook (None) are replayed without one."""


def assess(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Assessment]:
    """
    Compute the outcome of every service for the change's window on the estate as it is now, and record it.

    The record is written together with the change's move (:func:`cmdb.change.assessments.record_assessment`): to
    assessed, or scheduled where the verdict is AUTO. Assessing again makes a new record; an approval stands as long as
    the result is the same in every byte. ``expected_version`` is the version of the change the actor has seen.

    Raises:
        NotAllowed: the actor may not assess changes.
        NotFound: there is no such change.
        WrongState: it is a draft, or nothing is to be decided about it any more.
        VersionConflict: somebody else edited, assessed or decided meanwhile.
    """
    context.allow("change:assess")
    held = held_change(context, change_id, expected_version)
    move_of(held.record, "assess")
    return record_assessment(context, held, made(context, held))


def made(context: Context, held: Held[Change]) -> Assessment:
    """Return the next assessment of a submitted change on the estate as it is now, signed; it is kept by nobody yet."""
    revision = context.store.revision()
    in_force = policy.in_force(context, at=revision)
    text = in_force.text.encode()
    defaults = defaults_at(context, revision)
    inputs = inputs_of(
        held.record,
        policy_version=in_force.version,
        policy_sha256=context.store.put_blob(text),
        defaults_sha256=context.store.put_blob(defaults.content()),
    )
    number, previous = link(context, held.record)
    return computed(
        context,
        graph_at(context.store, defaults, at=revision),
        inputs,
        read_policy(text),
        assessment_id=context.new_id(ASSESSMENTS),
        change=held.record.id,
        number=number,
        change_revision=held.record.revision,
        made_at=context.clock.now(),
        made_by=context.actor.id,
        previous=previous,
    )


def inputs_of(
    change: Change, *, policy_version: int, policy_sha256: str, defaults_sha256: str, method: int | None = METHOD
) -> Inputs:
    """Return what an assessment of the change is computed from; a submitted change has a window."""
    assert change.window is not None
    return Inputs(
        type=change.type,
        window=change.window,
        targets=change.targets,
        has_back_out=change.back_out is not None,
        policy_version=policy_version,
        policy_sha256=policy_sha256,
        defaults_sha256=defaults_sha256,
        method=method,
    )


def computed(
    context: Context,
    graph: Graph,
    inputs: Inputs,
    limits: Policy,
    *,
    assessment_id: str,
    change: str,
    number: int,
    change_revision: int,
    made_at: datetime,
    made_by: str,
    previous: str,
) -> Assessment:
    """
    Return the signed assessment of the inputs on a graph, by a policy: the same arguments, the same bytes.

    Whatever else is read - other changes, incidents - is read as of the graph's revision.
    """
    found = find_worst(graph, inputs)
    findings = found.findings
    outlook = None
    if inputs.method is not None:
        outlook = outlook_of(context, graph, inputs, found, change=change, made_at=made_at)
    verdict, reasons = policy.judge(
        limits, change_type=inputs.type, has_back_out=inputs.has_back_out, findings=findings, outlook=outlook
    )
    return signed(
        Assessment(
            id=assessment_id,
            change=change,
            number=number,
            change_revision=change_revision,
            graph_revision=graph.revision,
            made_at=made_at,
            made_by=made_by,
            inputs=inputs,
            verdict=verdict,
            reasons=reasons,
            services=findings.services,
            unaffected=findings.unaffected,
            standing=findings.standing,
            down=findings.down,
            degraded=findings.degraded,
            retired=findings.retired,
            phases=findings.phases,
            previous=previous,
            outlook=outlook,
        )
    )
