"""
The desk of change models: templates with history, approved by somebody who did not write them.

A model withdraws itself when too many of its last changes were backed out or failed; the limit stands in the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

from cmdb.change import checks
from cmdb.change.text_input import Unreadable, read_moment, read_target
from cmdb.context import Context
from cmdb.errors import InvalidInput, OwnWork, Problem, WrongState
from cmdb.model.change import CHANGES, BackOut, Change, ChangeType, Effect, Target
from cmdb.model.change_model import CHANGE_MODELS, ChangeModel, FailureLimit, ModelState
from cmdb.model.change_outcome import BAD
from cmdb.model.decision import POLICY
from cmdb.people.persons import hands
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Equals, Filter, OneOf
from cmdb.records import Held, Listing, from_document


class Keep(Enum):
    """Stands for "leave this field as it is", where None means "take it away"."""

    KEEP = "keep"


KEEP = Keep.KEEP
_LONGEST_ID = 100
_MOST_OF = 1_000
_PAGE = 100


class Standing(NamedTuple):
    """How the last changes of a model went: so many of ``of`` whose outcome is known were backed out or failed."""

    bad: int
    of: int
    limit: FailureLimit

    @property
    def is_over(self) -> bool:
        return self.bad >= self.limit.failures


def define(
    context: Context,
    model_id: str,
    *,
    expected_version: int | None = None,
    title: str | Keep = KEEP,
    change_type: ChangeType | Keep = KEEP,
    description: str | Keep = KEEP,
    effect: Effect | Keep = KEEP,
    offset: int | Keep = KEEP,
    minutes: int | Keep | None = KEEP,
    steps: Sequence[str] | Keep = KEEP,
    back_out: BackOut | Keep | None = KEEP,
    team: str | Keep | None = KEEP,
    window_minutes: int | Keep | None = KEEP,
    test_evidence: str | Keep = KEEP,
    limit: FailureLimit | Keep = KEEP,
) -> Held[ChangeModel]:
    """
    Draw up a model, or change one; what is left out stays (of a new one it has its default). An edit is proposed anew.

    ``expected_version`` is the version the actor has seen, 0 for "there is none yet"; left out, the present one.

    Raises:
        NotAllowed: the actor may not write models.
        VersionConflict: somebody else changed it meanwhile, or it is there already.
        InvalidInput: something given is wrong; every problem is named.
    """
    context.allow("change_model:write")
    stored = context.store.get(CHANGE_MODELS, model_id)
    version = stored.version if stored else 0
    if expected_version is not None and expected_version != version:
        raise VersionConflict(kind=CHANGE_MODELS.name, key=model_id, expected=expected_version, actual=version)
    actor = context.actor.id
    blank = ChangeModel(model_id, "", ChangeType.STANDARD, ModelState.PROPOSED, (actor,), 0)
    before = context.records.get(CHANGE_MODELS, model_id) if stored else blank
    given: dict[str, Any] = {
        "title": title,
        "type": change_type,
        "description": description,
        "effect": effect,
        "offset": offset,
        "minutes": minutes,
        "steps": steps if isinstance(steps, Keep) else tuple(steps),
        "back_out": back_out,
        "team": team,
        "window_minutes": window_minutes,
        "test_evidence": test_evidence,
        "limit": limit,
    }
    said = replace(before, **{name: value for name, value in given.items() if value is not KEEP})
    _refuse(_problems(said), f"the change model {model_id}")
    if stored and said == before:
        return context.records.held(CHANGE_MODELS, model_id)
    proposed = replace(
        said,
        state=ModelState.PROPOSED,
        revision=before.revision + 1,
        authors=tuple(sorted({*before.authors, actor})),
        approved_by=None,
        approved_at=None,
        withdrawn_by=None,
        withdrawn_at=None,
        because="",
    )
    return context.records.put(CHANGE_MODELS, proposed, because="change_model:defined", expected_version=version)


def approve(context: Context, model_id: str, *, expected_version: int | None = None) -> Held[ChangeModel]:
    """
    Approve a model that was drawn up, by a change authority who did not write it.

    Raises:
        NotAllowed, OwnWork: the actor may not approve this.
        NotFound: there is no such model.
        WrongState: it is not proposed.
        VersionConflict: somebody else changed it meanwhile.
    """
    context.allow("change_model:approve")
    held = _held(context, model_id, expected_version)
    model = held.record
    own = sorted(set(hands(context.store, context.actor.id)) & set(model.authors))
    if own:
        raise OwnWork(actor=context.actor.id, subject=model_id, author=own[0])
    _refuse_state(model, "approve", ModelState.PROPOSED)
    now = context.clock.now()
    approved = replace(model, state=ModelState.APPROVED, approved_by=context.actor.id, approved_at=now)
    return context.records.put(CHANGE_MODELS, approved, because="change_model:approved", expected_version=held.version)


def withdraw(
    context: Context, model_id: str, *, because: str, expected_version: int | None = None
) -> Held[ChangeModel]:
    """
    Withdraw a model: no change is made from it any more until it is changed and approved anew.

    Raises:
        NotAllowed: the actor may not approve models, so they do not withdraw them either.
        NotFound, VersionConflict: as for :func:`approve`.
        WrongState: it is withdrawn already.
        InvalidInput: nothing says why.
    """
    context.allow("change_model:approve")
    held = _held(context, model_id, expected_version)
    _refuse_state(held.record, "withdraw", ModelState.PROPOSED, ModelState.APPROVED)
    _refuse(list(checks.text_problems("/because", "reason", because)), f"the withdrawal of {model_id}")
    return _withdrawn(context, held, by=context.actor.id, because=because)


def withdraw_failing(context: Context) -> tuple[str, ...]:
    """Withdraw every approved model whose changes failed too often, and return their ids, sorted. A job asks for it."""
    context.allow("change_model:approve")
    gone = []
    for model in tuple(context.records.find(CHANGE_MODELS, [Equals("state", ModelState.APPROVED.value)])):
        found = standing(context, model)
        if found.is_over:
            because = f"{found.bad} of its last {found.of} changes were backed out or failed; {_said(model.limit)}"
            try:
                _withdrawn(context, context.records.held(CHANGE_MODELS, model.id), by=POLICY, because=because)
            except VersionConflict:
                continue  # Somebody changed it at this moment; the next time judges what it is then.
            gone.append(model.id)
    return tuple(sorted(gone))


def standing(context: Context, model: ChangeModel) -> Standing:
    """Return how the last changes of a model went, since it was approved; raises NotAllowed."""
    context.allow("change:read")
    newest = list(islice(_counted(context, model), model.limit.of))
    return Standing(sum(each.outcome in BAD for each in newest), len(newest), model.limit)


def _counted(context: Context, model: ChangeModel) -> Iterator[Change]:
    """Yield the changes that speak for a model, those whose outcome was known last first."""
    after = None
    while True:
        page = context.records.listing(
            CHANGES, [Equals("model", model.id)], order="outcome_at", descending=True, after=after, limit=_PAGE
        )
        for change in (held.record for held in page.rows):
            if change.outcome_at is None or (model.approved_at is not None and change.outcome_at < model.approved_at):
                return  # Those that follow were known before it was approved, or are not known yet.
            if _counts(change, model):
                yield change
        after = page.after
        if after is None:
            return


def get(context: Context, model_id: str) -> Held[ChangeModel]:
    """Return a model; raises NotAllowed and NotFound."""
    context.allow("change:read")
    return context.records.held(CHANGE_MODELS, model_id)


def listing(
    context: Context, *, states: Sequence[ModelState] = (), after: str | None = None, limit: int = 100
) -> Listing[ChangeModel]:
    """Return one page of the models in these states (none given: in any), by id."""
    context.allow("change:read")
    where: list[Filter] = [OneOf("state", tuple(state.value for state in states))] if states else []
    return context.records.listing(CHANGE_MODELS, where, after=after, limit=limit)


def filled(context: Context, model_id: str, given: dict[str, Any]) -> dict[str, Any]:
    """
    Return what a new change is given, by its fields, with what its model fills in where nothing is given.

    A target typed as its id alone gets the model's effect, offset and minutes; a window with a start alone ends after
    the model's length. A model that is not there, or not approved, fills in nothing: the change is refused for it.
    """
    stored = context.store.get(CHANGE_MODELS, model_id)
    if stored is None or stored.document["state"] != ModelState.APPROVED.value:
        return given
    model = from_document(CHANGE_MODELS, stored.document)
    plan = {
        "title": model.title,
        "type": model.type,
        "steps": model.steps,
        "back_out": model.back_out,
        "team": model.team,
        "test_evidence": model.test_evidence,
    }
    made = {**given, **{name: value for name, value in plan.items() if given[name] in (None, "", ())}}
    if isinstance(given.get("window"), tuple):
        made["window"] = _window(model, *given["window"])
    made["targets"] = [_target(model, each) for each in given.get("targets", ())]
    return made


def _window(model: ChangeModel, start: str, end: str) -> tuple[str, str]:
    """Return the texts of a window, with the end the model gives where there is none."""
    if end or model.window_minutes is None:
        return start, end
    try:
        moment, _ = read_moment(start)
    except Unreadable:
        return start, end
    # The moment is in UTC, so the end is so many minutes later whatever the clocks of a zone do between.
    return start, (moment + timedelta(minutes=model.window_minutes)).isoformat()


def _target(model: ChangeModel, given: Target | str) -> Target | str:
    if isinstance(given, Target):
        return given
    read, problems = read_target(given)
    if problems or read is None or read != Target(read.ci):
        return given
    if "," in given.replace(read.ci, "", 1):
        return given  # Somebody wrote an option that happens to be what is meant without one.
    return Target(read.ci, model.effect, model.offset, model.minutes)


def _counts(change: Change, model: ChangeModel) -> bool:
    """Tell whether a change speaks for its model: finished, never retrospective, and begun since it was approved."""
    if change.outcome is None or change.retrospective:
        return False
    return model.approved_at is None or change.raised_at >= model.approved_at


def _said(limit: FailureLimit) -> str:
    return f"its limit is {limit.failures} of {limit.of}"


def _withdrawn(context: Context, held: Held[ChangeModel], *, by: str, because: str) -> Held[ChangeModel]:
    gone = replace(
        held.record,
        state=ModelState.WITHDRAWN,
        withdrawn_by=by,
        withdrawn_at=context.clock.now(),
        because=because,
    )
    return context.records.put(CHANGE_MODELS, gone, because="change_model:withdrawn", expected_version=held.version)


def _held(context: Context, model_id: str, expected_version: int | None) -> Held[ChangeModel]:
    held = context.records.held(CHANGE_MODELS, model_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=CHANGE_MODELS.name, key=model_id, expected=expected_version, actual=held.version)
    return held


def _refuse_state(model: ChangeModel, move: str, *possible: ModelState) -> None:
    if model.state not in possible:
        states = [state.value for state in possible]
        raise WrongState(subject=model.id, move=move, state=model.state.value, possible=states)


def _refuse(problems: Sequence[Problem], what: str) -> None:
    if problems:
        raise InvalidInput(problems, what=what)


def _problems(model: ChangeModel) -> list[Problem]:
    return [*_id_problems(model.id), *_plan_problems(model), *_limit_problems(model.limit)]


def _id_problems(model_id: str) -> Iterator[Problem]:
    if not model_id or len(model_id) > _LONGEST_ID or not all(c.isalnum() or c in "._-" for c in model_id):
        sentence = "{id!r} is no id of a change model: 1 to {longest} letters, digits, dots, hyphens or underscores"
        yield Problem("change_model.id", sentence, {"id": model_id[:80], "longest": _LONGEST_ID}, "/id")


def _plan_problems(model: ChangeModel) -> Iterator[Problem]:
    """Yield what is wrong with what a model fills in: what would be wrong with a change that says so."""
    yield from checks.text_problems("/title", "title", model.title)
    if model.description:
        yield from checks.text_problems("/description", "reason", model.description)
    if model.type is ChangeType.EMERGENCY:
        sentence = "a model is of type standard or normal: an emergency follows no template"
        yield Problem("change_model.emergency", sentence, pointer="/type")
    yield from checks.plan_problems(model.steps, model.back_out, model.team, model.test_evidence)
    yield from checks.effect_problems(model.effect, model.offset, model.minutes, "")
    longest = int(checks.LONGEST_WINDOW / timedelta(minutes=1))
    if model.window_minutes is not None and not 1 <= model.window_minutes <= longest:
        facts = {"minutes": model.window_minutes, "longest": longest}
        sentence = "a window of {minutes} minutes; 1 to {longest}"
        yield Problem("change_model.window", sentence, facts, "/window_minutes")


def _limit_problems(limit: FailureLimit) -> Iterator[Problem]:
    if not 1 <= limit.failures <= limit.of <= _MOST_OF:
        facts = {"failures": limit.failures, "of": limit.of, "most": _MOST_OF}
        sentence = "{failures} failures of {of} is no limit; such as 2 of the last 20, of {most} at most"
        yield Problem("change_model.limit", sentence, facts, "/limit")
