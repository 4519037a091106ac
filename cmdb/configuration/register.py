"""
The register desk: one person enters, changes and ends CIs, relations and groups.

What is entered goes the way of every intake, as records whose source is "form"; so the same rules judge a form and a
file, and a later import of some file does not take away what people entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from cmdb.configuration.ending import Ending, plan_ending
from cmdb.configuration.faults import problem
from cmdb.configuration.intake import FORM, OVERTAKEN, Options, Row, apply, plan
from cmdb.context import Context
from cmdb.errors import IllegalMove, NotFound, Problem
from cmdb.exchange.estate import Faults, shape
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.group import GROUPS, Group
from cmdb.model.kind import Document, Kind
from cmdb.model.relation import RELATIONS, Relation
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Applied, Stored
from cmdb.records import Held

T = TypeVar("T")

_OPTIONS = Options(FORM, partial=True)
_OWN_KEYS = ("id", "class", "name", "attributes", "unavailability", "mtbf_hours")


# entering ------------------------------------------------------------------------------------------------------------
def add_ci(
    context: Context,
    *,
    id: str,  # noqa: A002 - the word of the document, as every door has it
    ci_class: str,
    name: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    unavailability: float | None = None,
    mtbf_hours: float | None = None,
    relations: Sequence[Mapping[str, Any]] = (),
    groups: Sequence[Mapping[str, Any]] = (),
) -> Held[CI]:
    """
    Register a CI, with the relations that start or end at it and the groups they belong to, as one revision.

    ``relations`` and ``groups`` are as in an estate document; where their ``source`` or ``item`` is left out, it is the
    new CI. A name left out is the id. Pointers of problems are "/class", "/attributes/site", "/relations/0/target" and
    so on.

    Raises:
        NotAllowed: the actor may not write CIs.
        InvalidInput: all that is wrong with it; among that, an id that was ever given to another.
        VersionConflict: someone else registered it at the same moment.
    """
    context.allow("ci:write")
    document = _stated(id=id, name=name, attributes=attributes, unavailability=unavailability, mtbf_hours=mtbf_hours)
    faults = Faults()
    rows = _shaped("item", [("", {**document, "class": ci_class})], faults)
    rows += _shaped(
        "relation", ((f"/relations/{n}", {"source": id, **each}) for n, each in enumerate(relations)), faults
    )
    rows += _shaped("group", ((f"/groups/{n}", {"item": id, **each}) for n, each in enumerate(groups)), faults)
    known = context.store.get(CIS, id) if isinstance(id, str) else None
    if known is not None:
        faults.keep(_exists(known))
    return _enter(context, CIS, id, rows, faults, what=f"CI {id}", because="ci:added", seen=0)


def set_ci(
    context: Context, ci_id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Held[CI]:
    """
    Change what ``changes`` names of a CI: "name", "class", "unavailability", "mtbf_hours", and within "attributes"
    those that are named; None takes a value away.

    Raises:
        NotAllowed, NotFound, InvalidInput: as :func:`add_ci`; there is no such CI.
        IllegalMove: it is retired.
        VersionConflict: it is not at ``expected_version``, or was changed meanwhile.
    """
    context.allow("ci:write")
    stored = _active(context, ci_id, move="set", expected_version=expected_version)
    faults = Faults()
    if "id" in changes and changes["id"] != ci_id:
        faults.keep(problem("ci.id_stays", "/id", id=ci_id))
    document = {key: stored.document[key] for key in _OWN_KEYS if key in stored.document}
    named = changes.get("attributes")
    document.update({key: value for key, value in changes.items() if key not in ("id", "attributes")})
    if isinstance(named, Mapping):
        document["attributes"] = {**document.get("attributes", {}), **named}
        document["attributes"] = {key: value for key, value in document["attributes"].items() if value is not None}
    elif named is not None:
        document["attributes"] = named
    for key in ("unavailability", "mtbf_hours"):
        if document.get(key, 0) is None:
            del document[key]
    rows = _shaped("item", [("", document)], faults)
    what = f"CI {ci_id}"
    return _enter(context, CIS, ci_id, rows, faults, what=what, because="ci:set", seen=stored.version)


def relate(
    context: Context,
    source: str,
    type: str,  # noqa: A002 - the word of the document, as every door has it
    target: str,
    *,
    group: str | None = None,
    strength: str | None = None,
    confidence: float | None = None,
    expected_version: int | None = None,
) -> Held[Relation]:
    """
    Let ``source`` depend on ``target``; a relation of this source, type, target and group that is there is changed.

    Raises:
        NotAllowed, InvalidInput: as :func:`add_ci`; also an end, a type or a group that is not there.
        VersionConflict: it is not at ``expected_version`` (0: not there), or was changed meanwhile.
    """
    stated = _stated(source=source, type=type, target=target, group=group, strength=strength, confidence=confidence)
    return _put(context, RELATIONS, "relation", stated, expected_version, because="relation:put")


def connect(
    context: Context,
    ci_id: str,
    *,
    relations: Sequence[Mapping[str, Any]] = (),
    groups: Sequence[Mapping[str, Any]] = (),
) -> Held[CI]:
    """
    Enter several relations of a CI that is there, and the groups they belong to, as one revision; return the CI.

    They are given, and their faults are told, as at :func:`add_ci`.

    Raises:
        NotAllowed, InvalidInput: as :func:`add_ci`.
        NotFound, IllegalMove: the CI is not there, or is retired.
        VersionConflict: something was changed meanwhile.
    """
    context.allow("ci:write")
    _active(context, ci_id, move="relate", expected_version=None)
    faults = Faults()
    rows = _shaped("relation", ((f"/relations/{n}", {"source": ci_id, **r}) for n, r in enumerate(relations)), faults)
    rows += _shaped("group", ((f"/groups/{n}", {"item": ci_id, **g}) for n, g in enumerate(groups)), faults)
    what = f"the connections of {ci_id}"
    return _enter(context, CIS, ci_id, rows, faults, what=what, because="relation:put", seen=None)


def put_group(
    context: Context,
    item: str,
    name: str,
    needs: int | str,
    *,
    strength: str | None = None,
    members: Iterable[Mapping[str, Any]] = (),
    expected_version: int | None = None,
) -> Held[Group]:
    """
    Enter a redundancy group, or change its ``needs`` and ``strength``, with relations ("target", "type") as members.

    Raises:
        NotAllowed, InvalidInput: as :func:`add_ci`; also ``needs`` above the distinct members it then has.
        VersionConflict: it is not at ``expected_version`` (0: not there), or was changed meanwhile.
    """
    stated = _stated(item=item, name=name, needs=needs, strength=strength)
    joining = [{**each, "source": item, "group": name} for each in members]
    return _put(context, GROUPS, "group", stated, expected_version, because="group:put", relations=joining)


# ending --------------------------------------------------------------------------------------------------------------
def retire_ci(
    context: Context,
    ids: Sequence[str],
    *,
    expected_versions: Mapping[str, int] | None = None,
    allow_broken_groups: bool = False,
) -> Ending:
    """
    Retire CIs; their relations and groups end in the same revision (:mod:`cmdb.configuration.ending`).

    Raises:
        NotAllowed: the actor may not retire CIs.
        NotFound: some are not there, or retired already; all of them are named.
        GroupsWouldBreak: groups of other CIs would fall below their needs, and that was not allowed.
        VersionConflict: one is not at its expected version, or something was changed meanwhile.
    """
    context.allow("ci:retire")

    def planned() -> Ending:
        ending = plan_ending(context, ids)
        for ci_id, expected in (expected_versions or {}).items():
            if ci_id in ending.cis:
                _expect(CIS, ending.cis[ci_id], ci_id, expected)
        return ending

    return _end(context, planned, allow_broken_groups=allow_broken_groups, because="ci:retired")


def unrelate(
    context: Context,
    source: str,
    type: str,  # noqa: A002 - the word of the document, as every door has it
    target: str,
    *,
    group: str | None = None,
    expected_version: int | None = None,
    allow_broken_groups: bool = False,
) -> Ending:
    """
    End a relation.

    Raises:
        NotAllowed: the actor may not write CIs.
        NotFound: there is no such relation.
        GroupsWouldBreak: its group would fall below its needs, and that was not allowed.
        VersionConflict: it is not at ``expected_version``, or something was changed meanwhile.
    """
    context.allow("ci:write")
    key = RELATIONS.key({"source": source, "type": type, "target": target, "group": group})

    def planned() -> Ending:
        return plan_ending(context, relations=[_held(context, RELATIONS, key, expected_version)])

    return _end(context, planned, allow_broken_groups=allow_broken_groups, because="relation:ended")


def end_group(
    context: Context, item: str, name: str, *, expected_version: int | None = None, allow_broken_groups: bool = False
) -> Ending:
    """End a group: its relations must then each hold alone, which has to be allowed; raises as :func:`unrelate`."""
    context.allow("ci:write")
    key = GROUPS.key({"item": item, "name": name})

    def planned() -> Ending:
        return plan_ending(context, groups=[_held(context, GROUPS, key, expected_version)])

    return _end(context, planned, allow_broken_groups=allow_broken_groups, because="group:ended")


# common to them ------------------------------------------------------------------------------------------------------
def _stated(**keys: Any) -> Document:
    return {key: value for key, value in keys.items() if value is not None}


def _shaped(name: str, documents: Iterable[tuple[str, Document]], faults: Faults) -> list[Row]:
    rows: list[Row] = []
    for place, document in documents:
        shaped = shape(name, dict(document), place, faults)
        if shaped is not None:
            rows.append((place, name, *shaped))
    return rows


def _put(
    context: Context,
    kind: Kind[Any],
    name: str,
    document: Document,
    expected_version: int | None,
    *,
    because: str,
    relations: Sequence[Document] = (),
) -> Held[Any]:
    context.allow("ci:write")
    faults = Faults()
    rows = _shaped(name, [("", document)], faults)
    rows += _shaped("relation", ((f"/members/{n}", each) for n, each in enumerate(relations)), faults)
    key = kind.key(document)
    return _enter(context, kind, key, rows, faults, what=f"{name} {key}", because=because, seen=expected_version)


def _enter(
    context: Context,
    kind: Kind[Any],
    key: str,
    rows: Sequence[Row],
    faults: Faults,
    *,
    what: str,
    because: str,
    seen: int | None,
) -> Held[Any]:
    """
    Plan and apply rows, and return what was entered under ``key`` as it was written.

    ``faults`` are those found so far; ``seen`` is the version that the person saw of it, 0 for "not there".
    """

    def enter() -> Applied | None:
        found = plan(context, rows, _OPTIONS, what=what, faults=faults)
        if seen is not None:
            _expect(kind, context.store.get(kind, key), key, seen)
        return apply(context, found, because=because)

    applied = _once_more(enter)
    return context.records.held(kind, key, at=applied.revision if applied is not None else None)


def _end(context: Context, planned: Callable[[], Ending], *, allow_broken_groups: bool, because: str) -> Ending:
    def end() -> Ending:
        ending = planned()
        ending.demand_decision(allow_broken_groups=allow_broken_groups)
        alone = context.store.get_many(RELATIONS, ending.falling_together())
        context.records.apply(ending.ops(alone), because=because, unwritten=ending.rests_on())
        return ending

    return _once_more(end)


def _once_more(act: Callable[[], T]) -> T:
    """Return what the act gives; it plans and writes once more where others wrote in between what it rests on."""
    try:
        return act()
    except OVERTAKEN:
        return act()


def _active(context: Context, ci_id: str, *, move: str, expected_version: int | None) -> Stored:
    stored = _held(context, CIS, ci_id, expected_version)
    if stored.document.get("status") == CIStatus.RETIRED.value:
        raise IllegalMove(subject=ci_id, move=move, because="ci.retired")
    return stored


def _held(context: Context, kind: Kind[Any], key: str, expected_version: int | None) -> Stored:
    stored = context.store.get(kind, key)
    if stored is None:
        raise NotFound(kind=kind.name, ids=(key,))
    if expected_version is not None:
        _expect(kind, stored, key, expected_version)
    return stored


def _expect(kind: Kind[Any], stored: Stored | None, key: str, expected: int) -> None:
    actual = stored.version if stored is not None else 0
    if actual != expected:
        raise VersionConflict(kind=kind.name, key=key, expected=expected, actual=actual)


def _exists(stored: Stored) -> Problem:
    status = stored.document.get("status", CIStatus.ACTIVE.value)
    return problem("ci.exists", "/id", id=stored.key, ci_class=stored.document["class"], status=status)
