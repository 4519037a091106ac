"""P(fail) from the store's own changes: learning a model, keeping it as a record, and asking it of a change to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cmdb.chain import digest as digest_of
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.model.change import CHANGES, Change
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.failure_model import FAILURE_MODELS, FailureModelVersion
from cmdb.model.past_change import PastChange, PlannedChange
from cmdb.model.prediction import Alike, Contribution
from cmdb.ports.store import Equals
from cmdb.records import Held
from impact.reading.per_store import PerStore

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

    ``figures`` and ``steps`` are the change's own part, ``model`` is the model's document and ``digest`` the SHA-256 of
    its canonical JSON; from these alone it can be worked out again (:func:`predict_from`). ``facts`` are the given
    facts as they were known: nobody can look all of them up later. ``outcomes`` is how many the model has learned from,
    ``incident_share`` that of :func:`incident_share`.
    """

    change: str
    revision: int
    prediction: Prediction
    figures: dict[str, Any]
    steps: tuple[tuple[str, float], ...]
    facts: dict[str, float]
    digest: str
    model: Mapping[str, Any]
    outcomes: int
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


@dataclass(frozen=True, slots=True)
class _Taught:
    """What outcomes that matured have taught, with the document of the model and its digest, made once."""

    matured: tuple[PastChange, ...]
    learned: Learned
    document: dict[str, Any]
    digest: str
    incident_share: float


class _Memory:
    """What one process keeps of a store's newest model, and of the changes that had begun when it was last asked."""

    def __init__(self) -> None:
        self.taught: _Taught | None = None
        self.with_begun: tuple[_Taught, tuple[PlannedChange, ...], Learned] | None = None


_KEPT: PerStore[_Memory] = PerStore(_Memory)


def learned(context: Context, *, at: int | None = None) -> Learned:
    """
    Return what the store's own changes have taught by now, those whose outcome has matured.

    A model is learned only when outcomes have matured or were corrected; it is kept in memory for each store, and
    whatever else is written leaves it as it is. No change at all gives the wide prior.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such revision.
        HistoryGone: it is no longer kept.
    """
    return _learned(context, at)[1]


def incident_share(context: Context, *, at: int | None = None) -> float:
    """
    Return how many of the changes that do not succeed fail with an incident, rather than are backed out (0 to 1).

    The mean of Beta(failed + 1/2, backed out + 1/2) over the outcomes that matured: Jeffreys' prior. Without a plan to
    back out the share is 1, which is for the caller to know. Raises as :func:`learned`.
    """
    return _learned(context, at)[0].incident_share


def _learned(context: Context, at: int | None) -> tuple[_Taught, Learned]:
    from impact.reading.past_changes import past_changes

    context.allow("change:read")
    revision = context.store.revision() if at is None else at
    found = past_changes(context.store, revision, context.clock.now())
    with _KEPT.of(context.store) as memory:
        taught = memory.taught
        if taught is None or (taught.matured is not found.matured and taught.matured != found.matured):
            taught = memory.taught = _taught(found.matured)
        if not found.begun:
            return taught, taught.learned
        begun = memory.with_begun
        if begun is None or begun[0] is not taught or (begun[1] is not found.begun and begun[1] != found.begun):
            begun = memory.with_begun = taught, found.begun, taught.learned.with_begun(found.begun)
        return taught, begun[2]


def _taught(matured: tuple[PastChange, ...]) -> _Taught:
    from impact.failure.learning import learn
    from impact.reading.past_changes import FACTS

    found = learn(matured, FACTS)
    document = found.model.as_json()
    failed, backed_out = (
        sum(past.outcome is outcome for past in matured) for outcome in (ChangeOutcome.FAILED, ChangeOutcome.BACKED_OUT)
    )
    return _Taught(matured, found, document, digest_of(document), (failed + 0.5) / (failed + backed_out + 1.0))


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
    taught, found = _learned(context, None)
    model, document, digest = found.model, taught.document, taught.digest
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
    taught, found = _learned(context, at)
    planned = of_change(context.store, change, change.window.start, at)
    figures, steps = found.figures(planned)
    return ChanceOfFailure(
        change=change.id,
        revision=at,
        prediction=found.model.predict(figures, steps),
        figures=figures.as_json(),
        steps=steps,
        facts=dict(sorted(planned.facts.items())),
        digest=taught.digest,
        model=taught.document,
        outcomes=found.model.learned,
        incident_share=taught.incident_share,
    )


def predict_from(
    document: Mapping[str, Any], figures: Mapping[str, Any], steps: Sequence[tuple[str, float]]
) -> Prediction:
    """
    Return P(fail) worked out again from the document of a model and the change's own part, and from nothing else.

    ``figures`` and ``steps`` are those of :class:`ChanceOfFailure`, also after they went through JSON.

    Raises:
        ValueError: the document is of another format.
    """
    from impact.failure.model import figures_from, from_json

    return from_json(document).predict(figures_from(figures), [(str(name), float(part)) for name, part in steps])


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
