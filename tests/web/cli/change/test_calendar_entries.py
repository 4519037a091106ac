"""Entries of the calendar and its questions at the command line: what people read, and faults at their options."""

from __future__ import annotations

import pytest

BERLIN = ("2032-03-07T02:00[Europe/Berlin]", "2032-03-07T05:00[Europe/Berlin]")


@pytest.fixture
def filled(foreshock, estate):
    """An estate with one of each kind of entry, and two changes of its load balancers that overlap."""
    when = ("--from", BERLIN[0], "--to", BERLIN[1])
    foreshock("calendar", "freeze", "add", "--name", "Year end", *when, "--all", "--emergency-passes").ok()
    peak = ("--demand", "12", "--counts-as-freeze", "--service", "checkout")
    foreshock("calendar", "peak", "add", "--name", "Double 11", *when, *peak).ok()
    window = ("--service", "checkout", "--agreed", "--notified", "--minutes", "30", "--rule", "FREQ=WEEKLY;BYDAY=SU")
    foreshock("calendar", "maintenance", "add", "--name", "Sundays", *when, *window).ok()
    foreshock("calendar", "capacity", "add", "network", "--at-once", "1", *when, "--rule", "FREQ=DAILY;COUNT=30").ok()
    for target, start, end in (("lb1", "21:00", "22:00"), ("lb2", "21:30", "22:30")):
        times = ("--from", f"2032-03-02T{start}Z", "--to", f"2032-03-02T{end}Z")
        words = ("--title", f"Patch {target}", "--reason", "R", "--target", target, "--implementer", "network")
        foreshock("change", "new", *words, *times, "--submit").ok()


def test_entries_are_listed_shown_and_withdrawn(foreshock, filled):
    """What it is, what it covers, when it is; withdrawn with a reason it is listed no more."""
    for what, key, said in (
        ("freeze", "FRZ-1001", ("Year end", "everything", "emergency passes", "yes")),
        ("peak", "PEAK-1001", ("Double 11", "service Checkout", "12 times the usual")),
        ("maintenance", "MW-1001", ("Sundays", "FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin", "and 95 more", "known until")),
        ("capacity", "CAP-1001", ("network", "at once", "FREQ=DAILY;COUNT=30", "and 20 more")),
    ):
        assert key in foreshock("calendar", what, "list").ok().out
        shown = foreshock("calendar", what, "show", key).ok().out
        for word in said:
            assert word in shown, (what, word)
        refused = foreshock("calendar", what, "withdraw", key, "--reason", " ")
        assert (refused.status, "--reason" in refused.err) == (2, True)
        said = foreshock("calendar", what, "withdraw", key, "--reason", "over").ok().out
        assert said == f"{key} is withdrawn.\n"
        assert foreshock("calendar", what, "list").ok().out.startswith("There is no ")
        assert len(foreshock("calendar", what, "list", "--withdrawn", "-o", "json").ok().json["rows"]) == 1
        assert foreshock("calendar", what, "withdraw", key, "--reason", "again").status == 2
        assert foreshock("calendar", what, "show", "nope").status == 4


def test_faults_are_told_at_their_options(foreshock, estate, revision):
    """All at once, each by the option it came from; nothing is written."""
    before = revision()
    words = ("--name", "", "--from", "soon", "--to", BERLIN[1], "--rule", "FREQ=SECONDLY", "--service", "web1")
    refused = foreshock("calendar", "freeze", "add", *words)
    assert refused.status == 2
    for option in ("--name", "--from", "--rule", "--service 1"):
        assert f"  {option}: " in refused.err, refused.err
    assert foreshock("calendar", "capacity", "add", "t", "--at-once", "1", "--from", BERLIN[0]).status == 2
    assert foreshock("calendar", "capacity", "add", "t", "--at-once", "1", "--rule", "FREQ=DAILY").status == 2
    assert foreshock("calendar", "check", "CHG-1", "--from", BERLIN[0]).status == 2
    assert revision() == before


def test_what_people_read_of_the_calendar(foreshock, filled):
    """The period by time with its conflicts, what speaks against a change, where it could be, what a move would do."""
    shown = foreshock("calendar", "show", "--from", "2032-03-01T00:00Z").ok().out
    assert [line.split()[-3] for line in shown.splitlines()[1:3]] == ["submitted", "submitted"]
    assert "CHG-1001 + CHG-1002 stop Checkout" in shown
    assert "Nothing is in the calendar" in foreshock("calendar", "show", "--from", "2030-01-01T00:00Z").ok().out

    checked = foreshock("calendar", "check", "CHG-1001").ok().out
    assert "Checkout: no planned outage; the change is not wholly in agreed maintenance" in checked
    assert "Team network does not work" in checked
    assert "Team network is to do 1 at once with CHG-1002" in checked
    moved = foreshock("calendar", "move", "CHG-1001", "--to", "2032-03-14T01:00Z").ok().out
    assert "no longer in conflict with CHG-1002" in moved
    assert "Nothing in the calendar speaks against it." in moved
    there = foreshock("calendar", "move", "CHG-1001", "--to", BERLIN[0]).ok().out
    assert "Freeze FRZ-1001 Year end" in there
    assert "Peak PEAK-1001 Double 11, 12 times the usual" in there

    words = ("calendar", "next-window", "CHG-1001", "--from", "2032-03-02T12:00Z")
    found = foreshock(*words).ok().out
    assert found.startswith("CHG-1001 could be made from Sun 14 Mar 2032, 01:00 UTC")
    assert "in a freeze" in found
    assert "outside of agreed maintenance" in found
    none = foreshock(*words, "--days", "2").ok().out
    assert none.startswith("No window of 60 min for CHG-1001")
    wrong = foreshock(*words, "--days", "0", "--grid", "7")
    assert (wrong.status, "--days" in wrong.err, "--grid" in wrong.err) == (2, True, True)

    outage = foreshock("calendar", "outage", "--from", "2032-03-01T00:00Z").ok().out
    assert "CHG-1001, CHG-1002" in outage
    assert "2 changes from" in outage
    assert "No service is taken down" in foreshock("calendar", "outage", "--to", "2031-01-01T00:00Z").ok().out
    assert foreshock("calendar", "renew").ok().out == "All rules are known for a year ahead.\n"


