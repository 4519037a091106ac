"""Which facts made a verdict stricter than the approved one: those without which it would not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy import kept
from cmdb.change.policy.policy_text import read_kept
from cmdb.context import Context
from cmdb.model.assessment import Assessment
from cmdb.model.facts import BreachFacts, Facts, LossFacts, ServiceFacts
from cmdb.model.go_check import ChangedFact, FieldChange
from cmdb.model.outcome import Outcome
from cmdb.model.policy import FactsPolicy, Policy
from impact.questions.go_learned import learned_since

_LOSSES = (
    ("loss_rose", ("expected", "expected_high")),
    ("tail_rose", ("tail", "tail_high")),
    ("failed_loss_rose", ("failed",)),
)
_CONTENT = ("type", "retrospective", "back_out", "remediation")


class Told(NamedTuple):
    """A fact that is worse than it was: its code, what it is about, and from what to what."""

    code: str
    fields: tuple[FieldChange, ...] = ()
    ci: str = ""
    record: str = ""


class Part(NamedTuple):
    """What of the facts is worse, and the facts of now with that part as it was."""

    told: tuple[Told, ...]
    as_then: Facts


def stricter_facts(context: Context, reference: Assessment, now: Assessment) -> tuple[ChangedFact, ...]:
    """
    Return why the verdict of now is stricter than that of the reference; never nothing.

    Told are the parts of the facts, and the policy, that would make it milder or spare it a reason that came if they
    were as they were; where none would by itself, all that became worse. An assessment of another method tells that.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: a policy that one was judged by is no longer kept.
    """
    judged, before = (read_kept(kept(context, each.inputs.policy_sha256)) for each in (now, reference))
    told: list[Told] = []
    if reference.inputs.method != now.inputs.method:
        fields = (FieldChange("method", reference.inputs.method or 1, now.inputs.method or 1),)
        told.append(Told("method_other", fields, record=reference.id))
    told += decisive(reference, now, before, judged)
    if not told:
        told.append(Told("rules_other"))
    return tuple(_fact(context, each, reference, now) for each in told)


def decisive(
    reference: Assessment, now: Assessment, before: Policy | FactsPolicy, judged: Policy | FactsPolicy
) -> list[Told]:
    """Return what made the verdict stricter, the policies ``before`` and ``judged`` by being those of the two."""
    if reference.facts is None or now.facts is None:
        return []
    came = set(now.reasons) - set(reference.reasons)

    def counts(limits: Policy | FactsPolicy, facts: Facts) -> bool:
        verdict, reasons = judge(limits, facts)
        return now.verdict.is_stricter_than(verdict) or not came.issubset(reasons)

    worse = list(worse_parts(reference.facts, now.facts))
    told = [each for part in worse if counts(judged, part.as_then) for each in part.told]
    if before != judged and (counts(before, now.facts) or not told):
        versions = (reference.inputs.policy_version, now.inputs.policy_version)
        told.insert(0, Told("policy_other", (FieldChange("version", *versions),)))
    return told or [each for part in worse for each in part.told]


def worse_parts(then: Facts, now: Facts) -> Iterator[Part]:
    """Yield each part of the facts that is worse than it was, or became known or unknown."""
    for told, fields in _compared(then, now):
        if told:
            yield Part(tuple(told), replace(now, **fields))


def _compared(then: Facts, now: Facts) -> Iterator[tuple[list[Told], dict[str, Any]]]:
    """Yield what is worse in a part, and the fields of the facts with that part as it was."""
    yield list(_risen("failure_rose", then.failure, now.failure, ("mean", "high"))), {"failure": then.failure}
    yield from _losses(then.loss, now.loss)
    yield list(_breaches(then.breaches, now.breaches)), {"breaches": then.breaches}
    yield from _services(then.services, now.services)
    for code, name in (("conflict_met", "conflicts"), ("freeze_met", "freezes"), ("peak_met", "peaks")):
        yield list(_gained(code, getattr(then, name), getattr(now, name), name)), {name: getattr(then, name)}
    yield list(_gained("team_overrun", then.overruns, now.overruns, "overruns")), {"overruns": then.overruns}
    for code, name in (("conflicts_hidden", "conflicts_unexamined"), ("doubts_hidden", "doubts_unexamined")):
        yield list(_more(code, name, getattr(then, name), getattr(now, name))), {name: getattr(then, name)}
    yield list(_doubts(then, now)), {"doubtful": then.doubtful}
    for code, name in (("missing", "missing"), ("retired", "retired"), ("doubted", "unreconciled")):
        was, is_now = set(getattr(then, name) or ()), getattr(now, name)
        told = [Told(f"target_{code}", ci=ci) for ci in sorted(set(is_now or ()) - was)]
        told += [Told(f"target_{code}")] if is_now is None and getattr(then, name) is not None else []
        yield told, {name: getattr(then, name)}
    yield list(_more("targets_unseen", "seen_days", then.seen_days, now.seen_days)), {"seen_days": then.seen_days}
    yield list(_model(then, now)), {"model": then.model}
    if then.incident is not None and now.incident is None:
        yield [Told("incident_over", record=then.incident)], {"incident": then.incident}
    changed = [name for name in _CONTENT if getattr(then, name) != getattr(now, name)]
    fields = tuple(FieldChange(name, getattr(then, name), getattr(now, name)) for name in changed)
    yield [Told("content_other", fields)] if fields else [], {name: getattr(then, name) for name in changed}


# one sort of fact ----------------------------------------------------------------------------------------------------
def _risen(code: str, then: object | None, now: object | None, names: Sequence[str], ci: str = "") -> Iterator[Told]:
    """Yield figures of which one is higher than it was; what became known or unknown counts as well."""
    if then is None and now is None:
        return
    was: list[Any]
    is_now: list[Any]
    was, is_now = ([None if side is None else getattr(side, name) for name in names] for side in (then, now))
    if then is None or now is None or any(after > before for before, after in zip(was, is_now, strict=True)):
        yield Told(code, tuple(map(FieldChange, names, was, is_now)), ci)


def _losses(then: LossFacts | None, now: LossFacts | None) -> Iterator[tuple[list[Told], dict[str, Any]]]:
    if then is None or now is None:
        yield list(_risen("loss_rose", then, now, ("expected", "expected_high"))), {"loss": then}
        return
    for code, names in _LOSSES:
        was = replace(now, **{name: getattr(then, name) for name in names})
        yield list(_risen(code, then, now, names)), {"loss": was}


def _breaches(then: tuple[BreachFacts, ...] | None, now: tuple[BreachFacts, ...] | None) -> Iterator[Told]:
    if now is None:
        if then is not None:
            yield Told("breach_rose", (FieldChange("probability", None, None),))
        return
    known = {each.service: each for each in then or ()}
    for each in now:
        yield from _risen("breach_rose", known.get(each.service), each, ("probability", "high"), each.service)


def _services(
    then: tuple[ServiceFacts, ...], now: tuple[ServiceFacts, ...]
) -> Iterator[tuple[list[Told], dict[str, Any]]]:
    known = {each.service: each for each in then}
    none = ServiceFacts("", None, Outcome.UNAFFECTED)
    pairs = [(known.get(each.service, replace(none, tier=each.tier)), each) for each in now]
    apart = [
        Told("outside_maintenance", (FieldChange("minutes", was.minutes_outside, each.minutes_outside),), each.service)
        for was, each in pairs
        if _is_more(was.minutes_outside, each.minutes_outside)
    ]
    yield apart, {"services": tuple(replace(each, minutes_outside=was.minutes_outside) for was, each in pairs)}
    names = ("outcome", "new_single_points", "tier")
    worse = [
        Told("outcome_worse", tuple(_differing(was, each, names)), each.service)
        for was, each in pairs
        if each.outcome.is_worse_than(was.outcome)
        or each.new_single_points > was.new_single_points
        or each.tier != was.tier
    ]
    kept_minutes = {each.service: each.minutes_outside for each in now}
    yield (
        worse,
        {"services": tuple(replace(was, minutes_outside=kept_minutes.get(was.service, 0.0)) for was in then)},
    )


def _differing(was: object, is_now: object, names: Iterable[str]) -> Iterator[FieldChange]:
    for name in names:
        before, after = getattr(was, name), getattr(is_now, name)
        if before != after:
            yield FieldChange(name, before, after)


def _gained(code: str, then: tuple[str, ...] | None, now: tuple[str, ...] | None, name: str) -> Iterator[Told]:
    if now is None:
        if then is not None:
            yield Told("calendar_unknown", (FieldChange("what", None, name),))
        return
    yield from (Told(code, record=each) for each in now if each not in (then or ()))


def _more(code: str, name: str, then: float | None, now: float | None) -> Iterator[Told]:
    if _is_more(then, now):
        yield Told(code, (FieldChange(name, then, now),))


def _is_more(then: float | None, now: float | None) -> bool:
    """Tell whether a number is higher; one that is not known may be any."""
    return now is None if then is None or now is None else now > then


def _doubts(then: Facts, now: Facts) -> Iterator[Told]:
    known = {each.service: each for each in then.doubtful}
    for each in now.doubtful:
        was = known.get(each.service)
        if was is None or each.worst.is_worse_than(was.worst) or each.tier != was.tier:
            yield Told(
                "doubt_met", (FieldChange("worst", None if was is None else was.worst, each.worst),), each.service
            )


def _model(then: Facts, now: Facts) -> Iterator[Told]:
    if then.model is None:
        return
    if then.model.approved and (now.model is None or not now.model.approved):
        yield Told("model_withdrawn", record=then.model.id)
    elif now.model is not None and now.model.successes < then.model.successes:
        fields = (FieldChange("successes", then.model.successes, now.model.successes),)
        yield Told("model_successes", fields, record=then.model.id)


# as facts of a check -------------------------------------------------------------------------------------------------
def _fact(context: Context, told: Told, reference: Assessment, now: Assessment) -> ChangedFact:
    more: Iterator[FieldChange] = iter(())
    if told.code == "failure_rose":
        more = learned_since(context, reference, now)
    elif told.code == "breach_rose":
        more = _budget(told, reference, now)
    return reckoned_fact(now, told._replace(fields=(*told.fields, *more)), _name(now, told.ci))


def reckoned_fact(now: Assessment, told: Told, name: str = "") -> ChangedFact:
    """Return what an assessment reckons as a changed fact: as of when it was made, and by whom."""
    plain = tuple(FieldChange(f.name, _value(f.before), _value(f.after)) for f in told.fields)
    return ChangedFact(told.code, told.record or now.id, now.made_at, now.made_by, told.ci, name, fields=plain)


def _value(value: Any) -> Any:
    return getattr(value, "value", value)


def _name(now: Assessment, ci: str) -> str:
    found = {each.id: each.name for each in (now.consequence.services if now.consequence else ())}
    return found.get(ci) or next((each.name for each in now.services if each.id == ci), ci)


def _budget(told: Told, reference: Assessment, now: Assessment) -> Iterator[FieldChange]:
    """Yield what the error budget of the service has used and left."""
    was, is_now = (
        next((each.budget for each in of.consequence.services if each.id == told.ci), None) if of.consequence else None
        for of in (reference, now)
    )
    if is_now is not None:
        for name in ("used", "remaining"):
            yield FieldChange(name, None if was is None else getattr(was, name), getattr(is_now, name))
