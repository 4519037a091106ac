"""
What becomes of documents when the estate has been reconciled: pure, from what stands and what was found.

What people stated stays as they stated it; where discovery no longer sees anything, only its own share goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cmdb.configuration.differences import same
from cmdb.configuration.discovered import DISCOVERED, Reconciled
from cmdb.configuration.intake.planned import FORM
from cmdb.configuration.reconcile import locks_of, stated
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document, Kind
from cmdb.model.relation import RELATIONS

KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in (CIS, RELATIONS, GROUPS)}
"""The kinds of document that reconciling makes."""

Standing = Mapping[str, Mapping[str, Document]]
"""The documents that stand, by the name of their kind and by key."""


class Difference(NamedTuple):
    """One document that a run changes: its kind and key, and what it was (None: nothing) and becomes."""

    kind: str
    key: str
    before: Document | None
    after: Document | None

    @property
    def what(self) -> str:
        """What happens to it, in one word: created, updated, missing, retired, merged or ended."""
        if self.before is None:
            return "created"
        if self.after is None:
            return "ended"
        status = self.after.get("status")
        if self.kind == CIS.name and status != self.before.get("status"):
            if self.after.get("merged_into"):
                return "merged"
            if status in (CIStatus.MISSING, CIStatus.RETIRED):
                return str(status)
        return "updated"


def differences_of(standing: Standing, found: Reconciled) -> list[Difference]:
    """Return what changes, each document once, by kind and key."""
    after: dict[tuple[str, str], Document | None] = {}
    cis, relations = standing[CIS.name], standing[RELATIONS.name]

    def present(kind: Kind[Any], key: str) -> Document | None:
        return after[kind.name, key] if (kind.name, key) in after else standing[kind.name].get(key)

    for key, document in found.cis.items():
        after[CIS.name, key] = _ci_after(cis.get(key), document)
    for key, document in cis.items():
        if key in found.cis:
            continue
        if document.get("seen_as"):
            after[CIS.name, key] = _unseen(document, found.merged.get(key))
        elif document.get("merged_into") and key in found.merged:
            # What it turned out to be may itself have turned out to be another meanwhile.
            after[CIS.name, key] = {**document, "merged_into": found.merged[key]}
    for key, moved in _moved(relations, found.merged):
        after[RELATIONS.name, key] = None
        there = present(RELATIONS, RELATIONS.key(moved))
        after[RELATIONS.name, RELATIONS.key(moved)] = moved if there is None else _also_stated(there, moved)
    for kind, wanted in ((RELATIONS, found.relations), (GROUPS, found.groups)):
        for key, document in wanted.items():
            after[kind.name, key] = _link_after(present(kind, key), document)
        for key in standing[kind.name]:
            there = present(kind, key)
            if key not in wanted and there is not None and _is_discovered(there):
                rest = [name for name in there["sources"] if not name.startswith(DISCOVERED)]
                after[kind.name, key] = {**there, "sources": rest} if rest else None
    befores = {(name, key): standing[name].get(key) for name, key in after}
    return [
        Difference(*place, befores[place], after[place])
        for place in sorted(after)
        if not _alike(befores[place], after[place])
    ]


def _moved(relations: Mapping[str, Document], merged: Mapping[str, str]) -> Iterator[tuple[str, Document]]:
    """Yield the relations that people stated whose ends are another CI than before: the old key, and as it is."""
    for key, document in relations.items():
        if not is_stated(document):
            continue
        told = document.get("stated_as") or [document["source"], document["target"]]
        ends = [merged.get(each, each) for each in told]
        if ends != [document["source"], document["target"]]:
            moved = {**document, "source": ends[0], "target": ends[1], "stated_as": told}
            if ends == told:
                del moved["stated_as"]
            yield key, moved


def is_declared(document: Mapping[str, Any]) -> bool:
    """Tell whether people or imports stated something of a CI; one that was merged into another speaks through that."""
    if document.get("merged_into") is not None:
        return False
    return bool(document.get("locked")) or any(not each.startswith(DISCOVERED) for each in document.get("sources", ()))


def _alike(before: Document | None, after: Document | None) -> bool:
    return before is after if before is None or after is None else same(before, after)


def is_stated(document: Mapping[str, Any]) -> bool:
    """Tell whether people or imports stated a relation or a group, whatever discovery says of it besides."""
    sources = document.get("sources", ())
    return not sources or any(not each.startswith(DISCOVERED) for each in sources)


def _also_stated(standing: Document, moved: Document) -> Document:
    """Return a relation that is there already where one that people stated comes to stand."""
    return {**moved, "sources": sorted({*standing.get("sources", ()), *moved.get("sources", ())})}


def _is_discovered(document: Mapping[str, Any]) -> bool:
    return any(each.startswith(DISCOVERED) for each in document.get("sources", ()))


def _ci_after(before: Document | None, wanted: Document) -> Document:
    """Return the document of a CI as it should be; what people stated of it besides stays."""
    if before is None or not is_declared(before):
        return wanted
    others = [each for each in before.get("sources", ()) if not each.startswith(DISCOVERED)]
    after = {**before, **wanted, "sources": sorted({*others, *wanted["sources"]})}
    for name in ("attributes", "status"):
        if name not in wanted:
            after.pop(name, None)
    declared, locked = stated(before), {*before.get("locked", ()), *locks_of(before)}
    after.update({"declared": dict(declared)} if declared else {})
    after.update({"locked": sorted(locked)} if locked else {})
    return after


def _unseen(before: Document, merged_into: str | None) -> Document:
    """Return the document of a CI that discovery no longer has: it is another one, or no source knows it any more."""
    after = {name: value for name, value in before.items() if name not in ("seen_as", "declared")}
    others = [each for each in before.get("sources", ()) if not each.startswith(DISCOVERED)]
    if merged_into is not None or not is_declared(before):
        after["status"] = CIStatus.RETIRED.value
        return {**after, **({"merged_into": merged_into} if merged_into is not None else {})}
    after = {**after, "sources": others}
    after.pop("attributes", None)
    after.update({"attributes": dict(before["declared"])} if before.get("declared") else {})
    if FORM in others and set(after.get("locked", ())) == set(after.get("attributes", ())):
        # All that a form stated is held without being said, as before discovery first saw it.
        after.pop("locked", None)
    return after


def _link_after(before: Document | None, wanted: Document) -> Document:
    """Return a relation or group as it should be; one that people stated stands as they stated it."""
    if before is None or not is_stated(before):
        return wanted
    others = [each for each in before.get("sources", ()) if not each.startswith(DISCOVERED)]
    return {**before, "sources": sorted({*others, *wanted["sources"]})}
