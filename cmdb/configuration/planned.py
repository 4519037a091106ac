"""
What a Terraform plan would touch of what is there: its addresses, matched to CIs by ids that sources and people know.

Nobody is guessed. An address whose ids nobody has, or several CIs have, is told by name and is no target.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from cmdb.configuration.discovery_rules import rules_in_force
from cmdb.configuration.identifiers import normalised
from cmdb.configuration.reconcile import IDENTIFYING
from cmdb.context import Context
from cmdb.exchange import terraform_plan
from cmdb.exchange.estate.faults import Faults
from cmdb.exchange.terraform_plan import PlanTarget
from cmdb.model.change import Effect
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.kind import Kind
from cmdb.model.observation import OBSERVATIONS, Identifier
from cmdb.model.run import Said
from cmdb.records import to_json

_WORST = (Effect.DOWN, Effect.RESTART, Effect.CONFIG)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a plan does to one address: the effect, and the code and facts of how that was judged."""

    address: str
    effect: Effect
    because: Said


@dataclass(frozen=True, slots=True)
class Touched:
    """A CI that a plan touches: the worst effect of its addresses, and each of them, sorted."""

    ci: str
    effect: Effect
    addresses: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Unfound:
    """
    An address that is no CI's, or not one CI's alone.

    ``why``: ``no_ids`` (the plan tells none and the lineage is not known), ``unknown`` (nobody has them), ``several``
    (``cis`` have them) or ``retired`` (``cis`` has, and is retired).
    """

    address: str
    type: str
    effect: Effect
    because: Said
    why: str
    cis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Touching:
    """What a plan would touch, sorted by CI and by address; ``created`` are addresses that are not there yet."""

    touched: tuple[Touched, ...]
    unfound: tuple[Unfound, ...]
    created: tuple[str, ...]
    notes: tuple[Said, ...]

    @property
    def missed(self) -> int:
        """How many addresses would go down or restart although nobody knows which CI they are."""
        return sum(each.effect is not Effect.CONFIG for each in self.unfound)

    def as_json(self) -> dict[str, Any]:
        """Return it as every door shows it."""
        return {**to_json(TOUCHING, self), "missed": self.missed}


TOUCHING = Kind(Touching, name="touching")
"""Never stored; that doors show it, and read it again, as they do records."""


def touched_by(context: Context, stream: BinaryIO, *, lineage: str = "", what: str = "the plan") -> Touching:
    """
    Return what a plan (what ``terraform show -json`` prints of it) would touch of what is there.

    ``lineage`` is that of the state it was made from; without it things are known by their provider's ids alone. Cost:
    one pass over the identifiers of all observations and of all CIs.

    Raises:
        NotAllowed: the actor may not read CIs.
        InvalidInput: it is no plan, or not a whole one; everything that is wrong is named.
    """
    context.allow("ci:read")
    faults = Faults()
    plan = terraform_plan.read(stream, faults, lineage=lineage)
    faults.refuse(what)
    assert plan is not None  # Else there are faults.
    rules = rules_in_force(context)
    wanted = {each: normalised(each, rules) for target in plan.targets for each in target.identifiers}
    known = _Known(context, rules, {each for each in wanted.values() if each is not None})
    addresses: dict[str, list[Judged]] = defaultdict(list)
    unfound = []
    for target in plan.targets:
        found = known.by_any([wanted[each] for each in target.identifiers])
        if isinstance(found, str):
            addresses[found].append(Judged(target.address, target.effect, target.because))
        else:
            unfound.append(_unfound(target, *found))
    touched = tuple(Touched(ci, _worst(several), tuple(several)) for ci, several in sorted(addresses.items()))
    return Touching(touched, tuple(unfound), plan.created, plan.notes)


def _unfound(target: PlanTarget, why: str, cis: Collection[str]) -> Unfound:
    why = why if target.identifiers else "no_ids"
    return Unfound(target.address, target.type, target.effect, target.because, why, tuple(sorted(cis)))


def _worst(several: Collection[Judged]) -> Effect:
    return min((each.effect for each in several), key=_WORST.index)


class _Known:
    """Which CIs have some identifiers, as sources saw them and as people entered them."""

    def __init__(self, context: Context, rules: DiscoveryRules, wanted: Collection[Identifier]) -> None:
        self._wanted, self._rules = wanted, rules
        self._cis: dict[Identifier, set[str]] = defaultdict(set)
        self._retired: set[str] = set()
        if not wanted:
            return
        with context.store.snapshot() as snapshot:
            seen: dict[tuple[str, str], list[Identifier]] = defaultdict(list)
            for source, native, identifiers in _rows(snapshot, OBSERVATIONS, "source", "native_id", "identifiers"):
                seen[source, native] += self._among(_observed(identifiers))
            paths = ("id", "status", "seen_as", "attributes", "declared")
            for ci, status, seen_as, attributes, declared in _rows(snapshot, CIS, *paths):
                if status == CIStatus.RETIRED:
                    self._retired.add(ci)
                found = [each for thing in seen_as or () for each in seen.get(tuple(thing), ())]
                found += self._among(_stated({**(attributes or {}), **(declared or {})}))
                for identifier in found:
                    self._cis[identifier].add(ci)

    def _among(self, identifiers: Iterator[Identifier]) -> list[Identifier]:
        spelled = (normalised(each, self._rules) for each in identifiers)
        return [each for each in spelled if each is not None and each in self._wanted]

    def by_any(self, identifiers: list[Identifier | None]) -> str | tuple[str, Collection[str]]:
        """Return the CI that has the first of the identifiers that anybody has, or why there is none and who has it."""
        retired: set[str] = set()
        for identifier in identifiers:
            cis = self._cis.get(identifier, set()) if identifier is not None else set()
            there = cis - self._retired
            if len(there) == 1:
                return next(iter(there))
            if there:
                return "several", there
            retired |= cis
        return ("retired", retired) if retired else ("unknown", ())


def _rows(snapshot: Any, kind: Any, *paths: str) -> Iterator[tuple[Any, ...]]:
    for columns in snapshot.columns(kind, *paths):
        yield from zip(*columns, strict=True)


def _observed(identifiers: Any) -> Iterator[Identifier]:
    yield from (Identifier(each["kind"], each["value"]) for each in identifiers or ())


def _stated(attributes: Mapping[str, Any]) -> Iterator[Identifier]:
    for name, kind in IDENTIFYING.items():
        held = attributes.get(name) or ()
        yield from (Identifier(kind, str(each)) for each in (held if isinstance(held, list) else [held]))
