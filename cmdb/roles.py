"""Who may do what: one table from role to acts, asked by the desks and shown in the documentation."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from cmdb.errors import NotAllowed


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
    """Who acts: a person of the people file, or a job that acts under its own name."""

    id: str
    roles: frozenset[Role]


_READ = frozenset(
    {
        "ci:read",
        "class:read",
        "impact:read",
        "change:read",
        "policy:read",
        "incident:read",
        "service_level:read",
        "job:read",
        "source:read",
        "finding:read",
        "verification:read",
        "health:read",
        "estate:export",
    }
)
_RECORD = frozenset({"ci:write", "ci:retire", "class:define", "class:retire", "estate:import", "finding:close"})
_RAISE = frozenset({"change:raise", "change:edit", "change:submit", "change:assess"})
_DECIDE = frozenset({"change:approve", "change:reject"})
_RESTORE = frozenset({"incident:open", "incident:edit", "incident:resolve", "incident:import"})
_AGREE = frozenset({"service_hours:define", "service_level:set"})
_RUN = frozenset({"job:run", "job:cancel"})
_AUDIT = frozenset({"audit:verify"})
_SAMPLE = frozenset({"sample:draw", "sample:judge"})
_DISCOVER = frozenset({"source:define", "discovery:take", "discovery:run", "discovery:rule", "identity:decide"})
_VERIFY = frozenset({"baseline:create", "verification:run", "verification:sample"})
_SETTLE = frozenset({"drift:accept", "drift:revert", "drift:rule"})
_BASELINE = frozenset({"baseline:approve"})
_KEEP = frozenset({"policy:set", "loss_scale:set", "store:maintain", "job:work", "health:measure"})

ACTS: dict[Role, frozenset[str]] = {
    Role.VIEWER: _READ,
    Role.ENGINEER: _READ | _RECORD | _RAISE | _DECIDE | _RESTORE | _RUN | _DISCOVER | _SAMPLE | _VERIFY | _SETTLE,
    Role.CHANGE_MANAGER: _READ
    | _RECORD
    | _RAISE
    | _DECIDE
    | _RESTORE
    | _RUN
    | _VERIFY
    | _SETTLE
    | _BASELINE
    | _AGREE
    | {"policy:set", "loss_scale:set"},
    Role.CAB_MEMBER: _READ | _DECIDE | _BASELINE,
    Role.SERVICE_OWNER: _READ | _DECIDE | _BASELINE | _AGREE,
    Role.AUDITOR: _READ | _RUN | _AUDIT | _SAMPLE | {"verification:run", "verification:sample"},
    Role.ADMINISTRATOR: _READ
    | _RECORD
    | _RAISE
    | _DECIDE
    | _RESTORE
    | _RUN
    | _AUDIT
    | _DISCOVER
    | _SAMPLE
    | _VERIFY
    | _SETTLE
    | _BASELINE
    | _AGREE
    | _KEEP,
}


def may(actor: Actor, act: str) -> bool:
    """Tell whether one of the actor's roles includes the act."""
    return any(act in ACTS[role] for role in actor.roles)


def allow(actor: Actor, act: str) -> None:
    """
    Return if the actor may do this.

    Raises:
        NotAllowed: none of the actor's roles includes it; those that do are named.
    """
    if not may(actor, act):
        raise NotAllowed(act=act, actor=actor.id, needed=" or ".join(roles_that_may(act)))


def roles_that_may(act: str) -> tuple[Role, ...]:
    """Return the roles that include the act, in the order of :class:`Role`."""
    return tuple(role for role in Role if act in ACTS[role])
