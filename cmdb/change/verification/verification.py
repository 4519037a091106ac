"""
Matching what differs from a baseline to changes: what was expected, what a rule lets be, what nothing explains. Pure.

A change explains a difference if it was approved, one of its targets is the CI (or what the CI is a part of, or one end
of a relation), and its window meets the time in which the difference came about. A target that declares values explains
of its CI those values alone; one that declares none explains whatever changed of it then. What a target adds or rewires
is declared too: the CI, the relations that come and end, the needs of groups.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from cmdb.configuration.differences import same
from cmdb.configuration.drift import Lineage, View, difference_id
from cmdb.model.change import GRANTED, Change, Effect, Target
from cmdb.model.drift import DriftDifference, DriftRules, Toleration, Way, field_values
from cmdb.model.graph_edit import EditedGroup, GraphEdit
from cmdb.model.verification import DriftRow, Judgement, Outcome, Sighted

STATUS = "/status"
ACTIVE, RETIRED = "active", "retired"
THERE, GONE = "there", "gone"
"""What a relation that was to come, or to end, is expected to be."""


class Seen(NamedTuple):
    """
    A difference with who saw it when.

    ``parts_of`` are the CIs that the CIs it is about are parts of, ``classes`` the classes of these CIs themselves.
    """

    difference: DriftDifference
    sighted: Sighted
    parts_of: frozenset[str]
    classes: frozenset[str]


class _Explained(NamedTuple):
    change: str
    declared: bool


def judged(
    baseline: str,
    seen: Iterable[Seen],
    changes: Sequence[Change],
    rules: DriftRules,
    lineage: Lineage,
    *,
    reverting: Collection[str] = (),
    today: date,
) -> tuple[DriftRow, ...]:
    """
    Return each difference once, as it is judged, in the order given.

    ``reverting`` are the ids of differences that are to be put back. A change goes before that, and both before a rule.
    """
    approved = [each for each in changes if each.state in GRANTED and not each.retrospective]
    others = [each for each in changes if each.state not in GRANTED and not each.retrospective]
    rows = []
    for each in seen:
        key = difference_id(baseline, each.difference)
        explained = _explained(each, approved)
        if explained is not None:
            rows.append(DriftRow(key, each.difference, Judgement.EXPECTED, each.sighted, *explained))
            continue
        if key in reverting:
            rows.append(DriftRow(key, each.difference, Judgement.REVERTING, each.sighted))
            continue
        rule = next((rule.name for rule in rules.tolerated if tolerates(rule, each, lineage, today)), None)
        if rule is not None:
            rows.append(DriftRow(key, each.difference, Judgement.TOLERATED, each.sighted, rule=rule))
            continue
        near = _explained(each, others)
        unapproved = None if near is None else near.change
        rows.append(DriftRow(key, each.difference, Judgement.UNAUTHORISED, each.sighted, unapproved=unapproved))
    return tuple(rows)


def tolerates(rule: Toleration, seen: Seen, lineage: Lineage, today: date) -> bool:
    """Tell whether a rule lets a difference be."""
    each = seen.difference
    if rule.until is not None and today > rule.until:
        return False
    if (rule.ways and each.way not in rule.ways) or (rule.kinds and each.kind not in rule.kinds):
        return False
    if rule.fields and each.field not in rule.fields:
        return False
    lines = {ancestor for ci_class in seen.classes for ancestor in (ci_class, *lineage.get(ci_class, ()))}
    return not rule.classes or bool(lines & set(rule.classes))


def meets(expected: Any, value: Any) -> bool:
    """
    Tell whether a value is the expected one; what was typed as a text may be a number, or true or false.

    >>> meets("8", 8), meets("true", True), meets(8, 8.0), meets("a", None)
    (True, True, True, False)
    """
    if same(expected, value):
        return True
    if isinstance(expected, str) and isinstance(value, bool):
        return expected == ("true" if value else "false")
    return isinstance(expected, str) and isinstance(value, (int, float)) and expected == f"{value}"


def outcome(expected: Any, present: Any, stood: Iterable[Any], *, within: bool, after: bool) -> Outcome:
    """
    Return what became of a declared value.

    ``stood`` are the values since the window began; ``within`` tells that the CI was looked at since then, ``after``
    that it was since the window ended.
    """
    if within and any(meets(expected, value) for value in (present, *stood)):
        return Outcome.SEEN
    return Outcome.NOT_SEEN if after else Outcome.NOT_LOOKED


def _explained(seen: Seen, changes: Sequence[Change]) -> _Explained | None:
    found = [
        (not covered, change.window.start, change.id)
        for change in changes
        if change.window is not None
        and change.window.start <= seen.sighted.found_at
        and seen.sighted.later_than < change.window.end
        and (covered := _covers(change.targets, seen)) is not None
    ]
    if not found:
        return None
    undeclared, _, change = min(found)
    return _Explained(change, not undeclared)


def _covers(targets: Iterable[Target], seen: Seen) -> bool | None:
    """Tell whether the targets declare the difference (True), only name a CI of it (False), or neither (None)."""
    each, named = seen.difference, None
    for target in targets:
        if target.edit is not None and edit_declares(target.edit, each):
            return True
        wanted = target.to_be_seen if target.effect is Effect.ADD else target.expected
        if each.kind == "ci" and target.ci == each.key and wanted:
            if _declares(wanted, each):
                return True
        elif target.ci in each.cis or target.ci in seen.parts_of:
            named = False
    return named


def edit_declares(edit: GraphEdit, each: DriftDifference) -> bool:
    """Tell whether an edit of the graph declares a difference of relations or groups."""
    if each.kind == "relation":
        if each.way is Way.GONE:
            return each.key in {ended.key for ended in edit.ended}
        added = next((one for one in edit.relations if one.key == each.key), None)
        if added is None or each.way is Way.APPEARED:
            return added is not None
        return each.field == "/strength" and added.strength is not None and meets(added.strength.value, each.after)
    if each.kind != "group":
        return False
    if each.way is Way.GONE:
        return each.key in {EditedGroup(ended.source, ended.group, 1).key for ended in edit.ended if ended.group}
    counted = next((group for group in edit.groups if group.key == each.key), None)
    if counted is None:
        return False
    if each.field == "/strength":
        return counted.strength is not None and meets(counted.strength.value, each.after)
    return meets(counted.needs, field_values(each).get("/needs"))


def edited_places(edit: GraphEdit, after: View) -> list[tuple[str, str, Any, Any]]:
    """
    Return what verification is to see of an edit: the CI that needs it, the field, the value expected and the present.

    A relation is expected to be there or gone, a group to have its needs.
    """
    found: list[tuple[str, str, Any, Any]] = []
    for relations, expected in ((edit.relations, THERE), (edit.ended, GONE)):
        for each in relations:
            present = THERE if ("relation", each.key) in after else GONE
            found.append((each.source, f"/relation:{each.key}", expected, present))
    for group in edit.groups:
        needs = after.get(("group", group.key), {}).get("/needs")
        found.append((group.item, f"/needs:{group.key}", group.needs, needs))
    return sorted(found, key=lambda each: each[:2])


def _declares(expected: Mapping[str, Any], each: DriftDifference) -> bool:
    if each.way is Way.GONE:
        return expected.get(STATUS) == RETIRED
    values = field_values(each)
    if each.way is Way.CHANGED:
        return each.field in expected and meets(expected[each.field], values[each.field])
    wanted = {name: value for name, value in expected.items() if name != STATUS}
    return expected.get(STATUS, ACTIVE) == ACTIVE and all(meets(wanted[name], values.get(name)) for name in wanted)
