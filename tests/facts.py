"""Any facts of a change, any policy that judges them, and every way to make a fact worse."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeType
from cmdb.model.facts import (
    HARMLESS,
    BreachFacts,
    DoubtFacts,
    Facts,
    FailureFacts,
    LossFacts,
    ModelFacts,
    ServiceFacts,
)
from cmdb.model.outcome import Outcome
from cmdb.model.policy import Auto, Block, Board, FactsPolicy, Peer, UnknownLoss

SOME = ("a",)
names = st.sampled_from([(), SOME, ("a", "b")])
maybe = st.none() | names
tiers = st.none() | st.integers(1, 6)
probabilities = st.sampled_from([0.001, 0.03, 0.05, 0.1, 0.2, 0.25, 0.6])
amounts = st.sampled_from([0.0, 5.0, 99.0, 100.0, 101.0, 199.0, 201.0, 999.0, 1001.0, 5000.0])


def _pair(values):
    return st.tuples(values, values).map(sorted)


services = st.builds(
    ServiceFacts,
    service=st.just("shop"),
    tier=tiers,
    outcome=st.sampled_from(Outcome),
    minutes_outside=st.sampled_from([None, 0.0, 10.0]),
    new_single_points=st.integers(0, 1),
)
doubts = st.builds(DoubtFacts, st.just("shop"), tiers, st.just(Outcome.UNAFFECTED), st.sampled_from(Outcome))
failures = (
    st.tuples(probabilities, probabilities, probabilities)
    .map(sorted)
    .map(lambda three: FailureFacts(three[1], three[0], three[2], 50.0))
)
losses = st.tuples(_pair(amounts), _pair(amounts), amounts).map(lambda of: LossFacts(*of[0], *of[1], of[2]))
breaches = _pair(probabilities).map(lambda two: BreachFacts("shop", 1, *two))
models = st.builds(ModelFacts, st.just("patch"), st.booleans(), st.sampled_from([0, 19, 20, 500]))
# Mostly harmless, so that every verdict is met often.
any_facts = st.builds(
    replace,
    st.just(HARMLESS),
    type=st.sampled_from([ChangeType.STANDARD, ChangeType.STANDARD, ChangeType.NORMAL, ChangeType.EMERGENCY]),
    retrospective=st.sampled_from([False, False, False, True]),
    incident=st.none() | st.just("INC-1"),
    model=st.none() | models,
    services=st.lists(services, max_size=2).map(tuple),
    back_out=st.sampled_from([True, True, False]),
    remediation=st.booleans(),
    failure=st.none() | failures,
    loss=st.none() | losses,
    seen_days=st.sampled_from([None, 0.5, 7.0, 7.1]),
) | st.builds(
    Facts,
    type=st.sampled_from(ChangeType),
    retrospective=st.booleans(),
    incident=st.none() | st.just("INC-1"),
    model=st.none() | models,
    services=st.lists(services, max_size=3).map(tuple),
    conflicts=names,
    conflicts_unexamined=st.integers(0, 1),
    doubtful=st.lists(doubts, max_size=2).map(tuple),
    doubts_unexamined=st.none() | st.integers(0, 1),
    failure=st.none() | failures,
    loss=st.none() | losses,
    breaches=st.none() | st.lists(breaches, max_size=2).map(tuple),
    freezes=maybe,
    peaks=maybe,
    overruns=maybe,
    missing=names,
    retired=names,
    unreconciled=maybe,
    seen_days=st.sampled_from([None, 0.5, 7.0, 7.1]),
    back_out=st.booleans(),
    remediation=st.booleans(),
    back_out_tested_days=st.none() | st.integers(0, 400),
)

_limit = st.none() | amounts
_chance = st.none() | probabilities


@st.composite
def any_policies(draw):
    """A policy whose peers may do no more to a higher tier than to a lower one; whether it makes sense is all one."""
    allowed = sorted(draw(st.lists(st.sampled_from(Outcome), min_size=5, max_size=5)), key=lambda o: -o.rank)
    auto = st.builds(
        Auto, st.sampled_from([0, 20]), probabilities, amounts, amounts, st.none() | st.sampled_from(Outcome)
    )
    tier = st.integers(0, 4)
    return FactsPolicy(
        name="any",
        unknown_tier=draw(st.integers(1, 4)),
        block=Block(*(draw(st.booleans()) for _ in range(6)), breach_above=draw(_chance)),
        cab=Board(
            *(draw(st.booleans()) for _ in range(3)),
            *(draw(tier) for _ in range(2)),
            expected_loss_above=draw(_limit),
            tail_above=draw(_limit),
            failure_above=draw(_chance),
            affected_services_above=draw(st.none() | st.integers(0, 2)),
        ),
        unknown_loss=UnknownLoss(draw(tier), draw(tier)),
        peer=Peer(dict(zip((1, 2, 3, 4, 0), allowed, strict=True)), draw(_limit), draw(_limit)),
        auto=draw(st.none() | auto),
    )


# worse ---------------------------------------------------------------------------------------------------------------
def _more(value):
    return (*(value or ()), "one more")


def _of(name, change):
    """Return what makes one fact worse, None where it is not known or can not be worse."""

    def worsened(facts):
        value = getattr(facts, name)
        return None if value is None else replace(facts, **{name: change(value)})

    return worsened


def _each(name, change):
    """Return what makes the first of several worse, by fields; None where there is none."""

    def worsened(facts):
        values = getattr(facts, name)
        return replace(facts, **{name: (replace(values[0], **change(values[0])), *values[1:])}) if values else None

    return worsened


def _forgotten(name, best):
    """Return what makes the best there is of a fact unknown: a pair of facts."""
    return lambda facts: (replace(facts, **{name: best}), replace(facts, **{name: None}))


def _lower(outcome):
    return list(Outcome)[max(outcome.rank - 1, 0)]


def _emergency(facts):
    # Linked to an incident it is let off two rules, so it is not worse.
    return replace(facts, type=ChangeType.EMERGENCY) if facts.incident is None else None


WORSE = {
    "retrospective": _of("retrospective", lambda _: True),
    "type not standard": lambda f: replace(f, type=ChangeType.NORMAL) if f.type is ChangeType.STANDARD else None,
    "type emergency": _emergency,
    "incident": _of("incident", lambda _: None),
    "no model": _of("model", lambda _: None),
    "model not approved": _of("model", lambda model: replace(model, approved=False)),
    "model successes": _of("model", lambda model: replace(model, successes=model.successes // 2)),
    "another service": lambda f: replace(f, services=(*f.services, ServiceFacts("wiki", 1, Outcome.DOWN, 5.0, 1))),
    "service outcome": _each("services", lambda service: {"outcome": _lower(service.outcome)}),
    "service tier": _each(
        "services", lambda service: {"tier": max((service.tier or 2) - 1, 1)} if service.tier else {}
    ),
    "service minutes": _each(
        "services", lambda s: {"minutes_outside": None if s.minutes_outside is None else s.minutes_outside + 1}
    ),
    "service minutes unknown": _each("services", lambda _: {"minutes_outside": None}),
    "service single points": _each("services", lambda service: {"new_single_points": service.new_single_points + 1}),
    "conflicts": _of("conflicts", _more),
    "conflicts unexamined": _of("conflicts_unexamined", lambda count: count + 1),
    "another doubt": lambda f: replace(
        f, doubtful=(*f.doubtful, DoubtFacts("wiki", 1, Outcome.UNAFFECTED, Outcome.DOWN))
    ),
    "doubt outcome": _each("doubtful", lambda doubt: {"worst": _lower(doubt.worst)}),
    "doubts unexamined": _of("doubts_unexamined", lambda count: count + 1),
    "doubts not counted": _forgotten("doubts_unexamined", 0),
    "failure": _of("failure", lambda f: replace(f, mean=min(f.mean * 2, 1.0), high=min(max(f.high, f.mean * 2), 1.0))),
    "failure bound": _of("failure", lambda f: replace(f, high=min(f.high * 2, 1.0))),
    "failure unknown": _forgotten("failure", FailureFacts(0.0, 0.0, 0.0, 1e9)),
    "loss": _of("loss", lambda loss: replace(loss, expected=loss.expected + 60, expected_high=loss.expected_high + 60)),
    "loss bound": _of("loss", lambda loss: replace(loss, expected_high=loss.expected_high + 60)),
    "tail": _of("loss", lambda loss: replace(loss, tail=loss.tail + 600, tail_high=loss.tail_high + 600)),
    "tail bound": _of("loss", lambda loss: replace(loss, tail_high=loss.tail_high + 600)),
    "failed loss": _of("loss", lambda loss: replace(loss, failed=loss.failed + 100)),
    "loss unknown": _forgotten("loss", LossFacts(0.0, 0.0, 0.0, 0.0, 0.0)),
    "another breach": _of("breaches", lambda many: (*many, BreachFacts("wiki", 1, 0.5, 0.9))),
    "breach": _each(
        "breaches",
        lambda b: {"probability": min(b.probability * 2, 1.0), "high": min(max(b.high, b.probability * 2), 1.0)},
    ),
    "breach bound": _each("breaches", lambda each: {"high": min(each.high * 2, 1.0)}),
    "breaches unknown": _forgotten("breaches", ()),
    "freezes": _of("freezes", _more),
    "freezes unknown": _forgotten("freezes", ()),
    "peaks": _of("peaks", _more),
    "peaks unknown": _forgotten("peaks", ()),
    "overruns": _of("overruns", _more),
    "overruns unknown": _forgotten("overruns", ()),
    "missing": _of("missing", _more),
    "retired": _of("retired", _more),
    "unreconciled": _of("unreconciled", _more),
    "unreconciled unknown": _forgotten("unreconciled", ()),
    "seen long ago": _of("seen_days", lambda days: days + 5),
    "never seen": _forgotten("seen_days", 0.0),
    "back out": _of("back_out", lambda _: False),
    "remediation": _of("remediation", lambda _: False),
    "back out tested long ago": _of("back_out_tested_days", lambda days: days + 100),
    "back out never tested": _forgotten("back_out_tested_days", 0),
}
"""Every way to make a fact worse: facts in, worse ones out, or a pair of which the second is worse, or None."""


def worse_of(facts, way):
    """Return the facts to begin with and the worse ones, None where the way leads nowhere."""
    found = WORSE[way](facts)
    if found is None or isinstance(found, tuple):
        return found
    return facts, found


def no_milder(before: Verdict, after: Verdict) -> bool:
    """Tell whether a verdict is at least as strict as the one before."""
    return after.rank <= before.rank
