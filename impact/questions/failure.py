"""P(fail) of a change within an assessment: the change as the model sees it is kept, and worked out from that alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cmdb.chain import canonical
from cmdb.change.policy.policy import kept
from cmdb.context import Context
from cmdb.model.change import Change
from cmdb.model.consequence import FailureChance
from cmdb.model.prediction import Alike, Contribution, FailureFigures, Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from impact.questions.learn import ChanceOfFailure


def figures_of(context: Context, change: Change, *, at: int) -> FailureFigures:
    """
    Return a change with a window as what the store's own changes have taught by now sees it; the model is kept.

    Raises:
        NotAllowed: the actor may not read changes.
        HistoryGone: the revision is no longer kept.
    """
    from impact.questions.learn import chance_for

    found = chance_for(context, change, at=at)
    return _figures(found, context.store.put_blob(canonical(found.model)))


def foretold(context: Context, figures: FailureFigures) -> Prediction:
    """
    Return P(fail) from the figures and the kept model alone.

    Raises:
        NotFound: the model's document is not kept.
    """
    return _predicted(json.loads(kept(context, figures.model)), figures)


def chance_from(prediction: Prediction, *, has_back_out: bool) -> FailureChance:
    """Return the chance a consequence is reckoned at; without a plan to back out, whatever fails is an incident."""
    return FailureChance(
        mean=prediction.mean,
        low=prediction.low,
        high=prediction.high,
        is_prior=not prediction.outcomes,
        incident_share=prediction.incident_share if has_back_out else 1.0,
    )


def failure_of(context: Context, change: Change, *, at: int) -> FailureChance:
    """Return P(fail) of a change with a window as of a revision; raises as :func:`figures_of`."""
    from impact.questions.learn import chance_for

    found = chance_for(context, change, at=at)
    return chance_from(_predicted(found.model, _figures(found, found.digest)), has_back_out=change.back_out is not None)


def _figures(found: ChanceOfFailure, model: str) -> FailureFigures:
    return FailureFigures(
        model=model,
        values=tuple(found.figures["values"]),
        variances=tuple(found.figures["variances"]),
        level=found.figures["level"],
        level_variance=found.figures["level_variance"],
        steps=tuple(Contribution(name, added) for name, added in found.steps),
        incident_share=found.incident_share,
        facts=found.facts,
    )


def _predicted(document: Mapping[str, Any], figures: FailureFigures) -> Prediction:
    from impact.questions.learn import predict_from

    steps = [(step.name, step.log_odds) for step in figures.steps]
    told = {
        "values": figures.values,
        "variances": figures.variances,
        "level": figures.level,
        "level_variance": figures.level_variance,
    }
    found = predict_from(document, told, steps)
    alike = found.alike
    return Prediction(
        mean=found.mean,
        low=found.low,
        high=found.high,
        effective_sample_size=found.effective_sample_size,
        method=found.method,
        outcomes=document["learned"],
        contributions=tuple(Contribution(name, part) for name, part in found.contributions),
        alike=None if alike is None else Alike(**alike.as_json(), share=alike.share),
        incident_share=figures.incident_share,
        model=figures.model,
    )
