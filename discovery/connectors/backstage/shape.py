"""Makes observations of entities that were declared, and of what they say they depend on."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.observation import EvidenceKind
from cmdb.model.run import Said
from discovery.connectors.backstage.classes import CLASSES, class_of
from discovery.connectors.backstage.entity import READ
from discovery.ports import Part, Shaped, Target
from discovery.ports.drafting import Draft, shortened, unique

__all__ = ["CLASSES", "shape"]

_REF = re.compile(r"(?:(?P<kind>[A-Za-z]+):)?(?:(?P<namespace>[\w.-]+)/)?(?P<name>[\w.-]+)")
_NOWHERE = "it leads to nothing that is taken"
_LIFECYCLES = {"production": "production", "deprecated": "sunset", "experimental": "planned"}
_NAMED = frozenset(("team", "application", "business_service"))

# Attribute of a spec > kind it names where it names none, our relation, whether the other end is the source.
_RELATIONS: tuple[tuple[str, str, str, bool], ...] = (
    ("dependsOn", "", "depends_on", False),
    ("dependencyOf", "", "depends_on", True),
    ("consumesApis", "api", "uses", False),
    ("subcomponentOf", "component", "part_of", False),
    ("subcomponentOf", "component", "uses", True),
    ("system", "system", "part_of", False),
    ("system", "system", "uses", True),
    ("domain", "domain", "part_of", False),
    ("domain", "domain", "uses", True),
    ("subdomainOf", "domain", "part_of", False),
    ("subdomainOf", "domain", "uses", True),
    ("parent", "group", "part_of", False),
)


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    """
    Return the observations of all entities; pure. What is told of an entity is declared, not seen.

    Of two entities of one name the one of the first file counts, as the catalog takes but one. Users are not taken;
    neither are references that lead to nothing. All of it is counted.
    """
    counted: Counter[tuple[str, str, str]] = Counter()
    entities: dict[str, dict[str, Any]] = {}
    drafts: dict[str, Draft] = {}
    rows = [row for part in parts if isinstance(part.body, list) for row in part.body if isinstance(row, dict)]
    for row in sorted(rows, key=lambda row: str(row.get("file", ""))):
        entity = row.get("entity")
        if isinstance(entity, dict):
            _take(entity, row.get("file"), settings, drafts, entities, counted)
    for ref, draft in drafts.items():
        _relate(draft, entities[ref], settings["namespace"], drafts, counted)
        _owned(draft, entities[ref], settings["namespace"], drafts, counted)
    _provided(drafts, entities, settings["namespace"], counted)
    notes = [_said(key, count) for key, count in sorted(counted.items())]
    cut = sum(draft.cut for draft in drafts.values())
    notes += [Said("backstage.shortened", {"count": cut})] if cut else []
    whole = bool(parts) and all(part.whole for part in parts)
    scopes = frozenset(f"{target.id}/{kind}" for kind in READ) if whole else frozenset()
    return Shaped(tuple(drafts[ref].made(target.id) for ref in sorted(drafts)), scopes, tuple(notes))


def _take(
    entity: Mapping[str, Any],
    file: Any,
    settings: Any,
    drafts: dict[str, Draft],
    entities: dict[str, dict[str, Any]],
    counted: Counter[tuple[str, str, str]],
) -> None:
    kind = _text(entity.get("kind")).lower()
    metadata, spec = _mapping(entity.get("metadata")), _mapping(entity.get("spec"))
    name = _text(metadata.get("name"))
    if kind not in READ:
        counted[
            "backstage.left_out", kind[:60] or "none", "a person" if kind == "user" else "a kind that is no CI"
        ] += 1
        return
    ref = _ref(name, kind, _text(metadata.get("namespace")) or settings["namespace"])
    if ref is None or not name:
        counted["backstage.left_out", kind, "it has no name as Backstage has them"] += 1
    elif ref in drafts:
        counted["backstage.left_out", kind, "another entity has its name"] += 1
    else:
        type_ = _text(spec.get("type"))
        ci_class, said = class_of(kind, type_, settings["types"])
        if not said:
            counted["backstage.type_unknown", f"{kind}/{type_}"[:200], ci_class] += 1
        draft = Draft(kind, ref, ci_class, shortened(_text(metadata.get("title")) or name))
        draft.evidence_kind = EvidenceKind.DECLARED
        draft.evidence = {"kind": kind, **({"file": file} if isinstance(file, str) else {})}
        drafts[ref], entities[ref] = draft, {"metadata": metadata, "spec": spec}
        _describe(draft, name, metadata, spec)


def _describe(draft: Draft, name: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    tags = metadata.get("tags")
    draft.put(
        description=_text(metadata.get("description")),
        tags=unique(_text(tag) for tag in tags) if isinstance(tags, list) else None,
    )
    for field in ("annotations", "labels"):
        for key, value in sorted(_mapping(metadata.get(field)).items()):
            if isinstance(value, (str, int, float)):
                draft.label(**{key: value})
    draft.label(type=_text(spec.get("type")), lifecycle=_text(spec.get("lifecycle")), system=_text(spec.get("system")))
    if draft.ci_class == "application":
        draft.put(lifecycle=_LIFECYCLES.get(_text(spec.get("lifecycle"))))
    if draft.ci_class in _NAMED:
        draft.known_by("name", name)


def _relate(
    draft: Draft,
    entity: Mapping[str, Any],
    namespace: str,
    drafts: Mapping[str, Draft],
    counted: Counter[tuple[str, str, str]],
) -> None:
    own = _text(entity["metadata"].get("namespace")) or namespace
    for field, kind, type_, turned in _RELATIONS:
        for ref in _refs(entity["spec"].get(field), kind, own):
            other = drafts.get(ref or "")
            if other is None:
                counted["backstage.reference_left_out", field, "it leads to nothing that is taken"] += (
                    0 if turned else 1
                )
                continue
            source, target = (other, draft) if turned else (draft, other)
            source.relate(type_, target.native_id, f"{_of(draft)}: {field}")


def _owned(
    draft: Draft,
    entity: Mapping[str, Any],
    namespace: str,
    drafts: Mapping[str, Draft],
    counted: Counter[tuple[str, str, str]],
) -> None:
    own = _text(entity["metadata"].get("namespace")) or namespace
    for ref in _refs(entity["spec"].get("owner"), "group", own):
        if ref is None or not ref.startswith("group:"):
            counted["backstage.reference_left_out", "owner", "a person, or no team"] += 1
            continue
        team = drafts.get(ref)
        # A team that is not in the catalog has a name all the same.
        draft.put(owner=team.name if team else ref.rpartition("/")[2])
        draft.label(owner=ref)
        if team and team.ci_class == "team":
            draft.relate("owned_by", team.native_id, f"{_of(draft)}: owner")


def _provided(
    drafts: Mapping[str, Draft],
    entities: Mapping[str, Mapping[str, Any]],
    namespace: str,
    counted: Counter[tuple[str, str, str]],
) -> None:
    """Relate an API to the components that provide it; while one of several does, it is there."""
    providers: dict[str, list[Draft]] = defaultdict(list)
    for ref, entity in entities.items():
        own = _text(entity["metadata"].get("namespace")) or namespace
        for api in _refs(entity["spec"].get("providesApis"), "api", own):
            if api in drafts:
                providers[api or ""].append(drafts[ref])
            else:
                counted["backstage.reference_left_out", "providesApis", _NOWHERE] += 1
    for api, several in sorted(providers.items()):
        group = "providers" if len({each.native_id for each in several}) > 1 else None
        if group:
            drafts[api].group(group, 1, "components that declare to provide it; one is taken to be enough")
        for each in several:
            drafts[api].relate("depends_on", each.native_id, f"{_of(each)}: providesApis", group=group)


def _refs(value: Any, kind: str, namespace: str) -> list[str | None]:
    """Return the references a field holds, None for one that is none; kind and namespace are filled in."""
    several = value if isinstance(value, list) else [] if value in (None, "") else [value]
    return [_ref(each, kind, namespace) if isinstance(each, str) else None for each in several]


def _ref(text: str, kind: str, namespace: str) -> str | None:
    """Return ``kind:namespace/name`` in lower case, as Backstage compares references, None for what is none."""
    found = _REF.fullmatch(text.strip()) if len(text) < 1_000 else None
    if found is None or not (found["kind"] or kind):
        return None
    return f"{found['kind'] or kind}:{found['namespace'] or namespace}/{found['name']}".lower()


def _of(draft: Draft) -> str:
    return str(draft.evidence.get("file") or draft.native_id)


def _said(key: tuple[str, str, str], count: int) -> Said:
    code, first, second = key
    names = {
        "backstage.left_out": ("kind", "because"),
        "backstage.type_unknown": ("type", "class"),
        "backstage.reference_left_out": ("field", "because"),
    }[code]
    return Said(code, {names[0]: first, names[1]: second, "count": count})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
