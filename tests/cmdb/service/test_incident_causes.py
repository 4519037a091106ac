"""Declining a proposed cause: with a reason, for that pair, for ever; what is confirmed alone counts."""

from __future__ import annotations

import io

import pytest

from cmdb.change import afterwards
from cmdb.change.scorecard import scorecard
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.change import ChangeState
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.incident import NotCaused
from cmdb.ports.errors import VersionConflict
from cmdb.service import incidents
from cmdb.service.errors import CauseConfirmed, NotProposed
from cmdb.service.incident_causes import decline
from cmdb.service.incident_intake import import_incidents
from tests.builders import a_change, a_server, an_incident, as_actor, moment, the_context

TIMES = {name: moment("2026-03-02T10:00Z") for name in ("started_at", "ended_at", "outcome_at")}
DONE = {"state": ChangeState.REVIEWED, "outcome": ChangeOutcome.SUCCESS, **TIMES}


@pytest.fixture
def after():
    """Two changes of one server were done at ten; at eleven it failed, and a minute later once more."""
    return the_context(
        a_server("web1"),
        a_change("web1", **DONE),
        a_change("web1", id="CHG-2", **DONE),
        an_incident("web1", opened=moment("2026-03-02T11:00Z"), resolved=moment("2026-03-02T11:30Z")),
        an_incident("web1", id="INC-2", opened=moment("2026-03-02T11:01Z")),
        at="2026-03-02T12:00Z",
    )


def proposed(context, change="CHG-1"):
    return [(link.incident, link.confirmed) for link in afterwards.of_change(context, change).incidents]


def test_what_is_declined_is_not_proposed_for_that_change_again(after):
    """For the other change it still is; who said why stands with the incident and with the change."""
    ops = as_actor(after, "engineer", "ops")
    declined = decline(ops, "INC-1", change="CHG-1", code=NotCaused.OTHER_CAUSE, note=" Its fan stood still ").record
    (said,) = declined.declined
    assert (said.change, said.code, said.by, said.note) == ("CHG-1", "other_cause", "ops", "Its fan stood still")
    assert said.at == after.clock.now()
    assert (proposed(after), proposed(after, "CHG-2")) == (
        [("INC-2", False)],
        [("INC-1", False), ("INC-2", False)],
    )
    incidents.edit(after, "INC-1", {"priority": 1, "opened": "2026-03-02T11:02Z"})
    assert proposed(after) == [("INC-2", False)]
    (gone,) = afterwards.of_change(after, "CHG-1").declined
    assert (gone.incident, gone.because) == ("INC-1", said)


def test_the_scorecard_counts_what_was_confirmed_and_nothing_else(after):
    """Neither a proposal nor what was declined is a change's doing."""
    period = {"since": "2026-03-01T00:00Z", "until": "2026-03-03T00:00Z"}
    assert scorecard(after, **period).dora.change_failure_rate == 0.0
    decline(after, "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE)
    assert scorecard(after, **period).dora.change_failure_rate == 0.0
    incidents.edit(after, "INC-2", {"caused_by": "CHG-1"})
    assert scorecard(after, **period).dora.change_failure_rate == 0.5


def test_whoever_changes_their_mind_confirms_it_and_the_declining_is_gone(after):
    """The history keeps it; what is confirmed is taken away before it is declined."""
    decline(after, "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE)
    decline(after, "INC-1", change="CHG-2", code=NotCaused.FALSE_ALARM)
    edited = incidents.edit(after, "INC-1", {"caused_by": "CHG-1"}).record
    assert (edited.caused_by, [each.change for each in edited.declined]) == ("CHG-1", ["CHG-2"])
    assert proposed(after) == [("INC-1", True), ("INC-2", False)]
    with pytest.raises(CauseConfirmed):
        decline(after, "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE)
    incidents.edit(after, "INC-1", {"caused_by": None})
    decline(after, "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE)
    assert proposed(after) == [("INC-2", False)]


def test_what_is_not_proposed_is_not_declined(after):
    """Not twice, not of another day, not by who may not; nothing that is not there, no stale version."""
    with pytest.raises(NotAllowed):
        decline(as_actor(after, "viewer"), "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE)
    with pytest.raises(NotFound):
        decline(after, "INC-1", change="CHG-9", code=NotCaused.COINCIDENCE)
    with pytest.raises(VersionConflict):
        decline(after, "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE, expected_version=7)
    decline(after, "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE, expected_version=1)
    with pytest.raises(NotProposed):
        decline(after, "INC-1", change="CHG-1", code=NotCaused.OTHER, note="Once more")
    incidents.edit(after, "INC-2", {"opened": "2026-03-01T10:00Z"})
    with pytest.raises(NotProposed):
        decline(after, "INC-2", change="CHG-1", code=NotCaused.COINCIDENCE)


@pytest.mark.parametrize(
    ("code", "note", "problems"),
    [
        (NotCaused.OTHER, "  ", ["incident.note_missing"]),
        (NotCaused.COINCIDENCE, "x" * 2_001 + "\0", ["incident.note_too_long", "incident.note_unclean"]),
    ],
)
def test_a_note_that_is_missing_or_wrong_is_told_whole(after, code, note, problems):
    """Another reason says which; nothing is written."""
    with pytest.raises(InvalidInput) as refused:
        decline(after, "INC-1", change="CHG-1", code=code, note=note)
    assert [problem.code for problem in refused.value.problems] == problems
    assert incidents.get(after, "INC-1").version == 1


def test_the_same_incident_from_a_file_keeps_what_people_said_of_its_cause(after):
    """A file that names no cause takes neither a confirmation nor a declining away; one that names it is believed."""
    decline(after, "INC-1", change="CHG-1", code=NotCaused.COINCIDENCE)
    incidents.edit(after, "INC-2", {"caused_by": "CHG-2"})

    def brought(text):
        header = b"id,title,cis,opened,resolved,priority,caused_by\n"
        return import_incidents(after, io.BytesIO(header + text), source="ops.csv")

    rows = b"INC-1,It is down,web1,2026-03-02T11:00Z,2026-03-02T11:30Z,3,\nINC-2,It burns,web1,2026-03-02T11:01Z,,3,\n"
    report = brought(rows)
    assert (report.changed, report.unchanged) == (1, 1)
    assert incidents.get(after, "INC-2").record.caused_by == "CHG-2"
    assert proposed(after) == []
    assert brought(rows).changed == 0
    brought(b"INC-1,It is down,web1,2026-03-02T11:00Z,2026-03-02T11:30Z,3,CHG-1\n")
    read = incidents.get(after, "INC-1").record
    assert (read.caused_by, read.declined) == ("CHG-1", ())
