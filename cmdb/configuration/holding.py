"""What people hold of a CI against what discovery sees: locking values, letting go of them, bringing a CI back."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.intake.judging import Judge
from cmdb.configuration.observing import Taken, settle
from cmdb.configuration.reconcile import locks_of
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.exchange.estate import Faults
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.kind import Document
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Put, Stored
from cmdb.records import Held

STATUS = "status"
"""What stands among the locks of a CI that a person retired."""


class NotHeld(ForeshockError):
    """Something of a CI can not be held, let go of or brought back."""

    code = "ci.not_held"
    sentence = "{ci}: {because}"
    family = Family.REFUSED

    def __init__(self, *, ci: str, because: str) -> None:
        super().__init__(ci=ci, because=because)


class Holding(NamedTuple):
    """The CI as it is now, and what else changed by it (None: nothing had to be reconciled)."""

    ci: Held[CI]
    taken: Taken | None = None


def lock(context: Context, ci: str, names: Collection[str], *, expected_version: int | None = None) -> Holding:
    """
    Hold the values that a CI has for these attributes, whatever is seen; one that it has not stays without.

    Raises:
        NotAllowed: the actor may not write CIs.
        NotFound: there is no such CI.
        NotHeld: discovery does not see it, it is retired, or it can not have such an attribute.
        VersionConflict: it is not at ``expected_version``, or was changed meanwhile.
    """
    context.allow("ci:write")
    stored = _seen(context, ci, expected_version)
    document = dict(stored.document)
    values, declared = document.get("attributes", {}), dict(document.get("declared", {}))
    known = catalogue_of(context).attributes_of(document["class"])
    for name in names:
        if name not in known and name not in values:
            raise NotHeld(ci=ci, because=f"class {document['class']} has no attribute {name}")
        declared.pop(name, None)
        declared.update({name: values[name]} if name in values else {})
    document["locked"] = sorted({*document.get("locked", ()), *names})
    return Holding(_written(context, stored, {**document, "declared": declared}, because="ci:locked"))


def unlock(context: Context, ci: str, names: Collection[str], *, expected_version: int | None = None) -> Holding:
    """
    Let the sources say these attributes of a CI again, at once; a value that none of them says stays as it is.

    Raises:
        NotAllowed: the actor may not decide against discovery.
        NotFound: there is no such CI.
        NotHeld: one of them is not held.
        VersionConflict: it is not at ``expected_version``, or was changed meanwhile.
    """
    context.allow("identity:decide")
    stored = _seen(context, ci, expected_version)
    held = locks_of(stored.document)
    for name in names:
        if name not in held:
            raise NotHeld(ci=ci, because=f"nobody holds {name}; {_held_words(held)}")
    document = {**stored.document, "locked": [each for each in stored.document["locked"] if each not in names]}
    _written(context, stored, document, because="ci:unlocked")
    taken = settle(context)
    return Holding(context.records.held(CIS, ci), taken)


def revive(context: Context, ci: str, *, expected_version: int | None = None) -> Holding:
    """
    Bring a CI back that was retired by hand; what discovery sees of its relations comes back with it.

    Raises:
        NotAllowed: the actor may not retire CIs, or decide against discovery where that sees it.
        NotFound: there is no such CI.
        NotHeld: it is not retired, is another CI by now, or nobody sees it any more.
        VersionConflict: it is not at ``expected_version``, or was changed meanwhile.
    """
    context.allow("ci:retire")
    stored = _stored(context, ci, expected_version)
    document = stored.document
    if document.get("status") != CIStatus.RETIRED:
        raise NotHeld(ci=ci, because="it is not retired")
    if document.get("merged_into"):
        because = f"it turned out to be {document['merged_into']}; take that decision back instead"
        raise NotHeld(ci=ci, because=because)
    is_seen = bool(document.get("seen_as"))
    if is_seen and STATUS not in document.get("locked", ()):
        raise NotHeld(ci=ci, because="no source sees it any more; it comes back by itself when one does")
    if is_seen:
        context.allow("identity:decide")
    alive = {name: value for name, value in document.items() if name != "status"}
    alive["locked"] = [each for each in document.get("locked", ()) if each != STATUS]
    held = _written(context, stored, alive, because="ci:revived")
    if not is_seen:
        return Holding(held)
    taken = settle(context)
    return Holding(context.records.held(CIS, ci), taken)


def _seen(context: Context, ci: str, expected_version: int | None) -> Stored:
    stored = _stored(context, ci, expected_version)
    if not stored.document.get("seen_as"):
        raise NotHeld(ci=ci, because="discovery does not see it, so its values stand as people and imports state them")
    if stored.document.get("status") == CIStatus.RETIRED:
        raise NotHeld(ci=ci, because="it is retired")
    return stored


def _stored(context: Context, ci: str, expected_version: int | None) -> Stored:
    held = context.records.held(CIS, ci)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=CIS.name, key=ci, expected=expected_version, actual=held.version)
    stored = context.store.get(CIS, ci)
    assert stored is not None
    return stored


def _written(context: Context, stored: Stored, document: Document, *, because: str) -> Held[CI]:
    whole = {key: value for key, value in document.items() if value or key not in ("declared", "locked")}
    claims = Judge(catalogue_of(context), Faults()).claims(whole)
    context.records.apply([Put(CIS, whole, stored.version, claims)], because=because)
    return context.records.held(CIS, stored.key)


def _held_words(held: Collection[str]) -> str:
    return f"held are {', '.join(sorted(held))}" if held else "no value of it is held"
