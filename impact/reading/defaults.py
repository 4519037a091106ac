"""What the catalogue says where the estate says nothing: an input of every graph, kept with every assessment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cmdb.chain import canonical
from cmdb.model.relation import Strength


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
