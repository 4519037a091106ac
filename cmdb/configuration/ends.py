"""Who is meant by the end of an observed relation: a thing by its native id, or whoever has an identifier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cmdb.configuration.identifiers import normalised
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.observation import End, Identifier, Thing

REFERRING = ("endpoint", "ip", "vip", "fqdn", "mac", "cloud_id", "kubernetes_name", "kubernetes_uid", "otel_service")
"""The kinds of identifiers that may stand for a CI in a relation, besides all that identify one alone."""
SERVICE = "service"
"""The kind by which a label's service is referred to: the id of a service, and of nothing else."""


class Meant(NamedTuple):
    """The CI an end means; or None with the identifier nobody has, or the CIs that all have it."""

    ci: str | None
    identifier: Identifier | None = None
    several: tuple[str, ...] = ()


class Ends:
    """Knows which CI every thing became, and who has which identifier."""

    def __init__(
        self,
        ci_of: Mapping[Thing, str],
        named: Iterable[tuple[str, Iterable[Identifier]]],
        rules: DiscoveryRules,
        parts: Mapping[tuple[str, Identifier], str] | None = None,
    ) -> None:
        self._ci_of = ci_of
        self._rules = rules
        self._parts = parts or {}
        self._spelled: dict[Identifier, Identifier | None] = {}
        self._having: dict[Identifier, set[str]] = defaultdict(set)
        alone = {kinds[0] for kinds in rules.identifications if len(kinds) == 1}
        for ci, identifiers in named:
            for identifier in identifiers:
                if identifier.kind in alone or identifier.kind in REFERRING or identifier == Identifier(SERVICE, ci):
                    spelled = self._spell(identifier)
                    if spelled is not None:
                        self._having[spelled].add(ci)

    def ci_of(self, source: str, native_id: str | None) -> str | None:
        """Return the CI that a thing became, None where there is no such thing."""
        return None if native_id is None else self._ci_of.get(Thing(source, native_id))

    def meant(self, end: End, source: str) -> Meant:
        """
        Return who is meant by an end that ``source`` observed.

        An identifier of the kind ``part`` says that a part of whoever the others name is meant; the owner itself is,
        where nobody has seen that part of it.
        """
        if end.native_id is not None:
            ci = self._ci_of.get(Thing(source, end.native_id))
            if ci is not None:
                return Meant(self._part(ci, end))
        found = self._named(end)
        return found if found.ci is None else Meant(self._part(found.ci, end))

    def _part(self, owner: str, end: End) -> str:
        part = next((identifier for identifier in end.identifiers if identifier.kind == "part"), None)
        return owner if part is None else self._parts.get((owner, part), owner)

    def _named(self, end: End) -> Meant:
        """Return who has the first identifier that only one has."""
        doubtful = Meant(None, Identifier("native_id", end.native_id) if end.native_id is not None else None)
        for identifier in end.identifiers:
            if identifier.kind == "part":
                continue
            spelled = self._spell(identifier)
            found = self._having.get(spelled, ()) if spelled is not None else ()
            if len(found) == 1:
                return Meant(next(iter(found)))
            if spelled is not None and (found or not doubtful.several):
                doubtful = doubtful if doubtful.several else Meant(None, spelled, tuple(sorted(found)))
        return doubtful

    def _spell(self, identifier: Identifier) -> Identifier | None:
        if identifier not in self._spelled:
            self._spelled[identifier] = normalised(identifier, self._rules)
        return self._spelled[identifier]
