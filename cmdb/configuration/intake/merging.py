"""
What becomes of a stored document when a source brings a record for it.

A record that this source alone vouches for is replaced: what the source no longer says is gone. Where another source
(a form, another file) vouches for a CI as well, what this one does not say is kept, so that no source empties what
another filled. Relations and groups have so few fields that the record that comes stands as it is.
"""

from __future__ import annotations

from cmdb.configuration.differences import same
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
    document = {**record, "sources": sorted({*sources, source})}
    if name == "item":
        document.setdefault("name", standing["name"])
        if not whole and any(other != source for other in sources):
            attributes = {**standing.get("attributes", {}), **record.get("attributes", {})}
            kept: Document = {key: standing[key] for key in ("unavailability", "mtbf_hours") if key in standing}
            document = {**kept, **document, **({"attributes": attributes} if attributes else {})}
    return document


def verdict(before: Document, after: Document) -> int:
    """Return UNCHANGED, ADOPTED when only a source was added, or CHANGED."""
    if same(before, after):
        return UNCHANGED
    without = ({key: value for key, value in each.items() if key != "sources"} for each in (before, after))
    return ADOPTED if same(*without) else CHANGED
