"""What was read of one account in one region, with the questions that every family asks of it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from cmdb.model.run import Said
from discovery.connectors.aws.listings import RESTS_ON
from discovery.ports import Part, Target

PROVIDER = "aws"
NAMED = 20  # so many ids stand in a note
LONGEST = 4_096  # characters; AWS's own texts are far shorter
_FQDN = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")


class Region:
    """The parts of one target by listing, and what is said and doubted on the way."""

    def __init__(self, target: Target, parts: Sequence[Part]) -> None:
        self.target = target
        self.account, self.name = str(target.facts["account"]), str(target.facts["region"])
        self.notes: list[Said] = []
        self._bodies: dict[str, list[Mapping[str, Any]]] = {}
        self._doubted: set[str] = set()
        for part in parts:
            body = part.body if isinstance(part.body, Mapping) else {}
            self._bodies.setdefault(part.name, []).append(body)
            if not part.whole:
                self._doubted |= {scope for scope, listings in RESTS_ON.items() if part.name in listings}
                self._tell(part.name, body)
        self.identified = any(part.name == "identity" for part in parts)
        self._own_whole = self.identified and all(part.whole for part in parts if part.name == "identity")
        self._zones = self._known_zones()

    def _tell(self, listing: str, body: Mapping[str, Any]) -> None:
        if body.get("permission"):
            self.say("aws.permission_missing", listing=listing, permission=text(body, "permission"))
        elif "most" in body:
            self.say("aws.too_many", listing=listing, most=body["most"])
        else:
            self.say("aws.listing_incomplete", listing=listing, reason=text(body, "withheld") or "not read to its end")

    def say(self, code: str, **facts: Any) -> None:
        """Tell people something about this region."""
        self.notes.append(Said(code, {"target": self.target.id, **facts}))

    def scope(self, name: str) -> str:
        """Return the scope of a listing."""
        return f"{self.target.id}/{name}"

    def complete(self) -> frozenset[str]:
        """Return the scopes all of whose listings were read to their end, and the target's own."""
        read = {
            self.scope(scope)
            for scope, listings in RESTS_ON.items()
            if scope not in self._doubted and listings[0] in self._bodies
        }
        return frozenset(read | ({self.target.id} if self._own_whole else set()))

    def bodies(self, listing: str) -> Sequence[Mapping[str, Any]]:
        """Return the answers of a listing in the order they came."""
        return self._bodies.get(listing, ())

    def items(self, listing: str, key: str, scope: str, ident: str) -> Iterator[Mapping[str, Any]]:
        """Yield the objects of a listing; one without its id ``ident`` is told and makes the scope doubtful."""
        lost = 0
        for body in self.bodies(listing):
            for each in records(body, key):
                if text(each, ident) is None:
                    lost += 1
                else:
                    yield each
        if lost:
            self.doubt(scope, lost)

    def doubt(self, scope: str, lost: int) -> None:
        """Note that so many objects of a scope had no id: it was not read to its end."""
        self._doubted.add(scope)
        self.say("aws.without_id", listing=scope, count=lost)

    def by_owner(self, listing: str, key: str) -> dict[str, list[Mapping[str, Any]]]:
        """Return the objects of a listing that was asked for one owner at a time, by that owner."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for body in self.bodies(listing):
            if isinstance(owner := body.get("of"), str):
                found.setdefault(owner, []).extend(records(body, key))
        return found

    def tags(self, listing: str, ident: str) -> dict[str, dict[str, str]]:
        """Return the tags that a listing of tags gives, by what they hang on."""
        described = (each for body in self.bodies(listing) for each in records(body, "TagDescriptions"))
        return {str(each.get(ident)): labels(each) for each in described}

    def zone(self, name: str | None, scope: str) -> End | None:
        """Return the zone that this account calls ``name``; where nobody says which that is, the scope is doubted."""
        if name is None:
            return None
        if name not in self._zones:
            if scope not in self._doubted:
                self.say("aws.zone_unknown", listing=scope, zone=name)
            self._doubted.add(scope)
            return None
        return known(self._zones[name])

    def _known_zones(self) -> dict[str, str]:
        """Return the id of each zone by its name in this account: only the id means the same place in all accounts."""
        zones = {}
        for listing, key, name, ident in (
            ("subnets", "Subnets", "AvailabilityZone", "AvailabilityZoneId"),
            ("zones", "AvailabilityZones", "ZoneName", "ZoneId"),
        ):
            for body in self.bodies(listing):
                for each in records(body, key):
                    if (its_name := text(each, name)) and (its_id := text(each, ident)):
                        zones[its_name] = its_id
        return zones

    def observation(
        self,
        scope: str,
        native_id: str,
        ci_class: str,
        name: str | None,
        *,
        attributes: Mapping[str, Any],
        identifiers: Iterable[Identifier] = (),
        relations: Iterable[ObservedRelation | None] = (),
        groups: Iterable[ObservedGroup] = (),
        labels: Mapping[str, str] | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Observation:
        """Return an observation as all families make them: sorted, and without what was not seen."""
        own = {relation for relation in relations if relation is not None}
        return Observation(
            source="",
            scope=scope,
            native_id=native_id,
            ci_class=ci_class,
            name=name or native_id,
            attributes=seen(attributes),
            identifiers=tuple(dict.fromkeys((Identifier("cloud_id", native_id), *identifiers))),
            relations=tuple(sorted(own, key=_order)),
            groups=tuple(groups),
            labels=dict(sorted((labels or {}).items())),
            evidence=seen({"account": self.account, "region": self.name, **(evidence or {})}),
        )

    def resource(self, kind: str, native_id: str) -> dict[str, Any]:
        """Return the attributes that every cloud resource has."""
        return {"provider": PROVIDER, "cloud_id": native_id, "resource_type": kind, "region": self.name}


def _order(relation: ObservedRelation) -> tuple[str, str, str, str]:
    return relation.type, repr(relation.target), repr(relation.source), relation.group or ""


def known(cloud_id: str) -> End:
    """Return the end that has an id of the provider, in this source or in another."""
    return End(cloud_id, (Identifier("cloud_id", cloud_id),))


def relation(kind: str, cloud_id: str | End | None, **more: Any) -> ObservedRelation | None:
    """Return a relation to what has an id of the provider, or None where there is none."""
    if cloud_id is None:
        return None
    target = known(cloud_id) if isinstance(cloud_id, str) else cloud_id
    return ObservedRelation(kind, more.pop("evidence", EvidenceKind.INVENTORY), target=target, **more)


def seen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without those that were not seen."""
    return {name: value for name, value in values.items() if value is not None and value != []}


