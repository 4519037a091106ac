"""Maintenance windows: weekly or once, by the clock on the wall of their zone, expanded without any other clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.maintenance import end_of, kept, problems_of, windows


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def told(texts: list[str], since: str, until: str) -> list[tuple[str, str]]:
    found = windows(texts, at(since), at(until))
    return [(begin.strftime("%m-%dT%H:%M"), end.strftime("%m-%dT%H:%M")) for begin, end in found]


def test_a_weekly_window_is_by_the_wall_clock_of_its_zone():
    """22:00 in Berlin is 21:00 UTC in winter, 20:00 in summer."""
    window = ["sat 22:00-02:00 Europe/Berlin"]
    assert told(window, "2026-03-20T00:00", "2026-04-06T00:00") == [
        ("03-21T21:00", "03-22T01:00"),
        ("03-28T21:00", "03-29T01:00"),
        ("04-04T20:00", "04-05T00:00"),
    ]


def test_an_hour_that_comes_twice_is_in_the_window_twice():
    """And one that does not come is not: from 02:30, which is not there, on it lasts until 04:00."""
    window = ["sun 02:30-04:00 Europe/Berlin"]
    assert told(window, "2026-10-25T00:00", "2026-10-26T00:00") == [("10-25T00:30", "10-25T03:00")]
    assert told(window, "2026-03-29T00:00", "2026-03-30T00:00") == [("03-29T00:30", "03-29T02:00")]


def test_windows_that_touch_are_one():
    """So that nothing begins between them."""
    texts = ["sat 00:00-24:00 UTC", "sun 00:00-06:00 UTC", "2026-03-08T05:00/2026-03-08T09:30 UTC"]
    assert end_of(texts, at("2026-03-07T12:00")) == at("2026-03-08T09:30")
    assert end_of(texts, at("2026-03-08T09:30")) is None
    assert end_of(texts, at("2026-03-06T23:59")) is None


def test_a_window_may_come_once():
    """With its zone."""
    texts = ["2026-12-24T18:00/2026-12-27T06:00 Asia/Shanghai"]
    assert end_of(texts, at("2026-12-24T09:59")) is None
    assert end_of(texts, at("2026-12-24T10:00")) == at("2026-12-26T22:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sat",
        "sat 25:00-26:00 UTC",
        "sat 10:00-10:00 UTC",
        "sat 24:00-25:00 UTC",
        "6 10:00-11:00 UTC",
        "sat 10:00-11:00 Nowhere/Land",
        "sat 10:00-11:00 ../../etc/passwd",
        "2026-12-27T06:00/2026-12-24T18:00 UTC",
        "2026-02-30T06:00/2026-12-24T18:00 UTC",
        "9999-12-31T00:00/9999-12-31T23:59 UTC",
        "mon-fri 10:00-11:00",
        "x" * 10_000,
    ],
)
def test_what_is_no_window_is_told_with_its_place(text):
    """And what would be right."""
    (problem,) = problems_of(["sat 10:00-11:00 UTC", text], "/maintenance")
    assert problem.pointer == "/maintenance/1"
    assert len(problem.message) < 500


def test_windows_without_any_moment_between_them_are_refused():
    """No run could ever begin; and more than anybody keeps are too many."""
    (problem,) = problems_of(["* 00:00-24:00 UTC"], "/maintenance")
    assert problem.code == "maintenance.always"
    assert [each.code for each in problems_of(["mon 00:00-01:00 UTC"] * 51, "")] == ["maintenance.many"]
    assert not list(problems_of(["mon-fri 00:00-24:00 UTC"], ""))


def test_a_window_is_kept_with_single_spaces():
    """And its days in lower case."""
    assert kept("  Sat,SUN   00:00-24:00  Europe/Berlin") == "sat,sun 00:00-24:00 Europe/Berlin"
    assert kept("2026-12-24T18:00/2026-12-27T06:00  UTC") == "2026-12-24T18:00/2026-12-27T06:00 UTC"


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
TIMES = st.integers(0, 24 * 60 - 1).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")
WEEKLY = st.builds(
    lambda day, begin, end, zone: f"{day} {begin}-{end} {zone}",
    st.sampled_from(["*", "mon", "sat-mon", "tue,thu"]),
    TIMES,
    TIMES,
    ZONES,
).filter(lambda text: not list(problems_of([text], "")))
MOMENTS = st.integers(1_577_836_800, 2_177_452_800).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(st.lists(WEEKLY, min_size=1, max_size=4), MOMENTS)
def test_the_end_is_the_first_moment_outside(texts, now):
    """Every moment before it lies in a window; what was expanded over a week says the same as over a moment."""
    end = end_of(texts, now)
    week = windows(texts, now - timedelta(days=1), now + timedelta(days=7))
    inside = [each for each in week if each[0] <= now < each[1]]
    assert (end is None) is (inside == [])
    if end is not None and end < now + timedelta(days=6):
        assert not [each for each in week if each[0] <= end < each[1]]
        for share in (0.1, 0.5, 0.999):
            between = now + share * (end - now)
            assert [each for each in week if each[0] <= between < each[1]]
