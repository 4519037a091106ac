"""Files of incidents: one revision or nothing, every fault at its line, and the same file again changes nothing."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.errors import InvalidInput, NotAllowed
from cmdb.model.incident import INCIDENTS, IncidentState
from cmdb.service import incidents
from cmdb.service.incident_intake import import_incidents
from tests.builders import a_change, a_server, an_incident, as_actor, moment, the_context

HEADER = "id,title,cis,opened,resolved,priority,caused_by\n"
FILE = (
    HEADER
    + "OPS-1,Disk full,web1,2026-02-01T10:00Z,2026-02-01T12:00Z,2,\n"
    + "OPS-2,Switch broke,web2|web1,2026-02-10T10:00Z,2026-02-10T10:30Z,1,CHG-1\n"
    + "OPS-3,Slow,web2,2026-03-01T10:00Z,,4,\n"
)


@pytest.fixture
def desk():
    return the_context(a_server("web1"), a_server("web2"), a_change("web1"))


def take(context, text: str = FILE, **more):
    return import_incidents(context, io.BytesIO(text.encode()), **{"source": "ops.csv", **more})


def faults(refused) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.code) for problem in refused.value.problems]


def test_a_file_becomes_one_revision(desk):
    """All of it, in the importer's name."""
    before = desk.store.revision()

    report = take(desk)

    assert (report.new, report.changed, report.unchanged, report.revision) == (3, 0, 0, before + 1)
    assert desk.store.revision() == before + 1
    second = incidents.get(desk, "OPS-2").record
    assert second == an_incident(
        "web1",
        "web2",
        id="OPS-2",
        title="Switch broke",
        opened=moment("2026-02-10T10:00Z"),
        resolved=moment("2026-02-10T10:30Z"),
        priority=1,
        caused_by="CHG-1",
        source="ops.csv",
    )
    assert incidents.get(desk, "OPS-3").record.state is IncidentState.OPEN


def test_the_same_file_again_writes_nothing(desk):
    """Whatever it is called then."""
    take(desk)
    before = desk.store.revision()

    for source in ("ops.csv", "ops-copy.csv"):
        report = take(desk, source=source)
        assert (report.new, report.changed, report.unchanged, report.revision) == (0, 0, 3, None)
    assert desk.store.revision() == before


def test_a_dry_run_tells_and_writes_nothing(desk):
    """What would be new, and field by field what would change."""
    take(desk)
    before = desk.store.revision()
    later = FILE.replace(",,4,", ",2026-03-01T11:00Z,3,") + "OPS-4,New,web1,2026-03-02T10:00Z,,3,\n"

    report = take(desk, later, dry_run=True)

    assert (report.new, report.changed, report.unchanged, report.revision) == (1, 1, 2, None)
    assert desk.store.revision() == before
    changed, new = report.differences
    assert (changed.what, changed.id, changed.line) == ("changed", "OPS-3", 4)
    assert changed.fields == (
        ("priority", 4, 3),
        ("resolved", None, "2026-03-01T11:00:00Z"),
        ("state", "open", "resolved"),
    )
    assert (new.what, new.id, new.line) == ("new", "OPS-4", 5)
    assert take(desk, later).changed == 1
    assert incidents.get(desk, "OPS-3").record.resolved == moment("2026-03-01T11:00Z")


def test_what_a_file_no_longer_names_stays(desk):
    """It is a part of a history."""
    take(desk)

    take(desk, HEADER + FILE.splitlines()[1] + "\n")

    assert incidents.get(desk, "OPS-3").record.title == "Slow"


