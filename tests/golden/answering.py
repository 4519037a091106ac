"""Golden answers: what each method assesses of the committed estates, to be the same in every release."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cmdb.model
from cmdb.chain import START
from cmdb.change.policy import policy
from cmdb.change.policy.policy_text import read_kept
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES
from cmdb.model.kind import Document, Kind
from cmdb.ports.store import Put
from cmdb.records import to_document
from impact.questions import assess
from impact.questions.graphs import defaults_at
from impact.reading.live import graph_at
from tests.builders import the_context
from tests.policies import FIRST

CASES = Path(__file__).with_name("cases.jsonl")
ANSWERS = Path(__file__).with_name("answers.jsonl")
TEXTS = Path(__file__).with_name("texts.jsonl")
METHODS = (None, *range(2, assess.METHOD + 1))
"""Every method there has been; the first has no number."""


class Case(NamedTuple):
    """An estate as it is committed: its documents by kind, written as one revision."""

    name: str
    documents: list[tuple[str, Document]]


class Answer(NamedTuple):
    """What a method said of a case: the whole assessment, and the SHA-256 of its canonical bytes."""

    case: str
    method: int | None
    digest: str
    document: Document


def kinds() -> dict[str, Kind[Any]]:
    """Return every kind of record by name."""
    modules = (importlib.import_module(f"cmdb.model.{each.name}") for each in pkgutil.iter_modules(cmdb.model.__path__))
    found = (thing for module in modules for thing in vars(module).values() if isinstance(thing, Kind))
    return {kind.name: kind for kind in found}


def cases() -> dict[str, Case]:
    """Return the committed cases by name."""
    return {case.name: case for case in (Case(**each) for each in _lines(CASES))}


def answers() -> list[Answer]:
    """Return the committed answers."""
    return [Answer(**each) for each in _lines(ANSWERS)]


def texts() -> list[str]:
    """Return the policies, defaults and models that the inputs of the answers name by their hash."""
    return [each["text"] for each in _lines(TEXTS)]


def context_of(case: Case) -> Context:
    """Return a store that holds a case in its first revision, and the texts that answers name."""
    context = the_context(role="administrator")
    by_name = kinds()
    puts = [Put(by_name[kind], document) for kind, document in case.documents]
    context.store.apply(puts, txn_id="golden", actor="?", reason="golden")
    for text in texts():
        context.store.put_blob(text.encode())
    return context


def assessed(context: Context, method: int | None) -> Document:
    """Return the assessment of CHG-1 by a method, as this release makes it."""
    held = context.records.held(CHANGES, "CHG-1")
    if method == assess.METHOD:
        return to_document(ASSESSMENTS, assess.made(context, held))
    first = method is None or method < 3
    text = FIRST if first else policy.default().text
    defaults = defaults_at(context, 1)
    inputs = assess.inputs_of(
        held.record,
        policy_version=0,
        policy_sha256=context.store.put_blob(text.encode()),
        defaults_sha256=context.store.put_blob(defaults.content()),
        method=method,
    )
    made = assess.computed(
        context,
        graph_at(context.store, defaults, at=1),
        inputs,
        read_kept(text.encode()),
        assessment_id="ASM-1001",
        change="CHG-1",
        number=1,
        change_revision=held.record.revision,
        made_at=context.clock.now(),
        made_by="administrator",
        previous=START,
    )
    return to_document(ASSESSMENTS, made)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        yield json.loads(line)
