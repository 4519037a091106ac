"""An observation while it is put together, and how values that others wrote are made to fit it."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterable, Mapping
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

LONGEST_TEXT = 4_000
LONGEST_LIST = 10_000
CUT = " […]"
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII)
_FQDN = re.compile(
    r"(?=.{1,254}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,126}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(slots=True)
class Draft:
    """
    An observation that is being put together.

    ``scope`` is the name of the listing, without that of the target; ``name`` is for people. ``owner`` is the native id
    of the thing of the same source that this one is a part of; such a part is known by its owner and its ``part``:
    ``known_by("part", "interface:eth0")``. ``evidence_kind`` is how what it relates to became known, unless
    :meth:`relate` says otherwise; ``evidence`` says in a few plain values where it was seen. ``cut`` says whether a
    value was too long for it.
    """

    scope: str
    native_id: str
    ci_class: str
    name: str | None
    owner: str | None = None
    evidence_kind: EvidenceKind = EvidenceKind.INVENTORY
    evidence: Mapping[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    identifiers: dict[Identifier, None] = field(default_factory=dict)
    relations: dict[tuple[str, str, str | None], ObservedRelation] = field(default_factory=dict)
    groups: dict[str, ObservedGroup] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    def put(self, **attributes: Any) -> None:
        """Set attributes; what is None, empty or no finite number was not seen and is left out."""
        for name, value in attributes.items():
            if isinstance(value, str):
                value = shortened(value.strip())
                self.cut |= value.endswith(CUT)
            if isinstance(value, list) and len(value) > LONGEST_LIST:
                value, self.cut = value[:LONGEST_LIST], True
            if isinstance(value, float) and not math.isfinite(value):
                continue
            if value is not None and value != "" and value != []:
                self.attributes[name] = value

    def label(self, **labels: Any) -> None:
        """Set labels, by their names in the source; what is empty is left out."""
        self.labels.update((name, shortened(str(value))) for name, value in labels.items() if value not in (None, ""))

    def known_by(self, kind: str, value: str | None) -> None:
        """Add an identifier, where there is a value."""
        if value:
            self.identifiers[Identifier(kind, shortened(value))] = None

    def relate(
        self,
        type_: str,
        target: str,
        detail: str = "",
        *,
        group: str | None = None,
        strength: Strength | None = None,
        evidence: EvidenceKind | None = None,
    ) -> None:
        """
        Add that this depends on ``target``, a native id, once for each type and group; to itself nothing is related.

        ``evidence`` is how that became known, left out, ``evidence_kind``; ``detail`` are a few words of it.
        """
        if target != self.native_id:
            self.relations.setdefault(
                (type_, target, group),
                ObservedRelation(
                    type_,
                    evidence or self.evidence_kind,
                    target=End(target),
                    group=group,
                    strength=strength,
                    detail=shortened(detail),
                ),
            )

    def group(self, name: str, needs: int | str, detail: str) -> None:
        """Add a group of which ``needs`` members must be up."""
        self.groups[name] = ObservedGroup(name, needs, self.evidence_kind, detail=detail)

    def made(self, target: str) -> Observation:
        """Return the observation."""
        return Observation(
            source="",
            scope=f"{target}/{self.scope}",
            native_id=self.native_id,
            ci_class=self.ci_class,
            name=self.name,
            owner=self.owner,
            attributes=dict(sorted(self.attributes.items())),
            identifiers=tuple(self.identifiers),
            relations=tuple(self.relations[key] for key in sorted(self.relations, key=_sorting)),
            groups=tuple(self.groups[name] for name in sorted(self.groups)),
            labels=dict(sorted(self.labels.items())),
            evidence=dict(self.evidence),
        )


def _sorting(key: tuple[str, str, str | None]) -> tuple[str, str, str]:
    return key[0], key[1], key[2] or ""


def text(value: Any) -> str:
    """Return a text, "" for anything else."""
    return value if isinstance(value, str) else ""


def shortened(value: str) -> str:
    """Return a text that fits an attribute; whoever writes more than that writes a document."""
    return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + CUT


def whole_number(value: Any) -> int | None:
    """Return a number without a fraction, which may be written as a text ("4.0"), or None."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if math.isfinite(number) and number == int(number) and abs(number) < 2**53 else None


def mac(value: Any) -> str | None:
    """Return a MAC address in lower case with colons, or None."""
    lower = text(value).strip().lower().replace("-", ":")
    return lower if _MAC.fullmatch(lower) else None


def fqdn(value: Any) -> str | None:
    """Return a full domain name, or None."""
    name = text(value).strip().rstrip(".")
    return name if _FQDN.fullmatch(name) else None


def address(value: Any) -> str | None:
    """Return the address of an address with a prefix length, or None."""
    if not value:
        return None
    try:
        return str(ipaddress.ip_interface(text(value)).ip)
    except ValueError:
        return None


def unique(values: Iterable[str | None]) -> list[str]:
    """Return what is there, each once, sorted."""
    return sorted({value for value in values if value})
