"""Health in any store: read from one snapshot, kept by day, and let go of when it is old."""

from __future__ import annotations

from typing import Any

from cmdb.configuration import measuring, sampling
from cmdb.configuration.observing import take
from cmdb.context import Context
from cmdb.model.health import Measure
from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedRelation
from tests.builders import TestClock, an_actor


def test_health_is_read_and_kept_alike(store: Any) -> None:
    """Sightings, relations, findings, samples and days, by the same desk."""
    context = Context(store, store.coordination, TestClock(), an_actor("administrator", "administrator"))
    serial = (Identifier("serial", "Acme|S1"),)
    runs_on = (ObservedRelation("depends_on", EvidenceKind.INVENTORY, target=End("web1")),)
    seen = [
        Observation("", "row1", "web1", "server", "web1", identifiers=serial, labels={"Team": "web"}),
        Observation("", "row1", "web2", "server", "web2", identifiers=serial, relations=runs_on),
    ]
    take(context, "dc1", "files", seen, {"row1"}, run="r1")
    figures = measuring.summary(context).all.measures
    assert {name: (share.asked, share.faulty) for name, share in figures.items()} == {
        "completeness": (2, 2),
        "correctness": (0, 0),
        "freshness": (2, 0),
        "orphans": (2, 0),
        "duplicates": (2, 2),
        "evidence": (1, 0),
    }
    sample = sampling.draw(context, 1, owner="web").record
    sampling.judge(context, sample.id, [sampling.Result("dc1:web1", False, "gone")])
    found = measuring.faults(context, measure=Measure.CORRECTNESS).rows
    assert [(each.ci, each.facts["note"]) for each in found] == [("dc1:web1", "gone")]
    for _ in range(2):
        measuring.measure(context)
        context.clock.forward(days=1)  # type: ignore[attr-defined]
    assert [each.id for each in measuring.trend(context)] == ["2026-03-02", "2026-03-03"]
    assert [held.record.id for held in measuring.trend_page(context).rows] == ["2026-03-03", "2026-03-02"]
    context.clock.forward(days=measuring.KEPT_DAYS)  # type: ignore[attr-defined]
    measuring.measure(context)
    assert len(measuring.trend(context)) == 1
