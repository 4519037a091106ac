"""How sure an answer is: what hangs on doubtful relations, with their sources and how old the evidence is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.errors import NotFound
from cmdb.model.confidence import CertainOutcome, DoubtfulRelation, Evidence, Flip, OutcomeChances
from cmdb.model.outcome import Outcome
from cmdb.model.relation import Relation, Strength
from impact.questions.confidence import confidence_of
from tests.builders import a_server, a_service, add, depends, moment, needs, the_context

SEEN = Relation("web1", "depends_on", "db2", confidence=0.6, sources=("traces",))
SHOP = (
    a_service("shop"),
    *(a_server(name) for name in ("web1", "web2", "db2")),
    *needs("shop", 1, "web1", "web2"),
    *depends("web2", "db2"),
)


def test_a_relation_that_flips_an_outcome_is_told_with_its_evidence():
    """Recorded once, 40 days before the newest revision; another record of the same dependency makes it younger."""
    context = the_context(*SHOP, at="2026-03-01T12:00Z")
    add(context, SEEN)
    context.clock.forward(days=40)
    add(context, a_server("other"))

    answer = confidence_of(context, ["db2"])

    relation = DoubtfulRelation("web1", "db2", None, 0.6, Strength.HARD)
    assert answer.flips == (Flip("shop", relation, Outcome.DOWN, Outcome.REDUNDANCY_LOST),)
    assert answer.differences == (CertainOutcome("shop", Outcome.DOWN, Outcome.REDUNDANCY_LOST),)
    assert answer.chances == (OutcomeChances("shop", 0.6, 0.0, pytest.approx(0.4), 0.0, 0.0),)
    recorded = moment("2026-03-01T12:00Z")
    assert answer.evidence == (Evidence(relation, ("depends_on",), ("traces",), 2, recorded, 40 * 86400),)
    assert answer.names == {"db2": "db2", "shop": "shop", "web1": "web1"}

    also = replace(SEEN, type="runs_on", confidence=0.5, sources=("netflow",))
    add(context, also, replace(also, type="uses", strength=Strength.SOFT, sources=("a guess",)))
    (both,) = confidence_of(context, ["db2"]).evidence
    assert (both.types, both.sources) == (("depends_on", "runs_on"), ("netflow", "traces"))
    assert (both.revision, both.age_seconds, both.relation.confidence) == (4, 0, pytest.approx(0.8))
    assert confidence_of(context, ["db2"], at=3) == answer


def test_where_nothing_is_doubtful_nothing_is_told():
    """No relation of the estate has a confidence below 1; a doubt elsewhere makes no difference either."""
    context = the_context(*SHOP)
    assert not confidence_of(context, ["db2"]).matters
    add(context, SEEN)
    elsewhere = confidence_of(context, ["web2"])
    assert (elsewhere.matters, elsewhere.doubts) == (False, 0)  # The shop hangs on web1, whatever web1 hangs on.
    assert not confidence_of(context, ["web2"], at=1).matters


def test_a_history_that_is_gone_leaves_the_age_untold():
    """The revision that recorded the relation is below the floor: its sources are told, its age is not."""
    context = the_context(*SHOP, at="2026-03-01T12:00Z", role="administrator")
    add(context, SEEN)
    for number in range(3):
        context.clock.forward(days=1)
        add(context, a_server(f"other{number}"))
    context.records.compact(5)

    (evidence,) = confidence_of(context, ["db2"]).evidence

    assert (evidence.sources, evidence.recorded_at, evidence.age_seconds) == (("traces",), None, None)


def test_unknown_cis_are_all_named():
    """As everywhere."""
    with pytest.raises(NotFound) as refused:
        confidence_of(the_context(*SHOP), ["web9", "web1", "db9"])
    assert refused.value.facts["ids"] == ("db9", "web9")
