"""Point 3: what happens to the services, as planned and if the change fails, and what that costs them."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.model.assessment import Assessment, ServiceOutcome
from cmdb.model.consequence import Consequence, ScenarioName, ServiceConsequence
from cmdb.model.outcome import Outcome
from web.summary.blocks import Block, Column, Listing, Place, Style
from web.summary.writing import Writer
from web.wording_figures import figure
from web.wording_story import outcome_words

Row = tuple[str, ...]


def services(writer: Writer) -> Block:
    """Point 3: for each service its tier, how it is now, during the change and if it fails, minutes, budget, breach."""
    assessment = writer.assessment
    consequence = assessment.consequence if assessment is not None else None
    columns, rows = _as_planned(writer) if consequence is None else _with_failure(writer, consequence)
    if consequence is None:
        unknown = writer.listed([writer.page[each] for each in ("if_failed", "budget", "breach")])
        below = [writer.say("services_unknown", columns=unknown)]
    else:
        below = [writer.sentences(*writer.words.loss(consequence))]
    return Block(
        3,
        "services",
        writer.page["services"],
        Place.TOP,
        (
            Listing("services", Style.TABLE, rows, rank=1, columns=columns, least=min(2, len(rows)), step=2),
            Listing("loss", Style.LINES, tuple((each,) for each in below), rank=0, least=1),
        ),
        note="" if assessment is None else _note(writer, assessment, len(rows) - len(assessment.services)),
    )


def _note(writer: Writer, assessment: Assessment, failing: int) -> str:
    said = writer.say("services_note", touched=len(assessment.services), untouched=assessment.unaffected)
    return writer.say("services_failing", note=said, count=failing) if failing else said


def _as_planned(writer: Writer) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Return the table of an assessment that reckoned no failure."""
    assessment, page = writer.assessment, writer.page
    columns = (
        Column(page["service"], 0.36),
        Column(page["tier"], 0.07, figures=True),
        Column(page["now"], 0.12),
        Column(page["during"], 0.21),
        Column(page["minutes"], 0.1, figures=True),
        Column(page["spares"], 0.14, figures=True),
    )
    if assessment is None:
        return columns, ()
    return columns, tuple(
        (*_planned(writer, assessment, each), _minutes(each), writer.words.spares_left(each))
        for each in assessment.services
    )


def _planned(writer: Writer, assessment: Assessment, service: ServiceOutcome) -> Row:
    """Return name, tier, how it is now, and how it is during the change."""
    return _begun(writer, assessment, service.id, service.name, service.tier, service.outcome)


def _begun(writer: Writer, assessment: Assessment, ci: str, name: str, tier: int | None, during: Outcome) -> Row:
    now = writer.page["not_whole" if ci in assessment.standing else "whole"]
    return writer.short(name), "" if tier is None else str(tier), now, outcome_words(during, writer.language)


def _minutes(service: ServiceOutcome) -> str:
    minutes = service.minutes.get(service.outcome)
    return "" if minutes is None else f"{minutes:.1f}".removesuffix(".0")


def _with_failure(writer: Writer, consequence: Consequence) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Return the table with what a failure does: services that only a failure touches stand last."""
    assessment, page = writer.assessment, writer.page
    assert assessment is not None
    columns = (
        Column(page["service"], 0.215),
        Column(page["tier"], 0.063, figures=True),
        Column(page["now"], 0.09),
        Column(page["during"], 0.15),
        Column(page["minutes"], 0.093, figures=True),
        Column(page["fails"], 0.163),
        Column(page["budget_left"], 0.113, figures=True),
        Column(page["breach"], 0.113, figures=True),
    )
    reckoned = {each.id: each for each in consequence.services}
    rows = [
        (*_planned(writer, assessment, each), _minutes(each), *_if_failed(writer, reckoned.pop(each.id, None)))
        for each in assessment.services
    ]
    for each in failing(reckoned.values()):
        name = writer.names.get(each.id, each.name)
        planned = _begun(writer, assessment, each.id, name, each.tier, Outcome.UNAFFECTED)
        rows.append((*planned, "", *_if_failed(writer, each)))
    return columns, tuple(rows)


def failing(reckoned: Iterable[ServiceConsequence]) -> list[ServiceConsequence]:
    """Return those of some services to which some way that the change may go does anything."""
    return [each for each in reckoned if any(way.outcome is not Outcome.UNAFFECTED for way in each.scenarios)]


def _if_failed(writer: Writer, reckoned: ServiceConsequence | None) -> Row:
    """Return outcome and minutes if it fails, the error budget that is left, and P(breach)."""
    if reckoned is None:
        return "", "", ""
    failed = next((each for each in reckoned.scenarios if each.scenario is ScenarioName.FAILED), None)
    outcome = ""
    if failed is not None:
        outcome = outcome_words(failed.outcome, writer.language)
        if failed.minutes:
            outcome = writer.say("for_minutes", outcome=outcome, minutes=figure(failed.minutes))
    budget = reckoned.budget
    left = writer.page["no_target"]
    if budget is not None:
        left = writer.page["none_left"] if budget.spent else writer.say("in_minutes", minutes=figure(budget.remaining))
    breach = "" if reckoned.p_breach is None else writer.words.share(reckoned.p_breach)
    return outcome, left, breach
