"""What a Terraform plan would touch, as the targets of a change."""

from __future__ import annotations

from cmdb.change import checks
from cmdb.configuration.planned import Touched, Touching
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.terraform_plan import DELETED
from cmdb.model.change import Effect, Target

_NAMED = 5  # addresses that a sentence names


def targets_of(
    touching: Touching, *, down_minutes: int | None = None, restart_minutes: int | None = None
) -> tuple[Target, ...]:
    """
    Return the targets, one for each CI, sorted.

    A plan tells no durations: what is replaced or restarts is out for so many minutes from the window's beginning, or
    (None) until it ends. What is destroyed does not come back, so it is out until the window ends, whatever is said.

    Raises:
        InvalidInput: there is none, and why, or there are more than a change may have.
    """
    if not touching.touched:
        raise InvalidInput([_nothing(touching)], what="the plan")
    if len(touching.touched) > checks.MOST_TARGETS:
        count = len(touching.touched)
        raise InvalidInput([checks.too_many("/resource_changes", count, checks.MOST_TARGETS)], what="the plan")
    minutes = {Effect.DOWN: down_minutes, Effect.RESTART: restart_minutes}
    return tuple(
        Target(each.ci, each.effect, minutes=None if _is_destroyed(each) else minutes.get(each.effect))
        for each in touching.touched
    )


def _is_destroyed(touched: Touched) -> bool:
    return any(each.because.code == DELETED for each in touched.addresses)


def _nothing(touching: Touching) -> Problem:
    if not touching.unfound:
        sentence = "it changes nothing that is there, so there is nothing to assess; it would create {created}"
        return Problem("plan.changes_nothing", sentence, {"created": len(touching.created)}, "/resource_changes")
    addresses = [each.address for each in touching.unfound]
    more = f" and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else ""
    sentence = (
        "nothing it touches is known as a CI: {addresses}; run discovery over the state it was made from, and give the"
        " lineage of that state"
    )
    return Problem("plan.unknown", sentence, {"addresses": ", ".join(addresses[:_NAMED]) + more}, "/resource_changes")
