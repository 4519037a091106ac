"""What P(fail) of a change has learned since an assessment, and whether that is any news for its verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from math import inf, isinf
from typing import TYPE_CHECKING

from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy import kept
from cmdb.change.policy.policy_text import read_kept
from cmdb.context import Context
from cmdb.model.assessment import Assessment
from cmdb.model.change import CHANGES, Change
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.consequence import Consequence
from cmdb.model.facts import BreachFacts, Facts
from cmdb.model.go_check import ChangedFact, FieldChange
from impact.questions.facts import failure_facts

if TYPE_CHECKING:
    from impact.questions.learn import ChanceOfFailure

_FAILURES = (ChangeOutcome.FAILED, ChangeOutcome.BACKED_OUT)


def learned_since(context: Context, reference: Assessment, now: Assessment) -> Iterator[FieldChange]:
    """
    Yield how many outcomes matured between two assessments, and how many of them were failures of the change's like.

    Where none did, what added most to its log-odds since is named instead.
    """
    from impact.reading.past_changes import past_changes

    change = context.records.get(CHANGES, now.change, at=now.graph_revision)
    # Outcomes are learned from by the day: those known at its beginning.
    since = reference.made_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    matured = past_changes(context.store, now.graph_revision, now.made_at).matured
    found = [past for past in matured if past.known_at > since]
    failures = [past.planned for past in found if past.outcome in _FAILURES]
    targets = {target.ci for target in now.inputs.targets}
    if found:
        yield FieldChange("outcomes", None, len(found))
        yield FieldChange("failures", None, len(failures))
        yield FieldChange("of_model", None, sum(each.model == change.model is not None for each in failures))
        yield FieldChange("of_team", None, sum(each.team == change.team is not None for each in failures))
        yield FieldChange("of_targets", None, sum(not targets.isdisjoint(each.targets) for each in failures))
        return
    before, after = (
        {each.name: each.log_odds for each in of.prediction.contributions} if of.prediction else {}
        for of in (reference, now)
    )
    grown = sorted((before.get(name, 0.0) - part, name) for name, part in after.items())
    if grown and grown[0][0] < 0 and before:
        yield FieldChange("driver", None, grown[0][1])


def risen(context: Context, change: Change, seen: Assessment, *, at: int) -> ChangedFact | None:
    """
    Return that P(fail) has risen since the assessment ``seen`` so far that the verdict may be stricter, else None.

    It is asked only where the model has learned since, and nothing else is computed anew: of losses and P(breach) it is
    enough that they grow at most in the proportion in which the likeliest scenario did (a bound, for a mean as for a
    mean of the worst cases). A drift that changes no verdict even so is no news; else a full check tells what it means.

    Raises:
        NotAllowed: the actor may not read changes.
        HistoryGone: the revision is no longer kept.
    """
    from impact.questions.learn import chance_for, taught_by

    if seen.prediction is None or seen.consequence is None or seen.facts is None:
        return None
    if taught_by(context, at=at).digest == seen.prediction.model:
        return None
    found = chance_for(context, change, at=at)
    facts = at_chance(seen.facts, seen.consequence, found, has_back_out=change.back_out is not None)
    verdict, _ = judge(read_kept(kept(context, seen.inputs.policy_sha256)), facts)
    if not verdict.is_stricter_than(seen.verdict):
        return None
    then, now = seen.prediction, found.prediction
    fields = (FieldChange("mean", then.mean, now.mean), FieldChange("high", then.high, now.high))
    return ChangedFact("failure_rose", seen.id, context.clock.now(), context.actor.id, fields=fields)


def at_chance(facts: Facts, consequence: Consequence, found: ChanceOfFailure, *, has_back_out: bool) -> Facts:
    """Return the facts at another P(fail), losses and P(breach) as high as they can be by it."""
    predicted, was = found.prediction, consequence.p_fail
    share = found.incident_share if has_back_out else 1.0
    grown = _growth(was.mean, was.incident_share, predicted.mean, share)
    grown_high = _growth(was.high, was.incident_share, predicted.high, share)
    loss = facts.loss
    if loss is not None:
        loss = replace(
            loss,
            expected=_times(loss.expected, grown),
            tail=_times(loss.tail, grown),
            expected_high=_times(loss.expected_high, grown_high),
            tail_high=_times(loss.tail_high, grown_high),
        )
    return replace(
        facts,
        failure=failure_facts(predicted),
        loss=loss,
        breaches=None if facts.breaches is None else tuple(_breach(each, grown, grown_high) for each in facts.breaches),
    )


def _growth(was: float, was_share: float, now: float, share: float) -> float:
    """Return the highest of the proportions in which the probabilities of the scenarios grew."""
    scenarios = (
        (1.0 - was, 1.0 - now),
        (was * (1.0 - was_share), now * (1.0 - share)),
        (was * was_share, now * share),
    )
    return max((after / before if before else inf) for before, after in scenarios if after)


def _times(figure: float, grown: float) -> float:
    # Of a scenario that was impossible, nobody can tell from the sum what it would cost.
    return inf if isinf(grown) else figure * grown


def _breach(breach: BreachFacts, grown: float, grown_high: float) -> BreachFacts:
    probability, high = _times(breach.probability, grown), _times(breach.high, grown_high)
    return replace(breach, probability=min(1.0, probability), high=min(1.0, high))
