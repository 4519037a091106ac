"""Any facts of a change, any policy that judges them, and every way to make a fact worse, each by a seed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

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

TIERS = (None, 1, 1, 2, 3, 4, 5)
# About the limits of the policy that comes with Foreshock, on either side.
CHANCES = (0.001, 0.03, 0.05, 0.1, 0.2, 0.25, 0.6)
AMOUNTS = (0.0, 5.0, 99.0, 100.0, 101.0, 199.0, 201.0, 999.0, 1001.0, 5000.0)


def any_facts(random: Random) -> Facts:
    """Return some facts: each with the same chance harmless, or anything; every second time most are harmless."""
    harmless = random.choice((0.4, 0.9))
    given = {name: made(random) for name, made in _ANY.items() if random.random() > harmless}
    start = replace(HARMLESS, type=random.choice((ChangeType.STANDARD, ChangeType.NORMAL)), model=_model(random))
    return replace(start, **given)


def any_policy(random: Random) -> FactsPolicy:
    """Return a policy whose peers may do no more to a higher tier than to a lower one; whatever its sense."""
    allowed = sorted((random.choice(list(Outcome)) for _ in range(5)), key=lambda outcome: -outcome.rank)
    on, tier = (lambda: random.random() < 0.5), (lambda: random.randint(0, 4))
    limit, chance = (lambda: _or_none(random, AMOUNTS)), (lambda: _or_none(random, CHANCES))
    auto = Auto(random.choice((0, 20)), random.choice(CHANCES), random.choice(AMOUNTS), random.choice(AMOUNTS))
    return FactsPolicy(
        name="any",
        unknown_tier=random.randint(1, 4),
        block=Block(*(on() for _ in range(6)), breach_above=chance()),
        cab=Board(
            *(on() for _ in range(3)),
            *(tier() for _ in range(2)),
            expected_loss_above=limit(),
            tail_above=limit(),
            failure_above=chance(),
            affected_services_above=random.choice((None, 0, 1, 2)),
        ),
        unknown_loss=UnknownLoss(tier(), tier()),
        peer=Peer(dict(zip((1, 2, 3, 4, 0), allowed, strict=True)), limit(), limit()),
        auto=random.choice((None, auto, replace(auto, worst_outcome=random.choice(list(Outcome))))),
    )


def _or_none(random, values):
    return random.choice((None, random.choice(values)))


def _sorted(random, values, count):
    return sorted(random.choice(values) for _ in range(count))


def _several(random, made):
    return tuple(made(random) for _ in range(random.randint(0, 3)))


def _names(random):
    return random.choice(((), ("a",), ("a", "b")))


def _model(random):
    return ModelFacts("patch", random.random() < 0.8, random.choice((0, 19, 20, 500)), random.random() < 0.8)


def _service(random):
    minutes = random.choice((None, 0.0, 10.0))
    return ServiceFacts("shop", random.choice(TIERS), random.choice(list(Outcome)), minutes, random.randint(0, 1))


def _doubt(random):
    return DoubtFacts("shop", random.choice(TIERS), Outcome.UNAFFECTED, random.choice(list(Outcome)))


def _failure(random):
    low, mean, high = _sorted(random, CHANCES, 3)
    return FailureFacts(mean, low, high, 50.0)


def _loss(random):
    return LossFacts(*_sorted(random, AMOUNTS, 2), *_sorted(random, AMOUNTS, 2), random.choice(AMOUNTS))


def _breach(random):
    return BreachFacts("shop", 1, *_sorted(random, CHANCES, 2))


_ANY = {
    "type": lambda random: random.choice(list(ChangeType)),
    "retrospective": lambda random: random.random() < 0.5,
    "incident": lambda random: random.choice((None, "INC-1")),
    "model": lambda random: random.choice((None, _model(random))),
    "services": lambda random: _several(random, _service),
    "conflicts": _names,
    "conflicts_unexamined": lambda random: random.randint(0, 1),
    "doubtful": lambda random: _several(random, _doubt),
    "doubts_unexamined": lambda random: random.choice((None, 0, 1)),
    "failure": lambda random: random.choice((None, _failure(random))),
    "loss": lambda random: random.choice((None, _loss(random), _loss(random))),
    "breaches": lambda random: random.choice((None, _several(random, _breach))),
    **{name: lambda random: random.choice((None, _names(random))) for name in ("freezes", "peaks", "overruns")},
    "missing": _names,
    "retired": _names,
    "unreconciled": lambda random: random.choice((None, _names(random))),
    "seen_days": lambda random: random.choice((None, 0.5, 7.0, 7.1)),
    "back_out": lambda random: random.random() < 0.5,
    "remediation": lambda random: random.random() < 0.5,
    "back_out_tested_days": lambda random: random.choice((None, 0, 400)),
}


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
    "model not followed": _of("model", lambda model: replace(model, followed=False)),
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
