"""The probability of an outage by adding up the probability of every state; exact fractions, nothing is rounded.

A CI's own failure is an independent event with the probability of its unavailability; one that is not known (None)
counts as 0, a CI in ``failed`` as 1. The service's own component counts like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from itertools import compress, product
from typing import NamedTuple

from tests.oracles.estate import PlainEstate
from tests.oracles.every_state import OUTCOMES, EveryState, whole_cone
from tests.oracles.impact import outcome
from tests.oracles.risk_groups import smallest_stops


def chances_of(items: dict, failed: Collection = ()) -> dict:
    """Return CI to the probability that it has failed itself."""
    return {ci: Fraction(1 if ci in failed else facts.get("unavailability") or 0) for ci, facts in items.items()}


def total(table: int, variables: list, chances: dict) -> Fraction:
    """Return the probability of the states in ``table``; whole numbers over one denominator, because they are quick."""
    weights, denominator = [1], 1
    for ci in variables:
        fails, of = chances[ci].as_integer_ratio()
        weights = [weight * (of - fails) for weight in weights] + [weight * fails for weight in weights]
        denominator *= of
    holds = map(int, reversed(format(table, f"0{len(weights)}b")))
    return Fraction(sum(compress(weights, holds)), denominator)


def outage(items: dict, needs: dict, service: str, failed: Collection = ()) -> Fraction:
    """Return the probability that ``service`` is down."""
    every = EveryState(items, needs, service, failed)
    return total(every.down[service], every.variables, chances_of(items, failed))


def outcomes(items: dict, needs: dict, service: str, failed: Collection = ()) -> dict:
    """
    Return each outcome to its probability; they sum to 1.

    The outcome of a state is that of the page's table with F the failed CIs and what else fails in that state, so
    "before" in *new single points* means with nothing failed.
    """
    every = EveryState(items, needs, service, failed, soft=True)
    chances = chances_of(items, failed)
    return {each: total(table, every.variables, chances) for each, table in every.outcomes().items()}


class Importance(NamedTuple):
    """
    The measures of one component; a quotient by 0 is None.

    ``birnbaum``: P(top | i down) - P(top | i up). ``fussell_vesely``: the share of P(top) in which at least one minimal
    cut set with i in it has occurred (all its CIs have failed); ``reduction``: the simpler 1 - P(top | i up) / P(top),
    which is smaller where another cut set occurs at the same time. ``achievement_worth``: P(top | i down) / P(top).
    ``reduction_worth``: P(top) / P(top | i up).
    """

    birnbaum: Fraction
    fussell_vesely: Fraction | None
    reduction: Fraction | None
    achievement_worth: Fraction | None
    reduction_worth: Fraction | None


def importances(items: dict, needs: dict, service: str, failed: Collection = ()) -> dict:
    """
    Return the CIs of the hard cone that may fail and have not, the service with them, to their ``Importance``.

    The minimal cut sets of Fussell-Vesely are those of the probability: the service's own failure is one of them. With
    the service down already no component matters: the only minimal cut set is the empty one.
    """
    every = EveryState(items, needs, service, failed)
    chances = chances_of(items, failed)
    top = total(every.down[service], every.variables, chances)
    left = [ci for ci in every.variables if ci not in failed]
    cut_sets = smallest_stops(every, left, failed)
    found = {}
    for ci in left:
        down, up = (total(every.down[service], every.variables, chances | {ci: Fraction(state)}) for state in (1, 0))
        shared = total(_occurred(every, [cut for cut in cut_sets if ci in cut]), every.variables, chances)
        found[ci] = Importance(
            birnbaum=down - up,
            fussell_vesely=shared / top if top else None,
            reduction=1 - up / top if top else None,
            achievement_worth=down / top if top else None,
            reduction_worth=top / up if up else None,
        )
    return found


def _occurred(every: EveryState, cut_sets: list) -> int:
    """Return the states in which all CIs of at least one of the cut sets have failed themselves."""
    table = 0
    for cut in cut_sets:
        together = every.all
        for ci in cut:
            together &= every.fails[ci]
        table |= together
    return table


def needs_without(estate: PlainEstate, absent: Collection[int], reading: str = "not up") -> dict:
    """
    Return the requirements when the relations at the positions ``absent`` do not exist.

    A relation outside any recorded group takes its requirement with it. A recorded group stays, and the page leaves
    open what becomes of its ``needs``; ``reading`` is one of
    - "not up" (pessimistic): ``needs`` stays what it is with all relations, a share too: who is absent is not up;
    - "share": a number stays, a share is taken of the members that are there;
    - "capped" (optimistic): as "not up", but never more than the members that are there.
    A member of two relations of one group is absent when both are.
    """
    present = [relation for place, relation in enumerate(estate.relations) if place not in absent]
    found = PlainEstate(estate.items, present, estate.groups).requirements()
    if reading == "share":
        return found
    in_full = {
        (ci, requirement["group"]): requirement["needs"]
        for ci, requirements in estate.requirements().items()
        for requirement in requirements
    }
    for ci, requirements in found.items():
        for requirement in requirements:
            if requirement["group"] is not None:
                kept = in_full[ci, requirement["group"]]
                there = len(requirement["members"])
                requirement["needs"] = min(kept, there) if reading == "capped" else kept
    return found


def doubtful(estate: PlainEstate, service: str) -> list[int]:
    """Return the positions of the relations with confidence below 1 that ``service`` may reach."""
    cone = whole_cone(estate.requirements(), service)
    return [
        place
        for place, relation in enumerate(estate.relations)
        if relation["confidence"] < 1 and relation["source"] in cone
    ]


def presences(estate: PlainEstate, service: str, reading: str = "not up") -> Iterator[tuple[Fraction, set, dict]]:
    """Yield each case of which doubtful relations exist: its probability, the absent positions, the requirements."""
    doubts = doubtful(estate, service)
    for there in product((True, False), repeat=len(doubts)):
        weight, absent = Fraction(1), set()
        for place, exists in zip(doubts, there, strict=True):
            confidence = Fraction(estate.relations[place]["confidence"])
            weight *= confidence if exists else 1 - confidence
            absent |= set() if exists else {place}
        yield weight, absent, needs_without(estate, absent, reading)


def uncertain_outage(estate: PlainEstate, service: str, failed: Collection = (), reading: str = "not up") -> Fraction:
    """Return the probability that ``service`` is down when relations exist with their confidence, independently."""
    cases = presences(estate, service, reading)
    return sum((weight * outage(estate.items, needs, service, failed) for weight, _, needs in cases), Fraction(0))


def uncertain_outcomes(
    estate: PlainEstate, service: str, failed: Collection = (), reading: str = "not up", failing: bool = False
) -> dict:
    """
    Return each outcome to its probability over the presence of relations, with exactly ``failed`` failed.

    With ``failing`` the other CIs may fail too, each with its unavailability.
    """
    found = dict.fromkeys(OUTCOMES, Fraction(0))
    for weight, _, needs in presences(estate, service, reading):
        if failing:
            for each, chance in outcomes(estate.items, needs, service, failed).items():
                found[each] += weight * chance
        else:
            found[outcome(estate.items, needs, service, set(failed))] += weight
    return found


def flipping(
    estate: PlainEstate, service: str, failed: Collection = (), reading: str = "not up", anywhere: bool = False
) -> set[int]:
    """
    Return the positions of the doubtful relations whose presence flips the outcome of ``service``.

    All other relations are there; with ``anywhere`` they are in any case in which the outcome depends on this one.
    """
    of_case = {
        frozenset(absent): outcome(estate.items, needs, service, set(failed))
        for _, absent, needs in presences(estate, service, reading)
    }
    return {
        place
        for place in doubtful(estate, service)
        for absent, found in of_case.items()
        if place not in absent and (anywhere or not absent) and of_case[absent | {place}] != found
    }
