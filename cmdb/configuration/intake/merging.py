"""
What becomes of a stored document when a source brings a record for it.

A record that this source alone vouches for is replaced: what the source no longer says is gone. Where another source
(a form, another file) vouches for a CI as well, what this one does not say is kept, so that no source empties what
another filled; where discovery sees the CI, what a person changes is locked against it. Relations and groups have so
few fields that the record that comes stands as it is.
"""

from __future__ import annotations

from cmdb.configuration.differences import same
from cmdb.model.ci import CIStatus
from cmdb.model.kind import Document

NEW, CHANGED, UNCHANGED, ADOPTED = range(4)


def fresh(name: str, record: Document, source: str) -> Document:
    """Return the document of a record that is not in the store yet; ``name`` is "item", "relation" or "group"."""
    document = {**record, "sources": [source]}
    if name == "item":
        document.setdefault("name", record["id"])
    return document


def merged(name: str, record: Document, standing: Document, source: str, *, whole: bool = False) -> Document:
    """Return what the stored document becomes, with ``whole`` all of the record; a retired CI comes back to life."""
    sources = standing.get("sources", [])
    if standing.get("seen_as"):
        record = _stated(record, standing, whole=whole)
        whole = True
    document = {**record, "sources": sorted({*sources, source})}
    if name == "item":
        document.setdefault("name", standing["name"])
        if not whole and any(other != source for other in sources):
            attributes = {**standing.get("attributes", {}), **record.get("attributes", {})}
            kept: Document = {key: standing[key] for key in ("unavailability", "mtbf_hours") if key in standing}
            document = {**kept, **document, **({"attributes": attributes} if attributes else {})}
    return document


def _stated(record: Document, standing: Document, *, whole: bool) -> Document:
    """
    Return what is stated of a CI that discovery sees as well, with what is seen of it.

    What a person changes is locked, so it stands whatever is seen; what a file says is written down as declared, and
    stands where nothing else is seen.
    """
    seen: Document = dict(standing.get("attributes", {}))
    declared: Document = dict(standing.get("declared", {}))
    said: Document = record.get("attributes", {})
    locked: set[str] = set(standing.get("locked", ()))
    changed = {name for name in {*said, *seen} if name not in said or name not in seen or said[name] != seen[name]}
    for name in sorted(changed if whole else said):
        stands = whole or (name not in locked and (name not in seen or seen[name] == declared.get(name)))
        for values in (declared, seen) if stands else (declared,):
            values.pop(name, None)
            if name in said:
                values[name] = said[name]
    if whole:
        locked |= changed
    kept: Document = {key: standing[key] for key in ("seen_as", "status", "merged_into") if key in standing}
    if kept.get("status") == CIStatus.RETIRED:
        del kept["status"]
        locked.discard("status")
    document = {**kept, **record, "attributes": seen, "declared": declared, "locked": sorted(locked)}
    return {key: value for key, value in document.items() if value or key not in ("attributes", "declared", "locked")}


def verdict(before: Document, after: Document) -> int:
    """Return UNCHANGED, ADOPTED when only a source was added, or CHANGED."""
    if same(before, after):
        return UNCHANGED
    without = ({key: value for key, value in each.items() if key != "sources"} for each in (before, after))
    return ADOPTED if same(*without) else CHANGED
