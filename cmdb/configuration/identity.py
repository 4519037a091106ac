"""The desk of decisions on identity: which things are the same CI, which are not, and which relations do not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cmdb.configuration.discovered import is_derived
from cmdb.configuration.ending import every
from cmdb.configuration.identify import DECLARED
from cmdb.configuration.observing import Taken, is_declared, settle
from cmdb.configuration.provenance import observations_of
from cmdb.configuration.reconcile import id_of
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, NotFound
from cmdb.model.ci import CIS
from cmdb.model.identity import (
    IDENTITY_DECISIONS,
    RELATION_REJECTIONS,
    IdentityDecision,
    RelationRejection,
)
from cmdb.model.kind import Document
from cmdb.model.observation import Thing
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Put
from cmdb.records import Listing, to_document


class NotTheSame(ForeshockError):
    """Two CIs can not be one, as one source has both."""

    code = "identity.same_source"
    sentence = "{one} and {other} can not be one CI: {source} has both; put it right there"
    family = Family.REFUSED

    def __init__(self, *, one: str, other: str, source: str) -> None:
        super().__init__(one=one, other=other, source=source)


class AlreadyOne(ForeshockError):
    """Two names of one CI."""

    code = "identity.already_one"
    sentence = "{one} and {other} are one CI already, {ci}: there is nothing to merge"
    family = Family.REFUSED

    def __init__(self, *, one: str, other: str, ci: str) -> None:
        super().__init__(one=one, other=other, ci=ci)


class StandIn(ForeshockError):
    """No source sees the CI, so nothing can be said of who it is."""

    code = "identity.derived"
    sentence = (
        "{ci} can not be merged: discovery made it of what others say, and lets it go when what it stands for is "
        "known; enter the address at the CI that has it, or let a source see that"
    )
    family = Family.REFUSED

    def __init__(self, *, ci: str) -> None:
        super().__init__(ci=ci)


class NotSplit(ForeshockError):
    """A CI is not seen as that, or as nothing else."""

    code = "identity.nothing_to_split"
    sentence = "{ci} can not be split: {because}"
    family = Family.REFUSED

    def __init__(self, *, ci: str, because: str) -> None:
        super().__init__(ci=ci, because=because)


def merge(context: Context, one: str, other: str, *, reason: str = "") -> tuple[IdentityDecision, Taken]:
    """
    Decide that two CIs are one, and let that hold at once. It can be taken back (:func:`revoke`).

    Each is named by its id, or as findings name what a source sees of it: ``source:native-id``.

    Raises:
        NotAllowed: the actor may not decide on identity.
        NotFound: one of them is not there.
        AlreadyOne: both are names of the same CI.
        StandIn: discovery made one of them of what it knows of others.
        NotTheSame: one source has both.
    """
    context.allow("identity:decide")
    asked, (one, other) = (one, other), (_meant(context, each) for each in (one, other))
    documents = _documents(context, (one, other))
    if one == other:
        raise AlreadyOne(one=asked[0], other=asked[1], ci=one)
    for ci, document in documents.items():
        if is_derived(document) and not is_declared(document):
            raise StandIn(ci=ci)
    left, right = (dict(_things(documents[each])) for each in (one, other))
    both = sorted(left.keys() & right.keys())
    if both:
        raise NotTheSame(one=one, other=other, source=both[0] or "the CMDB")
    things = [next(iter(_things(documents[each]))) for each in (one, other)]
    return _decided(context, [(things[0], things[1], True)], reason=reason)[0], settle(context)


def split(context: Context, ci: str, thing: Thing, *, reason: str = "") -> tuple[tuple[IdentityDecision, ...], Taken]:
    """
    Decide that one of the things a CI is seen as is another CI, and let that hold at once.

    What people stated of the CI is said of the things that stay, also where its id came from the one that goes: then
    that is decided as well, as nothing else would tell.

    Raises:
        NotAllowed: the actor may not decide on identity.
        NotFound: there is no such CI.
        NotSplit: it is not seen as this thing, or as nothing else.
    """
    context.allow("identity:decide")
    ci = _meant(context, ci)
    things = _things(_documents(context, (ci,))[ci])
    if thing not in things:
        seen = ", ".join(f"{each.source}:{each.native_id}" for each in things if each.source)
        raise NotSplit(ci=ci, because=f"it is not seen as {thing.source}:{thing.native_id}, but as {seen or 'nothing'}")
    others = [each for each in things if each != thing]
    if not others:
        raise NotSplit(ci=ci, because="it is seen as nothing else")
    pairs = [(thing, each, False) for each in others]
    if id_of(thing) == ci and others[0].source == DECLARED and len(others) > 1:
        pairs.append((others[0], others[1], True))
    return _decided(context, pairs, reason=reason), settle(context)


def keep_apart(context: Context, one: Thing, other: Thing, *, reason: str = "") -> tuple[IdentityDecision, Taken]:
    """
    Decide that two things are two CIs, whatever they have in common, and let that hold at once.

    Raises:
        NotAllowed: the actor may not decide on identity.
        NotFound: no source sees one of them.
    """
    context.allow("identity:decide")
    missing = tuple(f"{each.source}:{each.native_id}" for each in (one, other) if not _is_known(context, each))
    if missing or one == other:
        raise NotFound(kind="thing", ids=missing or (f"{one.source}:{one.native_id}",))
    return _decided(context, [(one, other, False)], reason=reason)[0], settle(context)


def revoke(context: Context, decision: str) -> tuple[IdentityDecision, Taken]:
    """Take a decision back, and let that hold at once; raises NotAllowed and NotFound."""
    context.allow("identity:decide")
    held = context.records.held(IDENTITY_DECISIONS, decision)
    if held.record.revoked_at is not None:
        return held.record, settle(context)
    revoked = replace(held.record, revoked_by=context.actor.id, revoked_at=context.clock.now())
    context.records.put(IDENTITY_DECISIONS, revoked, because="identity:revoked", expected_version=held.version)
    return revoked, settle(context)


def decisions(context: Context) -> list[IdentityDecision]:
    """Return all decisions, by id; raises NotAllowed."""
    context.allow("ci:read")
    return list(context.records.find(IDENTITY_DECISIONS))


def listing(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[IdentityDecision]:
    """Return a page of the decisions, by id; raises NotAllowed."""
    context.allow("ci:read")
    return context.records.listing(IDENTITY_DECISIONS, after=after, limit=limit)


def rejections(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[RelationRejection]:
    """Return a page of the relations that were rejected, by their keys; raises NotAllowed."""
    context.allow("ci:read")
    return context.records.listing(RELATION_REJECTIONS, after=after, limit=limit)


def reject(
    context: Context,
    source: str,
    type: str,  # noqa: A002 - the word of the document, as every door has it
    target: str,
    *,
    group: str | None = None,
    reason: str = "",
) -> Taken:
    """
    Decide that a relation which discovery sees does not exist, and let that hold at once.

    Raises:
        NotAllowed: the actor may not decide on identity.
        NotFound: there is no such relation.
    """
    context.allow("identity:decide")
    key = RELATIONS.key({"source": source, "type": type, "target": target, "group": group})
    context.records.held(RELATIONS, key)
    now = context.clock.now()
    record = RelationRejection(source, type, target, context.actor.id, now, group, reason)
    context.records.put(RELATION_REJECTIONS, record, because="relation:rejected")
    return settle(context)


def accept(
    context: Context,
    source: str,
    type: str,  # noqa: A002 - the word of the document, as every door has it
    target: str,
    *,
    group: str | None = None,
) -> Taken:
    """Take a rejection back, so that evidence counts again; raises NotAllowed, and NotFound where there is none."""
    context.allow("identity:decide")
    key = RELATIONS.key({"source": source, "type": type, "target": target, "group": group})
    held = context.records.held(RELATION_REJECTIONS, key)
    context.records.delete(RELATION_REJECTIONS, key, because="relation:accepted", expected_version=held.version)
    return settle(context)


def _documents(context: Context, ids: Sequence[str]) -> dict[str, Document]:
    found = context.store.get_many(CIS, list(ids))
    missing = tuple(each for each in ids if each not in found)
    if missing:
        raise NotFound(kind=CIS.name, ids=missing)
    return {key: stored.document for key, stored in found.items()}


def _meant(context: Context, text: str) -> str:
    """Return the id of the CI that a text means: its own, or that of what a source sees as ``source:native-id``."""
    thing = Thing(*text.partition(":")[::2])
    if context.store.get(CIS, text) is not None or not thing.native_id or not observations_of(context, thing):
        return text
    found = (each.key for each in every(context, CIS) if [*thing] in map(list, each.document.get("seen_as", ())))
    return next(found, text)


def _is_known(context: Context, thing: Thing) -> bool:
    if thing.source == DECLARED:
        return context.store.get(CIS, thing.native_id) is not None
    return bool(observations_of(context, thing))


def _things(document: Document) -> list[Thing]:
    """Return what a CI is seen as, and first, where people stated something of it, what it is to the CMDB."""
    seen = [Thing(*each) for each in document.get("seen_as", ())]
    return [Thing(DECLARED, document["id"]), *seen] if is_declared(document) or not seen else seen


def _decided(
    context: Context, pairs: Sequence[tuple[Thing, Thing, bool]], *, reason: str
) -> tuple[IdentityDecision, ...]:
    made = tuple(
        IdentityDecision(
            id=context.new_id(IDENTITY_DECISIONS),
            same=same,
            one=tuple(one),
            other=tuple(other),
            decided_by=context.actor.id,
            decided_at=context.clock.now(),
            reason=reason,
        )
        for one, other, same in pairs
    )
    puts = [Put(IDENTITY_DECISIONS, to_document(IDENTITY_DECISIONS, each), 0) for each in made]
    context.records.put_all(puts, because="identity:decided")
    return made
