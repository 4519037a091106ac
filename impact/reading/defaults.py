"""What the catalogue says where the estate says nothing: an input of every graph, kept with every assessment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmdb.chain import canonical
from cmdb.model.relation import Strength

if TYPE_CHECKING:
    from cmdb.configuration.catalogue import Catalogue
    from cmdb.ports.store import Store


@dataclass(frozen=True, slots=True)
class Defaults:
    """
    The defaults of one moment: strength by relation type, chance of being down and hours between failures by class.

    ``services`` are the classes whose CIs are services. A relation type that is not named is hard.
    """

    strengths: Mapping[str, str]
    unavailability: Mapping[str, float]
    mtbf_hours: Mapping[str, float]
    services: frozenset[str]

    def strength_of(self, relation_type: str) -> str:
        """Return the default strength of a relation type; an unknown one is read pessimistically."""
        return self.strengths.get(relation_type, Strength.HARD.value)

    def of_class(self, ci_class: str) -> tuple[float | None, float | None, bool]:
        """Return all that is said of the CIs of a class."""
        return self.unavailability.get(ci_class), self.mtbf_hours.get(ci_class), ci_class in self.services

    def content(self) -> bytes:
        """Return the defaults as canonical JSON; equal defaults have equal bytes."""
        return canonical(
            {
                "mtbf_hours": dict(self.mtbf_hours),
                "services": sorted(self.services),
                "strengths": dict(self.strengths),
                "unavailability": dict(self.unavailability),
            }
        )


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


def defaults_in(store: Store, revision: int) -> Defaults:
    """Return what the catalogue of a revision says, whoever asks: the graph is made for all."""
    from cmdb.configuration.catalogue import built_in
    from cmdb.model.ci_class import CI_CLASSES
    from cmdb.model.relation_type import RELATION_TYPES
    from cmdb.records import Records

    records = Records(store, actor="", txn_ids=iter(()))
    classes = tuple(records.find(CI_CLASSES, at=revision))
    relation_types = tuple(records.find(RELATION_TYPES, at=revision))
    return defaults_of(built_in().with_(classes, relation_types) if classes or relation_types else built_in())


def defaults_from(content: bytes) -> Defaults:
    """
    Return the defaults of the bytes :meth:`Defaults.content` gave.

    Raises:
        ValueError: the bytes are something else.
    """
    document = json.loads(content)
    try:
        return Defaults(
            strengths=document["strengths"],
            unavailability=document["unavailability"],
            mtbf_hours=document["mtbf_hours"],
            services=frozenset(document["services"]),
        )
    except (KeyError, TypeError) as cause:
        raise ValueError(f"no defaults of a catalogue: {cause}") from cause
