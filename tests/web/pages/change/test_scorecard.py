"""The page of the scorecard."""

from __future__ import annotations

from cmdb.model.change import ChangeState
from cmdb.model.change_outcome import ChangeOutcome
from tests.builders import a_change, add, an_incident, moment


def test_the_page_tells_the_figures_and_what_they_mean(house):
    """From the list of changes; by team a row for each; the incident stands on the page of the change."""
    times = {name: moment("2026-03-02T10:00Z") for name in ("started_at", "ended_at", "outcome_at")}
    done = a_change("web1", state=ChangeState.REVIEWED, outcome=ChangeOutcome.FAILED, team="net", **times)
    add(house.context, done, an_incident("web1", opened=moment("2026-03-02T10:00Z")))
    viewer = house.person("viewer")
    viewer.opens("/changes")
    viewer.follows("Scorecard")
    assert "100.0 %" in viewer.page.words
    assert "Deployment frequency" in viewer.page.words
    assert "net" in viewer.follows("by team").words
    assert "proposed; a person confirms it at the incident" in viewer.opens("/changes/CHG-1").words
