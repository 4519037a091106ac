"""
From observed relations and groups to those between CIs, with how sure each is.

Where a configuration or an inventory says that one CI depends on another, traffic and traces between the two are
evidence for that very dependency, not another one beside it: else a pool whose spare is spoken to would look as if it
needed both. An end that nobody has is told; where a configuration names it, it stands as a proposed endpoint, so that
no dependency is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cmdb.configuration.admission import relation_problems
from cmdb.configuration.discovered import DISCOVERED, Found, World
from cmdb.configuration.ends import Ends, Meant
from cmdb.configuration.evidence import confidence_of, last_seen, worth
from cmdb.configuration.gathering import Gathered, Pair, addresses_of
from cmdb.configuration.paths import with_paths
from cmdb.model.ci import CIStatus
from cmdb.model.group import GROUPS, members_needed
from cmdb.model.kind import Document
from cmdb.model.observation import End, EvidenceKind, Observation, ObservedGroup, ObservedRelation
from cmdb.model.relation import RELATIONS, RelationStatus, Strength

PLACEHOLDER = "endpoint:"
"""What the ids of endpoints begin with that a configuration names and nobody has."""
SHOWN = 20
"""So many of the ends nobody knows stand in a finding; all are counted."""
_SEEN_IN_USE = frozenset((EvidenceKind.TRAFFIC_OUT, EvidenceKind.TRAFFIC_IN, EvidenceKind.TRACE, EvidenceKind.SCAN))


@dataclass(frozen=True, slots=True)
class Linked:
    """Relations and groups by key, the endpoints that stand in for what nobody has, and what people should know."""

    relations: Mapping[str, Document]
    groups: Mapping[str, Document]
    cis: Mapping[str, Document]
    findings: tuple[Found, ...]


def link(
    world: World,
    living: Iterable[tuple[str, Observation]],
    ends: Ends,
    classes: Mapping[str, str],
    names: Mapping[str, str],
) -> Linked:
    """
    Return what joins the CIs.

    ``living`` are the observations of every CI that is not retired, ``classes`` and ``names`` the class and the name of
    each such CI by id.
    """
    return _Linking(world, ends, dict(classes), names).run(living)


class _Linking:
    def __init__(self, world: World, ends: Ends, classes: dict[str, str], names: Mapping[str, str]) -> None:
        self._world = world
        self._names = names
        self._ends = ends
        self._classes = classes
        self._gathered: dict[Pair, Gathered] = defaultdict(Gathered)
        self._groups: dict[tuple[str, str], list[tuple[str, ObservedGroup]]] = defaultdict(list)
        self._placeholders: dict[str, Document] = {}
        self._unknown: dict[str, set[str]] = defaultdict(set)
        self._findings: list[Found] = []

    def run(self, living: Iterable[tuple[str, Observation]]) -> Linked:
        living = list(living)
        for ci, observation in living:
            for relation in observation.relations:
                self._relation(ci, observation, relation)
            for group in observation.groups:
                self._groups[ci, group.name].append((observation.source, group))
        self._absorb(living)
        more = with_paths(self._world, living, self._ends, self._classes, self._gathered, self._groups, self._names)
        groups = self._sound_groups()
        relations = self._documents(groups)
        for ci, ends in sorted(self._unknown.items()):
            facts = {"ends": sorted(ends)[:SHOWN], "count": len(ends)}
            self._findings.append(Found("relation.unknown_end", (ci,), facts))
        return Linked(relations, groups, {**self._placeholders, **more}, tuple(self._findings))

    # relations -------------------------------------------------------------------------------------------------------
    def _relation(self, ci: str, observation: Observation, relation: ObservedRelation) -> None:
        source = (
            ci if relation.source is None else self._end(ci, observation, relation, relation.source, at_source=True)
        )
        target = ci if relation.target is None else self._end(ci, observation, relation, relation.target)
        if source is None or target is None or source == target:
            return
        pair = Pair(source, relation.type, target, relation.group)
        if RELATIONS.key(pair._asdict()) in self._world.rejected:
            return
        value = worth(relation.evidence, self._seen_at(observation, relation), self._world.rules, self._world.now)
        if value < self._world.rules.forgotten:
            return
        strengths = {(observation.source, relation.strength)} if relation.strength is not None else set()
        addresses = addresses_of(relation.target) if relation.target is not None else set()
        self._gathered[pair].take(Gathered({relation.evidence: value}, {observation.source}, strengths, addresses))

    def _end(
        self, ci: str, observation: Observation, relation: ObservedRelation, end: End, *, at_source: bool = False
    ) -> str | None:
        meant = self._ends.meant(end, observation.source)
        if meant.ci is None:
            return self._stands_in(ci, observation, relation, meant, at_source=at_source)
        return meant.ci if meant.ci in self._classes else None

    def _stands_in(
        self, ci: str, observation: Observation, relation: ObservedRelation, meant: Meant, *, at_source: bool
    ) -> str | None:
        """Tell of an end nobody or several have; return the endpoint that stands in where a configuration names it."""
        if meant.identifier is None:
            return None
        text = f"{meant.identifier.kind} {meant.identifier.value}"
        if meant.several:
            facts = {"identifier": text, "of": list(meant.several)}
            self._findings.append(Found("relation.ambiguous_end", (ci,), facts))
            return None
        self._unknown[ci].add(text)
        named = meant.identifier.kind in ("endpoint", "ip", "vip")
        if at_source or relation.evidence is not EvidenceKind.CONFIGURATION or not named:
            return None
        value = meant.identifier.value
        placeholder = self._placeholders.setdefault(
            f"{PLACEHOLDER}{value}",
            {
                "id": f"{PLACEHOLDER}{value}",
                "class": "endpoint",
                "name": value,
                "status": CIStatus.PROPOSED.value,
                "sources": [],
                "seen_as": [],
            },
        )
        placeholder["sources"] = sorted({*placeholder["sources"], DISCOVERED + observation.source})
        placeholder["seen_as"] = [["", placeholder["id"]]]
        self._classes[placeholder["id"]] = "endpoint"
        return str(placeholder["id"])

    def _seen_at(self, observation: Observation, relation: ObservedRelation) -> datetime | None:
        return last_seen(observation, relation, self._world.coverages[observation.source].reading(observation.scope))

    def _absorb(self, living: Iterable[tuple[str, Observation]]) -> None:
        """Count traffic between two CIs as evidence for the dependency that a configuration or an inventory tells."""
        told: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        for pair, gathered in self._gathered.items():
            if not gathered.best.keys() <= _SEEN_IN_USE:
                told[pair.source, pair.target].append(pair)
        for pair in [pair for pair, gathered in self._gathered.items() if gathered.best.keys() <= _SEEN_IN_USE]:
            if others := told.get((pair.source, pair.target)):
                self._count(self._gathered.pop(pair), others)
        self._absorb_clients(self._owners(living))

    def _absorb_clients(self, owners: Mapping[str, str]) -> None:
        """
        Count a connection of a host as that of its part which is known to depend on the server.

        A server sees the address of a client elsewhere and not its programme. Where several parts of the host depend on
        it, nobody knows whose connection it was, but it is explained.
        """
        parts: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        for pair in self._gathered:
            if pair.source in owners and pair.type != "part_of":
                parts[owners[pair.source], pair.target].append(pair)
        for pair in [pair for pair, gathered in self._gathered.items() if _is_unexplained(pair, gathered)]:
            if others := parts.get((pair.source, pair.target)):
                seen = self._gathered.pop(pair)
                self._count(seen, others if len({each.source for each in others}) == 1 else ())

    def _count(self, seen: Gathered, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            self._gathered[pair].take(Gathered(seen.best, seen.sources, addresses=seen.addresses))

    def _owners(self, living: Iterable[tuple[str, Observation]]) -> Mapping[str, str]:
        """Return whose part each CI is that is one."""
        found = {}
        for ci, observation in living:
            owner = self._ends.ci_of(observation.source, observation.owner)
            if owner is not None:
                found[ci] = owner
        return found

    # groups ----------------------------------------------------------------------------------------------------------
    def _sound_groups(self) -> dict[str, Document]:
        """Return the groups whose members suffice; of what several sources say, what the first of them says."""
        members: dict[tuple[str, str], set[str]] = defaultdict(set)
        for pair in self._gathered:
            if pair.group is not None:
                members[pair.source, pair.group].add(pair.target)
        found: dict[str, Document] = {}
        for (ci, name), several in sorted(self._groups.items()):
            several.sort(key=lambda each: (each[0], str(each[1].needs), each[1].strength))
            group = several[0][1]
            here = members.get((ci, name), set())
            told = {"group": name, "needs": group.needs, "members": len(here)}
            if len({(str(each.needs), each.strength) for _, each in several}) > 1:
                self._findings.append(Found("group.disagreement", (ci,), told))
            if not here or members_needed(group.needs, len(here)) > len(here):
                self._findings.append(Found("group.too_few_members", (ci,), told))
                continue
            document: Document = {"item": ci, "name": name, "needs": group.needs}
            document.update({"strength": group.strength.value} if group.strength is not Strength.HARD else {})
            document["sources"] = sorted({DISCOVERED + source for source, _ in several})
            found[GROUPS.key(document)] = document
        return found

    def _documents(self, groups: Mapping[str, Document]) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for pair, gathered in self._grouped(groups).items():
            confidence = confidence_of(gathered.best)
            sure = confidence >= self._world.rules.confirmed
            document: Document = {"source": pair.source, "type": pair.type, "target": pair.target}
            document.update({"group": pair.group} if pair.group is not None else {})
            strengths = sorted(gathered.strengths)
            if strengths and pair.group is None:
                document["strength"] = strengths[0][1].value
            document.update({"confidence": confidence} if confidence < 1.0 else {})
            document["sources"] = sorted(DISCOVERED + source for source in gathered.sources)
            document["status"] = (RelationStatus.CONFIRMED if sure else RelationStatus.PROPOSED).value
            if self._fits(pair):
                found[RELATIONS.key(document)] = document
        return found

    def _fits(self, pair: Pair) -> bool:
        classes = self._classes[pair.source], self._classes[pair.target]
        wrong = relation_problems(self._world.catalogue, pair.type, *classes)
        if wrong:
            facts = {"type": pair.type, "problem": wrong[0].code}
            self._findings.append(Found("relation.unfit", (pair.source, pair.target), facts))
        return not wrong

    def _grouped(self, groups: Mapping[str, Document]) -> Mapping[Pair, Gathered]:
        """Let the relations of a group that does not stand each hold alone: that is the pessimistic reading."""
        found: dict[Pair, Gathered] = defaultdict(Gathered)
        for pair in sorted(self._gathered, key=lambda pair: (pair.source, pair.type, pair.target, pair.group or "")):
            stands = pair.group is None or GROUPS.key({"item": pair.source, "name": pair.group}) in groups
            found[pair if stands else pair._replace(group=None)].take(self._gathered[pair])
        return found


def _is_unexplained(pair: Pair, gathered: Gathered) -> bool:
    """Tell whether all that is known is that there was a connection, with nothing said of what it is for."""
    none = {strength for _, strength in gathered.strengths} == {Strength.NONE}
    return none and pair.type == "connects_to" and gathered.best.keys() <= _SEEN_IN_USE
