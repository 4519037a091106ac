"""P(fail) from the store's own changes: learning a model, keeping it as a record, and asking it of a change to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cmdb.chain import digest as digest_of
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.model.change import CHANGES, Change
from cmdb.model.failure_model import FAILURE_MODELS, FailureModelVersion
from cmdb.model.past_change import PastChange
from cmdb.model.prediction import Alike, Contribution
from cmdb.ports.store import Equals, Store
from cmdb.records import Held

if TYPE_CHECKING:
    from impact.failure.learning import Learned
    from impact.failure.model import Prediction


class WithoutWindow(ForeshockError):
    """A change without a window has no start, so nothing can be foretold at it."""

    code = "failure.without_window"
    sentence = "{change} has no window yet, so nobody knows what will be known at its start; give it one"
    family = Family.REFUSED

    def __init__(self, *, change: str) -> None:
        super().__init__(change=change)


@dataclass(frozen=True, slots=True)
class ChanceOfFailure:
    """
    P(fail) of a change at a revision, and what it was worked out from.

    ``figures`` and ``steps`` are the change's own part, ``digest`` names the model's document; from these two alone it
    can be worked out again (:func:`predict_from`). ``outcomes`` is how many the model has learned from, ``model`` its
    document, and ``incident_share`` how many failures are incidents rather than backed out.
    """

    change: str
    revision: int
    prediction: Prediction
    figures: dict[str, Any]
    steps: tuple[tuple[str, float], ...]
    digest: str
    outcomes: int
    model: Mapping[str, Any]
    incident_share: float


@dataclass(frozen=True, slots=True)
class ChanceAnswer:
    """
    P(fail) of a change as every door shows it.

    ``mean`` lies within ``low`` to ``high`` with 90 %. ``evidence`` is the effective sample size, ``outcomes`` how many
    the model has learned from, ``model`` the digest of its document. The contributions add up to the log-odds of the
    mean.
    """

    change: str
    revision: int
    mean: float
    low: float
    high: float
    evidence: float
    method: str
    outcomes: int
    contributions: tuple[Contribution, ...]
    alike: Alike | None
    model: str


_KEPT: WeakKeyDictionary[Store, tuple[tuple[int, int, int], Learned]] = WeakKeyDictionary()
_LOCK = Lock()


def learned(context: Context, *, at: int | None = None) -> Learned:
    """
    Return what the store's own changes have taught by now, those whose outcome has matured.

    The newest is kept in memory for each store until an outcome more is known. No change at all gives the wide prior.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such revision.
        HistoryGone: it is no longer kept.
    """
    from impact.failure.learning import learn
    from impact.reading.past_changes import FACTS, past_changes
    from impact.reading.shelf import itself

    context.allow("change:read")
    revision = context.store.revision() if at is None else at
    found = past_changes(context.store, revision, context.clock.now())
    # Of one revision, time alone moves changes from begun to matured.
    key = (revision, len(found.matured), len(found.begun))
    with _LOCK:
        there = _KEPT.get(itself(context.store))
    if there is not None and there[0] == key:
        return there[1]
    taught = learn(found.matured, FACTS, found.begun)
    with _LOCK:
        _KEPT[itself(context.store)] = (key, taught)
    return taught


def own_history(context: Context) -> tuple[Sequence[PastChange], tuple[str, ...]]:
    """
    Return the store's own changes whose outcome has matured, by their start, and the names of their facts.

    Raises:
        NotAllowed: the actor may not read changes.
    """
    from impact.reading.past_changes import FACTS, past_changes

    context.allow("change:read")
    return past_changes(context.store, context.store.revision(), context.clock.now()).matured, FACTS


def keep(context: Context) -> Held[FailureModelVersion]:
    """
    Learn, and keep the model as a record; one that is kept already is not kept twice.

    Raises:
        NotAllowed: the actor may not keep models.
    """
    context.allow("failure_model:learn")
    model = learned(context).model
    document = model.as_json()
    digest = digest_of(document)
    for held in context.records.listing(FAILURE_MODELS, (Equals("digest", digest),), limit=1).rows:
        return held
    version = FailureModelVersion(
        id=context.new_id(FAILURE_MODELS),
        learned_at=context.clock.now(),
        changes=model.learned,
        failures=model.failures,
        method=model.method,
        digest=digest,
        document=document,
    )
    return context.records.put(FAILURE_MODELS, version, because="failure_model:learned", expected_version=0)


def kept(context: Context, model: str) -> Held[FailureModelVersion]:
    """
    Return a model that was kept.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such model.
    """
    context.allow("change:read")
    return context.records.held(FAILURE_MODELS, model)


def chance_of_failure(context: Context, change_id: str, *, at: int | None = None) -> ChanceOfFailure:
    """
    Return P(fail) of a change that is to come, by what is known now.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such change or revision.
        WithoutWindow: it has no window yet.
    """
    context.allow("change:read")
    revision = context.store.revision() if at is None else at
    return chance_for(context, context.records.get(CHANGES, change_id, at=revision), at=revision)


def chance_for(context: Context, change: Change, *, at: int) -> ChanceOfFailure:
    """Return the same of a change as it is given, which need not be kept so; raises as :func:`chance_of_failure`."""
    from impact.reading.past_changes import of_change

    if change.window is None:
        raise WithoutWindow(change=change.id)
    taught = learned(context, at=at)
    figures, steps = taught.figures(of_change(context.store, change, change.window.start, at))
    document = taught.model.as_json()
    return ChanceOfFailure(
        change=change.id,
        revision=at,
        prediction=taught.model.predict(figures, steps),
        figures={
            # What is not known is null, since JSON has no other word for it.
            "values": [None if value != value else value for value in figures.values[0].tolist()],
            "variances": figures.variances[0].tolist(),
            "level": float(figures.level[0]),
            "level_variance": float(figures.level_variance[0]),
        },
        steps=steps,
        digest=digest_of(document),
        outcomes=taught.model.learned,
        model=document,
        incident_share=0.5,
    )


def predict_from(
    document: Mapping[str, Any], figures: Mapping[str, Any], steps: Sequence[tuple[str, float]]
) -> Prediction:
    """Return P(fail) from a model's document and a change's own figures alone."""
    import numpy as np

    from impact.failure.model import Figures, from_json

    values = [np.nan if value is None else value for value in figures["values"]]
    rows = (values, figures["variances"], figures["level"], figures["level_variance"])
    given = Figures(
        *(
            np.atleast_2d(np.array(row, dtype=float)) if isinstance(row, (list, tuple)) else np.array([row])
            for row in rows
        )
    )
    return from_json(document).predict(given, steps)


def chance_of(context: Context, change: str, *, at: int | None = None) -> ChanceAnswer:
    """Return the same as every door shows it; raises as :func:`chance_of_failure`."""
    found = chance_of_failure(context, change, at=at)
    prediction = found.prediction
    alike = prediction.alike
    return ChanceAnswer(
        change=change,
        revision=found.revision,
        mean=prediction.mean,
        low=prediction.low,
        high=prediction.high,
        evidence=prediction.effective_sample_size,
        method=prediction.method,
        outcomes=found.outcomes,
        contributions=tuple(Contribution(name, part) for name, part in prediction.contributions),
        alike=None if alike is None else Alike(**alike.as_json(), share=alike.share),
        model=found.digest,
    )
