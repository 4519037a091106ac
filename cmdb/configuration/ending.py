"""
Ending CIs, relations and groups: the one place that knows what else ends with them.

A CI that retires keeps its record, with the status "retired"; its relations, in both directions, and its groups end in
the same batch. Where that leaves a group of another CI with fewer members than it needs, a person has to decide first.
Decided, the group ends as well and those of its relations that remain must each hold alone, with the group's strength:
redundancy that is no longer written down is read pessimistically, so no verdict gets better by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from cmdb.configuration.errors import BrokenGroup, GroupsWouldBreak
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS, members_needed
from cmdb.model.kind import Document, Kind
from cmdb.model.relation import RELATIONS, Strength
from cmdb.ports.store import Delete, Filter, OneOf, Op, Put, Stored, Unwritten

_AT_ONCE = 400
_WEIGHT = {Strength.HARD: 2, Strength.SOFT: 1, Strength.NONE: 0}
Members = Callable[[str, str, Iterable[Stored]], int]


@dataclass(slots=True)
class Ending:
    """What ends, by key, and which groups would break by it, as of ``revision``; see :meth:`ops`."""

    revision: int = 0
    cis: dict[str, Stored] = field(default_factory=dict)
    relations: dict[str, Stored] = field(default_factory=dict)
    groups: dict[str, Stored] = field(default_factory=dict)
    broken: list[BrokenGroup] = field(default_factory=list)
    _lone: dict[str, list[Stored]] = field(default_factory=dict)
    _broken_groups: dict[str, Stored] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Whether anything ends."""
        return bool(self.cis or self.relations or self.groups or self._broken_groups)

    def demand_decision(self, *, allow_broken_groups: bool) -> None:
        """
        Return if no group breaks, or if it was decided that they may.

        Raises:
            GroupsWouldBreak: naming all of them.
        """
        if self.broken and not allow_broken_groups:
            raise GroupsWouldBreak(self.broken)

    def rests_on(self) -> Unwritten:
        """Return what must hold when it is applied: nobody gave a CI or a group another relation, or other needs."""
        return Unwritten((GROUPS.name, RELATIONS.name), self.revision)

    def ops(self, standing_alone: Mapping[str, Stored]) -> Iterator[Op]:
        """
        Yield the batch's part that ends all this.

        ``standing_alone`` are the living relations without a group, by key, that a relation of a broken group may fall
        together with (:func:`falling_together`).
        """
        for stored in self.cis.values():
            retired = {**stored.document, "status": CIStatus.RETIRED.value}
            if stored.document.get("seen_as"):
                # It stays so, though it may be seen again.
                retired["locked"] = sorted({*stored.document.get("locked", ()), "status"})
            yield Put(CIS, retired, stored.version)
        lone: dict[str, tuple[Document, int]] = {}
        for key, members in self._lone.items():
            strength = self._broken_groups[key].document.get("strength", Strength.HARD.value)
            for member in members:
                yield Delete(RELATIONS, member.key, member.version)
                document = {name: value for name, value in member.document.items() if name != "group"}
                document["strength"] = strength
                alone = RELATIONS.key(document)
                other = standing_alone.get(alone)
                before = lone.get(alone) or ((other.document, other.version) if other else None)
                lone[alone] = (_joined(document, before[0]), before[1]) if before else (document, 0)
        for document, version in lone.values():
            yield Put(RELATIONS, document, version)
        for kind, ended in ((RELATIONS, self.relations), (GROUPS, {**self.groups, **self._broken_groups})):
            for key, stored in ended.items():
                if key not in lone:
                    yield Delete(kind, key, stored.version)

    def falling_together(self) -> list[str]:
        """Return the keys that the relations of broken groups will have when they stand alone."""
        members = (member for some in self._lone.values() for member in some)
        return [RELATIONS.key({**member.document, "group": None}) for member in members]


