"""Assess a change: compute what it does in its window, judge it by the policy in force, and keep the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cmdb.change.assessments import link, record_assessment, signed
from cmdb.change.changes import held_change
from cmdb.change.moves import move_of
from cmdb.change.policy import policy
from cmdb.change.policy.found_facts import facts_found
from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy_text import read_kept
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Assessment, Inputs
from cmdb.model.change import CHANGES, Change
from cmdb.model.consequence import Consequence
from cmdb.model.policy import FactsPolicy, Policy
from cmdb.model.prediction import FailureFigures, Prediction
from cmdb.records import Held
from impact.questions.consequence import consequence_at
from impact.questions.drafting import drafts_in
from impact.questions.facts import asked_of, facts_known, facts_reckoned, last_seen
from impact.questions.failure import chance_from, figures_of, foretold
from impact.questions.findings import find_worst
from impact.questions.graphs import defaults_at
from impact.questions.outlook import outlook_of
from impact.reading.live import graph_at

if TYPE_CHECKING:
    from impact.drafts import Drafts
    from impact.graph import Graph


METHOD = 4
"""
How assessments are made by this release. The first method (None) had no outlook; the second kept no facts, and policies
judged what it found and the outlook alone; the third knew neither P(fail) nor the consequence.
"""


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
        seen_at=last_seen(context, held.record),
        failure=figures_of(context, held.record, at=revision),
        policy_version=in_force.version,
        policy_sha256=context.store.put_blob(text),
        defaults_sha256=context.store.put_blob(defaults.content()),
    )
    number, previous = link(context, held.record)
    return computed(
        context,
        graph_at(context.store, defaults, at=revision),
        inputs,
        read_kept(text),
        assessment_id=context.new_id(ASSESSMENTS),
        change=held.record.id,
        number=number,
        change_revision=held.record.revision,
        made_at=context.clock.now(),
        made_by=context.actor.id,
        previous=previous,
    )


def inputs_of(
    change: Change,
    *,
    policy_version: int,
    policy_sha256: str,
    defaults_sha256: str,
    seen_at: datetime | None = None,
    failure: FailureFigures | None = None,
    method: int | None = METHOD,
) -> Inputs:
    """Return what an assessment of the change is computed from; a submitted change has a window."""
    assert change.window is not None
    since: dict[str, Any] = {}
    if method is not None and method >= 3:
        since |= {"seen_at": seen_at, **asked_of(change)}
    if method is not None and method >= 4:
        since |= {"failure": failure, "notified": bool(change.communications.strip())}
    return Inputs(
        type=change.type,
        window=change.window,
        targets=change.targets,
        has_back_out=change.back_out is not None,
        policy_version=policy_version,
        policy_sha256=policy_sha256,
        defaults_sha256=defaults_sha256,
        method=method,
        **since,
    )


def computed(
    context: Context,
    graph: Graph,
    inputs: Inputs,
    limits: Policy | FactsPolicy,
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
    drafts = drafts_in(context, graph, inputs.targets, defaults_sha256=inputs.defaults_sha256)
    found = find_worst(graph, inputs, drafts)
    findings = found.findings
    outlook = None
    if inputs.method is not None:
        outlook = outlook_of(context, graph, inputs, found, change=change, made_at=made_at, drafts=drafts)
    facts = facts_found(inputs, findings, outlook, change=change)
    prediction = consequence = None
    if inputs.method is not None and inputs.method >= 4:
        prediction, consequence = _reckoned(context, graph, inputs, change=change, made_at=made_at, drafts=drafts)
        facts = facts_reckoned(facts, prediction, consequence)
    if inputs.method is not None and inputs.method >= 3:
        facts = facts_known(context, graph, inputs, facts, change=change, made_at=made_at)
    elif isinstance(limits, FactsPolicy):
        raise ValueError("a policy of the second format judges facts, and this method keeps none")
    verdict, reasons = judge(limits, facts)
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
            facts=facts if inputs.method is not None and inputs.method >= 3 else None,
            prediction=prediction,
            consequence=consequence,
            rewiring=findings.rewiring,
        )
    )


def _reckoned(
    context: Context, graph: Graph, inputs: Inputs, *, change: str, made_at: datetime, drafts: Drafts | None
) -> tuple[Prediction, Consequence]:
    """Return P(fail) from the recorded figures alone, and what the change may do at that chance."""
    if inputs.failure is None:
        raise ValueError("an assessment of this method has the figures of P(fail) among its inputs")
    prediction = foretold(context, inputs.failure)
    stood = context.records.get(CHANGES, change, at=graph.revision)
    asked = replace(stood, type=inputs.type, window=inputs.window, targets=inputs.targets)
    chance = chance_from(prediction, has_back_out=inputs.has_back_out)
    found = consequence_at(context, graph, asked, chance, now=made_at, notified=inputs.notified, drafts=drafts)
    return prediction, found