def test_rules_are_renewed_by_their_job(foreshock, estate):
    """What is known for a short time is known for longer after the job of the week; then there is nothing to do."""
    when = ("--from", BERLIN[0], "--to", BERLIN[1], "--rule", "FREQ=WEEKLY", "--until", "2032-04-01T00:00Z")
    soon = [each.replace("2032-03", "2026-03").replace("2032-04", "2026-04") for each in when]
    foreshock("calendar", "freeze", "add", "--name", "F", "--all", *soon).ok()
    assert "1 rule of the calendar was expanded anew" in foreshock("job", "run", "calendar-renew").ok().out
    freeze = foreshock("calendar", "freeze", "show", "FRZ-1001", "-o", "json").ok().json
    assert (len(freeze["schedule"]["intervals"]) > 52, freeze["version"]) == (True, 2)
    assert "0 rules of the calendar were expanded anew" in foreshock("job", "run", "calendar-renew").ok().out


def test_icalendar_as_a_file(foreshock, filled, tmp_path, environment):
    """Out to a file or standard output, the same bytes; into another store; strange files are refused."""
    path = tmp_path / "c.ics"
    foreshock("calendar", "export", "--out", str(path), "--from", "2032-01-01T00:00Z", "--to", "2033-01-01T00:00Z").ok()
    content = path.read_bytes()
    assert content.count(b"BEGIN:VEVENT") == 5
    freezes = foreshock("calendar", "export", "--what", "freeze").ok().out
    assert "FRZ-1001" in freezes
    assert "MW-1001" not in freezes
    again = foreshock("calendar", "import", str(path)).ok().out
    assert again.splitlines()[0] == "0 new, 0 changed, 3 unchanged, 0 withdrawn."
    other = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/other.db"}
    foreshock("ci", "add", "checkout", "--class", "service", env=other).ok()
    dry = foreshock("calendar", "import", str(path), "--dry-run", env=other).ok().out
    assert dry.startswith("3 new, 0 changed, 0 unchanged, 0 withdrawn: so they would be in the calendar.")
    foreshock("calendar", "import", str(path), env=other).ok()
    one = foreshock("calendar", "maintenance", "show", "MW-1001", "-o", "json", env=other).ok().json
    here = foreshock("calendar", "maintenance", "show", "MW-1001", "-o", "json").ok().json
    for name in ("name", "schedule", "covers", "agreed", "notified", "minutes", "uid"):
        assert one[name] == here[name], name
    refused = foreshock("calendar", "import", "-", "--as", "freeze", "--all", input="hello")
    assert (refused.status, "no iCalendar file" in refused.err) == (2, True)
    assert foreshock("calendar", "import", str(tmp_path / "gone.ics")).status == 2
    assert foreshock("calendar", "export", "--out", str(tmp_path)).status == 2
    assert foreshock("calendar", "export", "--from", "soon").status == 2


def test_who_may_not(foreshock, filled, people):
    """An auditor reads and adds nothing."""
    auditor = people("auditor")
    foreshock("calendar", "freeze", "list", env=auditor).ok()
    words = ("--name", "x", "--from", BERLIN[0], "--to", BERLIN[1], "--all")
    assert foreshock("calendar", "freeze", "add", *words, env=auditor).status == 7
    assert foreshock("calendar", "freeze", "withdraw", "FRZ-1001", "--reason", "x", env=auditor).status == 7


def test_a_verdict_calls_a_freeze_and_a_peak_by_name(foreshock, estate):
    """A member of the board knows the end of the year, not FRZ-1001."""
    when = ("--from", "2032-03-01T00:00Z", "--to", "2032-03-09T00:00Z")
    foreshock("calendar", "freeze", "add", "--name", "Year end", *when, "--all").ok()
    peak = ("--demand", "12", "--counts-as-freeze", "--service", "checkout")
    foreshock("calendar", "peak", "add", "--name", "Double 11", *when, *peak).ok()
    window = ("--from", "2032-03-02T21:00Z", "--to", "2032-03-02T22:00Z", "--submit", "-o", "json")
    words = ("--title", "Patch lb1", "--reason", "R", "--target", "lb1")
    change = foreshock("change", "new", *words, *window).ok().json["id"]

    for page in (foreshock("change", "assess", change).ok().out, foreshock("change", "show", change).ok().out):
        assert "meets a freeze: FRZ-1001 Year end and PEAK-1001 Double 11 [freeze]" in page
