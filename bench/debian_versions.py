"""Versions of Debian packages, compared as deb-version(7) says: epoch, upstream version, revision."""

from __future__ import annotations

import re
from itertools import zip_longest

_PIECES = re.compile(r"(\D*)(\d*)")


def newer(one: str, other: str) -> bool:
    """Tell whether ``one`` is later than ``other``.

    >>> newer("1.0-1", "1.0~rc1-1"), newer("1:0.1", "2.0"), newer("1.10", "1.9"), newer("1.0", "1.0-0")
    (True, True, True, False)
    """
    return _key(one) > _key(other)


def satisfies(version: str, relation: str, wanted: str) -> bool:
    """Tell whether a version stands in one of the relations <<, <=, =, >=, >> to another."""
    here, there = _key(version), _key(wanted)
    return {"<<": here < there, "<=": here <= there, "=": here == there, ">=": here >= there, ">>": here > there}[
        relation
    ]


def _key(version: str) -> tuple[int, _Text, _Text]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, hyphen, revision = rest.rpartition("-")
    return (int(epoch), _Text(upstream if hyphen else rest), _Text(revision if hyphen else "0"))


class _Text:
    """An upstream version or revision: texts and numbers in turn, where "~" comes before the end and letters first."""

    __slots__ = ("pieces",)

    def __init__(self, text: str) -> None:
        self.pieces = [
            ([_weight(each) for each in letters], int(digits or 0)) for letters, digits in _PIECES.findall(text)
        ]

    def _compared(self, other: _Text) -> int:
        for here, there in zip_longest(self.pieces, other.pieces, fillvalue=([], 0)):
            for one, two in zip_longest(here[0], there[0], fillvalue=0):
                if one != two:
                    return -1 if one < two else 1
            if here[1] != there[1]:
                return -1 if here[1] < there[1] else 1
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and self._compared(other) == 0

    def __lt__(self, other: _Text) -> bool:
        return self._compared(other) < 0

    def __le__(self, other: _Text) -> bool:
        return self._compared(other) <= 0

    def __hash__(self) -> int:
        return hash(None)


def _weight(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
