"""
Which proposals are no news: what a source that only proposes has seen of a CI that others know.

A sweep sees addresses, not things: a router's second address, a virtual one and a host without a name all look like
hosts of their own. Where somebody who knows more has the address, it is that CI, and no other is made of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from cmdb.configuration.ageing import Sight, status_of
from cmdb.configuration.discovered import World
from cmdb.configuration.identifiers import normalised
from cmdb.configuration.identify import DECLARED, Cluster
from cmdb.model.ci import CIStatus
from cmdb.model.observation import Identifier, Observation, Thing

_TELLING = ("mac", "fqdn", "ip")
"""The kinds of identifiers by which a proposal may be known, the best first."""


def known_already(
    clusters: Sequence[Cluster], by_thing: Mapping[Thing, list[Observation]], ci_of: Mapping[Thing, str], world: World
) -> dict[Thing, str]:
    """
    Return the CI that each proposal turns out to be, by the lead of its cluster.

    A proposal is a cluster that only proposing sources see. It is known if exactly one CI that others see and that is
    not retired has its MAC address, else its name, else its IP address, as its own or as a virtual one. Where a person
    keeps the two apart they stay so.
    """
    proposals = [cluster for cluster in clusters if _proposes(cluster, world)]
    if not proposals:
        return {}
    apart = {frozenset((each.one, each.other)) for each in world.decided if not each.same}
    things: dict[str, set[Thing]] = defaultdict(set)
    holders: dict[Identifier, set[str]] = defaultdict(set)
    for cluster in clusters:
        if not _proposes(cluster, world) and _lives(cluster, by_thing, world) and not _is_part(cluster, by_thing):
            ci = ci_of[cluster.lead]
            things[ci].update(cluster.things)
            for identifier in _telling(cluster, by_thing, world):
                holders[identifier].add(ci)
    found = {}
    for cluster in proposals:
        for kind in _TELLING:
            mine = (each for each in _telling(cluster, by_thing, world) if each.kind == kind)
            cis = {ci for identifier in mine for ci in holders.get(identifier, ())}
            cis = {ci for ci in cis if not any(frozenset((a, b)) in apart for a in cluster.things for b in things[ci])}
            if len(cis) == 1:
                found[cluster.lead] = cis.pop()
                break
    return found


def _proposes(cluster: Cluster, world: World) -> bool:
    proposing = world.rules.proposing
    return all(
        thing.source != DECLARED and (thing.source in proposing or world.coverages[thing.source].connector in proposing)
        for thing in cluster.things
    )


def _is_part(cluster: Cluster, by_thing: Mapping[Thing, list[Observation]]) -> bool:
    """Tell whether it is a part of something, as an interface is, which has the addresses of its owner again."""
    return any(each.owner is not None for thing in cluster.things for each in by_thing[thing])


def _lives(cluster: Cluster, by_thing: Mapping[Thing, list[Observation]], world: World) -> bool:
    declared = [thing.native_id for thing in cluster.things if thing.source == DECLARED]
    if declared:
        return world.declared[declared[0]].get("status") != CIStatus.RETIRED
    sights = [Sight(each, world.coverages[each.source]) for thing in cluster.things for each in by_thing[thing]]
    return status_of(sights, world.rules, world.now, declared=False) is not CIStatus.RETIRED


def _telling(cluster: Cluster, by_thing: Mapping[Thing, list[Observation]], world: World) -> Iterable[Identifier]:
    for observation in (each for thing in cluster.things for each in by_thing[thing]):
        for identifier in observation.identifiers:
            kind = "ip" if identifier.kind == "vip" else identifier.kind
            spelled = normalised(Identifier(kind, identifier.value), world.rules) if kind in _TELLING else None
            if spelled is not None:
                yield spelled
