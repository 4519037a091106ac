"""
Reads a history of changes from CSV (RFC 4180, UTF-8, ``.csv`` or ``.csv.gz``): what P(fail) is learned from.

The columns, in any order: ``id``, ``started_at``, ``outcome`` (success, issues, backed_out or failed) and
``outcome_known_at``; where there are some, ``title``, ``type``, ``model``, ``team``, ``implementer``, ``targets`` (keys
separated by ``|``; a bar within a key is written ``\\|``), ``requested_at`` and ``ended_at``; and any number of columns
``fact_NAME``, each a number, ``true`` or ``false`` that was known before the start, or empty. Times are RFC 3339 with
their offset. A target's class is what stands before the first colon of its key, so ``module:varnish`` is a ``module``.

What is only known afterwards can not be a column: it would foretell what it reports (:data:`AFTERWARDS`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from cmdb.exchange.csv_records import LIKE, Columns, moment, parts_of, read_table, tell
from cmdb.exchange.estate.faults import Faults, problem, shown
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.past_change import PastChange, PlannedChange

REQUIRED = ("id", "started_at", "outcome", "outcome_known_at")
OPTIONAL = ("title", "type", "model", "team", "implementer", "targets", "requested_at", "ended_at")
COLUMNS = ", ".join((*REQUIRED, *OPTIONAL, "fact_NAME"))
OUTCOMES = ", ".join(ChangeOutcome)
MAX_CHANGES = 2_000_000  # of a history; more than a large organisation makes in twenty years
MAX_FACTS = 200  # columns of facts

SENTENCES = {
    "history.afterwards": (
        "the column {name} is known only after the change ({why}), so it can not help to foretell it; leave it out"
    ),
    "history.fact_name": "the column {name} names no fact; write it as fact_NAME, in letters, digits and underscores",
    "history.too_many_facts": "it has {found} columns of facts; at most {limit} are taken",
    "history.outcome": "outcome is {text}; right would be one of {outcomes}",
    "history.fact": "{key} is {text}; right would be a number, true or false, or nothing where it is not known",
    "history.before_start": "{key} ({at}) is before started_at ({start}); nothing is known or over before it began",
    "history.repeated": "the id {id} stands twice, first in line {first}; an id is unique",
    "history.too_many": "the history has more than {limit} changes; read it as several",
    "history.no_changes": "it has a header and no changes; below the header stands one change a line",
}
AFTERWARDS = {
    "it is an actual time": ("actual_end", "actual_finish", "actual_duration", "actual_downtime", "actual_minutes"),
    "it is how the change ended": (
        *("ended", "end_code", "completed", "completion", "finished", "closed", "close_code", "closed_at"),
        *("close_time", "closure", "closing", "resolved", "resolution", "status_after", "final_status", "final_state"),
    ),
    "it is the outcome": (
        *("outcome", "result", "results", "success", "successful", "succeeded", "failed", "failure", "unsuccessful"),
        *("backed_out", "rolled_back", "reverted", "was_reverted", "remediated", "is_bad", "label"),
    ),
    "it is what the change caused": (
        *("caused", "incidents_caused", "caused_incident", "related_incident", "related_incidents", "incident_after"),
        *("outage_minutes", "downtime_minutes", "incidents_after"),
    ),
    "it is what the review found": ("review_result", "post_implementation", "pir", "lessons", "post_mortem"),
}
"""Words in the name of a column (or runs of them, joined by underscores) that tell that it is known only afterwards."""

EARLIER = frozenset(
    (
        *(
            "before",
            "past",
            "previous",
            "prior",
            "last",
            "recent",
            "earlier",
            "former",
            "history",
            "historical",
            "rate",
        ),
        *("planned", "expected", "scheduled", "estimated", "predicted", "requested"),
    )
)
"""With one of these words a name speaks of other changes, or of what was foretold: ``failed_before`` is fine."""

_FACT = re.compile(r"fact_([A-Za-z0-9_]+)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_OUTCOMES = {str(outcome): outcome for outcome in ChangeOutcome}
_TRUTHS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class ChangeHistory:
    """
    What a file held: its changes, by start and then id, the names of its facts, sorted, and what was read how.

    ``notes`` are the codes of what a reader of the answer must know, such as what was taken for a failure.
    """

    changes: tuple[PastChange, ...]
    facts: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_history(stream: BinaryIO, what: str) -> ChangeHistory:
    """
    Read a change history; ``what`` names the file in errors.

    Cost: linear; a line and the changes read so far in memory (about a kilobyte each), at most :data:`MAX_CHANGES`.

    Raises:
        InvalidInput: all that is wrong with the file, each at its line (the first 10,000, and how many there are).
    """
    faults = Faults()

    def other(line: int, name: str) -> None:
        _judge_fact(line, name, faults)

    table = read_table(stream, Columns(REQUIRED, OPTIONAL, other, COLUMNS), faults)
    found = sum(name.startswith("fact_") for name in table.names) if table else 0
    if table and found > MAX_FACTS:
        _tell(faults, "history.too_many_facts", table.line, found=found, limit=MAX_FACTS)
    # Without a sound header no field has a meaning, so nothing below it can be judged.
    faults.refuse(what)
    assert table is not None
    facts = tuple((name.removeprefix("fact_"), name) for name in table.names if name.startswith("fact_"))
    changes, first = list[PastChange](), dict[str, int]()
    shared: dict[str, str] = {}
    classes: dict[str, str] = {}
    for line, texts, clean in table.rows:
        if len(changes) == MAX_CHANGES:
            _tell(faults, "history.too_many", line, limit=MAX_CHANGES)
            break
        if first.setdefault(texts["id"], line) != line and texts["id"]:
            _tell(faults, "history.repeated", line, id=shown(texts["id"]), first=first[texts["id"]])
        change = _change(line, texts, facts, faults, shared, classes)
        if clean and change is not None:
            changes.append(change)
    if not changes and not faults.count:
        _tell(faults, "history.no_changes", table.line + 1)
    faults.refuse(what)
    return ChangeHistory(in_order(changes), tuple(sorted(name for name, _ in facts)))


def in_order(changes: Sequence[PastChange]) -> tuple[PastChange, ...]:
    """Return changes by their start, those of one moment by their ids."""
    return tuple(sorted(changes, key=lambda change: (change.planned.starts_at, change.planned.id)))


def known_only_afterwards(name: str) -> str | None:
    """Return why a column of this name would be known only after the change, or None."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower().removeprefix("fact_")) if word]
    if EARLIER & set(words):
        return None
    joined = f"_{'_'.join(words)}_"
    return next((why for why, found in AFTERWARDS.items() for one in found if f"_{one}_" in joined), None)


