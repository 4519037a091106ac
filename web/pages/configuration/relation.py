"""One relation: what it rests on, how sure that makes it, and a person's word on whether it exists."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration import identity, register
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.evidenced import Evidenced, evidenced
from cmdb.configuration.search import get_ci
from web.pages.blueprint import pages
from web.pages.configuration.neighbours import reading_of
from web.pages.forms import posted
from web.pages.naming import page_names
from web.request import context
from web.wording_evidence import EVIDENCE_WORDS, sure_words


@dataclass(frozen=True, slots=True)
class Named:
    """What identifies a relation, as the address has it."""

    source: str
    type: str
    target: str
    group: str | None

    @property
    def url(self) -> str:
        """The address of its page."""
        return url_for("pages.relation", source=self.source, type=self.type, target=self.target, group=self.group)


@pages.get("/relation", endpoint="relation")
def show() -> str:
    """Show one relation with its evidence."""
    named = _named()
    found = evidenced(context(), named.source, named.type, named.target, group=named.group)
    catalogue = catalogue_of(context())
    kind = catalogue.relation_type(named.type)
    return render_template(
        "configuration/relation.html",
        names=page_names((named.source, named.target)),
        named=named,
        found=found,
        relation=found.relation.record if found.relation else None,
        reading=reading_of(catalogue, found.relation.record, "out") if found.relation else kind and kind.reading,
        ends=[get_ci(context(), each).record for each in (named.source, named.target)],
        pieces=[(EVIDENCE_WORDS[piece.kind.value], piece) for piece in found.pieces],
        standing=_standing(found),
    )


@pages.post("/relation/reject", endpoint="reject_relation")
def reject() -> Response:
    """Decide that the relation does not exist."""
    named = _named()
    identity.reject(
        context(), named.source, named.type, named.target, group=named.group, reason=posted().text("reason")
    )
    flash("The relation is rejected, whatever is seen. It can be taken back.")
    return redirect(named.url, 303)


@pages.post("/relation/accept", endpoint="accept_relation")
def accept() -> Response:
    """Take the rejection back."""
    named = _named()
    identity.accept(context(), named.source, named.type, named.target, group=named.group)
    flash("The rejection is taken back; evidence counts again.")
    return redirect(named.url, 303)


@pages.post("/relation/confirm", endpoint="confirm_relation")
def confirm() -> Response:
    """State that the relation exists, whatever is seen of it."""
    named = _named()
    held = evidenced(context(), named.source, named.type, named.target, group=named.group).relation
    strength = held.record.strength if held is not None else None
    register.relate(
        context(),
        named.source,
        named.type,
        named.target,
        group=named.group,
        strength=None if strength is None or named.group else strength.value,
    )
    flash("You said that it exists: it stands, whatever is seen.")
    return redirect(named.url, 303)


def _named() -> Named:
    source, type_, target = (request.args.get(each, "") for each in ("source", "type", "target"))
    return Named(source, type_, target, request.args.get("group") or None)


def _standing(found: Evidenced) -> str:
    """Return how the relation stands, in one sentence."""
    if found.rejection is not None:
        return "Somebody said that it does not exist, so nothing that is seen of it counts."
    if found.relation is None:
        return "There is no such relation now: what was seen of it has faded, or its group does not stand."
    if found.stated_by:
        return "People or imports state it, so it stands whatever is seen."
    sure = sure_words(found.relation.record.confidence)
    if found.relation.record.status == "confirmed":
        return f"What was seen makes it {sure} sure, which is enough to count it as there."
    return f"What was seen makes it {sure} sure, which is not yet enough: it is proposed."
