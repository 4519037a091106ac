"""What changed from one version of a record to the next, in rows that a person reads: before and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.change.differences import differences
from cmdb.ports.store import Past

MOST_CHANGES = 8
MOST_CHARACTERS = 300

# The tag of an act, as the log keeps it, and what it says to a person.
ACTS = {
    "ci:registered": "registered a CI",
    "ci:edited": "edited a CI",
    "ci:changed": "edited a CI",
    "ci:retired": "retired a CI",
    "estate:imported": "imported an estate",
    "class:defined": "defined a class",
    "class:retired": "retired a class",
    "change:raised": "raised a change",
    "change:edited": "edited a change",
    "change:submitted": "submitted a change",
    "change:assessed": "assessed a change",
    "change:approved": "approved a change",
    "change:rejected": "rejected a change",
    "policy:set": "set the policy",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """One place of a record: its label, what stood there (None: nothing) and what stands there now."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a record: who made it when, and what it changed; ``more`` counts the places not shown."""

    revision: int
    at: datetime
    actor: str
    words: str
    changes: tuple[Changed, ...]
    more: int


def row_of(past: Past, label: Callable[[str], str] | None = None) -> Row:
    """Return the row of one version; ``label`` gives the words for a dotted place such as ``attributes.memory``."""
    found = [
        Changed(_label(place.pointer, label), _shown(place.before), _shown(place.after))
        for place in differences(past.before or {}, past.after or {})
        if past.before is not None or not _dull(place.pointer)
    ]
    return Row(
        past.revision, past.at, past.actor, act_words(past.reason), tuple(found[:MOST_CHANGES]),
        max(0, len(found) - MOST_CHANGES),
    )  # fmt: skip


def act_words(tag: str) -> str:
    """Return what the tag of an act says to a person; an unknown one speaks for itself."""
    return ACTS.get(tag, tag.replace(":", " ").replace("_", " "))


def _dull(pointer: str) -> bool:
    return pointer in ("/id", "/requester", "/raised_at")


def _label(pointer: str, label: Callable[[str], str] | None) -> str:
    place = pointer.removeprefix("/").replace("/", ".").replace("~1", "/").replace("~0", "~")
    return label(place) if label is not None else place.replace("_", " ")


def _shown(value: Any) -> str | None:
    """Return a value as text; a long one is cut, and the number of its characters said."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value
    elif isinstance(value, Mapping) and not value:
        text = "{}"
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}… ({len(text)} characters)"
