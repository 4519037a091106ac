"""What of the log bears on the figures of a change beside its cone: levels, hours, maintenance, capacity, its model."""

from __future__ import annotations

from typing import Any, NamedTuple

from cmdb.context import Context
from cmdb.model.assessment import Assessment
from cmdb.model.calendar_entry import Covered, EntryState
from cmdb.model.capacity import CAPACITIES, team_of
from cmdb.model.change import CHANGES, Change, Target, Window
from cmdb.model.change_model import CHANGE_MODELS
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.loss_scale import LOSS_SCALES
from cmdb.model.maintenance_window import MAINTENANCE
from cmdb.model.service_hours import SERVICE_HOURS, SERVICE_HOURS_YEARS
from cmdb.model.service_level import SERVICE_LEVELS
from cmdb.ports.store import Entry
from cmdb.records import from_document
from cmdb.service.service_levels import levels_of

BEARS = frozenset(
    kind.name
    for kind in (
        CAPACITIES,
        CHANGE_MODELS,
        LOSS_SCALES,
        MAINTENANCE,
        SERVICE_HOURS,
        SERVICE_HOURS_YEARS,
        SERVICE_LEVELS,
    )
)
"""Kinds of which a record bears on the figures of some changes, none of them on the graph."""


class Figures(NamedTuple):
    """
    What the figures of a change rest on: its window and targets, the ``services`` it may touch, the ``hours`` of their
    levels, its ``team`` and its ``model``.
    """

    window: Window
    targets: tuple[Target, ...]
    services: frozenset[str]
    hours: frozenset[str]
    team: str | None
    model: str | None


def figures_on(context: Context, change: Change, assessment: Assessment | None) -> Figures:
    """Return what the figures of a change rest on, as an assessment found; raises NotAllowed."""
    assert change.window is not None
    services = touched_by(assessment)
    levels = levels_of(context, sorted(services)) if services else {}
    hours = frozenset(level.hours for level in levels.values() if level.hours is not None)
    return Figures(change.window, change.targets, services, hours, team_of(change), change.model)


def touched_by(assessment: Assessment | None) -> frozenset[str]:
    """Return the services that the change may touch in any scenario, by an assessment; none before the fourth."""
    found = None if assessment is None else assessment.consequence
    return frozenset(each.id for each in found.services) if found is not None else frozenset()


def bearing(entry: Entry, figures: Figures) -> tuple[str, str] | None:
    """Return the code of a changed fact and the service it is about ("": none); None: it does not bear on these."""
    sides = [side for side in (entry.before, entry.after) if side is not None]
    if entry.kind == LOSS_SCALES.name:
        return "loss_scale_set", ""
    if entry.kind == SERVICE_LEVELS.name:
        return ("service_level_set", entry.key) if entry.key in figures.services else None
    if entry.kind in (SERVICE_HOURS.name, SERVICE_HOURS_YEARS.name):
        key = "id" if entry.kind == SERVICE_HOURS.name else "hours"
        return ("service_hours_set", "") if any(side[key] in figures.hours for side in sides) else None
    if entry.kind == CAPACITIES.name:
        return ("capacity_changed", "") if any(side["team"] == figures.team for side in sides) else None
    if entry.kind == CHANGE_MODELS.name:
        told = [(side["type"], side["state"]) for side in sides]
        return ("model_changed", "") if entry.key == figures.model and len(set(told)) > 1 else None
    if entry.kind == MAINTENANCE.name:
        return ("maintenance_changed", "") if _maintained(entry, figures) else None
    return None


def lost_success(entry: Entry, model: str | None) -> bool:
    """Tell whether a success of the model was corrected to something else."""
    if entry.kind != CHANGES.name or model is None or entry.before is None or entry.after is None:
        return False
    was, is_now = (side.get("outcome") for side in (entry.before, entry.after))
    success = ChangeOutcome.SUCCESS.value
    return entry.before.get("model") == model and was == success and is_now != success


def _maintained(entry: Entry, figures: Figures) -> bool:
    """Tell whether a maintenance window that covers the change means something else within its window than before."""
    told: list[Any] = []
    for side in (entry.before, entry.after):
        record = None if side is None else from_document(MAINTENANCE, side)
        met = []
        if record is not None and record.state is EntryState.ACTIVE and _covers(record.covers, figures):
            met = record.schedule.within(figures.window.start, figures.window.end)
        told.append((met, record.agreed, record.notified, record.minutes) if record is not None and met else None)
    return bool(told[0] != told[1])


def _covers(covers: Covered, figures: Figures) -> bool:
    # Of classes and environments it is not asked here who is in them: a check tells.
    if covers.everything or covers.classes or covers.environments:
        return True
    named = {*covers.services, *covers.cis}
    return not named.isdisjoint(figures.services) or any(target.ci in named for target in figures.targets)
