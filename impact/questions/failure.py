"""P(fail) of a change: how likely it is backed out or fails. What is learnt of past changes comes in here."""

from __future__ import annotations

from cmdb.context import Context
from cmdb.model.change import Change
from cmdb.model.consequence import FailureChance

PRIOR = FailureChance(mean=0.5, low=0.00616, high=0.99384, is_prior=True, incident_share=0.5)
"""
What is said while nothing was learnt: Jeffreys' prior of a probability, Beta(1/2, 1/2), with its 90 % interval, and the
mean of the same prior for how many failures are incidents. Wide on purpose, and never "low".
"""


def failure_of(context: Context, change: Change) -> FailureChance:
    """
    Return P(fail) of a change with its 90 % interval.

    Without a plan to back out, whatever fails is an incident.

    Raises:
        NotAllowed: the actor may not read changes.
    """
    context.allow("change:read")
    share = PRIOR.incident_share if change.back_out is not None else 1.0
    return FailureChance(PRIOR.mean, PRIOR.low, PRIOR.high, PRIOR.is_prior, share)
