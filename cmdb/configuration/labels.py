"""
What labels tell: tags, labels and annotations become owner group, environment, tier and other attributes, and say which
service a CI is part of. By the rules, and pure.

A key is found in any case, since one source writes ``Team`` where another writes ``team``. A value may be mapped to
another (``live`` is ``production``), and is read as what the attribute holds: ``tier-1`` is the number 1. What can not
be read, and a service that nobody or several are called, is told once for each such value, not once for each CI.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cmdb.configuration.discovered import Found
from cmdb.model.ci_class import Attribute, AttributeType
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.observation import End, EvidenceKind, Identifier, ObservedRelation

SERVICE = "service"
"""What the rules call the keys that name a service; no attribute of a CI."""
PART_OF = "part_of"
SHOWN = 20
"""So many of the CIs stand in a finding; all are counted."""
_NUMBERED = re.compile(r"(?:[a-z]+[ _-]?)?(\d{1,9})(?:\s*[-:].*)?", re.IGNORECASE | re.DOTALL | re.ASCII)
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_GROUP = re.compile(r"group:(?:[^/]+/)?(.+)", re.IGNORECASE)


class Labels:
    """Reads labels by one set of rules, and remembers what it could not read; see :meth:`findings`."""

    def __init__(self, rules: DiscoveryRules) -> None:
        self._keys = {name: tuple(key.casefold() for key in keys) for name, keys in rules.labels.items()}
        self._meant = {
            name: {said.casefold(): meant for said, meant in values.items()}
            for name, values in rules.label_values.items()
        }
        self._unfit: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._services: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)

    def values_of(self, ci: str, labels: Mapping[str, str], known: Mapping[str, Attribute]) -> dict[str, Any]:
        """Return what the labels of a thing tell of the attributes its class has, by name."""
        found: dict[str, Any] = {}
        folded = _folded(labels)
        for name in self._keys if folded else ():
            text = self._said(name, folded) if name in known else None
            if text is None:
                continue
            value = _as(known[name], text)
            if value is None:
                self._unfit[name, text].add(ci)
            else:
                found[name] = value
        return found

    def part_of(
        self, ci: str, labels: Mapping[str, str], named: Mapping[str, frozenset[str]]
    ) -> ObservedRelation | None:
        """
        Return that a CI is part of the service its labels name, None where they name none that is one.

        ``named`` has the services by id and by name, in lower case.
        """
        text = self._said(SERVICE, _folded(labels))
        if text is None:
            return None
        services = named.get(text.casefold(), frozenset())
        if len(services) != 1:
            self._services[text, tuple(sorted(services))].add(ci)
            return None
        if ci in services:
            return None
        end = End(identifiers=(Identifier(SERVICE, next(iter(services))),))
        return ObservedRelation(PART_OF, EvidenceKind.INVENTORY, target=end, detail=f"a label names {text}"[:200])

    def findings(self) -> Iterator[Found]:
        """Yield what could not be read of all labels so far, each value once."""
        for (name, text), cis in self._unfit.items():
            yield Found("label.unfit_value", (), {"attribute": name, "values": [text], **_named(cis)})
        for (text, services), cis in self._services.items():
            code = "label.ambiguous_service" if services else "label.unknown_service"
            yield Found(code, (), {"values": [text], "of": list(services[:SHOWN]), **_named(cis)})

    def _said(self, name: str, folded: Mapping[str, str]) -> str | None:
        """Return what the best key that is there says, as the rules mean it."""
        text = next((folded[key] for key in self._keys.get(name, ()) if key in folded), None)
        if text is None:
            return None
        meant = self._meant.get(name, {}).get(text.casefold(), text)
        group = _GROUP.fullmatch(meant) if name == "owner" else None
        return group[1] if group else meant


def services_of(documents: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Return the ids of services by what a label may call them: id or name, in lower case."""
    found: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        for text in {document["id"], document.get("name") or document["id"]}:
            found[str(text).casefold()].add(document["id"])
    return {text: frozenset(ids) for text, ids in found.items()}


def _folded(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels by their keys in lower case, without blank ones; of keys that differ in case alone, the first."""
    found: dict[str, str] = {}
    for key in sorted(labels):
        text = labels[key].strip()
        if text:
            found.setdefault(key.casefold(), text)
    return found


def _as(attribute: Attribute, text: str) -> Any:
    """Return a label's text as the attribute's type has it, None where it can not be read so."""
    if attribute.type is AttributeType.INTEGER:
        number = _NUMBERED.fullmatch(text)
        value = int(number[1]) if number else None
        return value if value is not None and _within(attribute, value) else None
    if attribute.type is AttributeType.DECIMAL:
        return float(text) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", text) else None
    if attribute.type is AttributeType.BOOLEAN:
        return _YES_NO.get(text.casefold())
    if attribute.is_list:
        return [each.strip() for each in text.split(",") if each.strip()] or None
    return text


def _within(attribute: Attribute, value: int) -> bool:
    low, high = attribute.minimum, attribute.maximum
    return (low is None or low <= value) and (high is None or value <= high)


def _named(cis: Iterable[str]) -> dict[str, Any]:
    ordered = sorted(cis)
    return {"cis": ordered[:SHOWN], "count": len(ordered)}
