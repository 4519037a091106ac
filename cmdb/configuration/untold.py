"""
What a source told of a thing once and tells no more: null never overwrites a value, not the source's own either. Pure.

An empty cell, a column that is gone, or a command that failed on a host says nothing; only a person says that there is
no value. So the last value stays, with the moment since when it is left out. It is not fresh, so it yields to every
source that does say something; and where many go silent at once, that is a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import datetime
from typing import Any

from cmdb.configuration.discovered import Found
from cmdb.configuration.labels import SERVICE
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.observation import OF_NAME, Observation

UNTOLD = "source.values_untold"


def with_last_values(before: Observation | None, came: Observation, rules: DiscoveryRules, at: datetime) -> Observation:
    """
    Return what came ``at`` a moment, together with the last values of what is left out now and was told ``before``.

    A label counts for the attribute it tells. One that names a service tells of a relation, and goes with it.
    """
    told = {name: value for name, value in came.attributes.items() if value is not None}
    if before is None or _is_all_told(before, came, told):
        return came if len(told) == len(came.attributes) else replace(came, attributes=told)
    labelled = {name: {key.casefold() for key in keys} for name, keys in rules.labels.items() if name != SERVICE}
    here = {*told, *_labelled(came.labels, labelled)}
    values = {name: value for name, value in before.attributes.items() if name not in here}
    by_label = _labelled(before.labels, labelled) - here - values.keys()
    kept = set().union(*(labelled[name] for name in by_label))
    labels = {key: text for key, text in before.labels.items() if key.casefold() in kept and not _says(came, key)}
    untold = {*values, *by_label, *({OF_NAME} if before.name is not None and came.name is None else ())}
    return replace(
        came,
        name=before.name if came.name is None else came.name,
        attributes={**told, **values},
        labels={**came.labels, **labels},
        untold={name: before.untold.get(name, at) for name in sorted(untold)},
    )


def _is_all_told(before: Observation, came: Observation, told: Mapping[str, Any]) -> bool:
    """Tell whether nothing is left out, as nearly always, without asking what labels stand for."""
    named = came.name is not None or before.name is None
    return named and before.attributes.keys() <= told.keys() and all(_says(came, key) for key in before.labels)


def _says(observation: Observation, label: str) -> bool:
    return bool(observation.labels.get(label, "").strip())


def untold_of(observations: Iterable[Observation], rules: DiscoveryRules) -> Iterator[Found]:
    """
    Yield a finding for each attribute of a source that so many of its things go without at once as no reading may lose.

    That is the limit of the sweep guard, over the things that are there and of which the attribute was ever told.
    """
    labelled = {name: {key.casefold() for key in keys} for name, keys in rules.labels.items() if name != SERVICE}
    ever, silent = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    there = [each for each in observations if each.absent_since is None]
    silenced = {each.source for each in there if each.untold}
    for each in there:
        if each.source not in silenced:
            continue
        ever.update((each.source, name) for name in _told_of(each, labelled))
        silent.update((each.source, name) for name in each.untold)
    for (source, name), count in sorted(silent.items()):
        of = ever[source, name]
        if count > rules.sweep_least and count > rules.sweep_share * of:
            facts = {"source": source, "attribute": name.removeprefix("/"), "count": count, "had": of}
            yield Found(UNTOLD, (), facts)


def _told_of(each: Observation, labelled: Mapping[str, Set[str]]) -> set[str]:
    named = {OF_NAME} if each.name is not None else set()
    return {*each.attributes, *_labelled(each.labels, labelled), *named}


def _labelled(labels: Mapping[str, str], labelled: Mapping[str, Set[str]]) -> set[str]:
    """Return the attributes that some label tells, by the keys that tell each."""
    said = {key.casefold() for key, text in labels.items() if text.strip()}
    return {name for name, keys in labelled.items() if not said.isdisjoint(keys)} if said else set()
