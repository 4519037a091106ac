"""Incidents in any store: found by CI, state and time, drawn to what they are about, and read in bulk."""

from __future__ import annotations

from typing import Any

from cmdb.model.change import CHANGES
from cmdb.model.incident import INCIDENTS
from cmdb.ports.store import Between, Equals, Holds, Put
from tests.contracts.things import ci, every, ids, rows_of, write

EARLY, NOON, LATE = "2026-03-01T08:00:00Z", "2026-03-01T12:00:00.5Z", "2026-03-02T09:00:00Z"


def incident(key: str, *cis: str, opened: str = EARLY, resolved: str | None = None, **fields: Any) -> Put:
    state = {"state": "open"} if resolved is None else {"state": "resolved", "resolved": resolved}
    given = {"id": key, "title": key, "cis": list(cis), "opened": opened, "priority": 3, "source": "form"}
    return Put(INCIDENTS, {**given, **state, **fields})


def filled(store: Any) -> None:
    change = {"id": "CHG-1", "title": "t", "type": "normal", "state": "draft", "revision": 1}
    write(store, ci("a"), ci("b"), Put(CHANGES, change))
    write(
        store,
        incident("I1", "a"),
        incident("I2", "a", "b", opened=NOON, resolved=LATE, caused_by="CHG-1"),
        incident("I3", "b", opened=LATE),
    )


def test_incidents_are_found_as_the_desk_asks_for_them(store: Any) -> None:
    """By a CI among several, by state, by a time within bounds, newest first, page by page."""
    filled(store)

    assert ids(store.find(INCIDENTS, [Holds("cis", "b")])) == ["I2", "I3"]
    assert ids(store.find(INCIDENTS, [Equals("state", "open"), Between("opened", None, "2026-03-01T12:00:00Z")])) == [
        "I1"
    ]
    assert ids(store.find(INCIDENTS, [Between("resolved", "2026-03-02T09:00:00", None)])) == ["I2"]
    newest = {"order": "opened", "descending": True, "limit": 1}
    assert every(store.find, INCIDENTS, [Holds("cis", "a")], **newest) == ["I2", "I1"]
    assert ids(store.find(INCIDENTS, [Equals("caused_by", "CHG-1")])) == ["I2"]
    assert ids(store.search(INCIDENTS, "i3")) == ["I3"]


def test_incidents_are_read_in_bulk_as_of_a_revision(store: Any) -> None:
    """Their CIs as lists; before the first of them there are none, and that is no error."""
    filled(store)
    wanted = [("I1", ["a"], EARLY, None), ("I2", ["a", "b"], NOON, LATE), ("I3", ["b"], LATE, None)]

    for at, rows in ((None, wanted), (2, wanted), (1, [])):
        with store.snapshot(at=at) as snapshot:
            assert rows_of(snapshot, INCIDENTS, "id", "cis", "opened", "resolved") == rows
