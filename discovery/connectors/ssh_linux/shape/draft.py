"""Observations while they are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.observation import (
    End,
    EvidenceKind,
    Identifier,
    Observation,
    ObservedGroup,
    ObservedRelation,
)
from cmdb.model.relation import Strength
from discovery.connectors.ssh_linux.shape.values import IP, endpoint


@dataclass(slots=True)
class Draft:
    """One observation; what is set twice counts once."""

    scope: str
    native_id: str
    ci_class: str
    name: str | None = None
    owner: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    identifiers: set[Identifier] = field(default_factory=set)
    relations: dict[tuple[str, ...], ObservedRelation] = field(default_factory=dict)
    groups: dict[str, ObservedGroup] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)

    def put(self, **attributes: Any) -> None:
        """Set attributes; what was not seen is left out."""
        self.attributes.update((name, value) for name, value in attributes.items() if value not in (None, "", []))

    def known_by(self, kind: str, *values: str | None) -> None:
        """Add identifiers, where there are values."""
        self.identifiers.update(Identifier(kind, value) for value in values if value)

    def relate(
        self,
        type_: str,
        evidence: EvidenceKind,
        *,
        target: End | None = None,
        source: End | None = None,
        group: str | None = None,
        strength: Strength | None = None,
        detail: str = "",
    ) -> None:
        """Add a relation, once for each type, end, group and kind of evidence; of several details the least."""
        key = (type_, _text(target), _text(source), group or "", evidence.value)
        relation = ObservedRelation(type_, evidence, target, source, group, strength, detail[:200])
        before = self.relations.get(key)
        if before is None or relation.detail < before.detail:
            self.relations[key] = relation

    def group(self, name: str, needs: int, evidence: EvidenceKind, *, soft: bool = False, detail: str = "") -> None:
        """Add a group of which so many members must be up."""
        strength = Strength.SOFT if soft else Strength.HARD
        self.groups[name] = ObservedGroup(name, needs, evidence, strength, detail[:200])

    def made(self) -> Observation:
        """Return the observation, everything in it in order."""
        return Observation(
            source="",
            scope=self.scope,
            native_id=self.native_id,
            ci_class=self.ci_class,
            name=self.name,
            owner=self.owner,
            attributes=dict(sorted(self.attributes.items())),
            identifiers=tuple(sorted(self.identifiers, key=lambda each: (each.kind, each.value))),
            relations=tuple(self.relations[key] for key in sorted(self.relations)),
            groups=tuple(self.groups[name] for name in sorted(self.groups)),
            evidence=dict(sorted(self.evidence.items())),
        )


def here(native_id: str) -> End:
    """Return the end that is a thing of this source."""
    return End(native_id)


def there(address: IP, port: int | None = None, transport: str = "tcp") -> End:
    """Return the end that is whoever has an address: what listens at the port, a virtual address, or the host."""
    first = (Identifier("endpoint", endpoint(address, port, transport)),) if port else ()
    return End(identifiers=(*first, Identifier("vip", str(address)), Identifier("ip", str(address))))


def made(drafts: Iterable[Draft]) -> tuple[Observation, ...]:
    """Return the observations of drafts in the order of their keys."""
    return tuple(draft.made() for draft in sorted(drafts, key=lambda each: (each.native_id, each.scope)))


def _text(end: End | None) -> str:
    return "" if end is None else "|".join((end.native_id or "", *(f"{i.kind}={i.value}" for i in end.identifiers)))
