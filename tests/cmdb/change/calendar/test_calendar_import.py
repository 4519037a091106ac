"""iCalendar out and in: nothing is lost on the way, nobody is named, and bad files are refused whole."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.change import changes
from cmdb.change.calendar import calendar
from cmdb.change.calendar.calendar_feed import feed
from cmdb.change.calendar.calendar_import import import_calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.errors import InvalidInput, NotAllowed
from cmdb.exchange.ics import MOST_BYTES, MOST_EVENTS
from cmdb.model.calendar_entry import Covered
from tests.builders import a_change, a_server, a_service, as_actor, moment, the_context

SHOP = (a_service("shop"), a_service('we,b "1"'), a_server("web1"))
BERLIN = ("2026-03-27T22:00[Europe/Berlin]", "2026-03-28T06:00[Europe/Berlin]")


def house(*things):
    return the_context(*SHOP, *things, role="change_manager", actor="Alice Example")


def an_event(*lines, uid="a@example", summary="Works"):
    named = [f"UID:{uid}"] * (uid is not None) + [f"SUMMARY:{summary}"] * (summary is not None)
    return ["BEGIN:VEVENT", *named, *lines, "END:VEVENT"]


def a_file(*events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *(line for each in events for line in each), "END:VCALENDAR"]
    return "\r\n".join([*lines, ""]).encode()


TIMES = ("DTSTART;TZID=Europe/Berlin:20260327T220000", "DTEND;TZID=Europe/Berlin:20260328T060000")
FREEZE = {"source": "theirs.ics", "as_": "freeze", "given": {"covers": Covered(everything=True)}}


def problems(content, **more):
    context = house()
    with pytest.raises(InvalidInput) as caught:
        import_calendar(context, content, **{**FREEZE, **more})
    assert context.store.revision() == 1, "nothing was written"
    return [(problem.code, problem.line) for problem in caught.value.problems]


def filled():
    """A store with one of each, with all there is to say of them."""
    context = house(a_change("web1", id="CHG-1", requester="Bob Example", implementer="Carol Example"))
    weekly = ScheduleGiven(
        *BERLIN, "FREQ=DAILY;COUNT=9", excluded=["2026-03-29T22:00[Europe/Berlin]"], added=["2026-05-05T22:00+02:00"]
    )
    say = {"reason": "so, it; is", "schedule": weekly}
    offset = ScheduleGiven("2026-03-27T22:00+05:30", "2026-03-28T06:00+05:30")
    calendar.add(context, "freeze", {**say, "name": "Jahr, Ende; 年末", "covers": Covered(everything=True)})
    passes = {"covers": Covered(classes=("server",), environments=("pro,d",)), "emergency_passes": True}
    calendar.add(context, "freeze", {**say, "name": "Two", "schedule": offset, **passes})
    peak = {"covers": Covered(services=('we,b "1"',)), "demand": 2.5, "counts_as_freeze": True}
    calendar.add(context, "peak", {**say, "name": "Three", **peak})
    window = {"covers": Covered(cis=("web1",)), "agreed": True, "notified": True, "minutes": 20}
    calendar.add(context, "maintenance", {**say, "name": "Four", **window})
    return context


def comparable(context):
    several = calendar.entries_at(context)
    found = []
    for each in (*several.freezes, *several.peaks, *several.maintenance):
        own = {name: getattr(each, name) for name in each.__slots__ if name not in ("id", "stated_at", "stated_by")}
        schedule = own.pop("schedule")
        zone = "UTC" if schedule.zone[0] in "+-" else schedule.zone
        found.append({**own, "intervals": schedule.intervals, "rule": schedule.rule, "zone": zone})
    return sorted(found, key=lambda each: each["name"])


def test_what_goes_out_comes_in_as_it_was():
    """Into another store with every field and every interval; into the same one without a change."""
    here, there = filled(), house()
    content = feed(here)
    report = import_calendar(there, content, source="here")
    assert (report.new, report.changed, report.unchanged, report.passed_over) == (4, 0, 0, 1)
    assert comparable(there) == comparable(here)
    assert feed(there, what=["freeze"]).count(b"UID:") == 2
    for context in (here, there):
        revision = context.store.revision()
        again = import_calendar(context, content, source="again")
        assert (again.new, again.changed, again.unchanged, again.revision) == (0, 0, 4, None)
        assert context.store.revision() == revision


def test_the_feed_names_nobody_and_is_the_same_bytes():
    """Neither who asked for a change, implements it or stated an entry; asked twice, nothing differs."""
    context = filled()
    content = feed(context)
    assert b"Example" not in content
    assert content == feed(context)
    assert b"CHG-1 Replace the switch" in content


def properties(content, name):
    return [line.split(b":", 1)[1].strip() for line in content.splitlines() if line.startswith(name)]


def test_a_change_that_is_moved_keeps_its_uid_and_grows_its_sequence():
    """And one that is rejected is cancelled in the calendars of others; a draft is in none."""
    context = house(a_change("web1", id="CHG-1"))
    first = feed(context, what=["change"])
    changes.edit(context, "CHG-1", window=("2026-03-03T22:00Z", "2026-03-03T23:00Z"))
    second = feed(context, what=["change"])
    assert properties(first, b"UID") == properties(second, b"UID")
    assert (properties(first, b"SEQUENCE"), properties(second, b"SEQUENCE")) == ([b"0"], [b"1"])
    assert properties(second, b"DTSTART") == [b"20260303T220000Z"]
    assert properties(second, b"STATUS") == [b"TENTATIVE"]
    states = [a_change("web1", id=f"CHG-{state}", state=state) for state in ("draft", "approved", "rejected")]
    statuses = properties(feed(house(*(built(each) for each in states)), what=["change"]), b"STATUS")
    assert sorted(statuses) == [b"CANCELLED", b"CONFIRMED"]


def built(change):
    from dataclasses import replace

    from cmdb.model.change import ChangeState

    return replace(change, state=ChangeState(change.state))


def test_the_period_of_the_feed():
    """Changes of the period alone; a period that ends first is refused."""
    context = house(a_change("web1", id="CHG-1"))
    day = {"since": moment("2026-03-02T23:00Z"), "until": moment("2026-03-04T00:00Z")}
    assert b"VEVENT" not in feed(context, what=["change"], **day)
    assert b"VEVENT" in feed(context, what=["change"], **{**day, "since": moment("2026-03-02T22:59Z")})
    with pytest.raises(InvalidInput):
        feed(context, since=day["until"], until=day["since"])
    with pytest.raises(NotAllowed):
        import_calendar(as_actor(context, "engineer"), b"", source="x")


def test_a_calendar_of_others_becomes_freezes():
    """Days and floating times in the zone that is named, a duration, a rule; what is passed over is counted."""
    context = house()
    content = a_file(
        an_event(*TIMES, "RRULE:FREQ=WEEKLY;COUNT=3", "DESCRIPTION:Line\\none", uid="a", summary="Works\\, all"),
        an_event("DTSTART;VALUE=DATE:20261225", uid="b", summary="Christmas"),
        an_event("DTSTART:20260401T080000", "DURATION:PT90M", uid="c"),
        an_event(*TIMES, "STATUS:CANCELLED", uid="d"),
        ["BEGIN:VTODO", "UID:e", "SUMMARY:Buy milk", "END:VTODO"],
    )
    dry = import_calendar(context, content, **FREEZE, zone="Europe/Berlin", dry_run=True)
    assert (dry.new, dry.revision, dry.dry_run, context.store.revision()) == (3, None, True, 1)
    report = import_calendar(context, content, **FREEZE, zone="Europe/Berlin")
    assert (report.new, report.passed_over, report.revision) == (3, 1, 2)
    assert [(each.id, each.name, each.line) for each in report.events] == [
        ("FRZ-1001", "Works, all", 4),
        ("FRZ-1002", "Christmas", 12),
        ("FRZ-1003", "Works", 17),
    ]
    a, b, c = (calendar.get(context, "freeze", each.id).record for each in report.events)
    assert (a.reason, a.schedule.rule, a.schedule.zone) == ("Line one", "FREQ=WEEKLY;COUNT=3", "Europe/Berlin")
    assert [text[:16] for text in a.schedule.intervals] == [
        *("2026-03-27T21:00", "2026-04-03T20:00", "2026-04-10T20:00")
    ]
    assert b.schedule.intervals == ("2026-12-24T23:00:00Z/2026-12-25T23:00:00Z",)
    assert c.schedule.intervals == ("2026-04-01T06:00:00Z/2026-04-01T07:30:00Z",)


def test_zones_of_others():
    """The names that Windows gives zones are known; one that only the file defines will do for what comes once."""
    windows = [line.replace("Europe/Berlin", "W. Europe Standard Time") for line in TIMES]
    own = [line.replace("Europe/Berlin", "Ours") for line in TIMES]
    standard = ["BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0230", "TZOFFSETTO:+0230", "END:STANDARD"]
    zone = ["BEGIN:VTIMEZONE", "TZID:Ours", *standard, "END:VTIMEZONE"]
    context = house()
    import_calendar(context, a_file(an_event(*windows, "RRULE:FREQ=DAILY;COUNT=2")), **FREEZE)
    import_calendar(context, a_file(zone, an_event(*own, uid="b")), **FREEZE)
    first, second = calendar.entries_at(context).freezes
    assert (first.schedule.zone, first.schedule.intervals[0][:16]) == ("Europe/Berlin", "2026-03-27T21:00")
    assert (second.schedule.zone, second.schedule.intervals[0][:16]) == ("UTC", "2026-03-27T19:30")
    assert problems(a_file(zone, an_event(*own, "RRULE:FREQ=DAILY"))) == [("ics.own_zone", 12)]


def test_a_feed_that_is_too_large_says_so(monkeypatch):
    """Rather than leaving something out."""
    monkeypatch.setattr("cmdb.change.calendar.calendar_feed.MOST_EVENTS", 1)
    context = house(a_change("web1", id="CHG-1"), a_change("web1", id="CHG-2"))
    with pytest.raises(InvalidInput) as caught:
        feed(context)
    assert [problem.code for problem in caught.value.problems] == ["calendar.feed_too_large"]


def test_a_later_file_changes_and_withdraws():
    """By the UID; what was withdrawn here stays so."""
    context = house()
    import_calendar(context, a_file(an_event(*TIMES, uid="a"), an_event(*TIMES, uid="b")), **FREEZE)
    later = a_file(an_event(*TIMES, uid="a", summary="Moved"), an_event(*TIMES, "STATUS:CANCELLED", uid="b"))
    report = import_calendar(context, later, **FREEZE)
    assert (report.new, report.changed, report.withdrawn, report.unchanged) == (0, 1, 1, 0)
    assert calendar.get(context, "freeze", "FRZ-1001").record.name == "Moved"
    gone = calendar.get(context, "freeze", "FRZ-1002").record
    assert gone.withdrawal.reason == "cancelled in theirs.ics"
    again = import_calendar(context, a_file(an_event(*TIMES, uid="b")), **FREEZE)
    assert (again.passed_over, again.revision) == (1, None)


def test_all_faults_of_a_file_at_once():
    """Each with the line its event begins at."""
    content = a_file(
        an_event(*TIMES, uid=None, summary=None),
        an_event("DTSTART:nonsense", TIMES[1], uid="b"),
        an_event("DTSTART;TZID=Europe/Nowhere:20260327T220000", TIMES[1], uid="c"),
        an_event(TIMES[0], uid="d"),
        an_event(*TIMES, "RRULE:FREQ=MINUTELY", "RRULE:FREQ=DAILY", uid="e"),
        an_event(*TIMES, "RECURRENCE-ID;TZID=Europe/Berlin:20260327T220000", uid="f"),
        an_event(*TIMES, "RRULE:FREQ=DAILY", uid="g"),
        an_event(*TIMES, "RRULE:FREQ=MINUTELY", uid="g"),
        an_event(TIMES[0], "DTEND;TZID=Europe/Berlin:20260327T210000", uid="h", summary="x" * 201),
        an_event(*TIMES, "RDATE;VALUE=PERIOD:20260401T000000Z/PT1H", uid="i"),
        an_event(*TIMES, "X-FORESHOCK-ENTRY:{nope", uid="j"),
        an_event(*TIMES, 'X-FORESHOCK-ENTRY:{"agreed":true}', uid="k"),
    )
    found = problems(content)
    lines = [number for number, line in enumerate(content.splitlines(), start=1) if line == b"BEGIN:VEVENT"]
    expected = [
        ("ics.missing", 0),
        ("ics.missing", 0),
        ("ics.broken", 1),
        ("ics.unknown_zone", 2),
        ("ics.missing", 3),
        ("ics.rules", 4),
        ("ics.override", 5),
        ("ics.repeated", 7),
        ("schedule.frequency", 7),
        ("calendar.too_long", 8),
        ("schedule.ends_first", 8),
        ("ics.period", 9),
        ("ics.broken", 10),
        ("ics.broken", 11),
    ]
    assert sorted(found) == sorted((code, lines[place]) for code, place in expected)


def test_files_that_are_none():
    """Told for what they are; nothing says what an event is, or how much demand a peak brings."""
    assert problems(b"") == [("ics.unreadable", None)]
    assert problems(b"hello") == [("ics.unreadable", None)]
    assert problems(b"\xff\xfeBEGIN:VCALENDAR") == [("ics.unreadable", None)]
    assert problems(b"x" * (MOST_BYTES + 1)) == [("ics.too_large", None)]
    assert problems(b"BEGIN:VEVENT\n" * (MOST_EVENTS + 1)) == [("ics.too_many", None)]
    event = a_file(an_event(*TIMES))
    assert problems(event, as_=None) == [("calendar.as_what", 4)]
    assert problems(event, as_="peak") == [("calendar.no_demand", 4)]
    assert problems(event, given={}) == [("calendar.covers_nothing", 4)]
    assert problems(event, zone="Nowhere") == [("time.unknown_zone", None)]


def test_an_event_does_not_become_another_kind():
    """What is a freeze here is not brought in as a maintenance window."""
    context = house()
    import_calendar(context, a_file(an_event(*TIMES)), **FREEZE)
    with pytest.raises(InvalidInput) as caught:
        import_calendar(context, a_file(an_event(*TIMES)), **{**FREEZE, "as_": "maintenance"})
    assert [problem.code for problem in caught.value.problems] == ["calendar.other_kind"]


NOISE = st.lists(
    st.sampled_from(
        [
            *("BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "UID:a", "SUMMARY:s", "UID", "x", ":"),
            *("DTSTART:20260327T220000Z", "DTEND:20260328T220000Z", "DURATION:P1D", "RRULE:FREQ=DAILY", "SEQUENCE:x"),
            *("DTSTART;VALUE=DATE:20260327", "DTEND;VALUE=DATE:20260101", "RDATE:20260401", "STATUS:CANCELLED"),
            *("DURATION:-P9999999D", "DTSTART:00010101T000000Z", "DTEND:99991231T235959", "X-FORESHOCK-KIND:peak"),
            *('X-FORESHOCK-ENTRY:{"demand":3,"covers":{"everything":true}}', "CATEGORIES:A,B", "DTSTART;TZID=:x"),
            *("RRULE:", "EXDATE:x"),
        ]
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(lines=NOISE, framed=st.booleans())
def test_noise_is_refused_or_read(lines, framed):
    """Whatever lines a file has: an answer, or faults with their places; never anything else."""
    content = a_file(an_event(*lines)) if framed else "\r\n".join(lines).encode()
    with suppress(InvalidInput):
        assert import_calendar(ROOM, content, **FREEZE, dry_run=True).revision is None


ROOM = house()
