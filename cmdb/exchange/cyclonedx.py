"""
Reads a bill of materials in CycloneDX 1.4 to 1.6, JSON or XML: its components and what depends on what.

The official library is left aside on purpose: with what it brings it is a megabyte and seven packages for a full model
of the standard, and it fails as a whole on a licence or a type it does not know; here five fields of a component and
one list are wanted, and all else in the document may be what it likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cmdb.exchange.documents import from_json, from_xml
from cmdb.exchange.estate.faults import Faults, problem, short, shown
from cmdb.exchange.estate.shape import is_name
from cmdb.model.run import Said

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

VERSIONS = ("1.4", "1.5", "1.6")
MAX_COMPONENTS = 100_000
MAX_DEPTH = 32

SENTENCES = {
    "cyclonedx.not_bom": "it is no bill of materials in CycloneDX, JSON or XML",
    "cyclonedx.version": "it is CycloneDX {found}; {known} are read",
    "cyclonedx.too_many": "it has more than {limit} components",
    "cyclonedx.nested": "components are nested more than {limit} deep",
    "cyclonedx.no_name": "the component has no name; a text without control characters would be right",
    "cyclonedx.wrong": "{key} is {found}; {wanted} would be right",
}
_NAMESPACE = re.compile(r"\{http://cyclonedx\.org/schema/bom/([0-9.]{1,8})\}(.+)")


@dataclass(frozen=True, slots=True)
class Component:
    """
    One component; "" is what the document does not say.

    ``ref`` is its name within this document alone (bom-ref), often another each time the document is made. ``id`` is
    the same each time: its package URL, or its type, group, name and version.
    """

    ref: str
    type: str
    name: str
    group: str = ""
    version: str = ""
    purl: str = ""
    cpe: str = ""
    licence: str = ""
    vendor: str = ""

    @property
    def id(self) -> str:
        """What it is called in every document about it."""
        if self.purl:
            return self.purl
        full = f"{self.group}/{self.name}" if self.group else self.name
        return f"{self.type}:{full}@{self.version}" if self.version else f"{self.type}:{full}"


@dataclass(frozen=True, slots=True)
class Bom:
    """
    A bill of materials.

    ``subject`` is what it is about, None where it does not say; ``components`` are all others, those within others
    too. ``depends_on`` maps the id of a component to the ids it depends on.
    """

    version: str
    subject: Component | None
    components: tuple[Component, ...]
    depends_on: Mapping[str, tuple[str, ...]]
    notes: tuple[Said, ...]


def read_cyclonedx(text: str, faults: Faults) -> Bom | None:
    """Return what a bill of materials says, or None where it can not be trusted; what is wrong is in ``faults``."""
    before = faults.count
    is_xml = text.lstrip("\ufeff \t\r\n").startswith("<")
    document = _of_xml(text, faults) if is_xml else from_json(text, faults)
    if faults.count > before:
        return None
    found = _Reading(faults).read(document)
    return found if faults.count == before else None


class _Reading:
    """One document being read, as the JSON form has it."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._by_ref: dict[str, Component] = {}
        self._by_id: dict[str, Component] = {}
        self._notes: list[Said] = []

    def read(self, document: Any) -> Bom | None:
        if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
            self._tell("cyclonedx.not_bom", "")
            return None
        version = document.get("specVersion")
        if version not in VERSIONS:
            self._tell("cyclonedx.version", "/specVersion", found=shown(version), known=", ".join(VERSIONS))
            return None
        metadata = document.get("metadata")
        about = metadata.get("component") if isinstance(metadata, dict) else None
        subject = None
        if about is not None:
            subject = next(self._components([about], "/metadata/component", 0), None)
        for _ in self._components(document.get("components"), "/components", 0):
            if len(self._by_id) > MAX_COMPONENTS:
                self._tell("cyclonedx.too_many", "/components", limit=MAX_COMPONENTS)
                return None
        depends_on = self._dependencies(document.get("dependencies"))
        subject = None if subject is None else self._by_id[subject.id]
        others = tuple(self._by_id[key] for key in sorted(self._by_id) if self._by_id[key] is not subject)
        return Bom(version, subject, others, depends_on, tuple(self._notes))

    def _components(self, value: Any, at: str, depth: int) -> Iterator[Component]:
        if value is None:
            return
        if not isinstance(value, list):
            self._tell("cyclonedx.wrong", at, key=at.rpartition("/")[2], found=shown(value), wanted="a list")
            return
        if depth > MAX_DEPTH:
            self._tell("cyclonedx.nested", at, limit=MAX_DEPTH)
            return
        for number, entry in enumerate(value):
            where = f"{at}/{number}" if at != "/metadata/component" else at
            if not isinstance(entry, dict) or not is_name(entry.get("name")):
                self._tell("cyclonedx.no_name", where)
                continue
            yield self._take(_component(entry))
            yield from self._components(entry.get("components"), f"{where}/components", depth + 1)

    def _take(self, one: Component) -> Component:
        if one.ref and self._by_ref.setdefault(one.ref, one).id != one.id:
            self._notes.append(Said("cyclonedx.ref_twice", {"ref": short(one.ref)}))
        return self._by_id.setdefault(one.id, one)

    def _dependencies(self, value: Any) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        if value is not None and not isinstance(value, list):
            self._tell("cyclonedx.wrong", "/dependencies", key="dependencies", found=shown(value), wanted="a list")
            return {}
        unknown = 0
        for entry in value or ():
            refs = entry.get("dependsOn") if isinstance(entry, dict) else None
            source = self._by_ref.get(str(entry.get("ref"))) if isinstance(entry, dict) else None
            for ref in refs if isinstance(refs, list) else ():
                target = self._by_ref.get(str(ref))
                if source is None or target is None:
                    unknown += 1
                elif target.id != source.id:
                    found.setdefault(source.id, set()).add(target.id)
        if unknown:
            self._notes.append(Said("cyclonedx.not_there", {"count": unknown}))
        return {ref: tuple(sorted(found[ref])) for ref in sorted(found)}

    def _tell(self, code: str, at: str, **facts: Any) -> None:
        self._faults.keep(problem(code, SENTENCES[code], at, **facts))


