"""The graph a question is asked of: the estate at a revision, read by the catalogue of that revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from impact.reading.defaults import Defaults
from impact.reading.live import graph_at

if TYPE_CHECKING:
    from impact.graph import Graph


def graph_of(context: Context, *, at: int | None = None) -> Graph:
    """Return the graph of the estate at a revision (None: the newest); raises as :func:`graph_at`, and NotAllowed."""
    context.allow("impact:read")
    revision = context.store.revision() if at is None else at
    return graph_at(context.store, defaults_at(context, revision), at=revision)


def defaults_at(context: Context, revision: int) -> Defaults:
    """Return what the catalogue of a revision says where the estate says nothing."""
    return defaults_of(catalogue_of(context, at=revision))


def defaults_of(catalogue: Catalogue) -> Defaults:
    """Return what a catalogue says where the estate says nothing."""
    unavailability = {name: catalogue.unavailability_of(name) for name in catalogue.classes}
    hours = {name: catalogue.mtbf_hours_of(name) for name in catalogue.classes}
    return Defaults(
        strengths={name: kind.strength.value for name, kind in catalogue.relation_types.items()},
        unavailability={name: figure for name, figure in unavailability.items() if figure is not None},
        mtbf_hours={name: figure for name, figure in hours.items() if figure is not None},
        services=catalogue.services,
    )