def _judge_fact(line: int, name: str, faults: Faults) -> None:
    """Tell what is wrong with a column that has none of the names that a history knows."""
    if why := known_only_afterwards(name):
        _tell(faults, "history.afterwards", line, name=shown(name), why=why)
    elif not name.startswith("fact_"):
        tell(faults, "csv.unknown_column", line, name=shown(name), columns=COLUMNS)
    elif not _FACT.fullmatch(name):
        _tell(faults, "history.fact_name", line, name=shown(name))


def _change(
    line: int,
    texts: dict[str, str],
    facts: Sequence[tuple[str, str]],
    faults: Faults,
    shared: dict[str, str],
    classes: dict[str, str],
) -> PastChange | None:
    """Return the change of a line, or None where something of it was told to be wrong; equal texts are one object."""
    before = faults.count
    for key, wanted in (
        ("id", "its id"),
        ("started_at", f"a time such as {LIKE}"),
        ("outcome", f"one of {OUTCOMES}"),
        ("outcome_known_at", f"a time such as {LIKE}"),
    ):
        if not texts[key]:
            tell(faults, "csv.missing", line, key=key, wanted=wanted)
    start, known, requested, ended = (
        moment(key, texts.get(key, ""), line, faults)
        for key in ("started_at", "outcome_known_at", "requested_at", "ended_at")
    )
    for key, at in (("outcome_known_at", known), ("ended_at", ended)):
        if at is not None and start is not None and at < start:
            _tell(faults, "history.before_start", line, key=key, at=texts[key], start=texts["started_at"])
    outcome = _OUTCOMES.get(texts["outcome"].lower())
    if outcome is None and texts["outcome"]:
        _tell(faults, "history.outcome", line, text=shown(texts["outcome"]), outcomes=OUTCOMES)
    given = _facts(line, texts, facts, faults)
    if faults.count != before or start is None or known is None or outcome is None:
        return None
    targets = tuple(shared.setdefault(key, key) for key in _keys(texts.get("targets", "")))
    for key in targets:
        if key not in classes:
            found, colon, _ = key.partition(":")
            classes[key] = shared.setdefault(found, found) if colon else ""
    keys = ("type", "model", "team", "implementer")
    named = (shared.setdefault(text, text) if (text := texts.get(key)) else None for key in keys)
    kind, model, team, implementer = named
    planned = PlannedChange(
        id=texts["id"],
        starts_at=start,
        title=texts.get("title", ""),
        type=kind,
        model=model,
        team=team,
        implementer=implementer,
        targets=targets,
        classes=tuple(classes[key] for key in targets),
        requested_at=requested,
        facts=given,
    )
    return PastChange(planned, outcome, known, ended)


def _facts(line: int, texts: dict[str, str], facts: Sequence[tuple[str, str]], faults: Faults) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, key in facts:
        text = texts[key]
        if not text:
            continue
        value = _TRUTHS.get(text.lower())
        if value is None and _NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
            value = number
        if value is None:
            _tell(faults, "history.fact", line, key=key, text=shown(text))
        else:
            found[name] = value
    return found


def _keys(text: str) -> list[str]:
    """Return the keys of a field, each once, in their order."""
    return list(dict.fromkeys(part for part in parts_of(text) if part))


def _tell(faults: Faults, code: str, line: int, **facts: Any) -> None:
    faults.keep(problem(code, SENTENCES[code], line, **facts))
