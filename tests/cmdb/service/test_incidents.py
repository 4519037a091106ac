"""The incident desk: what is recorded, what is refused, and which incidents are found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.incident import INCIDENTS, IncidentState
from cmdb.ports.errors import VersionConflict
from cmdb.records import from_document, to_document
from cmdb.service import incidents
from cmdb.service.errors import AlreadyResolved
from tests.builders import a_change, a_server, an_incident, as_actor, moment, the_context

NOON = moment("2026-03-02T12:00Z")


@pytest.fixture
def desk():
    """An engineer at noon; two servers and a change are there."""
    return the_context(a_server("web1"), a_server("web2"), a_change("web1"))


def codes(refused) -> dict[str, str]:
    """Return the code of every problem by its place."""
    return {problem.pointer: problem.code for problem in refused.value.problems}


def opened(context, *cis, **fields):
    given = {"title": "It is down", "cis": cis or ("web1",), "priority": 2, **fields}
    return incidents.open_incident(context, **given)


def ids(listing) -> list[str]:
    return [held.record.id for held in listing.rows]


# writing -------------------------------------------------------------------------------------------------------------
def test_an_incident_is_opened_now_with_an_id_of_our_series(desk):
    """Who, when and why stand in the log; the record holds what happened."""
    held = opened(desk, "web2", "web1", caused_by="CHG-1")

    assert held.record == an_incident(
        "web1", "web2", id="INC-1001", title="It is down", opened=NOON, priority=2, caused_by="CHG-1"
    )
    assert held.version == 1
    made = next(desk.store.changes(desk.store.revision() - 1))
    assert (made.actor, made.reason) == ("engineer", "incident:opened")


def test_it_may_have_been_opened_before_with_a_zone(desk):
    """A person types the time on the wall."""
    held = opened(desk, opened="2026-03-02T11:30[Europe/Berlin]")

    assert held.record.opened == moment("2026-03-02T10:30Z")


def test_everything_that_is_wrong_is_said_at_once(desk):
    """Each at its place, and no number of the series is used up."""
    with pytest.raises(InvalidInput) as refused:
        opened(desk, "web-1", "", "nope", title=" ", priority=6, opened="yesterday", caused_by="CHG-9")

    assert codes(refused) == {
        "/title": "incident.missing",
        "/cis/0": "incident.unknown_ci",
        "/cis/1": "incident.missing",
        "/cis/2": "incident.unknown_ci",
        "/priority": "incident.priority",
        "/opened": "time.unreadable",
        "/caused_by": "incident.unknown_change",
    }
    told = {problem.message for problem in refused.value.problems}
    assert "there is no CI web-1; did you mean web1?" in told
    assert opened(desk).record.id == "INC-1001"


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        ({"title": "x" * 501}, "/title", "incident.too_long"),
        ({"title": "two\nlines"}, "/title", "incident.unclean"),
        ({"title": "\ud800"}, "/title", "incident.unclean"),
        ({"title": "\0"}, "/title", "incident.unclean"),
        ({"cis": ()}, "/cis", "incident.missing"),
        ({"cis": ("web1", "web1")}, "/cis/1", "incident.ci_twice"),
        ({"cis": ("a\tb",)}, "/cis/0", "incident.unclean"),
        ({"priority": 0}, "/priority", "incident.priority"),
        ({"priority": True}, "/priority", "incident.priority"),
        ({"priority": "2"}, "/priority", "incident.priority"),
        ({"priority": None}, "/priority", "incident.null"),
        ({"opened": "2026-03-02T12:00"}, "/opened", "time.without_offset"),
        ({"opened": "2026-03-29T02:30[Europe/Berlin]"}, "/opened", "time.skipped"),
        ({"opened": NOON.replace(tzinfo=None)}, "/opened", "time.without_offset"),
        ({"opened": NOON + timedelta(seconds=1)}, "/opened", "incident.not_yet"),
    ],
)
def test_bad_input_is_refused_at_its_place(desk, fields, place, code):
    """One fault, one problem, nothing written."""
    before = desk.store.revision()

    with pytest.raises(InvalidInput) as refused:
        opened(desk, **fields)

    assert codes(refused) == {place: code}
    assert desk.store.revision() == before


def test_resolving_ends_it_once(desk):
    """Now, or when it was; a second time is refused and says since when."""
    held = opened(desk, opened="2026-03-02T09:00Z")

    done = incidents.resolve(desk, held.record.id, resolved="2026-03-02T10:15Z")

    assert (done.record.state, done.record.resolved) == (IncidentState.RESOLVED, moment("2026-03-02T10:15Z"))
    with pytest.raises(AlreadyResolved, match="10:15"):
        incidents.resolve(desk, held.record.id)
    now = incidents.resolve(desk, opened(desk).record.id)
    assert now.record.resolved == NOON


@pytest.mark.parametrize(
    ("moment_given", "code"),
    [("2026-03-02T08:59Z", "incident.ends_first"), ("2026-03-02T12:01Z", "incident.not_yet"), ("x", "time.unreadable")],
)
def test_it_ends_neither_before_it_began_nor_in_the_future(desk, moment_given, code):
    """What availability is reckoned from has to have happened."""
    held = opened(desk, opened="2026-03-02T09:00Z")

    with pytest.raises(InvalidInput) as refused:
        incidents.resolve(desk, held.record.id, resolved=moment_given)

    assert codes(refused) == {"/resolved": code}


def test_an_edit_changes_what_it_names(desk):
    """The rest stays, and an edit of nothing writes nothing."""
    held = opened(desk, caused_by="CHG-1")

    edited = incidents.edit(desk, held.record.id, {"cis": ["web2"], "caused_by": None})

    assert edited.record.cis == ("web2",)
    assert edited.record.caused_by is None
    assert edited.record.title == held.record.title
    before = desk.store.revision()
    assert incidents.edit(desk, held.record.id, {"priority": 2}).version == edited.version
    assert desk.store.revision() == before


def test_an_edit_is_judged_as_the_whole_it_makes(desk):
    """An incident that is resolved can not be opened after that; what it has to have stays."""
    held = incidents.resolve(desk, opened(desk, opened="2026-03-02T09:00Z").record.id, resolved="2026-03-02T10:00Z")

    with pytest.raises(InvalidInput) as refused:
        incidents.edit(desk, held.record.id, {"opened": "2026-03-02T11:00Z", "title": None})
    assert codes(refused) == {"/resolved": "incident.ends_first", "/title": "incident.null"}
    with pytest.raises(InvalidInput) as refused:
        incidents.edit(desk, held.record.id, {"id": "INC-7"})
    assert codes(refused) == {"/id": "incident.id_stays"}


def test_nobody_overwrites_what_they_have_not_seen(desk):
    """Edit and resolve take the version that was seen."""
    held = opened(desk)
    incidents.edit(desk, held.record.id, {"priority": 1})

    for write in (
        lambda: incidents.edit(desk, held.record.id, {"priority": 3}, expected_version=1),
        lambda: incidents.resolve(desk, held.record.id, expected_version=1),
    ):
        with pytest.raises(VersionConflict):
            write()


def test_rights_are_asked_by_the_desk(desk):
    """A viewer reads; only those who restore services write."""
    held = opened(desk)
    viewer = as_actor(desk, "viewer")

    assert incidents.get(viewer, held.record.id).record == held.record
    for write in (
        lambda: opened(viewer),
        lambda: incidents.edit(viewer, held.record.id, {}),
        lambda: incidents.resolve(viewer, held.record.id),
    ):
        with pytest.raises(NotAllowed):
            write()


def test_what_is_not_there_is_not_found(desk):
    """By every act that names one."""
    for act in (
        lambda: incidents.get(desk, "INC-1"),
        lambda: incidents.edit(desk, "INC-1", {}),
        lambda: incidents.resolve(desk, "INC-1"),
    ):
        with pytest.raises(NotFound):
            act()


def test_an_id_that_an_import_brought_is_not_given_again():
    """Our series passes over it."""
    context = the_context(a_server("web1"), an_incident("web1", id="INC-1001"))

    assert opened(context).record.id == "INC-1002"


# finding -------------------------------------------------------------------------------------------------------------
def test_incidents_are_found_by_ci_state_and_time(desk):
    """The last opened first; each filter alone and all together."""
    first = opened(desk, "web1", opened="2026-03-01T10:00Z").record.id
    second = opened(desk, "web1", "web2", opened="2026-03-01T11:00Z").record.id
    third = opened(desk, "web2", opened="2026-03-02T09:00Z").record.id
    incidents.resolve(desk, first, resolved="2026-03-01T10:30Z")
    incidents.resolve(desk, second, resolved="2026-03-02T01:00Z")

    def found(**wanted):
        return ids(incidents.listing(desk, **wanted))

    assert found() == [third, second, first]
    assert found(ci="web1") == [second, first]
    assert found(ci="web") == []
    assert found(states=[IncidentState.OPEN]) == [third]
    assert found(open_at="2026-03-01T10:30Z") == []
    assert found(open_at="2026-03-01T10:29Z") == [first]
    assert found(open_at="2026-03-01T11:00Z") == [second]
    assert found(since="2026-03-02T00:00Z") == [third, second]
    assert found(until="2026-03-01T11:00Z") == [first]
    assert found(since="2026-03-01T10:30Z", until="2026-03-02T09:00Z", ci="web2") == [second]
    with pytest.raises(InvalidInput) as refused:
        found(open_at="now", since="then", until="2026-03-01")
    assert set(codes(refused)) == {"/open_at", "/since", "/until"}


def test_pages_lead_through_all_of_them(desk):
    """Also where a filter that only moments can judge leaves most of them out."""
    made = [opened(desk, opened=f"2026-03-01T{hour:02}:00Z").record.id for hour in range(20)]
    for one in made[::3]:
        incidents.resolve(desk, one, resolved="2026-03-02T00:00Z")
    seen, after = [], None
    while True:
        page = incidents.listing(desk, since="2026-03-02T00:00Z", after=after, limit=3)
        seen += ids(page)
        after = page.after
        if after is None:
            break

    assert seen == [one for one in reversed(made) if one not in made[::3]]


def test_a_listing_shows_what_was(desk):
    """As of the revision before it was resolved, it is open."""
    held = opened(desk)
    incidents.resolve(desk, held.record.id)

    assert ids(incidents.listing(desk, states=[IncidentState.OPEN])) == []
    assert ids(incidents.listing(desk, states=[IncidentState.OPEN], at=held.revision)) == [held.record.id]


moments = st.integers(-40, 40).map(lambda tenths: NOON - timedelta(hours=1) + timedelta(milliseconds=100 * tenths))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(moments, st.none() | moments), min_size=1, max_size=8), moments, moments)
def test_in_a_period_are_exactly_those_that_went_on_in_it(pairs, one, other):
    """Against asking every incident; tenths of a second count, though texts sort them otherwise."""
    start, end = sorted((one, other))
    made = [
        an_incident("web1", id=f"INC-{n}", opened=begin, resolved=over)
        for n, (begin, over) in enumerate(pairs)
        if over is None or over >= begin
    ]
    context = the_context(a_server("web1"), *made)

    found = incidents.in_period(context, start, end)

    assert found == tuple(each for each in made if each.is_open_at(start) or each.overlaps(start, end))
    inside = ids(incidents.listing(context, open_at=start, limit=100))
    assert set(inside) == {each.id for each in made if each.is_open_at(start)}


@settings(deadline=None)
@given(st.booleans(), st.booleans())
def test_a_record_survives_the_way_to_the_store_and_back(open_still, caused):
    """Every field comes back as it was."""
    incident = an_incident("a", "b", resolved=None if open_still else NOON, caused_by="CHG-1" if caused else None)

    assert from_document(INCIDENTS, to_document(INCIDENTS, incident)) == incident
