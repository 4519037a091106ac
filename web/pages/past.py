"""What changed from one version of a record to the next, in rows that a person reads: before and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.change.record.differences import differences
from cmdb.configuration.history import Event
from cmdb.ports.store import Past

MOST_CHANGES = 8
MOST_CHARACTERS = 300

LET_GO = " (what came before was let go)"
_GIVEN_BY_US = ("/id", "/requester", "/raised_at")

# The tag of an act, as the log keeps it, and what it says to a person.
ACTS = {
    "ci:added": "registered a CI",
    "ci:set": "edited a CI",
    "ci:retired": "retired a CI",
    "ci:revived": "brought a retired CI back",
    "ci:locked": "held values of a CI",
    "ci:unlocked": "let the sources say values of a CI again",
    "relation:put": "related CIs",
    "relation:ended": "ended a relation",
    "group:put": "described a group",
    "group:ended": "ended a group",
    "estate:import": "imported an estate",
    "class:defined": "defined a class",
    "class:retired": "retired a class",
    "relation_type:defined": "defined a relation type",
    "relation_type:retired": "retired a relation type",
    "change:raised": "raised a change",
    "change:edited": "edited a change",
    "change:submitted": "submitted a change",
    "change:assessed": "assessed a change",
    "change:approved": "approved a change",
    "change:rejected": "rejected a change",
    "incident:opened": "opened an incident",
    "incident:edited": "edited an incident",
    "incident:resolved": "resolved an incident",
    "incident:imported": "imported incidents",
    "policy:set": "set the policy",
    "service_hours:defined": "defined service hours",
    "service_hours:expanded": "expanded service hours",
    "service_level:set": "set a service level",
    "loss_scale:set": "set the scale of losses",
    "source:put": "described a source",
    "discovery:take": "took in what a source saw",
    "discovery:guard": "remembered which credentials were refused",
    "discovery:settle": "reconciled what is known",
    "discovery:rules": "set the rules of discovery",
    "identity:decided": "decided who is who",
    "identity:revoked": "took a decision on identity back",
    "relation:rejected": "rejected a relation",
    "relation:accepted": "took the rejection of a relation back",
    "finding:closed": "closed a finding",
    "finding:reopened": "opened a finding again",
    "run:queued": "asked for a run",
    "run:cancelled": "cancelled a run",
    "store:compacted": "let go of old history",
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


def row_of(past: Past) -> Row:
    """Return the row of one version of any record."""
    found = [
        Changed(_words(place.pointer), _shown(place.before), _shown(place.after))
        for place in differences(past.before or {}, past.after or {})
        if past.before is not None or place.pointer not in _GIVEN_BY_US
    ]
    more = max(0, len(found) - MOST_CHANGES)
    words = act_words(past.reason)
    if past.before is None and past.version > 1:
        words += LET_GO
    return Row(past.revision, past.at, past.actor, words, tuple(found[:MOST_CHANGES]), more)


def row_of_event(event: Event, label: Callable[[str], str]) -> Row:
    """Return the row of one version of a CI; ``label`` gives the words for a field such as ``attributes.memory``."""
    found = [
        Changed(label(name), _shown(before), _shown(after))
        for name, before, after in event.fields
        if event.what != "made" or name != "id"
    ]
    more = max(0, len(found) - MOST_CHANGES)
    words = act_words(event.because) + (LET_GO if event.what == "kept" else "")
    return Row(event.revision, event.at, event.actor, words, tuple(found[:MOST_CHANGES]), more)


def act_words(tag: str) -> str:
    """Return what the tag of an act says to a person; an unknown one speaks for itself."""
    return ACTS.get(tag, tag.replace(":", " ").replace("_", " "))


def _words(pointer: str) -> str:
    place = pointer.removeprefix("/").replace("/", ".").replace("~1", "/").replace("~0", "~")
    return place.replace("_", " ")


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
