"""
The text of discovery's rules: TOML in, :class:`~cmdb.model.discovery_rules.DiscoveryRules` out, every fault named.

What the text leaves out is as it comes with Foreshock; a table it has stands in place of ours, but for ``precedence``,
``evidence``, ``hours_to_live``, ``labels`` and ``label_values``, of which each key does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.rules_toml import parsed, unknown_keys, wrong
from cmdb.errors import InvalidInput, Problem, below
from cmdb.model.discovery_rules import Age, Ageing, DiscoveryRules, Fading
from cmdb.model.observation import EvidenceKind

FORMAT = "foreshock-discovery-rules/1"


def read_rules(content: bytes, *, what: str = "the rules of discovery") -> DiscoveryRules:
    """
    Return the rules that a text states.

    Raises:
        InvalidInput: all that is wrong with it, each by its JSON pointer.
    """
    return _Reader(parsed(content, what), what).read()


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_number(value: Any, low: float, high: float, *, above: bool = False) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (low < value if above else low <= value) and value <= high


class _Reader:
    def __init__(self, told: Mapping[str, Any], what: str) -> None:
        self._told = told
        self._what = what
        self._problems: list[Problem] = []

    def read(self) -> DiscoveryRules:
        takers: dict[str, Callable[[Any, str], dict[str, Any]]] = {
            "identification": self._identification,
            "precedence": self._precedence,
            "hours_to_live": self._hours,
            "evidence": self._evidence,
            "ageing": self._ageing,
            "sweep": self._sweep,
            "proposing": self._proposing,
            "labels": self._labels,
            "label_values": self._label_values,
        }
        if self._told.get("format") != FORMAT:
            self._wrong("/format", self._told.get("format"), f'"{FORMAT}"')
        self._known(self._told, "", ("format", *takers))
        changes: dict[str, Any] = {}
        for key, take in takers.items():
            if key in self._told:
                changes.update(take(self._told[key], f"/{key}"))
        if self._problems:
            raise InvalidInput(self._problems, what=self._what)
        return replace(RULES, **changes)

    # what is wrong ---------------------------------------------------------------------------------------------------
    def _wrong(self, key: str, value: Any, right: str) -> None:
        self._problems.append(wrong(key, value, right))

    def _known(self, table: Mapping[str, Any], pointer: str, keys: tuple[str, ...]) -> None:
        self._problems += unknown_keys(table, pointer, keys)

    def _table(self, value: Any, pointer: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self._wrong(pointer, value, "a table")
        return {}

    def _each(self, value: Any, pointer: str, check: Callable[[Any], bool], right: str) -> dict[str, Any]:
        """Return the entries of a table that are right, and tell of the others."""
        found = {}
        for key, entry in self._table(value, pointer).items():
            if check(entry):
                found[key] = entry
            else:
                self._wrong(below(pointer, key), entry, right)
        return found

    # the tables ------------------------------------------------------------------------------------------------------
    def _identification(self, value: Any, pointer: str) -> dict[str, Any]:
        table = self._table(value, pointer)
        self._known(table, pointer, ("ways", "junk", "not_unique_from"))
        changes: dict[str, Any] = {}
        if "ways" in table:
            ways = table["ways"]
            if _is_texts(ways) and ways and all("" not in way.split("+") for way in ways):
                changes["identifications"] = tuple(tuple(way.split("+")) for way in ways)
            else:
                self._wrong(
                    f"{pointer}/ways", ways, 'kinds of identifiers, the strongest first, such as ["serial", "fqdn+mac"]'
                )
        if "junk" in table:
            junk = self._each(table["junk"], f"{pointer}/junk", _is_texts, "a list of texts")
            more = {
                kind: RULES.junk.get(kind, frozenset()) | {v.casefold() for v in values}
                for kind, values in junk.items()
            }
            changes["junk"] = {**RULES.junk, **more}
        if "not_unique_from" in table:
            number = table["not_unique_from"]
            if type(number) is int and 2 <= number <= 1000:
                changes["not_unique_from"] = number
            else:
                self._wrong(f"{pointer}/not_unique_from", number, "a whole number from 2 to 1000")
        return changes

    def _precedence(self, value: Any, pointer: str) -> dict[str, Any]:
        found = self._each(value, pointer, _is_texts, "a list of sources or connectors, the most believed first")
        return {"precedence": {**RULES.precedence, **{key: tuple(names) for key, names in found.items()}}}

    def _hours(self, value: Any, pointer: str) -> dict[str, Any]:
        right = "a number of hours above 0"
        found = self._each(value, pointer, lambda each: _is_number(each, 0, 1e6, above=True), right)
        return {"hours_to_live": {**RULES.hours_to_live, **{key: float(each) for key, each in found.items()}}}

    def _evidence(self, value: Any, pointer: str) -> dict[str, Any]:
        table = self._table(value, pointer)
        kinds = tuple(kind.value for kind in EvidenceKind)
        self._known(table, pointer, (*kinds, "confirmed", "forgotten"))
        fading, changes = dict(RULES.fading), dict[str, Any]()
        for key in kinds:
            if key in table:
                fading[EvidenceKind(key)] = self._fading(
                    self._table(table[key], f"{pointer}/{key}"), f"{pointer}/{key}"
                )
        for key in ("confirmed", "forgotten"):
            if key in table and _is_number(table[key], 0, 1):
                changes[key] = float(table[key])
            elif key in table:
                self._wrong(f"{pointer}/{key}", table[key], "a confidence from 0 to 1")
        return {"fading": fading, **changes}

    def _fading(self, table: Mapping[str, Any], pointer: str) -> Fading:
        self._known(table, pointer, ("weight", "half_life_days"))
        weight: Any = table.get("weight")
        days: Any = table.get("half_life_days")
        if not _is_number(weight, 0, 1):
            self._wrong(f"{pointer}/weight", weight, "a number from 0 to 1")
        if days is not None and not _is_number(days, 0, 1e5, above=True):
            self._wrong(f"{pointer}/half_life_days", days, "a number of days above 0")
        return Fading(
            float(weight) if _is_number(weight, 0, 1) else 0.0,
            float(days) if _is_number(days, 0, 1e5, above=True) else None,
        )

    def _ageing(self, value: Any, pointer: str) -> dict[str, Any]:
        table = self._table(value, pointer)
        self._known(table, pointer, ("part", "whole"))
        found = {}
        for key, before in (("part", RULES.part), ("whole", RULES.whole)):
            if key in table:
                stages = self._table(table[key], f"{pointer}/{key}")
                self._known(stages, f"{pointer}/{key}", ("missing", "retired"))
                ages = {
                    name: self._age(stages[name], f"{pointer}/{key}/{name}")
                    for name in stages
                    if name in ("missing", "retired")
                }
                found[key] = Ageing(ages.get("missing", before.missing), ages.get("retired", before.retired))
        return found

    def _age(self, value: Any, pointer: str) -> Age:
        table = self._table(value, pointer)
        self._known(table, pointer, ("days", "readings"))
        days: Any = table.get("days")
        readings: Any = table.get("readings")
        if not _is_number(days, 0, 1e5):
            self._wrong(f"{pointer}/days", days, "a number of days from 0")
        if type(readings) is not int or not 1 <= readings <= 10_000:
            self._wrong(f"{pointer}/readings", readings, "a whole number of readings from 1")
        return Age(float(days) if _is_number(days, 0, 1e5) else 0.0, readings if type(readings) is int else 1)

    def _sweep(self, value: Any, pointer: str) -> dict[str, Any]:
        table = self._table(value, pointer)
        self._known(table, pointer, ("share", "least"))
        changes: dict[str, Any] = {}
        if "share" in table and _is_number(table["share"], 0, 1):
            changes["sweep_share"] = float(table["share"])
        elif "share" in table:
            self._wrong(f"{pointer}/share", table["share"], "a share from 0 to 1")
        if "least" in table and type(table["least"]) is int and table["least"] >= 0:
            changes["sweep_least"] = table["least"]
        elif "least" in table:
            self._wrong(f"{pointer}/least", table["least"], "a whole number from 0")
        return changes

    def _proposing(self, value: Any, pointer: str) -> dict[str, Any]:
        if _is_texts(value):
            return {"proposing": frozenset(value)}
        self._wrong(pointer, value, "a list of sources or connectors")
        return {}

    def _labels(self, value: Any, pointer: str) -> dict[str, Any]:
        found = self._each(value, pointer, _is_texts, "a list of keys of labels, the best first")
        return {"labels": {**RULES.labels, **{key: tuple(names) for key, names in found.items()}}}

    def _label_values(self, value: Any, pointer: str) -> dict[str, Any]:
        found = dict(RULES.label_values)
        for name, table in self._table(value, pointer).items():
            at, right = below(pointer, name), "a text or a whole number that this value of a label means"
            meant = self._each(table, at, lambda each: _is_text(each) or type(each) is int, right)
            found[name] = {said: str(each) for said, each in meant.items()}
        return {"label_values": found}
