"""Point 2, and what of point 8 it rests on: P(fail) as the assessment keeps it, and what makes it what it is."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from cmdb.model.prediction import Prediction
from web.summary.blocks import Block, Listing, Place, lines_of
from web.summary.writing import Writer
from web.wording_failure import base_rate, drivers, foretold, percent

MOST_DRIVERS = 5


def failure(writer: Writer) -> Block:
    """Point 2: P(fail) with its interval, what it rests on, and how reliable it was; not known is said so."""
    similar, prediction = writer.summary.similar, _prediction(writer)
    if prediction is None:
        said = [writer.page["risk_unknown"], writer.page["risk_evidence"]]
    else:
        consequence = writer.assessment.consequence if writer.assessment is not None else None
        incidents = prediction.incident_share if consequence is None else consequence.p_fail.incident_share
        told = foretold(writer.summary.change.id, prediction, incidents, writer.language)
        said = [writer.sentences(*told[:2]), writer.sentences(*told[2:])]
    least = len(said) if prediction is not None else 1
    if similar.past:
        facts = {"past": f"{similar.past:,}", "compared": f"{similar.compared:,}", "alike": f"{similar.alike:,}"}
        said.append(writer.say("risk_history", **facts))
    return Block(2, "risk", writer.page["risk"], Place.TOP, (lines_of("risk", said, rank=0, least=least),))


def contributions(writer: Writer) -> Iterator[Listing]:
    """Yield what moves P(fail) away from the organisation's own rate, what moves it most first."""
    prediction = _prediction(writer)
    if prediction is None:
        return
    parts = [(each.name, each.log_odds) for each in prediction.contributions]
    said = [
        writer.say("driver", what=writer.short(each.words), added=f"{each.log_odds:+.2f}", times=_times(each.log_odds))
        for each in drivers(parts, writer.language)
    ]
    ends = (percent(each, language=writer.language) for each in (base_rate(parts), prediction.mean))
    heading = writer.say("contributions", base=next(ends), mean=next(ends))
    yield lines_of("contributions", said, rank=3, least=1, most=MOST_DRIVERS, heading=heading)


def _times(log_odds: float) -> str:
    """Return by what the odds of failure are multiplied."""
    return f"{exp(min(max(log_odds, -700.0), 700.0)):.3g}"


def _prediction(writer: Writer) -> Prediction | None:
    return writer.assessment.prediction if writer.assessment is not None else None
