"""Which past changes are most like a change, and how they went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES, Change, ChangeState
from cmdb.model.ci import CIS
from cmdb.model.similar import SimilarChange, SimilarChanges, SimilarityPart
from cmdb.ports.store import Between, Filter, OneOf
from cmdb.records import from_document
from impact.questions.conflicts import COUNTED
from impact.similarity import Features, at_most, in_common, parts_of, rarity, similarity_of, words_of

SHOWN = 3
MOST_NEWEST = 1_000
"""So many of the newest past changes are compared."""
MOST_SEARCHED, MOST_OF_EACH = 10, 100
"""Beside them, for each of so many targets, so many older ones that name it."""
MOST_TARGETS = 40
"""Of each past change, the classes of so many targets are compared."""
MOST_ASSESSED = 100
"""The services of so many of those that may be among the most similar are read."""

_PAST = tuple(state.value for state in ChangeState if state not in (*COUNTED, ChangeState.DEFERRED))
"""The states of changes that are over: of any other nobody knows yet how it goes."""

Parts = tuple[SimilarityPart, ...]


def similar_to(context: Context, change_id: str, *, most: int = SHOWN) -> SimilarChanges:
    """
    Return the ``most`` past changes that are most like a change, by :mod:`impact.similarity`; of equals by id.

    What it costs is bounded, however many changes there are: see the limits above, and ``past`` and ``compared`` of
    the answer.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such change.
    """
    context.allow("change:read")
    change = context.records.get(CHANGES, change_id)
    before = change.window.start if change.window else change.raised_at
    past = _past(context, change, before)
    classes = _classes(context, [change, *past.values()])
    wanted = _features(change, classes, _services(context, [change]))
    features = {each.id: _features(each, classes, {}) for each in past.values()}
    weight = rarity([wanted.words, *(each.words for each in features.values())])
    rough = {each: parts_of(wanted, features[each], weight) for each in features}
    first = sorted(rough, key=lambda each: (-at_most(rough[each]), each))[:MOST_ASSESSED]
    services = _services(context, [past[each] for each in first])
    parts = {each: parts_of(wanted, _features(past[each], classes, services), weight) for each in first}
    order = sorted((each for each in parts if in_common(parts[each])), key=lambda each: _rank(each, parts))
    return SimilarChanges(
        change=change_id,
        similar=tuple(_similar(past[each], parts[each]) for each in order[:most]),
        past=_count(context, change, before),
        compared=len(past),
        alike=len(order) + sum(in_common(rough[each]) for each in rough if each not in parts),
    )


def outcome_of(change: Change) -> str | None:
    """Return how a change went, None where its record does not say so."""
    outcome = getattr(change, "outcome", None)
    return None if outcome is None else str(outcome.value)


def _rank(change: str, parts: Mapping[str, Parts]) -> tuple[float, str]:
    return -similarity_of(parts[change]), change


def _past(context: Context, change: Change, before: datetime) -> dict[str, Change]:
    """Return the changes to compare with, by id: the newest, and older ones that name the same targets."""
    newest = context.records.listing(CHANGES, _where(before), order="window.end", descending=True, limit=MOST_NEWEST)
    found = [held.record for held in newest.rows]
    if newest.after is not None:
        for target in change.targets[:MOST_SEARCHED]:
            page = context.store.search(CHANGES, target.ci, limit=MOST_OF_EACH)
            found += [from_document(CHANGES, stored.document) for stored in page.rows]
    return {each.id: each for each in found if each.id != change.id and _is_past(each, before)}


def _is_past(change: Change, before: datetime) -> bool:
    return change.state.value in _PAST and change.window is not None and change.window.end <= before


def _count(context: Context, change: Change, before: datetime) -> int:
    return context.store.count(CHANGES, _where(before)) - _is_past(change, before)


def _where(before: datetime) -> tuple[Filter, ...]:
    moment = before.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return (Between("window.end", None, moment), OneOf("state", _PAST))


def _classes(context: Context, changes: Iterable[Change]) -> dict[str, str]:
    """Return the class of each target that is compared, by id; targets that are no CIs are left out."""
    ids = list(dict.fromkeys(target.ci for change in changes for target in change.targets[:MOST_TARGETS]))
    found = context.store.get_many(CIS, ids)
    return {ci: stored.document["class"] for ci, stored in found.items()}


def _services(context: Context, changes: Sequence[Change]) -> dict[str, frozenset[str]]:
    """Return the services that each assessed change touches, by the id of the change."""
    assessed = {change.id: change.assessment for change in changes if change.assessment}
    found = context.store.get_many(ASSESSMENTS, list(assessed.values()))
    return {
        change: frozenset(service["id"] for service in found[assessment].document["services"])
        for change, assessment in assessed.items()
        if assessment in found
    }


def _features(change: Change, classes: Mapping[str, str], services: Mapping[str, frozenset[str]]) -> Features:
    targets = [target.ci for target in change.targets[:MOST_TARGETS]]
    return Features(
        id=change.id,
        type=change.type.value,
        model=getattr(change, "model", None),
        classes=Counter(classes[ci] for ci in targets if ci in classes),
        services=services.get(change.id),
        words=words_of(change.title),
    )


def _similar(change: Change, parts: Parts) -> SimilarChange:
    assert change.window is not None
    return SimilarChange(
        id=change.id,
        title=change.title,
        type=change.type,
        state=change.state,
        outcome=outcome_of(change),
        ended=change.window.end,
        similarity=similarity_of(parts),
        parts=parts,
    )
