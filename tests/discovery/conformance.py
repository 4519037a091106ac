"""What every connector must do, judged by its recorded samples; see ``discovery/README.md``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cmdb.configuration.admission import class_problems, relation_problems
from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from cmdb.model.ci_class import AttributeType
from cmdb.model.observation import OBSERVATIONS, Observation
from cmdb.records import to_document
from discovery.ports import Connector, Part, Shaped, Target

FOLDER = Path(__file__).resolve().parents[2] / "discovery" / "connectors"
IDENTIFIERS = frozenset(re.findall(r"^\| `(\w+)` \|", (FOLDER.parent / "README.md").read_text(), re.MULTILINE))
_PART = re.compile(r"\d+-(?P<name>.+?)(?P<partial>\.partial)?\.(?P<kind>json|txt)")


@dataclass(frozen=True, slots=True)
class Sample:
    """A recorded target of a connector, and what is to come of it."""

    connector: Connector
    name: str
    target: Target
    settings: Any
    parts: tuple[Part, ...]
    expected: dict[str, Any]

    def shaped(self, parts: Sequence[Part] | None = None) -> Shaped:
        return self.connector.shape(self.target, self.settings, self.parts if parts is None else parts)


def samples_of(connector: Connector) -> list[Sample]:
    """Return the samples of a connector, by name."""
    folders = sorted((FOLDER / connector.name / "sample").glob("*/target.json"))
    return [_sample(connector, target.parent) for target in folders]


def _sample(connector: Connector, folder: Path) -> Sample:
    told = json.loads((folder / "target.json").read_text(encoding="utf-8"))
    settings = connector.settings().load(json.loads((folder / "settings.json").read_text(encoding="utf-8")))
    parts = tuple(_part(path) for path in sorted((folder / "parts").iterdir()))
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    target = Target(told["id"], told.get("facts", {}))
    return Sample(connector, folder.name, target, settings, parts, expected)


def _part(path: Path) -> Part:
    found = _PART.fullmatch(path.name)
    assert found is not None, f"{path} is no NN-NAME.json or .txt"
    text = path.read_text(encoding="utf-8")
    body = json.loads(text) if found["kind"] == "json" else text
    return Part(found["name"], body, whole=found["partial"] is None)


def told(shaped: Shaped) -> dict[str, Any]:
    """Return what was shaped as ``expected.json`` has it."""
    documents = [to_document(OBSERVATIONS, each) for each in shaped.observations]
    return {
        "observations": sorted(documents, key=OBSERVATIONS.key),
        "complete": sorted(shaped.complete),
        "notes": [{"code": note.code, "facts": json.loads(json.dumps(note.facts))} for note in shaped.notes],
    }


def faults_of(sample: Sample, shaped: Shaped) -> Iterator[str]:
    """Yield, in words, whatever an observation may not be."""
    observed = {each.native_id: each for each in shaped.observations}
    places = [(each.native_id, each.scope) for each in shaped.observations]
    yield from (f"{place} is observed twice" for place in sorted({p for p in places if places.count(p) > 1}))
    for each in shaped.observations:
        yield from (f"{each.native_id}: {fault}" for fault in _faults(sample, each, observed))
    for scope in sorted(shaped.complete):
        if not _within(scope, sample.target):
            yield f"scope {scope} is not the target's"


def _faults(sample: Sample, each: Observation, observed: dict[str, Observation]) -> Iterator[str]:
    catalogue = built_in()
    if each.source != "":
        yield "names a source; the run does"
    if not _within(each.scope, sample.target):
        yield f"its scope {each.scope} is not the target's"
    if each.ci_class not in sample.connector.classes:
        yield f"is of class {each.ci_class}, which the connector does not tell it finds"
    yield from (problem.message for problem in class_problems(catalogue, each.ci_class))
    known = catalogue.attributes_of(each.ci_class)
    references = {name for name, attribute in known.items() if attribute.entry_type is AttributeType.REFERENCE}
    plain = {name: value for name, value in each.attributes.items() if name not in references}
    yield from (p.message for p in problems_of(catalogue, each.ci_class, plain) if p.code != "attribute.missing")
    yield from (f"{name} is null" for name, value in each.attributes.items() if value is None)
    yield from (f"has an identifier of the kind {i.kind}" for i in each.identifiers if i.kind not in IDENTIFIERS)
    yield from (f"label {key} is no text" for key, value in each.labels.items() if not isinstance(value, str))
    groups = {group.name for group in each.groups}
    for relation in each.relations:
        if relation.target is None and relation.source is None:
            yield f"{relation.type} has no other end"
        if relation.group is not None and relation.source is None and relation.group not in groups:
            yield f"{relation.type} names the group {relation.group}, which is not there"
        ends = [
            observed[end.native_id].ci_class if end is not None and end.native_id in observed else None
            for end in (relation.source, relation.target)
        ]
        source = each.ci_class if relation.source is None else ends[0]
        target = each.ci_class if relation.target is None else ends[1]
        if source is not None and target is not None:
            yield from (p.message for p in relation_problems(catalogue, relation.type, source, target))


def _within(scope: str, target: Target) -> bool:
    return scope == target.id or scope.startswith(f"{target.id}/")


def cut(sample: Sample) -> Iterator[tuple[str, list[Part]]]:
    """Yield the parts with each name's last one not whole: what a listing that broke off leaves."""
    for name in dict.fromkeys(part.name for part in sample.parts):
        last = max(n for n, part in enumerate(sample.parts) if part.name == name)
        if sample.parts[last].whole:
            yield name, [replace(part, whole=part.whole and n != last) for n, part in enumerate(sample.parts)]
