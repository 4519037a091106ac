"""
The change desk: new, edit, submit, and what has been asked for when.

Windows and targets may come as records or as the texts people type (:mod:`cmdb.change.text_input`), so that every door
reports the same faults, all of them at once, at the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any

from cmdb.change import change_models, checks, edit_checks
from cmdb.change.moves import Move, move_of
from cmdb.change.record.references import reference_problems
from cmdb.change.text_input import in_utc, read_targets, read_window
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import CHANGES, CONTENT, BackOut, Change, ChangeState, ChangeType, Target, Window
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS, group_key
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import OneOf, Unwritten
from cmdb.records import Held, Listing


class Keep(Enum):
    """Stands for "leave this field as it is", where None means "take it away"."""

    KEEP = "keep"


KEEP = Keep.KEEP
WindowGiven = Window | tuple[str, str]
"""A window, or the texts of its start and its end."""

_IMAGINED = "the question"


def new(
    context: Context,
    *,
    title: str = "",
    reason: str = "",
    targets: Sequence[Target | str] = (),
    window: WindowGiven | None = None,
    change_type: ChangeType | None = None,
    implementer: str | None = None,
    steps: Sequence[str] = (),
    back_out: BackOut | None = None,
    team: str | None = None,
    model: str | None = None,
    benefit: str = "",
    communications: str = "",
    test_evidence: str = "",
    after: Sequence[str] = (),
    incidents: Sequence[str] = (),
    retrospective: bool = False,
    submitted: bool = False,
) -> Held[Change]:
    """
    Raise a change in the actor's name, as a draft. Window and targets may follow until it is submitted.

    ``submitted``: it is handed in at once; what keeps it from that is told with all else, and nothing is written.

    ``model`` is a change model, which fills in what is not given: title, type, steps, back-out, team, test evidence,
    what is done to the targets, and the end of the window. A change that is in no model is normal unless it says so.

    Raises:
        NotAllowed: the actor may not raise changes.
        InvalidInput: something given is wrong; every problem is named at its JSON pointer, nothing is written.
    """
    context.allow("change:raise")
    now, normal = context.clock.now(), ChangeType.NORMAL
    empty = Change("", "", "", context.actor.id, now, normal, ChangeState.DRAFT, revision=1)
    given: dict[str, Any] = {
        "title": title,
        "reason": reason,
        "targets": targets,
        "window": window,
        "type": change_type,
        "implementer": implementer,
        "steps": tuple(steps),
        "back_out": back_out,
        "team": team,
        "model": model,
        "benefit": benefit,
        "communications": communications,
        "test_evidence": test_evidence,
        "after": _ids(after),
        "incidents": _ids(incidents),
        "retrospective": retrospective,
    }
    if model is not None:
        given = change_models.filled(context, model, given)
    given["type"] = given["type"] or normal
    change, problems = _with(context, empty, given)
    problems = [*checks.words_problems(change), *problems]
    if submitted:
        context.allow("change:submit")
        move = move_of(change, "submit")
        problems += _guard_problems(change, move, now, problems)
        change = replace(change, state=move.to)
    _refuse(problems, "the new change")
    change = replace(change, id=context.new_id(CHANGES))
    because = "change:submitted" if submitted else "change:raised"
    return context.records.put(CHANGES, change, because=because, expected_version=0)


def edit(
    context: Context,
    change_id: str,
    *,
    expected_version: int | None = None,
    title: str | Keep = KEEP,
    reason: str | Keep = KEEP,
    targets: Sequence[Target | str] | Keep = KEEP,
    window: WindowGiven | Keep | None = KEEP,
    change_type: ChangeType | Keep = KEEP,
    implementer: str | Keep | None = KEEP,
    steps: Sequence[str] | Keep = KEEP,
    back_out: BackOut | Keep | None = KEEP,
    team: str | Keep | None = KEEP,
    model: str | Keep | None = KEEP,
    benefit: str | Keep = KEEP,
    communications: str | Keep = KEEP,
    test_evidence: str | Keep = KEEP,
    after: Sequence[str] | Keep = KEEP,
    incidents: Sequence[str] | Keep = KEEP,
) -> Held[Change]:
    """
    Change what is given and keep the rest.

    After submission, an edit of what is decided about (:data:`cmdb.model.change.CONTENT`) makes a new change revision
    in state submitted; decisions on earlier revisions are void from then on. A new title or reason alone leaves
    revision and state. Any edit of a rejected change makes it a draft again, as a new revision. An edit that changes
    nothing writes nothing. ``expected_version`` is the version the actor has seen; left out, the present one.

    Raises:
        NotAllowed: the actor may not edit changes.
        NotFound: there is no such change.
        VersionConflict: somebody else changed it meanwhile.
        WrittenMeanwhile: it comes after other changes now, and changes were written meanwhile.
        InvalidInput: as for :func:`new`; once submitted, a change must stay whole and its window ahead.
    """
    context.allow("change:edit")
    since = context.store.revision()
    held = held_change(context, change_id, expected_version)
    given = {
        "title": title,
        "reason": reason,
        "targets": targets,
        "window": window,
        "type": change_type,
        "implementer": implementer,
        "steps": steps if isinstance(steps, Keep) else tuple(steps),
        "back_out": back_out,
        "team": team,
        "model": model,
        "benefit": benefit,
        "communications": communications,
        "test_evidence": test_evidence,
        "after": after if isinstance(after, Keep) else _ids(after),
        "incidents": incidents if isinstance(incidents, Keep) else _ids(incidents),
    }
    was = held.record
    edited, problems = _with(context, was, {name: value for name, value in given.items() if value is not KEEP})
    content = bool(problems) or any(getattr(edited, name) != getattr(was, name) for name in CONTENT)
    move = move_of(was, "edit" if content else "reword")
    problems = [*checks.words_problems(edited), *problems]
    if content:
        problems += _guard_problems(edited, move, context.clock.now(), problems)
    _refuse(problems, change_id)
    if edited == was:
        return held
    edited = _moved(edited, move, by=context.actor.id if content else None)
    # Two changes edited at once could come after one another, which neither writer would see.
    alone = Unwritten((CHANGES.name,), since) if edited.after and edited.after != was.after else None
    return context.records.put(CHANGES, edited, because="change:edited", expected_version=held.version, unwritten=alone)


def submit(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    """
    Ask for the change to be judged. From here on its content is under revision control.

    Raises:
        NotAllowed: the actor may not submit changes.
        NotFound: there is no such change.
        VersionConflict: somebody else changed it meanwhile.
        WrongState: it is no draft.
        InvalidInput: it is not whole, or its window has begun; every problem is named.
    """
    return _handed_in(context, change_id, "submit", expected_version)


def resubmit(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    """Ask again for a change whose decision was put off; raises as :func:`submit`."""
    return _handed_in(context, change_id, "resubmit", expected_version)


def _handed_in(context: Context, change_id: str, name: str, expected_version: int | None) -> Held[Change]:
    context.allow("change:submit")
    held = held_change(context, change_id, expected_version)
    change = held.record
    move = move_of(change, name)
    problems = [*checks.words_problems(change), *_content_problems(context, change, range(len(change.targets)))]
    problems += _guard_problems(change, move, context.clock.now(), problems)
    _refuse(problems, change_id)
    submitted = replace(change, state=move.to)
    return context.records.put(CHANGES, submitted, because=f"change:{name}ted", expected_version=held.version)


def get(context: Context, change_id: str, *, at: int | None = None) -> Held[Change]:
    """Return a change; raises NotAllowed and NotFound."""
    context.allow("change:read")
    return context.records.held(CHANGES, change_id, at=at)


def listing(
    context: Context,
    *,
    states: Sequence[ChangeState] = (),
    after: str | None = None,
    limit: int = 100,
    at: int | None = None,
) -> Listing[Change]:
    """Return one page of the changes in these states (none given: in any), newest first, then by id."""
    context.allow("change:read")
    where = [OneOf("state", tuple(state.value for state in states))] if states else []
    return context.records.listing(CHANGES, where, order="raised_at", descending=True, after=after, limit=limit, at=at)


def held_change(context: Context, change_id: str, expected_version: int | None) -> Held[Change]:
    """
    Return the change as it stands, for a desk that is about to write it.

    Raises:
        NotFound: there is none.
        VersionConflict: it is no longer at the version the actor has seen.
    """
    held = context.records.held(CHANGES, change_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=CHANGES.name, key=change_id, expected=expected_version, actual=held.version)
    return held


def imagined(
    context: Context,
    change: Change | None,
    *,
    targets: Sequence[Target | str] | Keep,
    window: WindowGiven | Keep | None,
) -> Change:
    """
    Return a change as it would be with these targets and this window, whole enough to be asked about; nothing is kept.

    ``change`` is the one to start from, None for a new one, whose id is empty.

    Raises:
        NotAllowed: the actor may not read changes.
        InvalidInput: something given is wrong, or targets or window are missing; every problem is named.
    """
    context.allow("change:read")
    if change is None:
        now = context.clock.now()
        change = Change("", "", "", context.actor.id, now, ChangeType.NORMAL, ChangeState.DRAFT, revision=1)
    given: dict[str, Any] = {"targets": targets, "window": window}
    given = {name: value for name, value in given.items() if value is not KEEP}
    count = len(given.get("targets", ()))
    if count > checks.MOST_TARGETS:
        raise InvalidInput([checks.too_many("/targets", count, checks.MOST_TARGETS)], what=_IMAGINED, setting=True)
    changed, problems = _with(context, change, given)
    missing = _not_below(checks.missing_problems(changed), problems)
    if missing or problems:
        raise InvalidInput([*missing, *problems], what=change.id or _IMAGINED, setting=True)
    return changed


def _with(context: Context, change: Change, given: dict[str, Any]) -> tuple[Change, list[Problem]]:
    """Return the change with what is given, and every problem of the texts and of the content it then has."""
    problems: list[Problem] = []
    window, targets = given.pop("window", change.window), given.pop("targets", change.targets)
    if isinstance(window, tuple):
        window, wrong = read_window(*window)
        problems += wrong
    window = window and in_utc(window)
    targets, wrong, places = read_targets(targets)
    problems += wrong
    changed = replace(change, window=window, targets=targets, **given)
    # What an edit brings may be there by now; that is no reason to refuse another title.
    anew = targets != change.targets
    return changed, problems + _content_problems(context, changed, places, edits=anew)


def _content_problems(context: Context, change: Change, places: Sequence[int], *, edits: bool = True) -> list[Problem]:
    problems = list(checks.content_problems(change, places=places))
    known = context.store.get_many(CIS, tuple({target.ci for target in change.targets if target.ci}))
    problems += checks.unknown_ci_problems(change.targets, known, places)
    if any(target.expected for target in change.targets):
        # Most changes declare nothing, and need not wait for the catalogue.
        from cmdb.configuration.classes import catalogue_of

        catalogue = catalogue_of(context)
        classes = {ci: stored.document["class"] for ci, stored in known.items()}
        classes |= {
            each.ci: each.edit.item.ci_class
            for each in change.targets
            if each.edit is not None and each.edit.item is not None and each.edit.item.ci_class in catalogue.classes
        }
        attributes = {ci: catalogue.attributes_of(name) for ci, name in classes.items()}
        problems += checks.expected_problems(change.targets, attributes, places)
    if edits and any(target.edit is not None for target in change.targets):
        problems += _edit_problems(context, change.targets, places)
    if change.after or change.incidents or change.model:
        problems += reference_problems(context, change)
    return problems


def _edit_problems(context: Context, targets: Sequence[Target], places: Sequence[int]) -> Iterable[Problem]:
    """Return what is wrong with edits of the graph on the estate as it is."""
    from cmdb.configuration.classes import catalogue_of

    edits = [target.edit for target in targets if target.edit is not None]
    named = sorted({*(target.ci for target in targets), *(ci for edit in edits for ci in edit.named)})
    relations = sorted({each.key for edit in edits for each in edit.touched})
    groups = {
        *(group.key for edit in edits for group in edit.groups),
        *(group_key({"item": each.source, "name": each.group}) for edit in edits for each in edit.relations),
    }
    return edit_checks.estate_problems(
        targets,
        places,
        cis={ci: stored.document for ci, stored in context.store.get_many(CIS, named).items()},
        relations={key: stored.document for key, stored in context.store.get_many(RELATIONS, relations).items()},
        groups=context.store.get_many(GROUPS, sorted(groups)).keys(),
        catalogue=catalogue_of(context),
    )


def _guard_problems(change: Change, move: Move, now: datetime, found: Sequence[Problem]) -> list[Problem]:
    """Return the problems of the move's guards, but not that something is missing which is there and unreadable."""
    problems = list(checks.missing_problems(change)) if "complete" in move.guards else []
    if "window_ahead" in move.guards:
        problems += checks.past_problems(change, now)
    return _not_below(problems, found)


def _not_below(problems: Iterable[Problem], found: Sequence[Problem]) -> list[Problem]:
    """Return the problems but for those of a place below which something else was found."""
    return [p for p in problems if not any(f.pointer and f.pointer.startswith(f"{p.pointer}/") for f in found)]


def _refuse(problems: Sequence[Problem], what: str) -> None:
    if problems:
        raise InvalidInput(problems, what=what)


def _moved(change: Change, move: Move, *, by: str | None) -> Change:
    """Return the edited change after its move; ``by`` is who wrote content, None if nobody did."""
    again = move.origin is ChangeState.REJECTED or (by is not None and move.origin is not ChangeState.DRAFT)
    authors = {*change.authors} | ({by} - {change.requester} if by is not None else set())
    return replace(
        change,
        state=move.to,
        suspended=change.suspended if move.to is move.origin else None,
        revision=change.revision + 1 if again else change.revision,
        authors=tuple(sorted(authors)),
    )


def _ids(ids: Sequence[str]) -> tuple[str, ...]:
    """Return ids as a change keeps them: each once, sorted, so that the same set is the same bytes."""
    return tuple(sorted({each.strip() for each in ids} - {""}))
