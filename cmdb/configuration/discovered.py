"""What a reconciliation rests on and what comes of it, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.configuration.believing import Believed
from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.identify import Decided
from cmdb.model.coverage import Coverage
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.kind import Document
from cmdb.model.observation import Observation

DISCOVERED = "discovery/"
"""What the names of discovery sources begin with among the ``sources`` of a document."""


def is_derived(document: Document) -> bool:
    """
    Tell whether a CI was made of what is known of others: a path of the network, an endpoint that stands in.

    No source sees such a one, nobody can go and look at it, and it changes with what it was made of.
    """
    seen = document.get("seen_as", ())
    return bool(seen) and not any(source for source, _ in seen)


def is_path(document: Document) -> bool:
    """Tell whether a CI is a path of the network that was made of what lies on it."""
    return bool(document["class"] == "network_path") and is_derived(document)


@dataclass(frozen=True, slots=True)
class World:
    """
    All that a reconciliation rests on.

    ``declared`` are the documents of the CIs that people or imports stated, by id; ``rejected`` the keys of relations
    that a person said do not exist. ``stated`` are the relations that people or imports stated.
    """

    observations: Sequence[Observation]
    coverages: Mapping[str, Coverage]
    declared: Mapping[str, Document]
    decided: Sequence[Decided]
    rejected: frozenset[str]
    catalogue: Catalogue
    rules: DiscoveryRules
    now: datetime
    stated: Sequence[Document] = ()


class Found(NamedTuple):
    """Something a person should look at: a stable code, the CIs it is about, and the facts."""

    code: str
    cis: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """
    What should be, by id or key, of everything that discovery sees; ``sources`` of a document are the discovery's own.

    ``merged`` maps an id that a CI would have had by another of its records to the id it has. ``beliefs`` tell for each
    CI where its values are from.
    """

    cis: Mapping[str, Document]
    relations: Mapping[str, Document]
    groups: Mapping[str, Document]
    merged: Mapping[str, str]
    beliefs: Mapping[str, Mapping[str, Believed]]
    findings: tuple[Found, ...]
