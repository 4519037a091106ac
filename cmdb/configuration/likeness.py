"""
CIs that may be one: what identification would ask about, looked for in what the CIs themselves say. Pure.

Discovery asks when a source brings two records that meet; two CIs that people or imports entered are never brought
before it. So the ways to know a thing again (the rules' ``identifications``) are tried on the attributes of all living
CIs: two that share a key may be one, unless a stronger way tells them apart, a person keeps them apart, or so many have
it that it identifies nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations, islice, product

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.health import Likeness
from cmdb.configuration.identifiers import normalised
from cmdb.configuration.reconcile import identifiers_of
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.kind import Document

MOST_KEYS = 100
"""So many keys of one CI are tried in one way to know it."""
BY_NAME = ("service", "application", "facility", "party")
"""The classes, with all below them, of which two CIs of one class and one name may be one."""
Key = tuple[int, tuple[str, ...]]


def alike(
    cis: Mapping[str, Document],
    rules: DiscoveryRules,
    catalogue: Catalogue,
    apart: Collection[frozenset[str]] = frozenset(),
) -> dict[str, list[Likeness]]:
    """
    Return, by CI, which others may be the same and by which way; of two CIs the strongest way they share counts.

    ``cis`` are the documents of the living CIs by id, ``apart`` the pairs that a person keeps apart.
    """
    named = frozenset(each for root in BY_NAME for each in catalogue.descendants(root))
    first: dict[Key, str] = {}
    shared: dict[Key, list[str]] = {}
    for ci in sorted(cis):
        for key in _keys(cis[ci], rules, named):
            # Nearly every key has one holder, so a list is only made for the others.
            if first.setdefault(key, ci) != ci:
                shared.setdefault(key, [first[key]]).append(ci)
    told: dict[frozenset[str], str] = {}
    for (rank, _), found in sorted(shared.items()):
        if len(found) >= max(rules.not_unique_from, 3):
            continue
        for one, other in combinations(found, 2):
            pair = frozenset((one, other))
            if pair in told or pair in apart or _told_apart(cis[one], cis[other], rank, rules, named):
                continue
            told[pair] = "+".join(rules.identifications[rank])
    return _by_ci(told)


def _keys(document: Document, rules: DiscoveryRules, named: Collection[str]) -> Iterator[Key]:
    kinds: dict[str, set[str]] = {}
    for identifier in identifiers_of(document, document.get("attributes", {})):
        if identifier.kind == "name" and document["class"] not in named:
            continue
        spelled = normalised(identifier, rules)
        if spelled is not None:
            kinds.setdefault(spelled.kind, set()).add(spelled.value)
    for rank, way in enumerate(rules.identifications if kinds else ()):
        if all(kind in kinds for kind in way):
            more = (document["class"],) if way == ("name",) else ()
            for each in islice(product(*(sorted(kinds[kind]) for kind in way)), MOST_KEYS):
                yield rank, (*each, *more)


def _told_apart(one: Document, other: Document, rank: int, rules: DiscoveryRules, named: Collection[str]) -> bool:
    """Tell whether a way that is stronger than this one says that they are two."""
    mine, theirs = (_by_rank(_keys(each, rules, named)) for each in (one, other))
    return any(each < rank and mine[each].isdisjoint(theirs[each]) for each in mine.keys() & theirs.keys())


def _by_rank(keys: Iterable[Key]) -> dict[int, set[tuple[str, ...]]]:
    found: dict[int, set[tuple[str, ...]]] = defaultdict(set)
    for rank, values in keys:
        found[rank].add(values)
    return found


def _by_ci(told: Mapping[frozenset[str], str]) -> dict[str, list[Likeness]]:
    others: dict[tuple[str, str], set[str]] = defaultdict(set)
    for pair, way in told.items():
        one, other = sorted(pair)
        others[one, way].add(other)
        others[other, way].add(one)
    found: dict[str, list[Likeness]] = defaultdict(list)
    for (ci, way), several in sorted(others.items()):
        found[ci].append(Likeness(tuple(sorted(several)), way=way))
    return dict(found)
