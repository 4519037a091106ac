"""Replay an assessment: compute it again from its recorded inputs alone, and compare byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cmdb.chain import START, canonical, digest
from cmdb.change.policy import policy
from cmdb.change.policy.policy_text import read_kept
from cmdb.change.record.differences import differences
from cmdb.context import Context
from cmdb.errors import InvalidInput, NotFound
from cmdb.model.assessment import ASSESSMENTS, Inputs, unsigned
from cmdb.model.change import CHANGES
from cmdb.model.decision import DECISIONS
from cmdb.model.kind import Document, Kind
from cmdb.model.prediction import FailureFigures
from cmdb.model.replay_finding import ReplayFinding
from cmdb.ports.store import Equals, Finding, Store, Stored
from cmdb.records import from_document, to_document
from impact.questions.assess import METHOD, computed, inputs_of
from impact.reading.defaults import defaults_from
from impact.reading.live import graph_at

_INPUTS = Kind(Inputs, name="inputs")
_FIGURES = Kind(FailureFigures, name="figures")
# What comes of inputs somebody tampered with: what they name is not there, or they are no inputs at all.
_UNUSABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotFound, InvalidInput)
# Findings of a check that change no answer: questions take long, or people see another picture.
_HARMLESS = frozenset({"check.index", "check.graph"})


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One place of the record (RFC 6901 pointer) where store and proof differ (None: nothing there)."""

    pointer: str
    stored: Any
    computed: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether an assessment comes out the same, every place where it does not, and what that comes from."""

    change: str
    assessment: str
    same: bool
    differences: tuple[Discrepancy, ...]
    finding: ReplayFinding = ReplayFinding.SAME


class Log:
    """What a check of the store's log finds, which is asked at most once, and only if a replay has to know."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(each for each in self._store.check() if each.code not in _HARMLESS)


def replay(context: Context, change_id: str, *, assessment: str | None = None, log: Log | None = None) -> Replay:
    """
    Compute an assessment of the change again (None: the newest) and compare it with the record in the store.

    Used are the recorded inputs alone: the estate at the graph revision, the policy and the catalogue's defaults by
    their hash, the targets and the window; the stored result is only compared. Beside its bytes, the record's own hash,
    its links (to the assessment before, from the one after and from the decisions on it), its first wording in the log
    and its inputs (against the change and the policy as they stood at the graph revision) are verified. Where the
    record holds and yet comes out otherwise, the whole log is checked, to tell altered sources from another
    computation; ``log`` shares that check among replays.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such change or assessment.
        HistoryGone: the store no longer keeps the graph revision.
    """
    context.allow("change:read")
    change = context.records.get(CHANGES, change_id)
    if assessment is None:
        assessment = change.assessment
    stored = None if assessment is None else context.store.get(ASSESSMENTS, assessment)
    if assessment is None or stored is None or _is_of_another(stored.document, change_id):
        raise NotFound(kind=f"assessment of change {change_id}", ids=(assessment or "newest",))
    document = stored.document
    otherwise = [*_result(context, document), *_origin(context, document)]
    altered = [*_own_hash(document), *_links(context, document), *_as_written(context, stored)]
    found: dict[str, Discrepancy] = {}
    for discrepancy in (*otherwise, *altered):
        found.setdefault(discrepancy.pointer, discrepancy)
    finding = ReplayFinding.SAME
    if found:
        finding = ReplayFinding.RECORD_ALTERED if altered else _why(context, stored, log or Log(context.store))
    return Replay(change_id, assessment, not found, tuple(found[pointer] for pointer in sorted(found)), finding)


def _is_of_another(document: Document, change_id: str) -> bool:
    """Tell whether the record is of another change: it says so, and nobody altered it."""
    return document.get("change") != change_id and not any(True for _ in _own_hash(document))


def _why(context: Context, stored: Stored, log: Log) -> ReplayFinding:
    """Return why a record that holds by itself comes out otherwise."""
    if any(each.facts.get("revision") == stored.revision for each in log.findings):
        return ReplayFinding.RECORD_ALTERED
    inputs = stored.document.get("inputs")
    inputs = inputs if isinstance(inputs, dict) else {}
    if log.findings or not all(_is_kept(context, sha256) for sha256 in kept_texts(inputs)):
        return ReplayFinding.SOURCES_ALTERED
    method = inputs.get("method")
    newer = type(method) is int and method > METHOD
    return ReplayFinding.METHOD_UNKNOWN if newer else ReplayFinding.COMPUTATION_DIFFERS


def kept_texts(inputs: Document) -> tuple[str, ...]:
    """Return the SHA-256 of every text that inputs name: the policy, the defaults, and the model of P(fail)."""
    figures = inputs.get("failure") or {}
    named = (inputs.get("policy_sha256"), inputs.get("defaults_sha256"), figures.get("model"))
    return tuple(sha256 for sha256 in named if sha256)


def _is_kept(context: Context, sha256: str) -> bool:
    try:
        policy.kept(context, sha256)
    except NotFound:
        return False
    return True