def _component(entry: dict[str, Any]) -> Component:
    supplier = entry.get("supplier")
    vendor = supplier.get("name") if isinstance(supplier, dict) else entry.get("publisher")
    texts = {key: _text(entry.get(key)) for key in ("type", "name", "group", "version", "purl", "cpe")}
    return Component(
        ref=_text(entry.get("bom-ref")), licence=_licence(entry.get("licenses")), vendor=_text(vendor), **texts
    )


def _licence(value: Any) -> str:
    """Return the SPDX expression or the ids of the licences, joined as SPDX does; names that are no ids likewise."""
    found = []
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            inner = entry.get("license")
            one = entry.get("expression") or (isinstance(inner, dict) and (inner.get("id") or inner.get("name")))
            if _text(one):
                found.append(_text(one))
    return " AND ".join(dict.fromkeys(found))[:1000]


def _text(value: Any) -> str:
    """Return a text that a record can hold, "" for everything else."""
    return value.strip() if isinstance(value, str) and is_name(value.strip()) else ""


# XML -----------------------------------------------------------------------------------------------------------------
def _of_xml(text: str, faults: Faults) -> Any:
    """Return an XML document as the JSON form has it, as far as it is read."""
    root = from_xml(text, faults)
    match = None if root is None else _NAMESPACE.fullmatch(root.tag)
    if root is None or match is None or match[2] != "bom":
        return None
    space = f"{{http://cyclonedx.org/schema/bom/{match[1]}}}"
    dependencies = [
        {"ref": each.get("ref"), "dependsOn": [inner.get("ref") for inner in each.findall(f"{space}dependency")]}
        for each in root.findall(f"{space}dependencies/{space}dependency")
    ]
    about = root.find(f"{space}metadata/{space}component")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": match[1],
        "metadata": {"component": None if about is None else _xml_component(about, space, 0)},
        "components": _xml_components(root, space, 0),
        "dependencies": dependencies,
    }


def _xml_components(parent: Element, space: str, depth: int) -> list[dict[str, Any]]:
    # Deeper ones are kept as a list that the reader refuses, so that nothing is left out without a word.
    if depth > MAX_DEPTH + 1:
        return [{}]
    return [_xml_component(each, space, depth) for each in parent.findall(f"{space}components/{space}component")]


def _xml_component(element: Element, space: str, depth: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": element.get("type"), "bom-ref": element.get("bom-ref")}
    for key in ("name", "group", "version", "purl", "cpe", "publisher"):
        entry[key] = (element.findtext(f"{space}{key}") or "").strip()
    entry["supplier"] = {"name": element.findtext(f"{space}supplier/{space}name")}
    entry["licenses"] = [
        {"license": {"id": each.findtext(f"{space}id"), "name": each.findtext(f"{space}name")}}
        for each in element.findall(f"{space}licenses/{space}license")
    ] + [{"expression": each.text} for each in element.findall(f"{space}licenses/{space}expression")]
    if entry["supplier"]["name"] is None:
        del entry["supplier"]
    entry["components"] = _xml_components(element, space, depth + 1)
    return entry
