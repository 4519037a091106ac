"""From the resources of a state to observations, each related to what it was built upon."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cmdb.exchange.terraform_json import configured, shared_ids
from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedRelation
from cmdb.model.relation import Strength
from cmdb.model.run import Said
from discovery.connectors.terraform.resource_types import REST, ResourceType, is_known, type_of
from discovery.connectors.terraform.values import converted
from discovery.ports import Part, Shaped, Target

MOST_NAMED = 20  # things that a note names; all are counted
MOST_ENDS = 100  # instances of a block that one resource is related to where none is named
MOST_INSTANCES = 1_000  # of a block among which those of the same module are looked for
MOST_STEPS = 20_000_000  # of finding out what is reached over another, in one document

# Class of what is depended on > the type of the relation, where one says more than depends_on.
_BETTER = {
    "subnet": "routes_through",
    "virtual_network": "routes_through",
    "kubernetes_cluster": "runs_on",
    "kubernetes_namespace": "part_of",
    "volume": "stores_data_on",
    "object_bucket": "stores_data_on",
    "file_share": "stores_data_on",
}
_ARN_REGION = re.compile(r"arn:[^:]*:[^:]*:([a-z0-9-]+):")
_MODULE_STEP = re.compile(r'module\.([^.\[]+)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.')


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:  # noqa: ARG001
    """
    Return an observation of each resource, in the scope ``TARGET/resources``.

    The native id is ``lineage/address``; where the lineage is not known, the target's id stands in its place and a
    note says so. Dependencies on several things of one type are soft: whether all of them are needed, as two subnets
    of a load balancer are not, a state does not say; the provider's own connector may know the group they make.
    """
    header: Mapping[str, Any] = next((part.body for part in parts if part.name == "state"), {})
    resources = [resource for part in parts if part.name == "resources" for resource in part.body]
    shaping = _Shaping(target, header, resources)
    observations = tuple(sorted(map(shaping.observation, resources), key=lambda each: each.native_id))
    whole = header.get("known", False) and all(part.whole for part in parts)
    complete = frozenset((shaping.scope,)) if whole else frozenset()
    return Shaped(observations, complete, tuple(shaping.notes(parts)))


class _Shaping:
    """What is known of a whole document while each of its resources is shaped."""

    def __init__(self, target: Target, header: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> None:
        self._facts, self._header = target.facts, header
        self.scope = f"{target.id}/resources"
        self._lineage = header.get("lineage") or target.facts.get("lineage") or ""
        self._prefix = self._lineage or target.id
        self._by_address = {each["address"]: each for each in resources}
        self._blocks: dict[str, list[str]] = defaultdict(list)
        for address in sorted(self._by_address):
            self._blocks[configured(address)].append(address)
        self._shared = shared_ids((each["address"], each["type"], _cloud_ids(each)) for each in resources)
        self._upstream = {block: self._of_block(block) for block in self._blocks}
        self._outside: set[str] = set()
        self._crowded: set[str] = set()
        self._steps = 0
        self._left_out = 0

    def observation(self, resource: Mapping[str, Any]) -> Observation:
        address, known = resource["address"], type_of(resource["type"])
        values = resource.get("values", {})
        evidence = {"address": address, "type": resource["type"]}
        return Observation(
            source="",
            scope=self.scope,
            native_id=self._native_id(address),
            ci_class=known.ci_class,
            name=_name(resource, known),
            attributes=self._attributes(resource, known),
            identifiers=self._identifiers(resource, known, values),
            relations=tuple(self._relations(resource)),
            labels=dict(resource.get("labels", {})),
            evidence=evidence | ({"tainted": True} if resource.get("tainted") else {}),
        )

    def _native_id(self, address: str) -> str:
        return f"{self._prefix}/{address}"

    def _attributes(self, resource: Mapping[str, Any], known: ResourceType) -> dict[str, Any]:
        found: dict[str, Any] = dict(known.fixed)
        for name, path in known.attributes.items():
            path, _, kind = path.partition(":")
            raw = resource.get("values", {}).get(path)
            value = converted(raw, kind)
            self._left_out += raw is not None and value is None
            if value is not None:
                found[name] = value
        if "cloud_id" in known.attributes:
            found |= {"cloud_id": self._cloud_id(resource, found.pop("cloud_id", None))}
        if known.ci_class == REST:
            found |= {"provider": resource.get("provider", ""), "resource_type": resource["type"]}
        if "region" in known.attributes and "region" not in found:
            regions = (_ARN_REGION.match(each) for each in resource.get("cloud_ids", ()))
            found |= next(({"region": match[1]} for match in regions if match), {})
        if known.kind and "cluster" in self._facts:
            found["cluster"] = self._facts["cluster"]
        return dict(sorted((name, value) for name, value in found.items() if value != ""))

    def _cloud_id(self, resource: Mapping[str, Any], preferred: str | None) -> str:
        """Return an id by which the provider knows this very thing; others are names, unique nowhere but there."""
        own = [each.value for each in self._own_ids(resource)]
        return preferred if preferred in own and preferred is not None else next(iter(own), "")

    def _own_ids(self, resource: Mapping[str, Any]) -> tuple[Identifier, ...]:
        address = resource["address"]
        return tuple(each for each in _cloud_ids(resource) if self._shared.get(each, address) == address)

    def _identifiers(
        self, resource: Mapping[str, Any], known: ResourceType, values: Mapping[str, Any]
    ) -> tuple[Identifier, ...]:
        found = [*self._own_ids(resource)]
        if self._lineage:
            found.append(Identifier("terraform", f"{self._lineage}/{resource['address']}"))
        name, cluster = values.get("metadata.0.name"), self._facts.get("cluster")
        if known.kind and name and cluster:
            where = values.get("metadata.0.namespace") or ""
            found.append(Identifier("kubernetes_name", "/".join([cluster, where, known.kind, name])))
        for kind, path in known.identifiers:
            if isinstance(values.get(path), str):
                found.append(Identifier(kind, values[path]))
        return tuple(dict.fromkeys(found))

    # what it depends on ----------------------------------------------------------------------------------------------
    def _of_block(self, block: str) -> frozenset[str]:
        depends = (self._by_address[address].get("depends_on", ()) for address in self._blocks[block])
        return frozenset(each for one in depends for each in one)

    def _relations(self, resource: Mapping[str, Any]) -> Iterator[ObservedRelation]:
        address, blocks = resource["address"], resource.get("depends_on", ())
        named: dict[str, list[str]] = defaultdict(list)
        for each in resource.get("named", ()):
            if each in self._by_address and _same_module(address, each):
                named[configured(each)].append(each)
        over = self._over(blocks, configured(address))
        ends: list[str] = []
        for block in blocks:
            if block not in self._blocks:
                self._outside.add(block)
            elif named[block]:
                ends += named[block]
            elif block not in over:
                ends += self._instances(address, block)
        alike = Counter(self._by_address[end]["type"] for end in ends)
        for end in sorted(ends):
            yield self._relation(resource, end, sure=alike[self._by_address[end]["type"]] == 1)

    def _over(self, blocks: Sequence[str], own: str) -> frozenset[str]:
        """
        Return the blocks that are reached over another of ``blocks``: a state lists all that is upstream.

        One that leads back to where one came from, as in no sound state, leads nowhere.
        """
        found: set[str] = set()
        for block in blocks:
            above = self._upstream.get(block, frozenset())
            self._steps += len(above) + 1
            if self._steps > MOST_STEPS:
                return frozenset()
            if block != own and own not in above:
                found |= above - {block}
        return frozenset(found)

    def _instances(self, address: str, block: str) -> list[str]:
        """Return the instances of a block that an instance may mean; none where they are too many, which is noted."""
        there = self._blocks[block]
        if len(there) <= MOST_INSTANCES:
            there = [each for each in there if each != address and _same_module(address, each)]
        if len(there) > MOST_ENDS:
            self._crowded.add(block)
            return []
        return there

    def _relation(self, resource: Mapping[str, Any], other: str, *, sure: bool) -> ObservedRelation:
        mine, theirs = (type_of(each["type"]).ci_class for each in (resource, self._by_address[other]))
        return ObservedRelation(
            # Only a thing with a class of its own runs on another; the rest is merely built upon it.
            type=_BETTER.get(theirs, "depends_on") if mine not in (REST, "security_group") else "depends_on",
            evidence=EvidenceKind.CONFIGURATION,
            target=End(self._native_id(other)),
            strength=None if sure else Strength.SOFT,
            detail="terraform: built upon it" if sure else "terraform: built upon it and others like it",
        )

    # what people should know -----------------------------------------------------------------------------------------
    def notes(self, parts: Sequence[Part]) -> Iterator[Said]:
        """Yield what was passed over or is not known; asked for when all resources are shaped."""
        if not self._lineage:
            yield Said("terraform.no_lineage")
        if not self._header.get("known", False):
            yield Said("terraform.no_prior_state")
        for why, count in sorted(self._header.get("passed", {}).items()):
            yield Said(f"terraform.passed_{why}", {"count": count})
        if self._left_out:
            yield Said("terraform.values_left_out", {"count": self._left_out})
        rest = Counter(each["type"] for each in self._by_address.values() if not is_known(each["type"]))
        if rest:
            yield Said("terraform.types_without_class", {"count": sum(rest.values()), "types": _first(rest)})
        if self._outside:
            outside = [each for each in self._outside if not _is_data(each)]
            data = len(self._outside) - len(outside)
            facts = {"count": len(outside), "blocks": sorted(outside)[:MOST_NAMED], "data_sources": data}
            yield Said("terraform.built_upon_others", facts)
        if self._crowded:
            facts = {"count": len(self._crowded), "blocks": sorted(self._crowded)[:MOST_NAMED], "limit": MOST_ENDS}
            yield Said("terraform.too_many_instances", facts)
        if self._steps > MOST_STEPS:
            yield Said("terraform.dependencies_not_thinned", {"limit": MOST_STEPS})
        unsure = [identifier.value for identifier, owner in self._shared.items() if owner is None]
        if unsure:
            yield Said("terraform.shared_id", {"count": len(unsure), "ids": sorted(unsure)[:MOST_NAMED]})
        if not all(part.whole for part in parts):
            yield Said("terraform.cut_short", {"resources": len(self._by_address)})


def _cloud_ids(resource: Mapping[str, Any]) -> tuple[Identifier, ...]:
    return tuple(Identifier("cloud_id", each) for each in resource.get("cloud_ids", ()))


def _name(resource: Mapping[str, Any], known: ResourceType) -> str:
    called = resource.get("labels", {}).get("Name") or resource.get("values", {}).get(known.name)
    return called if isinstance(called, str) and called.strip() else resource["address"]


def _same_module(address: str, other: str) -> bool:
    """
    Tell whether an instance may refer to another: within a module only to what its own instance of the module has.

    >>> _same_module('module.edge["a"].x.y', 'module.edge["b"].x.z'), _same_module("x.y", "module.edge[0].x.z")
    (False, True)
    """
    if "module." not in address or "module." not in other:
        return True
    for mine, theirs in zip(_MODULE_STEP.findall(address), _MODULE_STEP.findall(other), strict=False):
        if mine[0] != theirs[0]:
            return True
        if mine[1] != theirs[1]:
            return False
    return True


def _is_data(block: str) -> bool:
    return ".data." in f".{block}"


def _first(counted: Counter[str]) -> dict[str, int]:
    return {name: counted[name] for name in sorted(counted, key=lambda each: (-counted[each], each))[:MOST_NAMED]}