def _result(context: Context, document: Document) -> Iterator[Discrepancy]:
    """Compare the record with one that is computed from its inputs."""
    try:
        made = _made_again(context, document)
    except _UNUSABLE:
        yield Discrepancy("/inputs", document.get("inputs"), None)
        return
    yield from _compared(document, made)
    if _bytes(document) != _bytes(made):
        yield Discrepancy("", _digest(document), _digest(made))


def _made_again(context: Context, document: Document) -> Document:
    inputs = from_document(_INPUTS, document["inputs"])
    limits = read_kept(policy.kept(context, inputs.policy_sha256))
    defaults = defaults_from(policy.kept(context, inputs.defaults_sha256))
    made = computed(
        context,
        graph_at(context.store, defaults, at=document["graph_revision"]),
        inputs,
        limits,
        assessment_id=document["id"],
        change=document["change"],
        number=document["number"],
        change_revision=document["change_revision"],
        made_at=datetime.fromisoformat(document["made_at"]),
        made_by=document["made_by"],
        previous=document["previous"],
    )
    return to_document(ASSESSMENTS, made)


def _own_hash(document: Document) -> Iterator[Discrepancy]:
    """Compare the hash the record carries with that of its bytes."""
    true = _digest(unsigned(document))
    if document.get("hash") != true:
        yield Discrepancy("/hash", document.get("hash"), true)


def _links(context: Context, document: Document) -> Iterator[Discrepancy]:
    """Follow the chain one step each way, and every decision that names the record."""
    mine, number = document.get("hash"), document.get("number")
    siblings = {d.get("number"): d for d in _documents(context, ASSESSMENTS, document["change"])}
    before = siblings.get(number - 1) if isinstance(number, int) else None
    expected = _digest(unsigned(before)) if before else START if number == 1 else None
    if document.get("previous") != expected:
        yield Discrepancy("/previous", document.get("previous"), expected)
    after = siblings.get(number + 1) if isinstance(number, int) else None
    if after is not None and after.get("previous") != mine:
        yield Discrepancy("/hash", mine, after.get("previous"))
    for decision in _documents(context, DECISIONS, document["change"]):
        if decision["assessment"] == document["id"] and decision["assessment_hash"] != mine:
            yield Discrepancy("/hash", mine, decision["assessment_hash"])


def _as_written(context: Context, stored: Stored) -> Iterator[Discrepancy]:
    """Compare a record that was written again with what was written first: an assessment is written once."""
    if stored.version == 1:
        return
    first = context.store.history(ASSESSMENTS, stored.key, before=2, limit=1)
    before = first[0].after if first else None
    if before is not None:
        yield from _compared(stored.document, before)
    if before is None or _bytes(stored.document) != _bytes(before):
        yield Discrepancy("", _digest(stored.document), None if before is None else _digest(before))


def _origin(context: Context, document: Document) -> Iterator[Discrepancy]:
    """Compare the inputs with the change, and the policy in force, as they stood at the graph revision."""
    recorded, revision = document.get("inputs"), document.get("graph_revision")
    if not isinstance(recorded, dict) or type(revision) is not int or not 0 < revision <= context.store.revision():
        yield Discrepancy("/graph_revision", revision, None)
        return
    stood = context.store.get(CHANGES, document["change"], at=revision)
    if stood is None:
        yield Discrepancy("/graph_revision", revision, None)
        return
    change = from_document(CHANGES, stood.document)
    in_force = policy.in_force(context, at=revision)
    expected = inputs_of(
        change,
        policy_version=in_force.version,
        # The policy that comes with Foreshock may be another in a later release; the text is kept under its hash.
        policy_sha256=in_force.sha256 if in_force.version else recorded.get("policy_sha256", ""),
        defaults_sha256=recorded.get("defaults_sha256", ""),
        # What discovery had seen by then, and how the model saw the change, is the record's to say.
        seen_at=_moment(recorded.get("seen_at")),
        failure=_figures(recorded.get("failure")),
        method=recorded.get("method"),
    )
    yield from _compared(recorded, to_document(_INPUTS, expected), "/inputs")
    if document.get("change_revision") != change.revision:
        yield Discrepancy("/change_revision", document.get("change_revision"), change.revision)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _figures(document: Any) -> FailureFigures | None:
    try:
        return None if document is None else from_document(_FIGURES, document)
    except _UNUSABLE:
        return None


def _documents(context: Context, kind: Kind[Any], change_id: str) -> Iterator[Document]:
    after = None
    while True:
        page = context.store.find(kind, [Equals("change", change_id)], after=after, limit=1000)
        yield from (row.document for row in page.rows)
        if page.after is None:
            return
        after = page.after


def _compared(stored: Mapping[str, Any], made: Mapping[str, Any], base: str = "") -> Iterator[Discrepancy]:
    for difference in differences(stored, made, base):
        yield Discrepancy(difference.pointer, difference.before, difference.after)


def _bytes(document: Mapping[str, Any]) -> bytes | None:
    """Return the canonical bytes, or None of what has none (somebody wrote numbers that JSON can not keep)."""
    try:
        return canonical(document)
    except ValueError:
        return None


def _digest(document: Mapping[str, Any]) -> str | None:
    return None if _bytes(document) is None else digest(document)
