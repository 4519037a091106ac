"""The records of the BPI Challenge 2014 as a history of changes."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from cmdb.errors import InvalidInput
from cmdb.exchange.bpi2014 import is_bpi2014, read_bpi2014
from cmdb.model.change_outcome import ChangeOutcome

CHANGES = (
    "CI Name (aff);CI Type (aff);CI Subtype (aff);Service Component WBS (aff);Change ID;Change Type;Risk Assessment;"
    "Emergency Change;CAB-approval needed;Planned Start;Planned End;Scheduled Downtime Start;Scheduled Downtime End;"
    "Actual Start;Actual End;Requested End Date;Change record Open Time;Change record Close Time;Originated from;"
    "# Related Interactions;# Related Incidents"
)
INCIDENTS = "CI Name (aff);Incident ID;Status;Open Time;Close Time;Related Change"


def line(key: str, ci: str, *, planned="1-3-2014 20:00", actual="1-3-2014 20:10", closed="9-3-2014 09:00") -> str:
    return (
        f"{ci};application;Server Based;WBS000{ci[-1]};{key};Standard Change Type 62;Minor Change;N;N;{planned};"
        f"1-3-2014 22:00;;;{actual};1-3-2014 21:00;;20-2-2014 08:00;{closed};Problem;0;0;;"
    )


def read(changes: list[str], incidents: list[str]):
    files = [
        io.BytesIO("\n".join([head, *rows]).encode()) for head, rows in ((CHANGES, changes), (INCIDENTS, incidents))
    ]
    return read_bpi2014(*files, "the changes")


def test_a_change_failed_when_an_incident_names_it():
    """It is known when the first such incident was opened; another is a success when its record was closed."""
    history = read(
        [line("C1", "app1"), line("C1", "app2"), line("C2", "app3")],
        [
            "app9;IM1;Closed;03/03/2014 10:30:00;04/03/2014 10:00:00;C1",
            "app9;IM2;Closed;02/03/2014 07:05:00;04/03/2014 10:00:00;C1",
            "app9;IM3;Closed;02/03/2014 07:00:00;04/03/2014 10:00:00;#N/B",
        ],
    )

    failed, good = history.changes
    assert (failed.outcome, good.outcome) == (ChangeOutcome.FAILED, ChangeOutcome.SUCCESS)
    assert failed.known_at == datetime(2014, 3, 2, 7, 5, tzinfo=UTC)
    assert good.known_at == datetime(2014, 3, 9, 9, 0, tzinfo=UTC)
    assert failed.planned.targets == ("app1", "app2")
    assert failed.planned.classes == ("application", "application")
    assert (failed.planned.team, failed.planned.model) == ("WBS0001", "Standard Change Type 62")
    assert failed.planned.starts_at == datetime(2014, 3, 1, 20, 10, tzinfo=UTC)
    assert failed.planned.window_minutes == 120.0
    assert history.notes == ("bpi2014.failed_when_an_incident_names_it",)


def test_an_incident_from_before_the_change_is_not_its_failure():
    """Many changes are made because of an incident, which then names them too."""
    history = read([line("C1", "app1")], ["app1;IM1;Closed;20/02/2014 07:05:00;21/02/2014 07:05:00;C1"])

    assert history.changes[0].outcome is ChangeOutcome.SUCCESS


def test_what_was_left_out_is_counted():
    """Changes without a start, or closed before it, can not be foretold at their start."""
    history = read(
        [line("C1", "app1"), line("C2", "app2", planned="", actual=""), line("C3", "app3", closed="1-1-2014 00:00")], []
    )

    assert [change.planned.id for change in history.changes] == ["C1"]
    assert history.notes[1:] == ("bpi2014.without_start:1", "bpi2014.closed_before_start:1")


def test_nothing_written_after_the_start_becomes_a_fact():
    """Actual end, close time and the counts of related incidents are no facts."""
    facts = read([line("C1", "app1")], []).changes[0].planned.facts

    assert set(facts) == {"emergency", "cab_approval", "risk_assessment"}


def test_times_that_are_none_are_all_told():
    """Each with its line; of the changes, then of the incidents."""
    with pytest.raises(InvalidInput) as caught:
        read([line("C1", "app1", actual="31-2-2014 20:00"), line("C2", "app2", planned="soon")], [])

    assert [(one.line, one.code) for one in caught.value.problems] == [(2, "bpi2014.time"), (3, "bpi2014.time")]


def test_missing_columns_are_named():
    """A file of something else is refused by what it lacks."""
    with pytest.raises(InvalidInput) as caught:
        read_bpi2014(io.BytesIO(b"Change ID;CI Name (aff)\nC1;a\n"), io.BytesIO(INCIDENTS.encode()), "the changes")

    assert [one.code for one in caught.value.problems] == ["csv.missing_column"] * 4


def test_the_format_is_known_by_its_header():
    """So that a command can say what else it needs."""
    assert is_bpi2014(CHANGES.encode() + b"\r\n")
    assert not is_bpi2014(b"id,started_at,outcome,outcome_known_at\n")
