"""A bill of materials as observations: what it is about, its components as software, what depends on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.exchange.cyclonedx import Component
from cmdb.model.observation import End, EvidenceKind, Observation, ObservedRelation
from cmdb.model.run import Said

_SUBJECTS = {"container": "container_image", "library": "software", "framework": "software"}
_ATTRIBUTES = (
    ("version", "version"),
    ("purl", "package_url"),
    ("cpe", "cpe"),
    ("licence", "licence_id"),
    ("vendor", "vendor"),
)


def of_bom(file: str, body: Mapping[str, Any], notes: list[Said]) -> Iterator[Observation]:
    """Yield what a bill of materials is about, and its components; single files within it are only counted."""
    notes += [Said(f"files.{note['code']}", {"file": file, **note["facts"]}) for note in body["notes"]]
    subject = None if body["subject"] is None else Component(**body["subject"])
    components = [Component(**each) for each in body["components"]]
    left = {one.id for one in components if one.type == "file"}
    if left:
        notes.append(Said("files.parts_left_out", {"file": file, "count": len(left)}))
    if subject is None:
        notes.append(Said("files.no_subject", {"file": file}))
    for one in ([subject] if subject else []) + components:
        if one.id not in left:
            ci_class = _SUBJECTS.get(one.type, "application") if one is subject else "software"
            yield _observation(file, one, ci_class, [to for to in body["depends_on"].get(one.id, ()) if to not in left])


def _observation(file: str, one: Component, ci_class: str, depends_on: list[str]) -> Observation:
    wanted = {"software": _ATTRIBUTES, "application": _ATTRIBUTES[:1]}.get(ci_class, ())
    attributes = {name: getattr(one, key) for key, name in wanted if getattr(one, key)}
    if ci_class == "container_image" and one.version:
        attributes["digest" if one.version.startswith("sha256:") else "tag"] = one.version
    return Observation(
        "",
        file,
        one.id,
        ci_class,
        f"{one.group}/{one.name}" if one.group else one.name,
        attributes=attributes,
        relations=tuple(
            ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=End(to), detail=f"{file}: dependencies")
            for to in depends_on
        ),
        evidence={"file": file},
    )
