"""Filters as Cypher: what an index can preselect; :func:`cmdb.stores.batch.holds` decides."""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring as json_text
from typing import Any

from cmdb.ports.store import Between, Equals, Filter, Holds
from cmdb.stores import batch
from cmdb.stores.batch import is_text
from cmdb.stores.neo4j.ledger import Seek
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.texts import (
    NOTHING,
    NUMBER,
    OTHER,
    TEXT,
    field_form,
    highest,
    is_long,
    lowest,
    number_form,
    quoted,
)

_EXACT_NUMBER = 2**53
_BEHIND_NUMBERS = NUMBER + "~"  # The empty text is held as TEXT alone, so that would be too much.


def narrowed(seek: Seek, shape: Shape, where: Sequence[Filter]) -> tuple[Seek, bool]:
    """Return the seek narrowed by filters, and whether what it finds meets them all."""
    exact = True
    for number, one in enumerate(where):
        seek, sure = _by_index(seek, one, f"f{number}") if shape.sorts(one.path) else _by_text(seek, one, number)
        exact = exact and sure
    return seek, exact


def _by_index(seek: Seek, one: Filter, name: str) -> tuple[Seek, bool]:
    column = f"$.{one.path}"
    field = f"v.{quoted(column)}"
    if isinstance(one, Between):
        return _between(seek, field, one, name), not any(map(_inexact, (one.low, one.high)))
    if isinstance(one, Holds):
        return seek.where(f"{field} >= '{OTHER}' AND {field} < '{NOTHING}'"), False
    values = (one.value,) if isinstance(one, Equals) else one.values
    forms = [form for value in values if (form := _form(value)) is not None]
    if seek.begin is None and seek.order is None and not seek.text and len(forms) == 1:
        seek = seek._replace(begin=column)
    if len(forms) == 1:
        return seek.where(f"{field} = ${name}", **{name: forms[0]}), not any(map(_inexact, values))
    return seek.where(f"{field} IN ${name}", **{name: forms}), not any(map(_inexact, values))


def _form(value: Any) -> str | None:
    """Return what an index holds for a value, None where no document has it."""
    if isinstance(value, str) and not is_text(value):
        return None
    return number_form(batch.bound(value)) if batch.is_number(value) else field_form(value)


def _inexact(value: Any) -> bool:
    return is_long(value) if isinstance(value, str) else isinstance(value, int) and abs(value) > _EXACT_NUMBER


def _between(seek: Seek, field: str, one: Between, name: str) -> Seek:
    low, high = one.low, one.high
    if low is None and high is None:
        return seek.where(f"{field} < '{NOTHING}'")
    if isinstance(low if low is not None else high, str):
        least = TEXT + (lowest(low) if isinstance(low, str) and is_text(low) else "")
        most = TEXT + highest(high) if isinstance(high, str) and is_text(high) else OTHER
    else:
        least = _number(low, NUMBER)
        most = _number(high, _BEHIND_NUMBERS)
    return seek.where(f"{field} >= ${name}l AND {field} <= ${name}h", **{f"{name}l": least, f"{name}h": most})


def _number(value: Any, otherwise: str) -> str:
    return otherwise if value is None else number_form(batch.bound(value))


def _by_text(seek: Seek, one: Filter, number: int) -> tuple[Seek, bool]:
    """A document in whose text the value does not occur is passed over before any JSON is parsed."""
    if isinstance(one, Equals | Holds) and isinstance(one.value, str | bool):
        if isinstance(one.value, bool):
            hint = "true" if one.value else "false"
        elif is_text(one.value):
            hint = json_text(one.value)
        else:
            return seek.where("v.version < 0"), True
        return seek.where(f"v.body CONTAINS $t{number}", **{f"t{number}": hint}), False
    return seek, False
