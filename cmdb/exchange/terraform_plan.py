"""
What a Terraform plan would do to what is there: the targets of a change and the effect on each.

Read is what ``terraform show -json PLAN`` prints. How an effect is judged:

- **down**: the resource is deleted or replaced. A replacement that is created first is down all the same, since what
  is there now ends and whoever holds its address has to find the new one.
- **restart**: it is updated in place, and one of the values that change is known to stop it for a moment
  (:data:`~cmdb.exchange.terraform_restarts.RESTARTS`), or it is a value that is only known afterwards of such a kind.
- **config**: it is updated in place otherwise. Of a type that the table does not list, a note says that this is
  assumed and not known.

What is created is not there yet and is no target. Values are compared, never kept; the only ones that leave this file
are ids, and none that is marked sensitive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from cmdb.errors import below
from cmdb.exchange.estate.faults import Faults, problem, shown
from cmdb.exchange.terraform_json import (
    MAX_RESOURCES,
    cloud_ids,
    document_of,
    kind_of,
    shared_ids,
    sound_address,
    sound_lineage,
    tell,
)
from cmdb.exchange.terraform_restarts import RESTARTS
from cmdb.model.change import Effect
from cmdb.model.observation import Identifier
from cmdb.model.run import Said

MOST_NAMED = 20  # addresses that a note names; all are counted

SENTENCES = {
    "plan.actions": "the actions are {found}, which this Foreshock does not know; {wanted} would be right",
    "plan.errored": "the plan ended with an error, so what it lists is not all; mend the configuration and plan again",
    "plan.missing": "resource_changes is missing; `terraform show -json PLAN` of Terraform 0.12 or newer prints it",
}

_NOTHING = (("no-op",), ("read",))
DELETED = "plan.deleted"
"""The code of the judgement that something is destroyed, and nothing takes its place."""
_REPLACED = {("delete", "create"): "plan.replaced", ("create", "delete"): "plan.replaced_create_first"}
_LEFT_ALONE = (("forget",), ("create", "forget"))
_KNOWN = (("create",), ("update",), ("delete",), *_NOTHING, *_REPLACED, *_LEFT_ALONE)


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """
    One thing that is there and that the plan touches.

    ``identifiers`` are those by which it may be known, the provider's first, then ``terraform`` (lineage and address)
    where the lineage is known; none at all where neither is. ``because`` says how the effect was judged.
    """

    address: str
    type: str
    effect: Effect
    identifiers: tuple[Identifier, ...]
    because: Said


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What a plan would do: ``targets`` sorted by address, and the addresses it would create.

    ``notes`` tell what has no target or was assumed, each kind once, with the first addresses and the count of all.
    """

    targets: tuple[PlanTarget, ...]
    created: tuple[str, ...]
    notes: tuple[Said, ...]


def read(stream: BinaryIO, faults: Faults, *, lineage: str = "") -> Plan | None:
    """
    Return what the plan in a stream would do; None when ``faults`` says why it can not be told.

    ``lineage`` is that of the state the plan was made from, which a plan does not hold: without it, things are known
    by their provider's ids alone. Cost: the document in memory, O(n) for n changes. Raises nothing for what is in it.
    """
    document = document_of(stream, faults)
    if document is None:
        return None
    kind = kind_of(document, faults)
    if kind not in (None, "plan"):
        tell(faults, "terraform.wanted", found="state", wanted="plan (`terraform show -json PLAN`)")
    return plan_targets(document, faults, lineage=lineage) if kind == "plan" else None


def plan_targets(document: Mapping[str, Any], faults: Faults, *, lineage: str = "") -> Plan | None:
    """
    Return what a plan would do, from the parsed output of ``terraform show -json``; as :func:`read`.

    >>> instance = {"address": "aws_instance.web", "mode": "managed", "type": "aws_instance", "change":
    ...     {"actions": ["update"], "before": {"instance_type": "m5.large"}, "after": {"instance_type": "m5.xlarge"}}}
    >>> plan = plan_targets({"resource_changes": [instance]}, Faults(), lineage="6f1c")
    >>> plan.targets[0].effect.value, plan.targets[0].identifiers[0].value
    ('restart', '6f1c/aws_instance.web')
    """
    before = faults.count
    lineage = sound_lineage(lineage, "/lineage", faults)
    if document.get("errored") is True:
        _fault(faults, "plan.errored", "/errored")
    changes = list(_changes(document, faults))
    if faults.count > before:
        return None
    return _Judging(document, changes, lineage).plan()


