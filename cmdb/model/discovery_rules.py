"""The rules of discovery: what makes two records one CI, which source is believed, and how evidence and CIs age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cmdb.model.kind import Kind
from cmdb.model.observation import EvidenceKind

ANY = "*"
"""Stands for every class, attribute, or source."""


@dataclass(frozen=True, slots=True)
class Fading:
    """
    What one kind of evidence is worth: ``weight`` in (0, 1], halved every ``half_life_days`` since it was seen.

    Without a half-life it holds for as long as the source says so.
    """

    weight: float
    half_life_days: float | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """So many days, and so many readings of the scope to its end without it; both must have passed."""

    days: float
    readings: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """When a CI that no source sees any more is ``missing``, and when it is ``retired``."""

    missing: Age
    retired: Age


@dataclass(frozen=True, slots=True)
class DiscoveryRules:
    """
    The rules as they hold at one time.

    ``identifications`` are the ways to know a CI again, the strongest first, each a tuple of kinds of identifiers that
    count together. ``junk`` maps a kind of identifier ("*": any) to values that identify nothing, in lower case, and
    ``not_unique_from`` is on how many records of one source an identifier must stand to be no identifier.
    ``precedence`` maps "class.attribute", "*.attribute", "class.*" or "*" to sources or connectors, the most believed
    first; the first of these that is there counts. ``hours_to_live`` says for a source or a connector ("*": any other)
    how long after its reading what it says is fresh. ``fading`` is the worth of each kind of evidence, ``confirmed``
    the confidence from which a relation is confirmed rather than proposed, and ``forgotten`` that below which evidence
    is let go of. ``part`` and ``whole`` are the ageing of what has an owner and of what has none. ``sweep_share`` and
    ``sweep_least``: a reading that would lose more than this share of a scope, and more than so many, waits for a
    person. ``proposing`` are the sources and connectors whose word alone only proposes a CI. ``labels`` maps "owner",
    "environment", "tier" and other attributes to the keys of labels that tell them, the best first, and "service" to
    those that name the service a CI is part of; ``label_values`` says for each of these what a value of a label means.
    """

    identifications: tuple[tuple[str, ...], ...]
    fading: Mapping[EvidenceKind, Fading]
    part: Ageing
    whole: Ageing
    junk: Mapping[str, frozenset[str]] = field(default_factory=dict)
    not_unique_from: int = 3
    precedence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hours_to_live: Mapping[str, float] = field(default_factory=dict)
    confirmed: float = 0.5
    forgotten: float = 0.05
    sweep_share: float = 0.1
    sweep_least: int = 5
    proposing: frozenset[str] = frozenset()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One version of the rules as it was set: its number from 1 on, and its text with the SHA-256 of its bytes."""

    id: str
    version: int
    sha256: str
    text: str
    set_at: datetime
    set_by: str


RULES_VERSIONS = Kind(RulesVersion, name="discovery_rules", indexed=("version",))
