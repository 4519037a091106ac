"""A point in time is read the same way at every door, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cmdb.errors import InvalidInput, NotFound
from web.as_of import revision_of


class Ticks:
    """The two questions a store answers about time; revision n was made at noon of day n of March."""

    def revision(self) -> int:
        return 9

    def revision_at(self, moment: datetime) -> int:
        noons = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(1, 10)]
        return sum(noon <= moment for noon in noons)


@pytest.mark.parametrize(
    ("text", "revision"),
    [
        (None, None),
        ("7", 7),
        ("r7", 7),
        ("0", 0),
        ("2026-03-04T12:00:00Z", 4),
        ("2026-03-04T12:59:59+01:00", 3),
        ("2026-03-04T13:00:00+01:00", 4),
        ("2026-03-04", 4),
        ("2026-02-28", 0),
        ("2030-01-01", 9),
    ],
)
def test_a_revision_a_moment_or_a_day(text, revision):
    """A day means all that happened on it, in UTC; a moment includes what was written at it."""
    assert revision_of(Ticks(), text) == revision


def test_a_revision_that_is_not_there_yet_is_not_found():
    """Asking for the future is a mistake, not the newest state."""
    with pytest.raises(NotFound):
        revision_of(Ticks(), "10")


NO_POINT = ("2026-03-04T12:00:00", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")


@pytest.mark.parametrize("text", [*NO_POINT, "", "-1", "3.5"])
def test_anything_else_is_refused_with_what_would_be_right(text):
    """A time without an offset is no moment; the fault says how to write one."""
    with pytest.raises(InvalidInput) as refused:
        revision_of(Ticks(), text)

    assert "would be right" in refused.value.problems[0].message
    assert refused.value.problems[0].pointer == "/as_of"
