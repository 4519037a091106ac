"""
Reconciliation: what the CIs, relations and groups are, given all that was observed. Pure.

The result is a function of the observations, of what people stated and decided, of the rules and of the moment; nothing
else, not even what was there before, goes into it. So the order of runs does not matter, the same run twice changes
nothing, and every value can be explained by what was said for it and against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cmdb.configuration.admission import class_problems
from cmdb.configuration.ageing import Sight, status_of
from cmdb.configuration.attributes import problems_of
from cmdb.configuration.believing import Believed, Precedence, Saying, believed
from cmdb.configuration.discovered import DISCOVERED, Found, Reconciled, World
from cmdb.configuration.ends import Ends
from cmdb.configuration.identify import DECLARED, Cluster, Decided, Doubt, identify
from cmdb.configuration.intake.planned import FORM
from cmdb.configuration.labels import SERVICE as LABELLED_SERVICE
from cmdb.configuration.labels import Labels, services_of
from cmdb.configuration.linking import Linked, link
from cmdb.configuration.proposals import known_already
from cmdb.configuration.untold import untold_of
from cmdb.model.ci import CIStatus
from cmdb.model.ci_class import AttributeType
from cmdb.model.kind import Document
from cmdb.model.observation import OF_NAME, Identifier, Observation, Thing

# The attributes that tell identifiers, so that a CI people entered is known again.
IDENTIFYING: Mapping[str, str] = {
    "cloud_id": "cloud_id",
    "uuid": "uuid",
    "machine_id": "machine_id",
    "chassis_id": "chassis_id",
    "sys_name": "sys_name",
    "fqdn": "fqdn",
    "base_mac": "mac",
    "mac_addresses": "mac",
    "management_ip": "ip",
    "ip_addresses": "ip",
}
_CLASS, _NAME = "/class", OF_NAME
SHOWN = 50
"""So many of the things that are in doubt, and of their CIs, stand in a finding; all are counted."""


def reconcile(world: World) -> Reconciled:
    """Return what should be."""
    return _Reconciliation(world).run()


def id_of(thing: Thing) -> str:
    """Return the id of the CI whose lead this thing is."""
    return thing.native_id if thing.source == DECLARED else f"{thing.source}:{thing.native_id}"


def declared_observation(document: Document) -> Observation:
    """Return what people stated of a CI as an observation of the CMDB itself."""
    attributes = stated(document)
    return Observation(
        source=DECLARED,
        scope="",
        native_id=document["id"],
        ci_class=document["class"],
        name=document.get("name"),
        attributes=attributes,
        identifiers=tuple(identifiers_of(document, attributes)),
    )


def stated(document: Document) -> Mapping[str, Any]:
    """Return the attributes that people or imports stated of a CI."""
    found: Mapping[str, Any] = document.get("declared" if document.get("seen_as") else "attributes", {})
    return found


def locks_of(document: Document) -> Mapping[str, Any]:
    """
    Return the values that people hold against discovery, by attribute; None where they took a value away.

    All that a form stated before discovery first saw the CI is held.
    """
    attributes: Mapping[str, Any] = document.get("attributes", {})
    if document.get("seen_as"):
        return {name: attributes.get(name) for name in document.get("locked", ()) if name != "status"}
    return dict(attributes) if FORM in document.get("sources", ()) else {}


def identifiers_of(document: Document, attributes: Mapping[str, Any]) -> Iterable[Identifier]:
    """Yield the identifiers that the attributes of a CI tell, and its name."""
    for name, kind in IDENTIFYING.items():
        held = attributes.get(name, ())
        yield from (Identifier(kind, str(each)) for each in (held if isinstance(held, list) else [held]) if each)
    if attributes.get("vendor") and attributes.get("serial_number"):
        yield Identifier("serial", f"{attributes['vendor']}|{attributes['serial_number']}")
    if document.get("name"):
        yield Identifier("name", str(document["name"]))


@dataclass(slots=True)
class _Reconciliation:
    world: World
    findings: list[Found] = field(default_factory=list)
    ci_of: dict[Thing, str] = field(default_factory=dict)
    labels: Labels = field(init=False)

    def __post_init__(self) -> None:
        self.labels = Labels(self.world.rules)

    def run(self) -> Reconciled:
        world = self.world
        stated_too = [declared_observation(world.declared[ci]) for ci in sorted(world.declared)]
        identified = identify([*stated_too, *world.observations], [*world.decided, *self._anchors()], world.rules)
        by_thing: dict[Thing, list[Observation]] = defaultdict(list)
        for observation in [*stated_too, *world.observations]:
            by_thing[observation.thing].append(observation)
        for cluster in identified.clusters:
            self.ci_of.update(dict.fromkeys(cluster.things, self._id(cluster)))
        known = known_already(identified.clusters, by_thing, self.ci_of, world)
        clusters = [cluster for cluster in identified.clusters if cluster.lead not in known]
        for cluster in identified.clusters:
            if cluster.lead in known:
                self.ci_of.update(dict.fromkeys(cluster.things, known[cluster.lead]))
        cis: dict[str, Document] = {}
        beliefs: dict[str, Mapping[str, Believed]] = {}
        precedence = Precedence(world.rules, world.now)
        for cluster in clusters:
            if any(thing.source != DECLARED for thing in cluster.things):
                document, why = self._ci(cluster, by_thing, precedence)
                wrong = class_problems(world.catalogue, document["class"])
                if wrong:
                    facts = {"class": document["class"], "problem": wrong[0].code}
                    self.findings.append(Found("ci.unfit_class", (document["id"],), facts))
                else:
                    cis[document["id"]], beliefs[document["id"]] = document, why
        self._taken(cis)
        linked = self._linked(clusters, by_thing, cis)
        untold = untold_of(world.observations, world.rules)
        self.findings += [*self._doubts(identified.doubts), *linked.findings, *self.labels.findings(), *untold]
        # An id that a person keeps for what people stated is still theirs, whatever becomes of the thing it came from.
        taken = set(self.ci_of.values())
        merged = {
            id_of(thing): self.ci_of[thing]
            for cluster in identified.clusters
            for thing in cluster.things
            if id_of(thing) not in taken
        }
        findings = tuple(
            sorted(self.findings, key=lambda each: (each.code, each.cis, sorted(map(str, each.facts.items()))))
        )
        return Reconciled({**cis, **linked.cis}, linked.relations, linked.groups, merged, beliefs, findings)

    def _anchors(self) -> Iterable[Decided]:
        """Yield that what people stated of a CI by the id of a thing is said of that thing."""
        for thing in sorted({each.thing for each in self.world.observations}):
            if id_of(thing) in self.world.declared:
                yield Decided(True, Thing(DECLARED, id_of(thing)), thing)

    def _id(self, cluster: Cluster) -> str:
        wanted = id_of(cluster.lead)
        # Where a person keeps the two apart, the id is that of what people stated.
        if cluster.lead.source != DECLARED and wanted in self.world.declared:
            return f"{wanted}#discovered"
        return wanted

    # one CI ----------------------------------------------------------------------------------------------------------
    def _ci(
        self, cluster: Cluster, by_thing: Mapping[Thing, list[Observation]], precedence: Precedence
    ) -> tuple[Document, Mapping[str, Believed]]:
        world, ci = self.world, self.ci_of[cluster.lead]
        observations = [each for thing in cluster.things for each in by_thing[thing]]
        observed = [each for each in observations if each.source != DECLARED]
        sights = [Sight(each, world.coverages[each.source]) for each in observed]
        before = next((world.declared[t.native_id] for t in cluster.things if t.source == DECLARED), None)
        held = locks_of(before) if before else {}
        sayings = [self._saying(each) for each in observations]
        ci_class = self._class(sayings, before, precedence)
        found = believed(ci_class, sayings, held, precedence)
        name = before["name"] if before else found[_NAME].value if _NAME in found else cluster.lead.native_id
        attributes = self._fitting(ci, ci_class, found)
        status = status_of(sights, world.rules, world.now, declared=before is not None)
        if before is not None and before.get("status") == CIStatus.RETIRED:
            if any(each.absent_since is None for each in observed):
                facts = {"sources": sorted({each.source for each in observed})}
                self.findings.append(Found("ci.retired_alive", (ci,), facts))
            status = CIStatus.RETIRED
        document: Document = {"id": ci, "class": ci_class, "name": name}
        document.update({"attributes": attributes} if attributes else {})
        document.update({"status": status.value} if status is not CIStatus.ACTIVE else {})
        document["sources"] = sorted({DISCOVERED + each.source for each in observed})
        document["seen_as"] = sorted([t.source, t.native_id] for t in cluster.things if t.source != DECLARED)
        return document, found

    def _saying(self, observation: Observation) -> Saying:
        known = self.world.catalogue.attributes_of(observation.ci_class)
        values: dict[str, Any] = {}
        if observation.labels:
            asked = {name: each for name, each in known.items() if name not in observation.attributes}
            values.update(self.labels.values_of(self.ci_of[observation.thing], observation.labels, asked))
        values.update(observation.attributes)
        values[_CLASS] = observation.ci_class
        if observation.name is not None:
            values[_NAME] = observation.name
        present = observation.absent_since is None
        if observation.source == DECLARED:
            return Saying(DECLARED, DECLARED, values, None, None)
        coverage = self.world.coverages[observation.source]
        read_at = coverage.reading(observation.scope).at or observation.seen_at
        return Saying(
            observation.source,
            coverage.connector,
            self._referring(observation, values),
            read_at,
            observation.first_seen,
            present,
            observation.scope,
            observation.untold,
        )

    def _referring(self, observation: Observation, values: dict[str, Any]) -> dict[str, Any]:
        """Put CIs where an attribute refers to a thing of the source; the owner of an interface is its device."""
        known = self.world.catalogue.attributes_of(observation.ci_class)
        if "device" in known and observation.owner is not None:
            values.setdefault("device", observation.owner)
        for name, attribute in known.items():
            if attribute.type is AttributeType.REFERENCE and name in values:
                values[name] = self.ci_of.get(Thing(observation.source, str(values[name])))
        return values

    def _class(self, sayings: Sequence[Saying], before: Document | None, precedence: Precedence) -> str:
        if before is not None:
            return str(before["class"])
        known = [saying for saying in sayings if saying.values[_CLASS] in self.world.catalogue.classes]
        return str(min(known or sayings, key=lambda each: precedence.order("ci", _CLASS, each)).values[_CLASS])

    def _fitting(self, ci: str, ci_class: str, found: Mapping[str, Believed]) -> dict[str, Any]:
        """Return the attributes that the class has and whose values fit; the others are told, not taken."""
        catalogue = self.world.catalogue
        known = catalogue.attributes_of(ci_class)
        values = {name: each.value for name, each in found.items() if name in known and each.value is not None}
        wrong = {
            p.facts["name"]: p.code for p in problems_of(catalogue, ci_class, values) if p.code != "attribute.missing"
        }
        for name, code in sorted(wrong.items()):
            if name in values:
                facts = {"attribute": name, "source": found[name].source, "problem": code}
                self.findings.append(Found("ci.unfit_value", (ci,), facts))
        return {name: value for name, value in values.items() if name not in wrong}

    def _taken(self, cis: dict[str, Document]) -> None:
        """Let only the first of several CIs have a value that must be unique."""
        from cmdb.configuration.claims import normalised as meaning

        catalogue, holders = self.world.catalogue, dict[str, str]()
        stated_only = (doc for ci, doc in self.world.declared.items() if ci not in cis)
        for document in [*stated_only, *(cis[ci] for ci in sorted(cis))]:
            if document.get("status") == CIStatus.RETIRED:
                continue
            for attribute, scope in catalogue.unique_attributes(document["class"]):
                if attribute.name not in document.get("attributes", {}):
                    continue
                claim = f"{scope}.{attribute.name}:{meaning(attribute, document['attributes'][attribute.name])}"
                holder = holders.setdefault(claim, document["id"])
                if holder != document["id"] and document["id"] in cis:
                    del document["attributes"][attribute.name]
                    facts = {"attribute": attribute.name}
                    self.findings.append(Found("ci.value_taken", (document["id"], holder), facts))

    # between CIs -----------------------------------------------------------------------------------------------------
    def _linked(
        self, clusters: Iterable[Cluster], by_thing: Mapping[Thing, list[Observation]], cis: Mapping[str, Document]
    ) -> Linked:
        named: list[tuple[str, Iterable[Identifier]]] = []
        living: list[tuple[str, Observation]] = []
        parts: dict[tuple[str, Identifier], str] = {}
        for cluster in clusters:
            ci = self.ci_of[cluster.lead]
            document = cis.get(ci) or self.world.declared.get(ci)
            if document is None or document.get("status") == CIStatus.RETIRED:
                continue
            for thing in cluster.things:
                named += [(ci, each.identifiers) for each in by_thing[thing]]
                parts |= {place: ci for each in by_thing[thing] for place in self._parts(each)}
                if thing.source != DECLARED:
                    living += [(ci, each) for each in by_thing[thing]]
        classes = self._classes(cis)
        living = self._labelled(living, classes, cis, named)
        names = {ci: str((cis.get(ci) or self.world.declared[ci]).get("name") or ci) for ci in classes}
        return link(self.world, living, Ends(self.ci_of, named, self.world.rules, parts), classes, names)

    def _labelled(
        self,
        living: Sequence[tuple[str, Observation]],
        classes: Mapping[str, str],
        cis: Mapping[str, Document],
        named: list[tuple[str, Iterable[Identifier]]],
    ) -> list[tuple[str, Observation]]:
        """Return the observations with the services that their labels say they are part of, which are named too."""
        services = self.world.catalogue.services
        documents = [cis.get(ci) or self.world.declared[ci] for ci in classes if classes[ci] in services]
        named += [(each["id"], (Identifier(LABELLED_SERVICE, each["id"]),)) for each in documents]
        called, found = services_of(documents), []
        for ci, observation in living:
            part = self.labels.part_of(ci, observation.labels, called) if observation.labels else None
            joined = observation if part is None else replace(observation, relations=(*observation.relations, part))
            found.append((ci, joined))
        return found

    def _parts(self, observation: Observation) -> Iterable[tuple[str, Identifier]]:
        """Yield the CI that owns a part together with what the part is known by within it."""
        owner = self.ci_of.get(Thing(observation.source, observation.owner)) if observation.owner is not None else None
        if owner is not None:
            yield from ((owner, identifier) for identifier in observation.identifiers if identifier.kind == "part")

    def _classes(self, cis: Mapping[str, Document]) -> Mapping[str, str]:
        every = {**self.world.declared, **cis}
        return {ci: doc["class"] for ci, doc in every.items() if doc.get("status") != CIStatus.RETIRED}

    def _doubts(self, doubts: Iterable[Doubt]) -> Iterable[Found]:
        for doubt in doubts:
            cis = sorted({self.ci_of[thing] for thing in doubt.things})
            facts: dict[str, Any] = {"things": [list(thing) for thing in doubt.things[:SHOWN]]}
            facts["count"] = len(doubt.things)
            if len(doubt.things) > SHOWN:
                # Whoever looks for what a source is in doubt about, finds it all the same.
                facts["sources"] = sorted({thing.source for thing in doubt.things} - {DECLARED})
            if doubt.key is not None:
                facts |= {"way": doubt.key.way, "values": list(doubt.key.values)}
            if doubt.because:
                facts |= {"because": doubt.because, "left": doubt.left, "right": doubt.right}
            yield Found(doubt.code, tuple(cis[:SHOWN]), facts)
