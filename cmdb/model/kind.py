"""A kind of record: what the store and the one mapping need to know about a dataclass."""

from __future__ import annotations

import json.encoder
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
# Keys are made by the million, and an encoder made for each of them would take ten times as long.
_quoted = json.encoder.encode_basestring
Document = dict[str, Any]


def by_id(document: Mapping[str, Any]) -> str:
    """Return the key of a document that carries its own id."""
    key: str = document["id"]
    return key


def json_array(*texts: str | None) -> str:
    """
    Return the compact JSON array of texts: the key of what several texts identify.

    >>> json_array("a", None, 'b"c')
    '["a",null,"b\\\\"c"]'
    """
    return f"[{','.join('null' if text is None else _quoted(text) for text in texts)}]"


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[T]):
    """
    One kind of record.

    ``record`` is its dataclass, ``name`` its name in the store, ``version`` the format its documents are written in and
    ``upcast`` a step per older version that brings a document one version forward. ``key`` derives the key from a
    document. ``indexed`` names the fields a ``find`` may filter and order by without reading everything. ``refers_to``
    maps a field (one id or a list of ids) to the name of the kind it refers to; the store itself guards only the fields
    in ``ends``: a batch that would leave one of them without its other end is refused. ``foretold`` returns the
    ids that a document may name before they exist. ``text`` names the fields full text looks into; a mapping counts
    with all its values. ``series`` is the prefix of ids given by us (``CHG-1001``).
    """

    record: type[T]
    name: str
    version: int = 1
    key: Callable[[Mapping[str, Any]], str] = by_id
    indexed: tuple[str, ...] = ()
    refers_to: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[str, ...] = ()
    foretold: Callable[[Mapping[str, Any]], frozenset[str]] | None = None
    text: tuple[str, ...] = ()
    series: str = ""
    upcast: Mapping[int, Callable[[Document], Document]] = field(default_factory=dict)
