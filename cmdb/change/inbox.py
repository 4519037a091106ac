"""What lies in somebody's inbox: approvals that were suspended, of changes they ask for, implement or approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.change import go_checks
from cmdb.context import Context
from cmdb.model.change import CHANGES, Change, ChangeState, Window
from cmdb.model.go_check import Found, GoAnswer
from cmdb.people.persons import hands
from cmdb.ports.store import OneOf


@dataclass(frozen=True, slots=True)
class Notice:
    """
    The approval of ``change`` rests since ``at``, suspended by ``by``: ``because`` of what a person said, or ``found``.

    ``found`` is what the go or no-go check found whose id is ``check``, None where a person suspended it. Whoever may
    approve it confirms it again, or it is recalled; then the notice is gone.
    """

    change: str
    title: str
    state: ChangeState
    window: Window | None
    at: datetime
    by: str
    because: str
    check: str | None
    found: Found | None = None


def notices(context: Context) -> tuple[Notice, ...]:
    """Return the notices to the actor, and to whom they stand in for, the next window first; raises NotAllowed."""
    context.allow("change:read")
    names = hands(context.store, context.actor.id).keys()
    states = OneOf("state", (ChangeState.APPROVED.value, ChangeState.SCHEDULED.value))
    suspended = [each for each in context.records.find(CHANGES, [states]) if each.suspended is not None]
    found = [each for each in suspended if not names.isdisjoint(go_checks.those_to_tell(context, each))]
    return tuple(_notice(context, each) for each in sorted(found, key=_order))


def _order(change: Change) -> tuple[str, int, str]:
    return change.window.start.isoformat() if change.window else "", len(change.id), change.id


def _notice(context: Context, change: Change) -> Notice:
    held = change.suspended
    assert held is not None
    checks = go_checks.of_change(context, change.id)
    said = [check.id for check in checks if check.answer is GoAnswer.NO_GO and check.at == held.at]
    return Notice(
        change=change.id,
        title=change.title,
        state=change.state,
        window=change.window,
        at=held.at,
        by=held.by,
        because=held.because,
        check=said[-1] if said else None,
        found=held.found,
    )
