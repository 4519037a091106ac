"""The words behind an outcome: what a group needs and has left, and why one CI now carries a service alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmdb.model.assessment import ServiceOutcome
from cmdb.model.gate import Alone, Gate, GateMember, Why
from cmdb.model.relation import Strength
from web.naming import Names, called_in
from web.wording_change import listed, single_points

NAMED_AT_MOST = 4
"""A group of more members is told by their number alone: "3 of 20"."""


@dataclass(frozen=True, slots=True)
class GateWords:
    """What one group, or some of which the same is to be said, needs and has left; ``spares`` below zero: too few."""

    words: str
    spares: int


def gate_words(why: Why, names: Names | None = None) -> list[GateWords]:
    """
    Return what the groups on the way need and have left: those that failed first, then by what they have left.

    ``names`` go before those that stand in the answer.

    A group that lost nobody has nothing to say, and groups of which the same is to be said share a sentence.
    """
    owners: dict[tuple[str, str, str], list[str]] = {}
    spares: dict[tuple[str, str, str], int] = {}
    names = {**why.names, **(names or {})}
    for gate in _gates(why):
        verb, of = _needs(gate, names)
        said = (verb, of, state_words(gate, names))
        owners.setdefault(said, []).append(called_in(names, gate.item))
        spares[said] = gate.spares
    # Among equals the group nearest to what failed stays first.
    order = sorted(owners, key=lambda said: spares[said])
    return [GateWords(_sentence(owners[said], *said), spares[said]) for said in order]


def _gates(why: Why) -> list[Gate]:
    """Return the groups that lost a member, each once, those nearest to what failed first."""
    found: dict[tuple[str, str], Gate] = {}
    for place in range(max((len(gates) for gates in why.gates.values()), default=0)):
        for gates in why.gates.values():
            gate = gates[place] if place < len(gates) else None
            if gate is not None and any(member.path for member in gate.members):
                found.setdefault((gate.item, gate.name), gate)
    return list(found.values())


def _sentence(owners: Sequence[str], verb: str, of: str, state: str) -> str:
    if len(owners) == 1:
        return f"{owners[0]} {verb}s {of}; {state}."
    shown = owners if len(owners) <= NAMED_AT_MOST else [*owners[: NAMED_AT_MOST - 1], f"{len(owners) - 3} more"]
    return f"{listed(shown)} {verb} {of} each; {state}."


def _needs(gate: Gate, names: Names) -> tuple[str, str]:
    """Return the verb and what the group asks for: "need" and "1 of PDU S1 A and PDU S1 B"."""
    members = [called_in(names, member.id) for member in gate.members]
    of = listed(members) if len(members) <= NAMED_AT_MOST else f"{len(members)} in {gate.name}"
    all_of = "both" if gate.needs == len(members) == 2 else gate.needs
    return "need" if gate.strength is Strength.HARD else "want", f"{all_of} of {of}"


def state_words(gate: Gate, names: Names) -> str:
    """Return how the group stands: "both are down: they hang on UPS S1", or how many spares it keeps."""
    down = gate.down
    if not down:
        less = [member for member in gate.members if member.path]
        return f"{_who(less, gate, names)} with less{_hanging(less, names)}" if less else "none of them is down"
    hanging = _hanging(down, names)
    said = f"{_who(down, gate, names)} down{hanging}"
    return said if gate.spares < 0 else f"{said}{',' if hanging else ''} and {spare_words(gate.spares)}"


def spare_words(spares: int) -> str:
    """
    Return what a group that holds has left.

    >>> spare_words(0), spare_words(1), spare_words(118)
    ('no spare is left', '1 spare is left', '118 spares are left')
    """
    return "no spare is left" if not spares else f"{spares} spare{'s are' if spares > 1 else ' is'} left"


def single_point_sentences(
    services: Sequence[ServiceOutcome], why: Why | None = None, names: Names | None = None
) -> list[str]:
    """Return a sentence for each new single point of failure, by id: what it would stop, and why it stands alone."""
    return [single_point_words(ci, listed(stopped), why, names) for ci, stopped in single_points(services)]


def single_point_words(ci: str, services: str, why: Why | None, names: Names | None = None) -> str:
    """Return what a new single point of failure stops, and why it stands alone."""
    said = f"{called_in({**(why.names if why else {}), **(names or {})}, ci)} alone carries {services}."
    return " ".join(filter(None, (said, alone_words(why, ci, names) if why else "")))


def alone_words(why: Why, ci: str, names: Names | None = None) -> str:
    """
    Return why a new single point of failure is one: "Its twin db-b is down: it hangs on UPS S1."

    Services for which it is another reason follow, each reason once. Empty where nothing explains it.
    """
    known = {**why.names, **(names or {})}
    return " ".join(dict.fromkeys(_alone_sentence(one, known) for one in why.alone.get(ci, ())))


def _alone_sentence(alone: Alone, names: Names) -> str:
    gate, down = alone.gate, alone.gate.down
    own, carrier = alone.carrier == alone.ci, called_in(names, alone.carrier)
    if gate.needs == 1 and len(down) <= NAMED_AT_MOST:
        owner = "Its" if own else f"{carrier} hangs on it, and its"
        twins = f"twin{'s' if len(down) > 1 else ''} {listed([called_in(names, member.id) for member in down])}"
        return f"{owner} {twins} {_are(down)} down{_hanging(down, names)}."
    owner, item = "" if own else f"{carrier} hangs on it: ", called_in(names, gate.item)
    return f"{owner}{item} needs {gate.needs} of {len(gate.members)} in {gate.name}, and {state_words(gate, names)}."


def _who(members: Sequence[GateMember], gate: Gate, names: Names) -> str:
    verb = _are(members) if any(member.down for member in members) else "run" + "s" * (len(members) == 1)
    if len(members) == len(gate.members) > 1:
        return f"{'both' if len(members) == 2 else f'all {len(members)}'} {verb}"
    if len(members) > NAMED_AT_MOST or len(gate.members) > 2 * NAMED_AT_MOST:
        return f"{len(members)} {verb}"
    return f"{listed([called_in(names, member.id) for member in members])} {verb}"


def _hanging(members: Sequence[GateMember], names: Names) -> str:
    """Return on which failed CIs the members hang; nothing of those that failed themselves."""
    hanging = [member for member in members if len(member.path) > 1]
    if not hanging:
        return ""
    roots = [called_in(names, root) for root in dict.fromkeys(member.path[0] for member in hanging)]
    shown = roots if len(roots) <= NAMED_AT_MOST else [*roots[: NAMED_AT_MOST - 1], f"{len(roots) - 3} more"]
    if len(hanging) == len(members):
        who = "it hangs" if len(members) == 1 else "they hang"
    else:
        who = f"{len(hanging)} of them hang{'s' if len(hanging) == 1 else ''}"
    return f": {who} on {listed(shown)}"


def _are(members: Sequence[GateMember]) -> str:
    return "is" if len(members) == 1 else "are"
