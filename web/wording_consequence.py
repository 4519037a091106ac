"""The words of a consequence: what each way a change may go is expected to cost, in the terminal and on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.model.consequence import Consequence, Failing, RepairCases, ScenarioName, ServiceConsequence
from cmdb.plural import counted
from web.naming import Names, called_in
from web.wording_change import OUTCOME_WORDS, duration, listed, moment_words
from web.wording_figures import figure, percent

SCENARIO_WORDS = {
    ScenarioName.AS_PLANNED: "As planned",
    ScenarioName.BACKED_OUT: "Backed out",
    ScenarioName.FAILED: "Failed with an incident",
}
NAMED = 3
UNIT = "tier 1 min"


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """One service in one scenario, as a row of words."""

    service: str
    id: str
    tier: str
    scenario: str
    outcome: str
    p_down: str
    minutes: str
    budget: str
    p_breach: str
    loss: str


def p_fail_words(found: Consequence) -> str:
    """Return the sentence on the chance of failure that all rests on."""
    p = found.p_fail
    said = f"P(fail) is {percent(p.mean)}, in nine of ten cases between {percent(p.low)} and {percent(p.high)}"
    return f"{said}; that is the prior, as nothing was learnt of past changes." if p.is_prior else f"{said}."


def consequence_brief(found: Consequence) -> str:
    """Return the figures of a consequence in a few words."""
    p_fail = f"P(fail) {percent(found.p_fail.mean)}" + (" (the prior)" if found.p_fail.is_prior else "")
    return f"score {figure(found.score)} of 100, expected loss {figure(found.expected_loss)} {UNIT}, {p_fail}"


def loss_words(found: Consequence) -> str:
    """Return the sentence on the expected loss, its tail and the score."""
    low, high = figure(found.loss_low), figure(found.loss_high)
    return (
        f"Expected loss {figure(found.expected_loss)} {UNIT} ({low} to {high} over that interval), "
        f"{figure(found.tail_loss)} in the worst 5 %. Score {figure(found.score)} of 100."
    )


def money_words(found: Consequence) -> str:
    """Return the sentence on expected money, empty where no service has a rate."""
    if not found.money:
        return ""
    return f"Expected to cost {listed([f'{amount:,.2f} {currency}' for currency, amount in found.money.items()])}."


def scenario_rows(found: Consequence, names: Names) -> list[ScenarioRow]:
    """Return a row for each service and scenario; ``names`` are those of the CIs, here and below."""
    return [
        ScenarioRow(
            service=names.get(service.id, service.name),
            id=service.id,
            tier="" if service.tier is None else str(service.tier),
            scenario=f"{SCENARIO_WORDS[each.scenario]} ({percent(scenario.probability)})",
            outcome=OUTCOME_WORDS[each.outcome],
            p_down=percent(each.p_down),
            minutes=figure(each.minutes),
            budget=_share(service, each.budget_share),
            p_breach=percent(each.p_breach),
            loss=figure(each.loss),
        )
        for service in found.services
        for scenario, each in zip(found.scenarios, service.scenarios, strict=True)
    ]


def failing_words(found: Consequence, names: Names) -> list[str]:
    """Return a sentence for each way to fail: who stays down, and how long repairs take."""
    return [_failing(each, names) for each in found.failing]


def service_words(found: Consequence, zone: str, names: Names) -> list[str]:
    """Return what is to be known of single services: budgets, agreed maintenance, unknown hours."""
    said = [sentence for service in found.services for sentence in _service(service, zone, names)]
    without = [called_in(names, service.id) for service in found.services if not service.has_level]
    if without:
        shown = [*without[:NAMED], f"{len(without) - NAMED} more"] if len(without) > NAMED else without
        said.append(f"No level was agreed of {listed(shown)}: every minute counts, and no target can be missed.")
    return said


def touched_words(found: Consequence, names: Names) -> list[str]:
    """Return a sentence for each of capacity, continuity and security of which the records state something."""
    by_aspect: dict[str, list[str]] = {}
    for each in found.touched:
        fact = each.fact.replace("_", " ")
        by_aspect.setdefault(each.aspect.value, []).append(f"{called_in(names, each.ci)} ({fact} {each.value})")
    return [f"{aspect.capitalize()}: {', '.join(facts)}." for aspect, facts in by_aspect.items()]


def limit_words(found: Consequence) -> list[str]:
    """Return what was not looked at, and how it was taken instead."""
    said = []
    if found.lumped:
        said.append(f"Taken to fail together, which is worse: {counted(found.lumped, 'target')} beyond the first.")
    if found.incidents_unexamined:
        left = counted(found.incidents_unexamined, "incident")
        said.append(f"The error budgets leave out {left}: too many sets of CIs were down together.")
    if found.conflicts_unlisted:
        said.append("Not all joint conflicts could be looked for, so planned outages may be longer.")
    if found.targets_unread:
        left = counted(found.targets_unread, "target")
        said.append(f"Of {left} the records were not read for capacity, continuity and security.")
    return said


def _share(service: ServiceConsequence, share: float | None) -> str:
    if service.budget is None:
        return "no target"
    return "none left" if share is None else percent(share)


def _failing(way: Failing, names: Names) -> str:
    shown = [called_in(names, ci) for ci in way.cis[:NAMED]]
    more = len(way.cis) - len(shown)
    who = listed([*shown, f"{more} more"] if more else shown)
    together = " stay down together" if len(way.cis) > 1 else " stays down"
    time = f"half of repairs take up to {duration(way.median)}, 19 of 20 up to {duration(way.p95)}"
    return f"In {percent(way.weight)} of failures {who}{together}; {time} ({_cases(way.cases)})."


def _cases(cases: RepairCases) -> str:
    if not (cases.ci or cases.ci_class or cases.organisation):
        return "no repair is on record, so this is the prior"
    own = f"{cases.ci} of its own" if cases.ci else "none of its own"
    return f"from {own}, {cases.ci_class} of its class, {cases.organisation} of others"


def _service(service: ServiceConsequence, zone: str, names: Names) -> Iterator[str]:
    budget, name = service.budget, called_in(names, service.id)
    if budget is not None and budget.spent:
        over, total = figure(budget.used - budget.total), figure(budget.total)
        yield f"{name} has missed its target already: {over} min beyond the {total} of its budget."
    elif budget is not None:
        until = moment_words(service.breaches_at, zone) if service.breaches_at else ""
        then = f"; an outage from the window's start would miss the target after {until}" if until else ""
        left, total = figure(budget.remaining), figure(budget.total)
        yield f"{name} has {left} of {total} min of its error budget left{then}."
    agreed = max(each.maintenance_minutes for each in service.scenarios)
    if agreed:
        yield f"{figure(agreed)} min of {name} are agreed maintenance and not charged."
    if service.hours_unknown:
        yield (
            f"The service hours of {name} are not known for {figure(service.hours_unknown)} min of the time "
            "looked at; all of them count."
        )