def lineage_of(stream: BinaryIO, faults: Faults) -> str:
    """Return the lineage that a state file tells; "" when ``faults`` says why it can not be told."""
    document = document_of(stream, faults)
    if document is None:
        return ""
    kind = kind_of(document, faults)
    if kind not in (None, "state"):
        tell(faults, "terraform.wanted", found=kind, wanted="state file (`terraform state pull`), which has a lineage")
    return sound_lineage(document.get("lineage"), "/lineage", faults) if kind == "state" else ""


@dataclass(frozen=True, slots=True)
class _Change:
    """One entry of resource_changes that is of a managed resource, of sound shape."""

    address: str
    type: str
    actions: tuple[str, ...]
    body: Mapping[str, Any]
    previous: str | None
    reason: str | None
    deposed: bool


def _changes(document: Mapping[str, Any], faults: Faults) -> Iterator[_Change]:
    listed = document.get("resource_changes")
    if listed is None and "planned_values" not in document:
        _fault(faults, "plan.missing", "")
    if listed is not None and not isinstance(listed, list):
        tell(faults, "terraform.wrong_type", "/resource_changes", key="it", found=shown(listed), wanted="a list")
        return
    first: dict[tuple[str, bool], str] = {}
    for position, entry in enumerate(listed or ()):
        place = below("/resource_changes", position)
        if position >= MAX_RESOURCES:
            tell(faults, "terraform.too_many", place, limit=MAX_RESOURCES, what="changes")
            return
        change = _change(entry, place, faults)
        if change is None:
            continue
        # An address may have one object that is current and several that were left over.
        if not change.deposed and first.setdefault((change.address, False), place) != place:
            facts = {"address": shown(change.address), "first": first[change.address, False]}
            tell(faults, "terraform.repeated_address", below(place, "address"), **facts)
        yield change


def _change(entry: Any, place: str, faults: Faults) -> _Change | None:
    """Return one entry, None for a data source or where ``faults`` says what is wrong with it."""
    if not isinstance(entry, dict):
        tell(faults, "terraform.wrong_type", place, key="a change", found=shown(entry), wanted="an object")
        return None
    if entry.get("mode") == "data":
        return None
    before = faults.count
    address = sound_address(entry.get("address"), below(place, "address"), faults)
    previous = entry.get("previous_address")
    if previous is not None:
        previous = sound_address(previous, below(place, "previous_address"), faults)
    kind = sound_address(entry.get("type"), below(place, "type"), faults)
    body = entry.get("change")
    actions = body.get("actions") if isinstance(body, dict) else None
    if not isinstance(body, dict):
        tell(
            faults, "terraform.wrong_type", below(place, "change"), key="change", found=shown(body), wanted="an object"
        )
    elif not isinstance(actions, list) or tuple(map(str, actions)) not in _KNOWN:
        wanted = ", ".join("/".join(known) for known in _KNOWN)
        _fault(faults, "plan.actions", below(place, "change", "actions"), found=shown(actions), wanted=wanted)
    if faults.count > before or address is None or kind is None or body is None or actions is None:
        return None
    reason = entry.get("action_reason")
    return _Change(
        address=address,
        type=kind,
        actions=tuple(map(str, actions)),
        body=body,
        previous=previous,
        reason=reason[:100] if isinstance(reason, str) else None,
        deposed=entry.get("deposed") is not None,
    )


