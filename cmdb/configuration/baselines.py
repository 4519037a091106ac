"""The desk of configuration baselines: draw one up, approve it, withdraw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, OwnWork, Problem, WrongState, below
from cmdb.exchange.estate import is_name
from cmdb.model.baseline import BASELINES
from cmdb.model.configuration_baseline import (
    CONFIGURATION_BASELINES,
    BaselineScope,
    BaselineState,
    ConfigurationBaseline,
)
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import OneOf, Unwritten
from cmdb.records import Held, Listing

LONGEST_NAME, LONGEST_NOTE = 100, 2_000
MOST_ATTRIBUTES = 20


def create(
    context: Context,
    name: str,
    *,
    ci_class: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    at: int | None = None,
    note: str = "",
) -> Held[ConfigurationBaseline]:
    """
    Draw up a baseline of what stands at revision ``at`` (left out: now), over a class, some attributes, or everything.

    Raises:
        NotAllowed: the actor may not draw up baselines.
        InvalidInput: all that is wrong with the name and the scope.
        NotFound, HistoryGone: there is no such revision, or it was let go.
        VersionConflict: there is a baseline of this name.
    """
    context.allow("baseline:create")
    catalogue = catalogue_of(context)
    problems = [*_name_problems(name, note), *_scope_problems(catalogue, ci_class, attributes or {})]
    if problems:
        raise InvalidInput(problems, what=f"baseline {name[:LONGEST_NAME]}")
    revision = context.store.revision() if at is None else at
    # A revision that was let go, or never made, is refused by whoever reads as of it.
    context.store.get(CONFIGURATION_BASELINES, name, at=revision)
    baseline = ConfigurationBaseline(
        id=name,
        state=BaselineState.PROPOSED,
        revision=revision,
        taken_at=_moment_of(context, revision) or context.clock.now(),
        scope=BaselineScope(ci_class, dict(attributes or {})),
        created_by=context.actor.id,
        created_at=context.clock.now(),
        note=note,
    )
    # History that is let go of meanwhile would leave it citing what nobody can read.
    whole = Unwritten((BASELINES.name,), context.store.revision())
    return context.records.put(
        CONFIGURATION_BASELINES, baseline, because="baseline:created", expected_version=0, unwritten=whole
    )


def approve(context: Context, name: str, *, expected_version: int | None = None) -> Held[ConfigurationBaseline]:
    """
    Approve a baseline: from here on the estate is held against it.

    Raises:
        NotAllowed: the actor may not approve baselines.
        OwnWork: the actor drew it up.
        NotFound: there is none of this name.
        WrongState: it is not waiting for it.
        VersionConflict: it is not at ``expected_version``.
    """
    context.allow("baseline:approve")
    held = held_baseline(context, name, expected_version)
    if held.record.created_by == context.actor.id:
        raise OwnWork(actor=context.actor.id, subject=f"the baseline {name}", author=held.record.created_by)
    refuse_state(held.record, "approve", BaselineState.PROPOSED)
    made = replace(
        held.record,
        state=BaselineState.APPROVED,
        approved_by=context.actor.id,
        approved_at=context.clock.now(),
    )
    return context.records.put(
        CONFIGURATION_BASELINES, made, because="baseline:approved", expected_version=held.version
    )


def withdraw(context: Context, name: str, *, expected_version: int | None = None) -> Held[ConfigurationBaseline]:
    """Hold the estate no longer against a baseline, approved or not; raises as :func:`approve`, its author aside."""
    context.allow("baseline:approve")
    held = held_baseline(context, name, expected_version)
    refuse_state(held.record, "withdraw", BaselineState.PROPOSED, BaselineState.APPROVED)
    made = replace(
        held.record,
        state=BaselineState.WITHDRAWN,
        withdrawn_by=context.actor.id,
        withdrawn_at=context.clock.now(),
    )
    return context.records.put(
        CONFIGURATION_BASELINES, made, because="baseline:withdrawn", expected_version=held.version
    )


def get(context: Context, name: str) -> Held[ConfigurationBaseline]:
    """Return a baseline; raises NotAllowed and NotFound."""
    context.allow("verification:read")
    return context.records.held(CONFIGURATION_BASELINES, name)


def listing(
    context: Context, *, states: Sequence[BaselineState] = (), after: str | None = None, limit: int = 100
) -> Listing[ConfigurationBaseline]:
    """Return a page of the baselines in these states (none given: in any), the newest first; raises NotAllowed."""
    context.allow("verification:read")
    where = [OneOf("state", tuple(state.value for state in states))] if states else []
    return context.records.listing(
        CONFIGURATION_BASELINES, where, order="created_at", descending=True, after=after, limit=limit
    )


def refuse_state(baseline: ConfigurationBaseline, move: str, *possible: BaselineState) -> None:
    """Return if a baseline is in one of the states that a move needs; raises WrongState."""
    if baseline.state not in possible:
        names = [each.value for each in possible]
        raise WrongState(subject=f"the baseline {baseline.id}", move=move, state=baseline.state.value, possible=names)


def held_baseline(context: Context, name: str, expected_version: int | None) -> Held[ConfigurationBaseline]:
    """
    Return a baseline as it stands, for a desk that is about to write it.

    Raises:
        NotFound: there is none of this name.
        VersionConflict: it is no longer at the version the actor has seen.
    """
    held = context.records.held(CONFIGURATION_BASELINES, name)
    if expected_version is not None and held.version != expected_version:
        kind = CONFIGURATION_BASELINES.name
        raise VersionConflict(kind=kind, key=name, expected=expected_version, actual=held.version)
    return held


def _moment_of(context: Context, revision: int) -> Any:
    """Return when a revision was made, None where the log no longer tells."""
    if revision <= 0 or revision <= context.store.floor():
        return None
    return next((made.at for made in context.store.changes(revision - 1, limit=1)), None)


def _name_problems(name: str, note: str) -> Iterator[Problem]:
    if not is_name(name) or len(name) > LONGEST_NAME or "/" in name:
        sentence = "{name!r} is no name of a baseline: 1 to {most} characters without a slash or a control character"
        yield Problem("baseline.name", sentence, {"name": name[:80], "most": LONGEST_NAME}, "/id")
    if len(note) > LONGEST_NOTE or "\0" in note:
        facts = {"length": len(note), "most": LONGEST_NOTE}
        yield Problem(
            "baseline.note", "the note has {length} characters; at most {most}, none of them null", facts, "/note"
        )


def _scope_problems(catalogue: Catalogue, ci_class: str | None, attributes: Mapping[str, Any]) -> Iterator[Problem]:
    if ci_class is not None and catalogue.find_class(ci_class) is None:
        yield Problem("baseline.unknown_class", "there is no class {class}", {"class": ci_class}, "/scope/class")
        return
    if len(attributes) > MOST_ATTRIBUTES:
        facts = {"count": len(attributes), "most": MOST_ATTRIBUTES}
        yield Problem("baseline.too_many", "{count} attributes; at most {most}", facts, "/scope/attributes")
    classes = catalogue.descendants(ci_class) if ci_class is not None else tuple(catalogue.classes)
    known = {name for each in classes for name in catalogue.attributes_of(each)}
    for name, value in attributes.items():
        pointer = below("/scope/attributes", name)
        if name not in known:
            yield Problem("baseline.unknown_attribute", "no class of the scope has {name}", {"name": name}, pointer)
        elif value is None or isinstance(value, (dict, list)):
            yield Problem("baseline.value", "{name} is to be one text, number or boolean", {"name": name}, pointer)
