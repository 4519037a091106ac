"""
How often somebody may try to sign in: failures are counted in the store, so that any number of servers counts as one.

An attempt is counted before it is judged and given back when it succeeds; so many attempts at once are no way around.
"""

from __future__ import annotations

import hashlib

from cmdb.context import Context
from cmdb.people.errors import SignInThrottled

SECONDS = 900
MOST_OF_ACCOUNT, MOST_OF_ADDRESS = 10, 50
"""Failures in :data:`SECONDS` for one account, and from one address."""


def enter(context: Context, account: str, address: str) -> None:
    """
    Count an attempt.

    Raises:
        SignInThrottled: there were too many; ``first`` tells whether this is the first that is refused.
    """
    over = [
        used - most
        for name, most in ((_account(account), MOST_OF_ACCOUNT), (_address(address), MOST_OF_ADDRESS))
        if (used := context.coordination.count(name, seconds=SECONDS)) > most
    ]
    if over:
        refused = SignInThrottled(seconds=SECONDS)
        refused.facts["first"] = min(over) == 1
        raise refused


def leave(context: Context, account: str, address: str) -> None:
    """Give an attempt back that succeeded."""
    for name in (_account(account), _address(address)):
        context.coordination.count(name, seconds=SECONDS, by=-1)


def _account(account: str) -> str:
    # What is typed as an account may be a password, and is nowhere kept in clear.
    return f"sign-in-account:{_digest(account.casefold())}"


def _address(address: str) -> str:
    return f"sign-in-address:{_digest(address)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
