"""
Which source is believed: one value for each attribute of a CI, and the values that lost.

A value a person locked stands. Then come the sources that are still fresh, in the order of precedence for the class and
attribute; then, in the same order, those past their time to live. Sources of the same rank are told apart by who saw
the CI first and by name, never by who spoke last, so two that disagree each hour do not flip. A source that says
nothing of an attribute takes nothing away, neither what others say nor what it said itself: its last value stays, and
counts like one that is past its time to live.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from cmdb.configuration.identify import DECLARED
from cmdb.model.discovery_rules import ANY, DiscoveryRules


class Saying(NamedTuple):
    """
    What a source says of a CI in one scope: its values by name, when it was last read, when it saw the CI first.

    ``untold`` are those of its values that it said last before these moments, and has left out since.
    """

    source: str
    connector: str
    values: Mapping[str, Any]
    read_at: datetime | None
    first_seen: datetime | None
    present: bool = True
    scope: str = ""
    untold: Mapping[str, datetime] = MappingProxyType({})


class Believed(NamedTuple):
    """
    The value that stands, whose it is, whether it is still fresh, and the fresh ones of others that differ.

    ``untold_since`` is when its source was first read without it, None while the source tells it.
    """

    value: Any
    source: str
    fresh: bool
    others: tuple[tuple[str, Any], ...] = ()
    untold_since: datetime | None = None


def time_to_live(source: str, connector: str, rules: DiscoveryRules) -> timedelta | None:
    """Return how long after its reading what a source says is fresh, None: for ever."""
    hours = rules.hours_to_live
    live = hours.get(source, hours.get(connector, hours.get(ANY)))
    return None if live is None else timedelta(hours=live)


class Precedence:
    """Answers, for one set of rules and one moment, whom to believe; what it found once it remembers."""

    def __init__(self, rules: DiscoveryRules, now: datetime) -> None:
        self._rules = rules
        self._now = now
        self._ranks: dict[tuple[str, str], Mapping[str, int]] = {}

    def fresh(self, saying: Saying, attribute: str = "") -> bool:
        """
        Tell whether what a source said, of an attribute if one is named, still counts as fresh.

        What people stated always does.
        """
        if saying.source == DECLARED:
            return True
        if not saying.present or saying.read_at is None or attribute in saying.untold:
            return False
        live = time_to_live(saying.source, saying.connector, self._rules)
        return live is None or self._now - saying.read_at <= live

    def order(self, ci_class: str, attribute: str, saying: Saying) -> tuple[bool, int, bool, str, str, str]:
        """Return where a source stands for an attribute; the least is believed."""
        ranks = self._ranks_of(ci_class, attribute)
        rank = min(ranks.get(saying.source, len(ranks)), ranks.get(saying.connector, len(ranks)))
        if saying.source == DECLARED and DECLARED not in ranks:
            # What people stated without locking it yields to whom the rules name, and to nobody else.
            rank = len(ranks)
        first = saying.first_seen
        return (
            not self.fresh(saying, attribute),
            rank,
            first is None,
            first.isoformat() if first else "",
            saying.source,
            saying.scope,
        )

    def _ranks_of(self, ci_class: str, attribute: str) -> Mapping[str, int]:
        found = self._ranks.get((ci_class, attribute))
        if found is None:
            by = self._rules.precedence
            names = (f"{ci_class}.{attribute}", f"{ANY}.{attribute}", f"{ci_class}.{ANY}", ANY)
            order = next((by[name] for name in names if name in by), ())
            found = self._ranks[ci_class, attribute] = {name: n for n, name in enumerate(order)}
        return found


def believed(
    ci_class: str, sayings: Iterable[Saying], locked: Mapping[str, Any], precedence: Precedence
) -> dict[str, Believed]:
    """Return, by attribute, what is believed of a CI; ``locked`` are the values people hold, None for "none"."""
    said: dict[str, list[Saying]] = {}
    for saying in sayings:
        for name, value in saying.values.items():
            if value is not None:
                said.setdefault(name, []).append(saying)
    return {name: _one(ci_class, name, said.get(name, []), locked, precedence) for name in sorted({*said, *locked})}


def _one(
    ci_class: str, name: str, sayings: list[Saying], locked: Mapping[str, Any], precedence: Precedence
) -> Believed:
    ordered = sorted(sayings, key=lambda saying: precedence.order(ci_class, name, saying))
    if name in locked:
        value, source, fresh, untold = locked[name], DECLARED, True, None
    else:
        first = ordered[0]
        value, source, fresh = first.values[name], first.source, precedence.fresh(first, name)
        untold = first.untold.get(name)
    others = tuple(
        (saying.source, saying.values[name])
        for saying in ordered
        if saying.source != source and precedence.fresh(saying, name) and saying.values[name] != value
    )
    return Believed(value, source, fresh, others, untold)
