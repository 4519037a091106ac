"""The book of all drafts, and what became of every object of NetBox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.run import Said
from discovery.connectors.netbox.shape.rows import Row, Rows
from discovery.ports.drafting import Draft, shortened, text


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
        self, model: str, row: Row, ci_class: str, name: object, *, owner: str | None = None, within: str = ""
    ) -> Draft:
        """Return a new draft of an object, with what all models have: description, tags, status, tenant, fields."""
        key = native_id(model, row["id"])
        shown = shortened(text(name)) or None
        draft = Draft(model, within or key, ci_class, shown, owner, evidence={"model": model})
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
