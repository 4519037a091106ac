"""What is taken for a crontab is what the clock can run, and the other way round."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cmdb.crontab import problem_of
from cmdb.jobs import Schedule
from web.worker.clock import trigger

NUMBERS = st.integers(0, 62).map(str)
NAMES = st.sampled_from(["jan", "FEB", "dec", "mon", "fri", "Sun", "xyz"])
WORDS = NUMBERS | NAMES | st.just("*")
ITEMS = (
    WORDS
    | st.tuples(NUMBERS | NAMES, NUMBERS | NAMES).map("-".join)
    | st.tuples(WORDS, NUMBERS).map("/".join)
    | st.tuples(NUMBERS, NUMBERS, NUMBERS).map(lambda three: f"{three[0]}-{three[1]}/{three[2]}")
    | st.just("last")
)
FIELDS = st.lists(ITEMS, min_size=1, max_size=2).map(",".join)
CRONTABS = st.tuples(FIELDS, FIELDS, FIELDS, FIELDS, st.just("*") | FIELDS).map(" ".join)
GOOD = ["30 2 * * *", "*/15 * * * *", "0 4 * * mon-fri", "0 0 29 feb *", "0 0 last * *", "5,35 8-18/2 1,15 jan-mar *"]


def clock_takes(text: str) -> bool:
    try:
        return trigger(Schedule(cron=text)).get_next_fire_time(None, datetime(2024, 10, 1, tzinfo=UTC)) is not None
    except (ValueError, LookupError):
        return False


@settings(max_examples=200, deadline=None)
@given(CRONTABS)
@example("0 0 30 2 *")
@example("0 0 31 apr,jun *")
@example("0 0 30,last 2 *")
@example("* * * * sun-mon")
def test_whatever_is_taken_the_clock_can_run(text):
    """No schedule is kept that the clock would stumble over or that never comes."""
    if problem_of(text, "") is None:
        assert clock_takes(text), text


@pytest.mark.parametrize("text", GOOD)
def test_what_people_write_is_taken(text):
    """Lists, ranges, steps, names, and the last day of a month."""
    assert problem_of(text, "") is None
    assert clock_takes(text)


@pytest.mark.parametrize("text", ["", "* * * *", "0 0 30 2 *", "61 * * * *", "*/0 * * * *", "0 0 * * 1", "a b c d e"])
def test_what_never_comes_or_can_not_be_read_is_refused(text):
    """With its place, whatever it was."""
    fault = problem_of(text, "/schedule")
    assert fault is not None
    assert fault.place == "/schedule"
