"""An observation while it is put together, and the book that all of them stand in."""

from __future__ import annotations

import ipaddress
import math
import re
from collections import Counter
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
from cmdb.model.run import Said
from discovery.connectors.netbox.shape.rows import Row, Rows

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
    """An observation that is being put together; ``model`` and ``id`` say which object of NetBox it is."""

    model: str
    native_id: str
    ci_class: str
    name: str | None
    owner: str | None = None
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
        """Set labels, by their names in NetBox; what is empty is left out."""
        self.labels.update((name, shortened(str(value))) for name, value in labels.items() if value not in (None, ""))

    def known_by(self, kind: str, value: str | None) -> None:
        """Add an identifier, where there is a value."""
        if value:
            self.identifiers[Identifier(kind, shortened(value))] = None

    def relate(
        self, type_: str, target: str, detail: str = "", *, group: str | None = None, strength: Strength | None = None
    ) -> None:
        """Add that this depends on ``target``, once for each type and group; to itself nothing is related."""
        if target != self.native_id:
            self.relations.setdefault(
                (type_, target, group),
                ObservedRelation(
                    type_,
                    EvidenceKind.INVENTORY,
                    target=End(target),
                    group=group,
                    strength=strength,
                    detail=shortened(detail),
                ),
            )

    def group(self, name: str, needs: int, detail: str) -> None:
        """Add a group of which ``needs`` members must be up."""
        self.groups[name] = ObservedGroup(name, needs, EvidenceKind.INVENTORY, detail=detail)

    def made(self, target: str) -> Observation:
        """Return the observation."""
        return Observation(
            source="",
            scope=f"{target}/{self.model}",
            native_id=self.native_id,
            ci_class=self.ci_class,
            name=self.name,
            owner=self.owner,
            attributes=dict(sorted(self.attributes.items())),
            identifiers=tuple(self.identifiers),
            relations=tuple(self.relations[key] for key in sorted(self.relations, key=_sorting)),
            groups=tuple(self.groups[name] for name in sorted(self.groups)),
            labels=dict(sorted(self.labels.items())),
            evidence={"model": self.model},
        )


def _sorting(key: tuple[str, str, str | None]) -> tuple[str, str, str]:
    return key[0], key[1], key[2] or ""


@dataclass(slots=True)
class Book:
    """
    All drafts by model and id, and what became of every object of NetBox.

    ``became`` counts, by model and a few words, the objects that are no CI of their own: taken as something of another
    CI, or left out. With the drafts it accounts for each object that was read.
    """

    rows: Rows
    settings: Mapping[str, Any]
    drafts: dict[str, Draft] = field(default_factory=dict)
    taken_as: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[Said] = field(default_factory=list)

    def draft(
        self, model: str, row: Row, ci_class: str, name: str | None, *, owner: str | None = None, within: str = ""
    ) -> Draft:
        """Return a new draft of an object, with what all models have: description, tags, status, tenant, fields."""
        key = native_id(model, row["id"])
        draft = Draft(model, within or key, ci_class, shortened(name) if name else None, owner)
        draft.put(description=text(row.get("description")), tags=row.get("tags"))
        draft.label(status=row.get("status"), **{f"tag/{tag}": "true" for tag in row.get("tags", ())})
        for name_, value in sorted(row.get("custom_fields", {}).items()):
            if isinstance(value, (str, int, float)):
                draft.label(**{name_: value})
        self.drafts[key] = draft
        tenant = native_id("tenancy.tenant", row.get("tenant"))
        if tenant in self.drafts:
            draft.relate("owned_by", tenant, "its tenant")
            draft.label(tenant=self.rows.name("tenancy.tenant", row["tenant"]))
            if self.settings["tenants_are"] == "team":
                draft.put(owner=self.rows.name("tenancy.tenant", row["tenant"]))
        return draft

    def skipped(self, model: str, row: Row) -> bool:
        """Tell whether an object has a status that means that it is not there; it is counted then."""
        status = row.get("status")
        if status in self.settings["skip_statuses"]:
            self.left_out[model, f"its status is {status}"] += 1
            return True
        return False

    def there(self, model: str, id_: Any) -> str | None:
        """Return the native id of an object that became a CI, or None."""
        draft = self.drafts.get(native_id(model, id_))
        return draft.native_id if draft else None

    def first_there(self, *ends: tuple[str, Any]) -> str | None:
        """Return the first of these objects that became a CI, or None."""
        return next((found for model, id_ in ends if (found := self.there(model, id_))), None)

    def account(self) -> tuple[Said, ...]:
        """Return the notes: first what became of the objects that are no CI, model by model."""
        said = [
            Said("netbox.taken_as", {"model": model, "as": words, "count": count})
            for (model, words), count in sorted(self.taken_as.items())
            if count
        ]
        said += [
            Said("netbox.left_out", {"model": model, "because": words, "count": count})
            for (model, words), count in sorted(self.left_out.items())
            if count
        ]
        cut = sum(draft.cut for draft in self.drafts.values())
        return (*said, *self.notes, *((Said("netbox.shortened", {"count": cut}),) if cut else ()))


def native_id(model: str, id_: Any) -> str:
    """Return what an object is called: its model and its number, the same in the API and in a dump."""
    return f"{model}:{id_}"


def text(value: Any) -> str:
    """Return a text, "" for anything else."""
    return value if isinstance(value, str) else ""


def shortened(value: str) -> str:
    """Return a text that fits an attribute; whoever writes more than that into NetBox writes a document."""
    return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + CUT


def whole_number(value: Any) -> int | None:
    """Return a number without a fraction, which a dump writes as text ("4.0"), or None."""
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
    try:
        return str(ipaddress.ip_interface(text(value)).ip)
    except ValueError:
        return None


def unique(values: Iterable[str | None]) -> list[str]:
    """Return what is there, each once, sorted."""
    return sorted({value for value in values if value})
