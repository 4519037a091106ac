"""The one mapping: what goes in comes out, small and stable on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.change import CHANGES, BackOut, Change, ChangeState, ChangeType, Effect, Target, Window
from cmdb.model.ci import CI, CIS
from cmdb.model.kind import Kind
from cmdb.records import from_document, to_document


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Part:
    label: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Thing:
    id: str
    made_at: datetime
    due: date | None = None
    price: Decimal | None = None
    colour: Colour = Colour.RED
    parts: tuple[Part, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    needs: int | str = 1
    flag: bool = False


THINGS = Kind(Thing, name="thing")

texts = st.text(max_size=8)
things = st.builds(
    Thing,
    id=texts,
    made_at=st.datetimes(timezones=st.just(UTC)),
    due=st.none() | st.dates(),
    price=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    colour=st.sampled_from(Colour),
    parts=st.lists(st.builds(Part, texts, st.floats(allow_nan=False)), max_size=3).map(tuple),
    notes=st.dictionaries(texts, st.integers() | texts | st.lists(texts)),
    needs=st.integers(1, 9) | st.just("50%"),
    flag=st.booleans(),
)


@given(things)
def test_a_record_survives_the_way_to_the_store_and_back(thing):
    """Every type a dataclass of ours may hold comes back equal and of the same type."""
    assert from_document(THINGS, to_document(THINGS, thing)) == thing


def test_what_is_default_is_left_out():
    """A small CI has a small document, and a document from before a field was added is complete."""
    assert to_document(CIS, CI("web1", "server", "web1")) == {"id": "web1", "class": "server", "name": "web1"}


def test_true_is_not_mistaken_for_the_default_one():
    """Python finds True equal to 1; a needs of True must not vanish as if it were the default."""
    assert to_document(THINGS, Thing("t", datetime.now(UTC), needs=True))["needs"] is True


def test_times_are_written_in_utc():
    """Two writers in two zones write the same bytes for the same moment."""
    there = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    assert to_document(THINGS, Thing("t", there))["made_at"] == "2026-03-02T09:00:00Z"


def test_a_nested_record_keeps_its_shape():
    """A change with targets, window and back-out plan comes back whole."""
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    change = Change(
        id="CHG-1",
        title="Swap",
        reason="Worn",
        requester="engineer",
        type=ChangeType.NORMAL,
        state=ChangeState.DRAFT,
        revision=1,
        window=Window(start, start + timedelta(hours=1), "Europe/Berlin"),
        targets=(Target("ups-1", Effect.RESTART, 10, 20),),
        raised_at=start,
        back_out=BackOut("Put it back", 12, date(2026, 2, 1)),
    )
    assert from_document(CHANGES, to_document(CHANGES, change)) == change


def test_an_old_format_is_brought_forward_step_by_step():
    """A document of format 1 is read through every step up to today's."""
    today = Kind(
        Part,
        name="part",
        version=3,
        upcast={1: lambda d: {"label": d["name"]}, 2: lambda d: {**d, "weight": 2.5}},
    )
    assert from_document(today, {"name": "fan"}) == Part("fan", 2.5)
    assert to_document(today, Part("fan")) == {"label": "fan", "format": 3}


def test_an_enum_value_nobody_knows_is_refused():
    """A document from elsewhere does not smuggle in a state."""
    with pytest.raises(ValueError, match="blue"):
        from_document(THINGS, {"id": "t", "made_at": "2026-03-02T09:00:00Z", "colour": "blue"})
