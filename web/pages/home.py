"""The home page: the estate in figures, what waits for this person, what is coming, what was changed lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template

from cmdb.change import changes, inbox
from cmdb.change.boards.boards import deciding_on
from cmdb.change.moves import possible_moves
from cmdb.change.overriding import is_overridden, verdict_to_answer
from cmdb.configuration.classes import catalogue_of
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES, FINISHED, Change, ChangeState
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.people.persons import hands
from cmdb.ports.store import Between, Equals, Filter, OneOf, Store
from cmdb.roles import may
from web.pages.blueprint import pages
from web.pages.change.deciding import deciding
from web.pages.change.offers import offers_of
from web.pages.log import newest
from web.request import context
from web.wording_go import suspension_words

_OPEN = (ChangeState.DRAFT, ChangeState.SUBMITTED, ChangeState.ASSESSED)
_LATER = {
    ChangeState.DEFERRED: ("resubmit", "Deferred: submit it again"),
    ChangeState.APPROVED: ("schedule", "Approved: schedule it"),
    **dict.fromkeys(sorted(FINISHED), ("review", "Done: review it")),
}
_GRANTED = (ChangeState.APPROVED.value, ChangeState.SCHEDULED.value)
_LOOKED_AT = 100
_FEW = 8
_LATELY = 10
_WAITS = {
    ChangeState.DRAFT: ("submit", "change:submit", "Your draft: submit it"),
    ChangeState.SUBMITTED: ("assess", "change:assess", "Submitted: assess it"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One change that waits for the actor, and what for."""

    change: Change
    why: str
    verdict: Verdict | None


@pages.get("/", endpoint="home")
def show() -> str:
    """Show the home page."""
    context().allow("ci:read")
    page = changes.listing(context(), states=(*_OPEN, *_LATER), limit=_LOOKED_AT)
    waiting = [found for held in page.rows if (found := _waiting(held.record)) is not None]
    return render_template(
        "home.html",
        counts=_counts(context().store),
        waiting=waiting[:_FEW],
        waiting_more=page.after is not None or len(waiting) > _FEW,
        waiting_seen=len(page.rows),
        notices=inbox.notices(context()),
        suspension_words=suspension_words,
        **_coming(),
        lately=newest(context().store, _LATELY),
    )


def _counts(store: Store) -> dict[str, int]:
    retired = Equals("status", CIStatus.RETIRED.value)
    services = OneOf("class", tuple(sorted(catalogue_of(context()).services)))
    return {
        "cis": store.count(CIS) - store.count(CIS, [retired]),
        "services": store.count(CIS, [services]) - store.count(CIS, [services, retired]),
        "relations": store.count(RELATIONS),
        "groups": store.count(GROUPS),
        "changes": sum(store.count(CHANGES, [Equals("state", state.value)]) for state in _OPEN),
    }


def _waiting(change: Change) -> Waiting | None:
    """Return why the change waits for the actor, None if it does not."""
    actor = context().actor
    if change.state is ChangeState.ASSESSED and change.assessment:
        made = context().records.get(ASSESSMENTS, change.assessment)
        overridden = is_overridden(context(), change, made)
        boards = deciding_on(context(), verdict_to_answer(context(), change, made))
        acts_for = hands(context().store, actor.id)
        now = context().clock.now()
        if deciding(actor, change, made, now, acts_for, overridden=overridden, boards=boards).approve:
            return Waiting(change, "Assessed: you may decide about it", made.verdict)
        return None
    if change.state in _LATER:
        return _waiting_later(change)
    move, act, why = _WAITS.get(change.state, ("", "", ""))
    own = change.requester == actor.id or change.state is not ChangeState.DRAFT
    return Waiting(change, why, None) if move in possible_moves(change) and may(actor, act) and own else None


def _waiting_later(change: Change) -> Waiting | None:
    """Return why a change that was decided about waits for the actor: to be scheduled, submitted again or reviewed."""
    actor = context().actor
    acts_for = hands(context().store, actor.id)
    offered = {offer.move for offer in offers_of(actor, change, None, acts_for)}
    move, why = _LATER[change.state]
    own = change.state is not ChangeState.DEFERRED or change.requester in acts_for
    return Waiting(change, why, None) if move in offered and own else None


def _coming() -> dict[str, Any]:
    """Return the approved and scheduled changes whose window has not begun, the next one first."""
    now = context().clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    where: list[Filter] = [OneOf("state", _GRANTED), Between("window.start", low=now)]
    page = context().records.listing(CHANGES, where, order="window.start", limit=_FEW)
    return {"coming": [held.record for held in page.rows], "coming_more": page.after is not None}
