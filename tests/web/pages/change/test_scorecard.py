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
    assert "proposed; a person confirms or declines it" in viewer.opens("/changes/CHG-1").words
    assert not viewer.page.has_button("Decline INC-1")


def test_a_proposed_incident_is_confirmed_or_declined_on_the_page(house):
    """Declined with a reason it is proposed no more; a note that is missing is asked for at its field."""
    times = {name: moment("2026-03-02T10:00Z") for name in ("started_at", "ended_at", "outcome_at")}
    add(house.context, a_change("web1", state=ChangeState.REVIEWED, outcome=ChangeOutcome.SUCCESS, **times))
    for key in ("INC-1", "INC-2"):
        add(house.context, an_incident("web1", id=key, opened=moment("2026-03-02T10:00Z")))
    engineer = house.person("engineer")
    engineer.opens("/changes/CHG-1")
    assert "The note is missing" in engineer.presses("Decline INC-1", 422, **{"decline-INC-1-code": "other"}).words
    engineer.opens("/changes/CHG-1")
    given = {"decline-INC-1-code": "other_cause", "decline-INC-1-note": "Its fan stood still"}
    engineer.presses("Decline INC-1", **given)
    assert "INC-1 is not the doing of CHG-1." in engineer.page.words
    assert "not its doing: something else caused it, says engineer: Its fan stood still" in engineer.page.words
    assert not engineer.page.has_button("Decline INC-1")
    engineer.presses("It caused INC-2")
    assert "CHG-1 caused INC-2." in engineer.page.words
    assert not engineer.page.has_button("Decline INC-2")
