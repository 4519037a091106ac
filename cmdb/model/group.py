"""A redundancy group: of the relations of one CI that name it, at least ``needs`` targets must be up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.model.kind import Kind, json_array
from cmdb.model.relation import Strength

_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,9}))?%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Group:
    """One redundancy group of ``item``; ``needs`` is a number of members or a share of them such as ``"50%"``."""

    item: str
    name: str
    needs: int | str
    strength: Strength = Strength.HARD
    sources: tuple[str, ...] = ()


def share_of(needs: int | str) -> tuple[int, int] | None:
    """
    Return the exact share that ``needs`` states, as numerator and denominator, or None when it states a number.

    Raises:
        ValueError: it is neither a whole number from 1 nor a share above 0 % and up to 100 %.

    >>> share_of("12.5%"), share_of(3)
    ((125, 1000), None)
    """
    if isinstance(needs, str):
        match = _SHARE.fullmatch(needs)
        whole, decimals = (match[1], match[2] or "") if match else ("0", "")
        numerator, denominator = int(whole + decimals), 10 ** (2 + len(decimals))
        if not 0 < numerator <= denominator:
            raise ValueError(needs)
        return numerator, denominator
    if isinstance(needs, bool) or needs < 1:
        raise ValueError(needs)
    return None


def members_needed(needs: int | str, members: int) -> int:
    """
    Return how many of ``members`` distinct targets must be up; a share is rounded up, in exact arithmetic.

    Raises:
        ValueError: as :func:`share_of`.

    >>> members_needed("50%", 5), members_needed("100%", 3), members_needed(2, 4)
    (3, 3, 2)
    """
    share = share_of(needs)
    if share is None:
        return int(needs)
    numerator, denominator = share
    return -(-numerator * members // denominator)


def group_key(document: Mapping[str, Any]) -> str:
    """Return the key of a group: the compact JSON array of its item and name."""
    return json_array(document["item"], document["name"])


GROUPS = Kind(Group, name="group", key=group_key, indexed=("item",), refers_to={"item": "ci"}, ends=("item",))
