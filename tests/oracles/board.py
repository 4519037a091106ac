"""What the votes of a board come to, counted out as a secretary would; shares no code with what it judges."""

from __future__ import annotations

import itertools

FOR = ("approve", "approve_with_conditions")


def comes_to(rule, quorum, authority, votes):
    """Return (choice, why none) of complete votes by seat, each in words."""
    taking_part = {seat: said for seat, said in votes.items() if said != "recuse"}
    if len(taking_part) < quorum:
        return None, "no_quorum"
    if rule == "chair":
        if authority is None:
            return None, "no_authority"
        said = taking_part.get(authority, "nothing")
        if said == "nothing":
            return None, "waits_for_authority"
        if said == "abstain":
            return None, "authority_abstains"
        return ("approve" if said in FOR else said), None
    cast = ["approve" if said in FOR else said for said in taking_part.values() if said != "abstain"]
    if not cast:
        return None, "nobody_voted"
    if rule == "majority":
        for choice in ("approve", "reject", "defer"):
            if cast.count(choice) > len(cast) - cast.count(choice):
                return choice, None
        return None, "no_majority"
    for choice in ("reject", "defer"):
        if choice in cast:
            return choice, None
    return "approve", None


def settled(rule, quorum, authority, votes, left):
    """Return the choice that stands however the seats that are left vote, None where they could change it."""
    ends = set()
    for more in itertools.product(("approve", "reject", "defer", "abstain"), repeat=len(left)):
        ends.add(comes_to(rule, quorum, authority, {**votes, **dict(zip(left, more, strict=True))})[0])
    return ends.pop() if len(ends) == 1 else None
