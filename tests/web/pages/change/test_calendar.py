"""The calendar as a page: what goes on day by day, which changes are in each other's way, and strange addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.model.calendar_entry import Covered
from tests.builders import a_change, a_server, a_service, a_window, needs
from tests.web.pages.walking import House

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def home():
    """A shop on one of two servers, a change of each that overlap, a freeze over two days and a nightly window."""
    changes = [a_change("web1", id="CHG-1"), a_change("web2", id="CHG-2", window=a_window("2026-03-02T22:30Z"))]
    pool = needs("shop", 1, "web1", "web2")
    house = House(a_service("shop"), a_server("web1"), a_server("web2"), *pool, *changes)
    when = ScheduleGiven("2026-03-04T12:00Z", "2026-03-06T00:00Z")
    freeze = {"name": EVIL, "reason": "", "schedule": when, "covers": Covered(everything=True)}
    calendar.add(house.context, "freeze", freeze)
    nightly = ScheduleGiven("2026-03-02T23:00Z", "2026-03-03T01:00Z", "FREQ=WEEKLY")
    window = {"name": "Night", "reason": "", "schedule": nightly, "covers": Covered(services=("shop",)), "agreed": True}
    calendar.add(house.context, "maintenance", window)
    return house


def test_what_goes_on_day_by_day(home):
    """Each day with what touches it, by hours; a change says whom it is in conflict with, and leads to its page."""
    viewer = home.person("viewer")
    words = viewer.opens("/calendar").words
    for said in ("2 Mar 2026", "22:00 to 23:00", "23:00 to 24:00", "00:00 to 01:00", "12:00 to 24:00", "all day"):
        assert said in words, said
    assert words.count(EVIL) == 2, "the freeze, as text, on both its days"
    assert "in conflict with CHG-2" in words
    assert "agreed" in words
    assert "6 Mar 2026" not in words, "a freeze that ends at midnight is not on the day it ends with"
    viewer.opens("/changes")
    viewer.follows("Calendar")
    viewer.follows("Later")
    assert "Night" in viewer.page.words
    viewer.follows("Today")
    viewer.follows("CHG-1")
    assert viewer.url.startswith("/changes/CHG-1")


def test_strange_addresses_are_said_to_be_such(home):
    """A day or a number that is none shows the days from today on, and says why."""
    viewer = home.person("viewer")
    for query in ("from=soon", "from=0001-01-01", "days=0", "days=999", "days=x", "from=2026-03-02&days=-1"):
        words = viewer.opens(f"/calendar?{query}").words
        assert "is no " in words, query
        assert "2 Mar 2026" in words


def test_an_empty_calendar_says_what_to_do(home):
    """Days in which nothing is."""
    home.clock.forward(days=-timedelta(days=400).days)
    assert "Nothing is in the calendar" in home.person("viewer").opens("/calendar").words
