"""Where two JSON documents differ, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cmdb.errors import below


@dataclass(frozen=True, slots=True)
class Difference:
    """One place (RFC 6901 JSON pointer) and what stands there; None where nothing does."""

    pointer: str
    before: Any
    after: Any


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[Difference]:
    """
    Yield each innermost place where two JSON values differ, keys sorted, list entries by position.

    Values of another JSON type differ (1 and true too); 1 and 1.0 are one number, as in canonical JSON.

    >>> [d.pointer for d in differences({"a": [1, 2], "b": 1}, {"a": [1, 3], "c": 1})]
    ['/a/1', '/b', '/c']
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            place = below(pointer, key)
            if key in before and key in after:
                yield from differences(before[key], after[key], place)
            else:
                yield Difference(place, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for entry in range(max(len(before), len(after))):
            if entry < len(before) and entry < len(after):
                yield from differences(before[entry], after[entry], f"{pointer}/{entry}")
            else:
                ends = (side[entry] if entry < len(side) else None for side in (before, after))
                yield Difference(f"{pointer}/{entry}", *ends)
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield Difference(pointer, before, after)
