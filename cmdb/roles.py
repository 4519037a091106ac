"""Who may do what: one table from role to acts, asked by the desks and shown in the documentation."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from cmdb.errors import NotAllowed, OutOfScope


class Role(StrEnum):
    """What a person is to the organisation; one person may have several."""

    VIEWER = "viewer"
    ENGINEER = "engineer"
    CHANGE_MANAGER = "change_manager"
    CAB_MEMBER = "cab_member"
    SERVICE_OWNER = "service_owner"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Actor(NamedTuple):
    """
    Who acts: an account, or a job that acts under its own name.

    ``person`` is the id of the recorded person behind the account, None where nobody is recorded for it. ``scopes``
    are the acts that an API token is limited to, None where nothing limits what the roles allow.
    """

    id: str
    roles: frozenset[Role]
    person: str | None = None
    scopes: frozenset[str] | None = None


_READ = frozenset(
    {
        "ci:read",
        "class:read",
        "impact:read",
        "change:read",
        "policy:read",
        "calendar:read",
        "incident:read",
        "service_level:read",
        "job:read",
        "source:read",
        "finding:read",
        "verification:read",
        "health:read",
        "estate:export",
        "person:read",
        "board:read",
    }
)
_RECORD = frozenset({"ci:write", "ci:retire", "class:define", "class:retire", "estate:import", "finding:close"})
_RAISE = frozenset(
    {
        "change:raise",
        "change:edit",
        "change:submit",
        "change:assess",
        "change:schedule",
        "change:cancel",
        "change:attach",
        "change_model:write",
    }
)
_IMPLEMENT = frozenset({"change:go", "change:implement", "change:finish", "change:close"})
_DECIDE = frozenset(
    {
        "change:approve",
        "change:reject",
        "change:defer",
        "change:recall",
        "change:suspend",
        "change:go",
        "change:confirm",
        "change:override",
        "change:review",
        "change:comment",
        "change:task",
    }
)
_AUTHORISE = frozenset({"change_model:approve"})
_ADVISE = frozenset({"board:vote", "board:decide"})
_CONVENE = frozenset({"meeting:write", "board:ask"})
_RESTORE = frozenset({"incident:open", "incident:edit", "incident:resolve", "incident:import"})
_AGREE = frozenset({"service_hours:define", "service_level:set"})
_RUN = frozenset({"job:run", "job:cancel"})
_AUDIT = frozenset({"audit:verify"})
_DOOR = frozenset({"sign_in:read"})
_ADMIT = frozenset({"person:invite", "session:revoke", "token:write"})
_SAMPLE = frozenset({"sample:draw", "sample:judge"})
_DISCOVER = frozenset({"source:define", "discovery:take", "discovery:run", "discovery:rule", "identity:decide"})
_VERIFY = frozenset({"baseline:create", "verification:run", "verification:sample"})
_SETTLE = frozenset({"drift:accept", "drift:revert", "drift:rule"})
_BASELINE = frozenset({"baseline:approve"})
_SCHEDULE = frozenset({"calendar:add", "calendar:withdraw", "calendar:import"})
_KEEP = frozenset({"policy:set", "loss_scale:set", "store:maintain", "job:work", "health:measure", "person:write"})

ACTS: dict[Role, frozenset[str]] = {
    Role.VIEWER: _READ,
    Role.ENGINEER: _READ
    | _RECORD
    | _RAISE
    | _DECIDE
    | _IMPLEMENT
    | _RESTORE
    | _RUN
    | _DISCOVER
    | _SAMPLE
    | _VERIFY
    | _SETTLE,
    Role.CHANGE_MANAGER: _READ
    | _RECORD
    | _RAISE
    | _DECIDE
    | _IMPLEMENT
    | _AUTHORISE
    | _RESTORE
    | _RUN
    | _VERIFY
    | _SETTLE
    | _BASELINE
    | _SCHEDULE
    | _AGREE
    | _CONVENE
    | {"policy:set", "loss_scale:set", "change:expire", "failure_model:learn", "board:write"},
    Role.CAB_MEMBER: _READ | _DECIDE | _AUTHORISE | _BASELINE | _ADVISE | _CONVENE,
    Role.SERVICE_OWNER: _READ | _DECIDE | _BASELINE | _AGREE,
    Role.AUDITOR: _READ | _RUN | _AUDIT | _DOOR | _SAMPLE | {"verification:run", "verification:sample"},
    Role.ADMINISTRATOR: _READ
    | _RECORD
    | _RAISE
    | _DECIDE
    | _IMPLEMENT
    | _RESTORE
    | _RUN
    | _AUDIT
    | _DOOR
    | _ADMIT
    | _DISCOVER
    | _SAMPLE
    | _VERIFY
    | _SETTLE
    | _BASELINE
    | _SCHEDULE
    | _AGREE
    | _KEEP
    | _CONVENE
    | {"change:expire", "failure_model:learn", "board:write"},
}


def may(actor: Actor, act: str) -> bool:
    """Tell whether one of the actor's roles includes the act, and the scopes of their token, if there are any."""
    if actor.scopes is not None and act not in actor.scopes:
        return False
    return any(act in ACTS[role] for role in actor.roles)


def allow(actor: Actor, act: str) -> None:
    """
    Return if the actor may do this.

    Raises:
        OutOfScope: the token that the actor acts by is not for this.
        NotAllowed: none of the actor's roles includes it; those that do are named.
    """
    if actor.scopes is not None and act not in actor.scopes:
        raise OutOfScope(act=act, actor=actor.id)
    if not may(actor, act):
        raise NotAllowed(act=act, actor=actor.id, needed=" or ".join(roles_that_may(act)))


def roles_that_may(act: str) -> tuple[Role, ...]:
    """Return the roles that include the act, in the order of :class:`Role`."""
    return tuple(role for role in Role if act in ACTS[role])
