"""What an intake did, or would do: the figures, and as many single differences as a reader asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from cmdb.configuration.differences import differences
from cmdb.configuration.errors import BrokenGroup
from cmdb.configuration.intake.gathered import KIND
from cmdb.configuration.intake.merging import ADOPTED, CHANGED, NEW, UNCHANGED, fresh
from cmdb.configuration.intake.planned import Plan
from cmdb.errors import Problem


@dataclass(frozen=True, slots=True)
class Figures:
    """
    How many records an intake found new, changed and unchanged, and how many of its source it missed.

    ``adopted`` are those of ``unchanged`` for which this source vouches from now on; ``missing`` are vouched for by no
    other source, ``released`` by another one as well, so that they only lose this one.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    adopted: int = 0
    released: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One record that is "new", "changed", "missing" or "released".

    ``place`` is where it stands in the input (None for what the input lacks), ``fields`` holds (field, before, after).
    """

    what: str
    kind: str
    key: str
    place: int | str | None
    fields: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """
    What an import did or, with ``dry_run``, would do.

    ``revision`` is the one it made, None when it changed nothing or was a dry run. ``retired`` and ``ended`` count
    what was (or would be) taken out on request: CIs, and relations and groups. ``notes`` are remarks on what is right
    but seldom meant, ``notes_count`` and ``difference_count`` count also those beyond the ones kept.
    """

    source: str
    dry_run: bool
    revision: int | None
    total: Figures
    items: Figures
    relations: Figures
    groups: Figures
    retired: int
    ended: int
    broken_groups: tuple[BrokenGroup, ...]
    classes_created: tuple[str, ...]
    attributes_created: tuple[str, ...]
    notes: tuple[Problem, ...]
    notes_count: int
    differences: tuple[Difference, ...]
    difference_count: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as doors show it: the figures of everything together first, those of each kind below."""
        rest = {name: asdict(getattr(self, name)) for name in ("items", "relations", "groups")}
        return {
            **asdict(self.total),
            "source": self.source,
            "dry_run": self.dry_run,
            "revision": self.revision,
            "by_kind": rest,
            "retired": self.retired,
            "ended": self.ended,
            "broken_groups": [asdict(group) for group in self.broken_groups],
            "classes_created": list(self.classes_created),
            "attributes_created": list(self.attributes_created),
            "notes": [
                {
                    **({"line": n.line} if n.line is not None else {"pointer": n.pointer}),
                    "code": n.code,
                    "message": n.message,
                }
                for n in self.notes
            ],
            "notes_count": self.notes_count,
            "differences": [
                {
                    "what": d.what,
                    "kind": d.kind,
                    "key": d.key,
                    "place": d.place,
                    "fields": [{"field": f, "before": b, "after": a} for f, b, a in d.fields],
                }
                for d in self.differences
            ],
            "difference_count": self.difference_count,
        }


def figures_of(plan: Plan, name: str) -> Figures:
    """Return the figures of "item", "relation" or "group"."""
    counts = plan.counts(name)
    return Figures(
        new=counts[NEW],
        changed=counts[CHANGED],
        unchanged=counts[UNCHANGED] + counts[ADOPTED],
        missing=len(plan.sweep.missing[name]),
        adopted=counts[ADOPTED],
        released=len(plan.sweep.released[name]),
    )


def differences_of(plan: Plan) -> Iterator[Difference]:
    """Yield every difference: changed first, then missing and released, then new; within each as they come."""
    for name, place, key, before, after, _ in plan.changed:
        fields = tuple(each for each in differences(before, after) if each[0] != "sources")
        if fields:
            yield Difference("changed", name, key, place, fields)
    for what, lacking in (("missing", plan.sweep.missing), ("released", plan.sweep.released)):
        for name, spool in lacking.items():
            for key, document, _, _ in spool:
                yield Difference(what, name, key, None, tuple(differences(document, None)))
    for name, kind in KIND.items():
        for (place, document, _), found in zip(plan.gathered.rows[name], plan.verdicts[name], strict=True):
            if found == NEW:
                shown = fresh(name, document, plan.options.source)
                yield Difference("new", name, kind.key(document), place, tuple(differences(None, shown)))


def report_of(plan: Plan, *, dry_run: bool, revision: int | None, show: int) -> ImportReport:
    """Return the report of a plan, with the first ``show`` differences."""
    items, relations, groups = (figures_of(plan, name) for name in KIND)
    total = Figures(*(sum(getattr(each, name) for each in (items, relations, groups)) for name in Figures.__slots__))
    return ImportReport(
        source=plan.options.source,
        dry_run=dry_run,
        revision=revision,
        total=total,
        items=items,
        relations=relations,
        groups=groups,
        retired=len(plan.ending.cis),
        ended=len(plan.ending.relations) + len(plan.ending.groups),
        broken_groups=tuple(plan.ending.broken),
        classes_created=plan.created.classes,
        attributes_created=plan.created.attributes,
        notes=tuple(plan.notes),
        notes_count=plan.noted,
        differences=tuple(islice(differences_of(plan), show)),
        difference_count=total.new + total.changed + total.missing + total.released,
    )