class _Judging:
    """Makes targets of changes and collects, by kind, what people should know."""

    def __init__(self, document: Mapping[str, Any], changes: Sequence[_Change], lineage: str) -> None:
        self._document, self._changes, self._lineage = document, changes, lineage
        self._noted: dict[str, list[str]] = {}
        self._ids = {id(change): _ids_before(change) for change in changes}
        self._shared = shared_ids((c.address, c.type, self._ids[id(c)]) for c in changes)

    def plan(self) -> Plan:
        targets: list[PlanTarget] = []
        created: list[str] = []
        for change in self._changes:
            if change.actions == ("create",):
                created.append(change.address)
            elif change.actions in _LEFT_ALONE:
                self._note("plan.forgotten", change.address)
            elif change.actions not in _NOTHING:
                targets.append(self._target(change))
        assumed = Counter(t.type for t in targets if t.because.code == "plan.updated" and t.type not in RESTARTS)
        notes = [
            *(Said(code, _named(found)) for code, found in sorted(self._noted.items())),
            *(Said("plan.effect_assumed", {"type": kind, "count": assumed[kind]}) for kind in sorted(assumed)),
            *self._notes_of_all(created),
        ]
        in_order = sorted(targets, key=lambda t: (t.address, t.because.code, [each.value for each in t.identifiers]))
        return Plan(tuple(in_order), tuple(sorted(created)), tuple(notes))

    def _target(self, change: _Change) -> PlanTarget:
        identifiers = self._identifiers(change)
        if not identifiers:
            self._note("plan.unidentified", change.address)
        effect, because = _effect(change)
        if change.deposed:
            # What a replacement left over is another thing than the one that now has the address.
            self._note("plan.deposed", change.address)
            because = replace(because, code="plan.deposed_deleted")
        return PlanTarget(change.address, change.type, effect, identifiers, because)

    def _identifiers(self, change: _Change) -> tuple[Identifier, ...]:
        found = [each for each in self._ids[id(change)] if self._shared.get(each, change.address) == change.address]
        if self._lineage and not change.deposed:
            # Until the plan is applied and the state is read again, a thing that moves is known by where it was.
            addresses = (change.previous, change.address) if change.previous else (change.address,)
            found += [Identifier("terraform", f"{self._lineage}/{address}") for address in addresses]
        return tuple(dict.fromkeys(found))

    def _note(self, code: str, address: str) -> None:
        self._noted.setdefault(code, []).append(address)

    def _notes_of_all(self, created: list[str]) -> Iterator[Said]:
        if created:
            yield Said("plan.created", _named(created))
        if not self._lineage:
            yield Said("plan.no_lineage")
        if self._document.get("complete") is False:
            yield Said("plan.incomplete")
        for key, code in (
            ("deferred_changes", "plan.deferred"),
            ("resource_drift", "plan.drift"),
            ("action_invocations", "plan.actions_invoked"),
        ):
            listed = self._document.get(key)
            if isinstance(listed, list) and listed:
                yield Said(code, {"count": len(listed)})


def _effect(change: _Change) -> tuple[Effect, Said]:
    """Return what happens to a thing, and how that was judged."""
    reason = {"reason": change.reason} if change.reason else {}
    if change.actions == ("delete",):
        return Effect.DOWN, Said(DELETED, reason)
    if change.actions in _REPLACED:
        forced = _paths(change.body.get("replace_paths"))
        return Effect.DOWN, Said(_REPLACED[change.actions], reason | ({"values": forced} if forced else {}))
    stopping = [path for path in RESTARTS.get(change.type, ()) if _differs(change.body, path)]
    if stopping:
        return Effect.RESTART, Said("plan.updated_restarts", {"values": stopping})
    return Effect.CONFIG, Said("plan.updated")


def _differs(body: Mapping[str, Any], path: str) -> bool:
    """Tell whether the values at a path differ, or what comes is not known yet."""
    before, after, unknown = body.get("before"), body.get("after"), body.get("after_unknown")
    for step in path.split("."):
        if unknown is True:
            return True
        before, after, unknown = _at(before, step), _at(after, step), _at(unknown, step)
    return unknown is True or before != after


def _at(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return None


def _paths(found: Any) -> list[str]:
    """Return the values that force a replacement as dotted paths, the first of them."""
    paths = [step for step in found if isinstance(step, list)] if isinstance(found, list) else []
    return sorted({".".join(map(str, path[:8]))[:200] for path in paths[:MOST_NAMED]})


def _ids_before(change: _Change) -> tuple[Identifier, ...]:
    return cloud_ids(change.type, change.body.get("before"), change.body.get("before_sensitive"))


def _named(addresses: list[str]) -> dict[str, Any]:
    return {"count": len(addresses), "addresses": sorted(addresses)[:MOST_NAMED]}


def _fault(faults: Faults, code: str, place: str, **facts: Any) -> None:
    faults.keep(problem(code, SENTENCES[code], place, **facts))
