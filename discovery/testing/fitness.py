"""Whether what a connector observed fits: the built-in catalogue, the target's scopes, the kinds of identifiers."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.configuration.admission import class_problems, relation_problems
from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from cmdb.model.ci_class import AttributeType
from cmdb.model.observation import Observation
from discovery.bounds import fitted
from discovery.ports import Shaped
from discovery.testing.samples import Sample

IDENTIFIER_KINDS = frozenset(
    [
        "chassis_id",
        "cloud_id",
        "endpoint",
        "fqdn",
        "ip",
        "kubernetes_name",
        "kubernetes_uid",
        "mac",
        "machine_id",
        "name",
        "otel_service",
        "part",
        "serial",
        "sys_name",
        "terraform",
        "uuid",
        "vip",
    ]
)


def faults_of(sample: Sample, shaped: Shaped) -> Iterator[str]:
    """Yield, in words, whatever an observation may not be."""
    observed = {each.native_id: each for each in shaped.observations}
    places = [(each.native_id, each.scope) for each in shaped.observations]
    yield from (f"{place} is observed twice" for place in sorted({p for p in places if places.count(p) > 1}))
    fit = fitted(sample.target.id, shaped.observations)
    yield from (f"{note.code}: {dict(note.facts)}, which the door would not let in as it is" for note in fit.notes)
    for each in shaped.observations:
        yield from (f"{each.native_id}: {fault}" for fault in _faults(sample, each))
        yield from (f"{each.native_id}: {fault}" for fault in _relation_faults(each, observed))
    for scope in sorted(shaped.complete):
        if not sample.target.has(scope):
            yield f"scope {scope} is not the target's"


def _faults(sample: Sample, each: Observation) -> Iterator[str]:
    catalogue = built_in()
    if each.source != "":
        yield "names a source; the run does"
    if not sample.target.has(each.scope):
        yield f"its scope {each.scope} is not the target's"
    if each.ci_class not in sample.connector.classes:
        yield f"is of class {each.ci_class}, which the connector does not tell it finds"
    yield from (problem.message for problem in class_problems(catalogue, each.ci_class))
    known = catalogue.attributes_of(each.ci_class)
    references = {name for name, attribute in known.items() if attribute.entry_type is AttributeType.REFERENCE}
    plain = {name: value for name, value in each.attributes.items() if name not in references}
    yield from (p.message for p in problems_of(catalogue, each.ci_class, plain) if p.code != "attribute.missing")
    yield from (f"{name} is null" for name, value in each.attributes.items() if value is None)
    odd = sorted({i.kind for i in each.identifiers} - IDENTIFIER_KINDS)
    yield from (f"has an identifier of the kind {kind}" for kind in odd)
    yield from (f"label {key} is no text" for key, value in each.labels.items() if not isinstance(value, str))


def _relation_faults(each: Observation, observed: dict[str, Observation]) -> Iterator[str]:
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
            yield from (p.message for p in relation_problems(built_in(), relation.type, source, target))
