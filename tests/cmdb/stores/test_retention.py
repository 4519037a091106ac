"""What stays of a history: the arithmetic, against a count by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import NotFound
from cmdb.ports.errors import HistoryGone
from cmdb.stores.retention import Retention, planned, sealed

HEADER = (1, "2026-01-01T00:00:00.000000Z", "a", "r", "t", "d", 1, "0" * 64, "h")
VERSIONS = [("ci", "a", 1, 1, 2, None, "{}"), ("ci", "a", 2, 2, 9, '["x"]', "{}"), ("ci", "b", 1, 3, None, None, None)]


@given(st.integers(0, 12), st.sets(st.integers(0, 11)), st.integers(1, 12), st.none() | st.integers(1, 13))
def test_a_version_stays_when_a_readable_revision_shows_it(floor, kept, made, until):
    """One from the floor on, or a kept one."""
    retention = Retention(floor, tuple(sorted(at for at in kept if at < floor)))
    until = None if until is None else made + until
    readable = [at for at in range(60) if at >= floor or at in kept]
    assert retention.stays(made, until) == any(made <= at and (until is None or at < until) for at in readable)
    assert [at for at in range(60) if retention.shows(at)] == readable


def test_what_is_planned_can_be_done():
    """Kept revisions below the floor, sorted, each once; refused is what is not there, or no longer."""
    assert planned(Retention(), 9, 5, [7, 3, 1, 3]) == Retention(5, (1, 3))
    assert planned(Retention(5, (1, 3)), 9, 6, [3, 5]) == Retention(6, (3, 5))
    for floor, keep in ((4, []), (6, [2]), (6, [3, 4])):
        with pytest.raises(HistoryGone):
            planned(Retention(5, (1, 3)), 9, floor, keep)
    for floor, keep in ((10, []), (-1, []), (5, [10]), (5, [-1])):
        with pytest.raises(NotFound):
            planned(Retention(), 9, floor, keep)


def test_the_digest_covers_every_field_of_what_stays():
    """Any one altered changes it, and so does a line that is missing; what goes does not count."""
    retention = Retention(5, (1,))
    found = sealed(retention, [HEADER], VERSIONS)
    assert (found.gone, found.kept) == (0, 1)
    seen = {found.digest, sealed(retention, [], VERSIONS).digest, sealed(retention, [HEADER], VERSIONS[1:]).digest}
    for place, value in enumerate(HEADER):
        other = (*HEADER[:place], value + 1 if isinstance(value, int) else value + "x", *HEADER[place + 1 :])
        seen.add(sealed(retention, [other], VERSIONS).digest)
    for place, value in enumerate(("cj", "A", 7, 0, 3, '["y"]', "[]")):
        version = VERSIONS[0]
        other = (*version[:place], value, *version[place + 1 :])
        seen.add(sealed(retention, [HEADER], [other, *VERSIONS[1:]]).digest)
    assert len(seen) == 3 + len(HEADER) + 7
    going = ("ci", "a", 1, 2, 3, None, "{}")
    assert sealed(retention, [HEADER], [*VERSIONS, going]) == (found.digest, 1, 1)


def test_what_happens_above_the_floor_leaves_the_digest_alone():
    """A version that is closed there was open when it was sealed."""
    closed = [VERSIONS[0], (*VERSIONS[1][:4], 6, *VERSIONS[1][5:]), (*VERSIONS[2][:4], 8, *VERSIONS[2][5:])]
    assert sealed(Retention(5), [HEADER], closed) == sealed(Retention(5), [HEADER], VERSIONS)
