"""A compose file as observations: the application, its services, their replicas, networks and volumes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from cmdb.model.relation import Strength
from cmdb.model.run import Said

REPLICAS = "replicas"
_TAG = re.compile(r"[^/@]+:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(?:@[^/]*)?\Z")


def of_compose(file: str, body: Mapping[str, Any], notes: list[Said]) -> Iterator[Observation]:
    """Yield what a compose file says there is."""
    notes += [Said(f"files.{note['code']}", {"file": file, **note["facts"]}) for note in body["notes"]]
    yield from _Project(file, body, notes).observations()


class _Project:
    """One project: ids of its parts begin with its own."""

    def __init__(self, file: str, body: Mapping[str, Any], notes: list[Said]) -> None:
        # Without a name of its own a project has that of its folder, as docker compose itself does it.
        self._name = body["name"] or PurePosixPath(file).parent.name or PurePosixPath(file).stem
        self._file, self._body, self._notes = file, body, notes
        self._known = {
            "service": {one["name"] for one in body["services"]},
            "network": set(body["networks"]),
            "volume": set(body["volumes"]),
        }

    def observations(self) -> Iterator[Observation]:
        yield Observation("", self._file, self._name, "application", self._name, evidence={"file": self._file})
        for kind, ci_class in (("network", "virtual_network"), ("volume", "volume")):
            for name in sorted(self._known[kind]):
                yield self._part(kind, name, ci_class)
        for one in self._body["services"]:
            yield self._service(one)
            for number in range(1, self._replicas(one) + 1):
                yield self._container(one, number)

    def _id(self, kind: str, name: str) -> str:
        return f"{self._name}/{kind}:{name}"

    def _part(self, kind: str, name: str, ci_class: str, **more: Any) -> Observation:
        return Observation(
            "",
            self._file,
            self._id(kind, name),
            ci_class,
            name,
            owner=self._name,
            identifiers=(Identifier("part", f"{kind}:{name}"),),
            **{"evidence": {"file": self._file}, **more},
        )

    def _service(self, one: Mapping[str, Any]) -> Observation:
        image = one["image"]
        tag = _TAG.search(image) if image else None
        count = self._replicas(one)
        groups: tuple[ObservedGroup, ...] = ()
        if count:
            # How many of them the service needs no compose file says; it answers as long as one does.
            detail = f"{self._file}: {count} replicas; how many are needed is not said"
            groups = (ObservedGroup(REPLICAS, 1, EvidenceKind.CONFIGURATION, detail=detail),)
        if one["replicas"] == 0:
            self._notes.append(Said("files.no_replicas", {"file": self._file, "service": one["name"]}))
        return self._part(
            "service",
            one["name"],
            "application_component",
            attributes={"version": tag[1]} if tag and "$" not in image else {},
            relations=tuple(self._relations(one)),
            groups=groups,
            labels=one["labels"],
            evidence={"file": self._file, **({"image": image} if image else {})},
        )

    def _relations(self, one: Mapping[str, Any]) -> Iterator[ObservedRelation]:
        def related(kind: str, to: str, what: str, **more: Any) -> ObservedRelation:
            detail = f"{self._file}: service {one['name']}, {what}"
            return ObservedRelation(kind, EvidenceKind.CONFIGURATION, target=End(to), detail=detail, **more)

        yield related("part_of", self._name, "the project")
        for name, required in sorted(one["depends_on"].items()):
            if name in self._known["service"] and name != one["name"]:
                strength = None if required else Strength.SOFT
                yield related("depends_on", self._id("service", name), "depends_on", strength=strength)
        for kind, key, type_ in (("network", "networks", "connects_to"), ("volume", "volumes", "stores_data_on")):
            for name in sorted(one[key]):
                if name in self._known[kind]:
                    yield related(type_, self._id(kind, name), key)
        for number in range(1, self._replicas(one) + 1):
            to = self._id("container", f"{one['name']}-{number}")
            yield related("runs_on", to, "replicas", group=REPLICAS)

    def _container(self, one: Mapping[str, Any], number: int) -> Observation:
        name = f"{one['name']}-{number}"
        attributes = {"image": one["image"]} if one["image"] and "$" not in one["image"] else {}
        return self._part("container", name, "container", attributes=attributes)

    def _replicas(self, one: Mapping[str, Any]) -> int:
        """Return how many containers are told apart: several, or none where there is only the service itself."""
        count = one["replicas"] or 0
        return count if count > 1 else 0
