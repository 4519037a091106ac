"""What people decided about what discovery sees: who is who, which relations do not exist; each can be taken back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration import identity
from cmdb.configuration.reconcile import id_of
from cmdb.model.identity import IDENTITY_DECISIONS, IdentityDecision
from cmdb.model.observation import Thing
from cmdb.plural import counted
from cmdb.records import to_json
from web.pages.blueprint import pages
from web.pages.forms import posted
from web.pages.naming import page_names
from web.request import context
from web.wording_finding import decision_words

PAGE = 50


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision as a row: in words, and the ids of the CIs that its two things were."""

    decision: IdentityDecision
    words: str
    cis: tuple[str, ...]


@pages.get("/decisions", endpoint="decisions")
def listing() -> str:
    """Show a page of the decisions on who is who, and one of the relations that were rejected."""
    after, beyond = request.args.get("after") or None, request.args.get("beyond") or None
    decided = identity.listing(context(), after=after, limit=PAGE)
    rejected = identity.rejections(context(), after=beyond, limit=PAGE)
    rows = [decided_row(held.record) for held in decided.rows]
    ends = (end for held in rejected.rows for end in (held.record.source, held.record.target))
    return render_template(
        "discovery/decisions.html",
        names=page_names((*(ci for row in rows for ci in row.cis), *ends)),
        decisions=rows,
        rejections=[held.record for held in rejected.rows],
        next_url=url_for("pages.decisions", after=decided.after, beyond=beyond) if decided.after else None,
        first_url=url_for("pages.decisions", beyond=beyond) if after else None,
        more_url=url_for("pages.decisions", after=after, beyond=rejected.after) + "#rejections"
        if rejected.after
        else None,
        less_url=url_for("pages.decisions", after=after) + "#rejections" if beyond else None,
    )


@pages.post("/decisions/<id>/revoke", endpoint="revoke_decision")
def revoke(id: str) -> Response:  # noqa: A002 - the name is part of the address
    """Take a decision on identity back."""
    _, taken = identity.revoke(context(), id)
    changed = len(taken.differences)
    flash(f"{id} is taken back; what is seen decides again. {counted(changed, 'record')} changed by it.")
    return redirect(_back(), 303)


def decided_row(decision: IdentityDecision) -> Decided:
    """Return a decision as a row."""
    cis = tuple(dict.fromkeys(id_of(Thing(*each)) for each in (decision.one, decision.other)))
    return Decided(decision, decision_words(to_json(IDENTITY_DECISIONS, decision), page_names(cis)), cis)


def _back() -> str:
    """Return the page that the form stands on: that of a CI, or the list."""
    ci = posted().value("ci")
    return url_for("pages.ci", id=ci) if ci else url_for("pages.decisions")