def records(item: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list within an answer, none where there is no such list."""
    value = item.get(key)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def inner(item: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object within an object, an empty one where there is none."""
    value = item.get(key)
    return value if isinstance(value, Mapping) else {}


def text(item: Mapping[str, Any], key: str) -> str | None:
    """Return a text that is neither empty nor overlong, or None."""
    value = item.get(key)
    return value if isinstance(value, str) and value.strip() and len(value) <= LONGEST else None


def texts(item: Mapping[str, Any], key: str) -> list[str]:
    """Return the texts of a list."""
    value = item.get(key)
    return [each for each in value if isinstance(each, str) and each.strip()] if isinstance(value, list) else []


def number(item: Mapping[str, Any], key: str) -> int | None:
    """Return a whole number that is not negative, or None."""
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def port(item: Mapping[str, Any], key: str = "Port") -> int | None:
    """Return the number of a port, or None."""
    value = number(item, key)
    return value if value is not None and value <= 65_535 else None


def domain(value: str | None) -> str | None:
    """Return a fully qualified domain name, or None where it is none."""
    return value if value and _FQDN.fullmatch(value) else None


def address(value: str | None) -> str | None:
    """Return an IP address, or None where it is none."""
    try:
        return str(ipaddress.ip_address(value or ""))
    except ValueError:
        return None


def network(value: str | None) -> str | None:
    """Return an IP network, or None where it is none."""
    try:
        return str(ipaddress.ip_network(value)) if value and "/" in value else None
    except ValueError:
        return None


def hardware_address(value: str | None) -> str | None:
    """Return a MAC address, or None where it is none."""
    return value if value and _MAC.fullmatch(value) else None


def labels(item: Mapping[str, Any], key: str = "Tags") -> dict[str, str]:
    """Return tags as labels."""
    pairs = ((text(each, "Key"), each.get("Value")) for each in records(item, key))
    return {name: value if isinstance(value, str) else "" for name, value in pairs if name is not None}