def test_everything_that_is_wrong_is_said_at_once_by_line(desk):
    """Within a line, between lines, and against the estate; nothing is written."""
    before = desk.store.revision()
    wrong = (
        FILE
        + "OPS-1,Again,web1,2026-02-01T10:00Z,,2,\n"
        + "OPS-5,t,web-1|switch9,2026-02-01T10:00Z,2026-01-01T00:00Z,9,CHG-7\n"
        + "OPS-6,t,web1|web1||web2,2036-02-01T10:00Z,,1,\n"
        + "OPS-7,t,nope,yesterday,,1,\n"
        + "OPS-8,t,web1,2026-02-01T10:00Z,,P1,\n"
    )

    with pytest.raises(InvalidInput) as refused:
        take(desk, wrong)

    assert faults(refused) == [
        (5, "incident.repeated"),
        (6, "incident.priority"),
        (6, "incident.ends_first"),
        (6, "incident.unknown_ci"),
        (6, "incident.unknown_ci"),
        (6, "incident.unknown_change"),
        (7, "incident.ci_twice"),
        (7, "incident.missing"),
        (7, "incident.not_yet"),
        (8, "time.unreadable"),
        (8, "incident.unknown_ci"),
        (9, "incident.priority"),
    ]
    told = [problem.message for problem in refused.value.problems]
    assert "there is no CI web-1; did you mean web1?" in told
    assert "there is no CI switch9" in told
    assert desk.store.revision() == before


def test_an_incident_opened_here_is_corrected_by_a_file_that_names_it(desk):
    """By its id; the source is then the file."""
    held = incidents.open_incident(desk, title="Down", cis=["web1"], priority=1, opened="2026-03-02T10:00Z")

    report = take(desk, HEADER + "INC-1001,Down,web1,2026-03-02T10:00Z,2026-03-02T11:00Z,1,\n")

    assert (report.changed, report.new) == (1, 0)
    changed = incidents.get(desk, "INC-1001").record
    assert changed == replace(
        held.record, state=IncidentState.RESOLVED, resolved=moment("2026-03-02T11:00Z"), source="ops.csv"
    )


def test_a_file_is_imported_by_whom_may(desk):
    """The right is the desk's to ask."""
    with pytest.raises(NotAllowed):
        take(as_actor(desk, "viewer"))


@pytest.mark.parametrize("source", ["", "form", "a\nb", " x"])
def test_a_source_that_says_nothing_is_refused(desk, source):
    """`form` is what people enter."""
    with pytest.raises(InvalidInput) as refused:
        take(desk, source=source)

    assert [problem.code for problem in refused.value.problems] == ["incident_csv.source"]


def test_a_plan_that_was_overtaken_is_made_once_more(desk, monkeypatch):
    """Somebody resolves the incident between looking and writing: the file is compared with that."""
    take(desk)
    other = as_actor(desk, "engineer", "somebody")
    write, calls = desk.records.put_all, []

    def overtaken(puts, **more):
        if not calls:
            incidents.edit(other, "OPS-3", {"priority": 5})
        calls.append(len(puts))
        return write(puts, **more)

    monkeypatch.setattr(desk.records, "put_all", overtaken)
    report = take(desk, FILE.replace("Slow", "Very slow"))

    assert (report.changed, len(calls)) == (1, 2)
    assert (incidents.get(desk, "OPS-3").record.priority, incidents.get(desk, "OPS-3").version) == (4, 3)


cells = st.sampled_from(
    [
        "",
        "web1",
        "web2",
        "web1|web2",
        "nope",
        "OPS-1",
        "OPS-2",
        "2026-02-01T10:00Z",
        "2026-01-01T10:00Z",
        "1",
        "5",
        "CHG-1",
    ]
) | st.text(st.characters(codec="utf-8"), max_size=5)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(cells, min_size=7, max_size=7).map(",".join), max_size=4).map("\n".join))
def test_any_file_is_taken_whole_or_refused_whole(desk, lines):
    """And what was taken is there: again, it is unchanged."""
    before = desk.store.revision()
    try:
        report = take(desk, HEADER + lines)
    except InvalidInput:
        assert desk.store.revision() == before
    else:
        assert take(desk, HEADER + lines).unchanged == report.new + report.changed + report.unchanged


def test_thousands_of_lines_are_one_revision(desk):
    """More than any one question to the store may name."""
    text = HEADER + "".join(f"I{n},t,web{n % 2 + 1},2026-02-01T10:00Z,,3,\n" for n in range(2_500))

    assert take(desk, text).new == 2_500
    assert desk.store.count(INCIDENTS) == 2_500
    assert len(take(desk, text.replace(",3,", ",4,"), show=5).differences) == 5
