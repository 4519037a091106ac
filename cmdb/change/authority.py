"""Who may decide what: by verdict, for emergencies, and never about a change of one's own."""

from __future__ import annotations

from collections.abc import Mapping

from cmdb.change.errors import OwnChange
from cmdb.context import Context
from cmdb.model.assessment import Verdict
from cmdb.model.change import Change
from cmdb.people.persons import hands
from cmdb.roles import Role

AUTHORITY: dict[Verdict, frozenset[Role]] = {
    Verdict.BLOCK: frozenset(),
    Verdict.CAB: frozenset({Role.CAB_MEMBER}),
    Verdict.PEER: frozenset({Role.ENGINEER, Role.CHANGE_MANAGER, Role.CAB_MEMBER, Role.ADMINISTRATOR}),
    Verdict.AUTO: frozenset(),
}
"""
Which roles may approve a change of each verdict; rejecting, which only ever stops a change, is for all who may decide.

An administrator keeps the installation and stands in for a peer, but is not the board. Nobody approves BLOCK; what is
AUTO the policy approves itself, as it is assessed.
"""

EMERGENCY_BOARD = frozenset({Role.CAB_MEMBER})
"""Whose approval lets an emergency change be implemented before it is assessed."""


def part_in(change: Change, acts_for: Mapping[str, str]) -> str | None:
    """
    Return the part the actor has in the change, None if they have none.

    ``acts_for`` is what :func:`cmdb.people.persons.hands` says of the actor: whoever is in it counts as the actor. The
    part is requester, implementer or author, and "delegate of the requester" and so on where the actor only stands in.
    """
    for part, names in parts_of(change):
        ways = {acts_for[name] for name in names if name in acts_for}
        if ways:
            return part if "self" in ways else f"delegate of the {part}"
    return None


def parts_of(change: Change) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return who has which part in a change: those who asked for it, do or did it, or wrote of it."""
    did = (change.implementer, change.started_by, change.ended_by, *(tick.by for tick in change.ticks))
    return (
        ("requester", (change.requester,)),
        ("implementer", tuple(dict.fromkeys(name for name in did if name is not None))),
        ("author", change.authors),
    )


def refuse_own(context: Context, change: Change, move: str) -> None:
    """
    Return if the actor has no part in the change, whoever they act for.

    Raises:
        OwnChange: they have, by this or another account, or as a delegate.
    """
    part = part_in(change, hands(context.store, context.actor.id))
    if part is not None:
        raise OwnChange(actor=context.actor.id, move=move, change=change.id, part=part)
