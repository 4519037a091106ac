"""What was read of one cluster, with the questions that every family asks of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from cmdb.model.run import Said
from discovery.connectors.kubernetes.resources import BY_KIND, RESOURCES, RESTS_ON
from discovery.connectors.kubernetes.shape.values import inner, number, records, text, words
from discovery.ports import Part, Target

NAMED = 20  # so many names stand in a note
LONGEST_LABEL = 1_000  # characters; annotations may be of any length
LONGEST_LABELS = 10_000  # characters that labels have together to stand in an attribute too
LONGEST_LIST = 1_000  # entries of an attribute


class Cluster:
    """The objects of one cluster by listing, and what is said and doubted on the way."""

    def __init__(self, target: Target, settings: Mapping[str, Any], parts: Sequence[Part]) -> None:
        self.target, self.name, self.settings = target.id, target.id, settings
        self.notes: list[Said] = []
        self._cut, self._own_whole = 0, False
        self._read: dict[str, set[str | None]] = {}
        self._doubted: set[tuple[str, str | None]] = set()
        self._items: dict[str, dict[str, Mapping[str, Any]]] = {each.name: {} for each in RESOURCES}
        about: Mapping[str, Any] = {}
        for part in parts:
            body = part.body if isinstance(part.body, Mapping) else {}
            if part.name == "cluster":
                about, self._own_whole = body, part.whole
            elif part.name == "left_out":
                self.say("kubernetes.kinds_left_out", kinds=dict(inner(body, "kinds")))
            else:
                self._read[part.name] = self._read.get(part.name, set()) | {text(body, "namespace")}
                if not part.whole:
                    self._tell(part.name, body)
        self.uid, self.version = text(about, "uid"), text(about, "version")
        if self.uid is None and "manifests" not in about:
            self.say("kubernetes.no_cluster_uid")
        for name, bodies in _counting(parts).items():
            self._take(name, bodies)

    def _tell(self, listing: str, body: Mapping[str, Any]) -> None:
        self._doubted.add((listing, text(body, "namespace")))
        within = {"namespace": body["namespace"]} if text(body, "namespace") else {}
        within |= {"file": body["file"]} if text(body, "file") else {}
        if text(body, "permission"):
            self.say("kubernetes.permission_missing", listing=listing, permission=body["permission"], **within)
        elif "most" in body:
            self.say("kubernetes.too_many", listing=listing, most=body["most"], **within)
        elif text(body, "withheld"):
            self.say("kubernetes.listing_incomplete", listing=listing, reason=body["withheld"], **within)

    def _take(self, name: str, bodies: list[Mapping[str, Any]]) -> None:
        nameless = 0
        for body in bodies:
            for item in records(body, "items"):
                metadata = inner(item, "metadata")
                if text(metadata, "name") is None:
                    nameless += 1
                    self._doubted.add((name, text(body, "namespace")))
                else:
                    self._items[name][native_id(self.kind_of(name), metadata)] = item
        if nameless:
            self.say("kubernetes.without_name", listing=name, count=nameless)

    def kind_of(self, listing: str) -> str:
        """Return the kind of the objects of a listing."""
        return next(each.kind for each in RESOURCES if each.name == listing)

    def say(self, code: str, **facts: Any) -> None:
        """Tell people something about this cluster."""
        self.notes.append(Said(code, {"target": self.target, **facts}))

    def tell_what_was_cut(self) -> None:
        """Say how many labels were left out for their length."""
        if self._cut:
            self.say("kubernetes.labels_left_out", count=self._cut, characters=LONGEST_LABEL)

    def items(self, listing: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield native id and object of a listing, sorted."""
        return iter(sorted(self._items[listing].items()))

    def find(self, listing: str, ident: str) -> Mapping[str, Any] | None:
        """Return an object by its native id, or None."""
        return self._items[listing].get(ident)

    def complete(self) -> frozenset[str]:
        """Return the scopes all of whose listings were read to their end."""
        found = {self.target} if self._own_whole else set()
        for scope, listings in RESTS_ON.items():
            for namespace in self._read.get(listings[0], ()):
                if not any((listing, within) in self._doubted for listing in listings for within in (namespace, None)):
                    found.add(self.scope(scope, namespace))
        return frozenset(found)

    def scope(self, listing: str, namespace: str | None = None) -> str:
        """Return the scope of a listing: its own where only some namespaces are read."""
        limited = namespace is not None and namespace in self._read.get(listing, ())
        return f"{self.target}/{listing}/{namespace}" if limited else f"{self.target}/{listing}"

    def end(self, kind: str, name: str, namespace: str | None = None) -> End:
        """Return the end that is an object of this cluster."""
        ident = f"{namespace}/{kind}/{name}" if namespace else f"{kind}/{name}"
        return End(ident, (self.by_name(kind, name, namespace),))

    def by_name(self, kind: str, name: str, namespace: str | None = None) -> Identifier:
        """Return the identifier by which an object is known also after it was made again."""
        return Identifier("kubernetes_name", f"{self.name}/{namespace or ''}/{kind}/{name}")

    def identifiers(self, kind: str, metadata: Mapping[str, Any]) -> tuple[Identifier, ...]:
        """Return the identifiers of an object."""
        uid = text(metadata, "uid")
        own = (Identifier("kubernetes_uid", f"{self.uid}/{uid}"),) if uid and self.uid else ()
        return (*own, self.by_name(kind, str(metadata["name"]), text(metadata, "namespace")))

    def listed(self, values: Iterable[str], what: str, ident: str) -> list[str]:
        """Return values sorted and each once, as many as an attribute takes; the others are told."""
        found = sorted(set(values))
        if len(found) > LONGEST_LIST:
            self.say("kubernetes.list_cut", object=ident, attribute=what, count=len(found), kept=LONGEST_LIST)
        return found[:LONGEST_LIST]

    def labels(self, metadata: Mapping[str, Any]) -> dict[str, str]:
        """Return labels and annotations; of the same name the label counts. Overlong ones are counted, not kept."""
        found = words(metadata, "annotations") | words(metadata, "labels")
        short = {name: value for name, value in sorted(found.items()) if len(value) <= LONGEST_LABEL}
        self._cut += len(found) - len(short)
        return short

    def observation(
        self,
        listing: str,
        item: Mapping[str, Any],
        ci_class: str,
        *,
        attributes: Mapping[str, Any],
        identifiers: Iterable[Identifier] = (),
        relations: Iterable[ObservedRelation | None] = (),
        groups: Iterable[ObservedGroup] = (),
        evidence: Mapping[str, Any] | None = None,
    ) -> Observation:
        """Return an observation of an object as all families make them: sorted, and without what was not seen."""
        metadata, kind = inner(item, "metadata"), self.kind_of(listing)
        namespace = text(metadata, "namespace")
        own = {relation for relation in relations if relation is not None}
        if namespace:
            own.add(relation("part_of", self.end("Namespace", namespace)))
        return Observation(
            source="",
            scope=self.scope(listing, namespace),
            native_id=native_id(kind, metadata),
            ci_class=ci_class,
            name=str(metadata["name"]),
            attributes=seen(attributes),
            identifiers=tuple(dict.fromkeys((*self.identifiers(kind, metadata), *identifiers))),
            relations=tuple(sorted(own, key=_order)),
            groups=tuple(groups),
            labels=self.labels(metadata),
            evidence=seen(evidence or {}),
        )

    def common(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes that every object of a cluster has."""
        metadata = inner(item, "metadata")
        labels = {name: value for name, value in words(metadata, "labels").items() if len(value) <= LONGEST_LABEL}
        if sum(len(name) + len(value) for name, value in labels.items()) > LONGEST_LABELS:
            labels = {}  # They are labels of the observation all the same.
        return seen(
            {
                "cluster": self.name,
                "namespace": text(metadata, "namespace"),
                "uid": text(metadata, "uid"),
                "labels": labels or None,
            }
        )


def native_id(kind: str, metadata: Mapping[str, Any]) -> str:
    """Return what this source calls an object: namespace, kind and name, which stay when it is made again."""
    namespace = text(metadata, "namespace")
    return f"{namespace}/{kind}/{metadata['name']}" if namespace else f"{kind}/{metadata['name']}"


def relation(kind: str, target: End, **more: Any) -> ObservedRelation:
    """Return a relation to an end, by default as the cluster's own books have it."""
    return ObservedRelation(kind, more.pop("evidence", EvidenceKind.INVENTORY), target=target, **more)


def seen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without those that were not seen."""
    return {name: value for name, value in values.items() if value is not None and value != []}


def controller(item: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return kind and name of what controls an object, or None."""
    for owner in records(inner(item, "metadata"), "ownerReferences"):
        kind, name = text(owner, "kind"), text(owner, "name")
        if owner.get("controller") is True and kind and name:
            return kind, name
    return None


def _order(relation: ObservedRelation) -> tuple[str, str, str]:
    return relation.type, repr(relation.target), relation.group or ""


def _counting(parts: Sequence[Part]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the pages that count, by listing: of one that began again those since."""
    newest: dict[tuple[str, Any], int] = {}
    pages: dict[str, list[Mapping[str, Any]]] = {}
    known = {each.name for each in BY_KIND.values()}
    for part in parts:
        if part.name in known and isinstance(part.body, Mapping) and "items" in part.body:
            key, began = (part.name, text(part.body, "namespace")), number(part.body, "began") or 1
            if began > newest.get(key, 1):
                pages[part.name] = [each for each in pages.get(part.name, []) if text(each, "namespace") != key[1]]
            newest[key] = max(began, newest.get(key, 1))
            pages.setdefault(part.name, []).append(part.body)
    return pages