def plan_ending(
    context: Context,
    ids: Iterable[str] = (),
    *,
    relations: Iterable[Stored] = (),
    groups: Iterable[Stored] = (),
    members: Members | None = None,
    judged_elsewhere: Callable[[str, str], bool] | None = None,
) -> Ending:
    """
    Return what ends when these CIs retire and these relations and groups end.

    ``members`` counts the distinct members of a group (item, name) given the relations that remain of it, where the
    caller knows of more; ``judged_elsewhere`` tells of groups that the caller answers for.

    Raises:
        NotFound: some of ``ids`` are not there, or retired already; all of them are named.
    """
    ending = Ending(context.store.revision())
    wanted = list(dict.fromkeys(ids))
    ending.cis = context.store.get_many(CIS, wanted)
    gone = [i for i in wanted if i not in ending.cis or ending.cis[i].document.get("status") == CIStatus.RETIRED.value]
    if gone:
        raise NotFound(kind=CIS.name, ids=gone)
    ending.relations = {stored.key: stored for stored in relations}
    for name in ("source", "target"):
        ending.relations.update((each.key, each) for each in find_any(context, RELATIONS, name, wanted))
    ending.groups = {stored.key: stored for stored in groups}
    ending.groups.update((each.key, each) for each in find_any(context, GROUPS, "item", wanted))
    affected = _losing(ending)
    if judged_elsewhere is not None:
        affected = [pair for pair in affected if not judged_elsewhere(*pair)]
    _find_broken(context, ending, members or (lambda *group: count_members(group[2])), affected)
    return ending


def _losing(ending: Ending) -> list[tuple[str, str]]:
    """Return the (item, name) of the groups that lose members, or end before their relations do."""
    losing = {
        (stored.document["source"], stored.document["group"])
        for stored in ending.relations.values()
        if "group" in stored.document and stored.document["source"] not in ending.cis
    }
    losing |= {
        (stored.document["item"], stored.document["name"])
        for stored in ending.groups.values()
        if stored.document["item"] not in ending.cis
    }
    return sorted(losing)


def _find_broken(context: Context, ending: Ending, members: Members, affected: list[tuple[str, str]]) -> None:
    standing = context.store.get_many(GROUPS, [GROUPS.key({"item": i, "name": n}) for i, n in affected])
    remaining = _remaining(context, ending, affected)
    for item, name in affected:
        key = GROUPS.key({"item": item, "name": name})
        left = remaining.get((item, name), [])
        group = standing.get(key)
        if group is None or (key in ending.groups and not left):
            continue
        count = members(item, name, left)
        needs = group.document["needs"]
        if key not in ending.groups and count and members_needed(needs, count) <= count:
            continue
        ending.groups.pop(key, None)
        ending._broken_groups[key] = group
        ending._lone[key] = left
        ending.broken.append(BrokenGroup(item, name, needs, count))


def _remaining(
    context: Context, ending: Ending, affected: list[tuple[str, str]]
) -> dict[tuple[str, str], list[Stored]]:
    wanted = set(affected)
    found: dict[tuple[str, str], list[Stored]] = {}
    for stored in find_any(context, RELATIONS, "source", sorted({item for item, _ in affected})):
        pair = (stored.document["source"], stored.document.get("group", ""))
        if pair in wanted and stored.key not in ending.relations:
            found.setdefault(pair, []).append(stored)
    return found


def count_members(relations: Iterable[Stored]) -> int:
    """Return how many distinct targets the relations of one group have."""
    return len({stored.document["target"] for stored in relations})


def find_any(context: Context, kind: Kind[Any], path: str, values: Iterable[str]) -> Iterator[Stored]:
    """Yield every living document of the kind whose field is one of ``values``, some hundred values at a time."""
    rest = iter(values)
    while some := tuple(islice(rest, _AT_ONCE)):
        yield from every(context, kind, OneOf(path, some))


def every(context: Context, kind: Kind[Any], *where: Filter) -> Iterator[Stored]:
    """Yield every living document for which the filters hold, by key, page after page."""
    after = None
    while True:
        page = context.store.find(kind, where, after=after, limit=2_000)
        yield from page.rows
        after = page.after
        if after is None:
            return


def _joined(one: Document, other: Document) -> Document:
    """Return two relations that became the same one as the more pessimistic of both."""
    document = {**other, **one}
    strengths = [Strength(each["strength"]) for each in (one, other) if "strength" in each]
    # A strength left out is the type's default, which may be hard; so is what comes of it.
    strongest = max(strengths, key=_WEIGHT.__getitem__) if len(strengths) == 2 else Strength.HARD
    document["strength"] = strongest.value
    document.pop("confidence", None)
    confidence = max(one.get("confidence", 1), other.get("confidence", 1))
    if confidence != 1:
        document["confidence"] = confidence
    sources = sorted({*one.get("sources", ()), *other.get("sources", ())})
    return {**document, "sources": sources} if sources else document
