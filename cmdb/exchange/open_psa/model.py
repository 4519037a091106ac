"""The definitions of one file together: what they refer to, what they come to, and all that is wrong between them."""

from __future__ import annotations

from cmdb.exchange.estate.faults import Faults, short, shown
from cmdb.exchange.open_psa.definitions import BASIC_EVENT, GATE, HOUSE_EVENT, Container, Defined
from cmdb.exchange.open_psa.faults import tell
from cmdb.exchange.open_psa.figures import probabilities
from cmdb.exchange.open_psa.formulas import Formula, Reference, inside, references
from cmdb.exchange.open_psa.names import Names, near
from cmdb.exchange.open_psa.order import in_order, shown_cycle

_TOPS_SHOWN = 10


class Model:
    """
    What a file defines.

    After :meth:`judge`, ``uses`` holds the gates that each gate uses, ``order`` all gates, the used before the user,
    and ``chances`` the probabilities of the basic events, each by id.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.names = Names(faults)
        self.containers: list[Container] = []
        self.uses: dict[str, list[str]] = {}
        self.meant: dict[tuple[str, Reference], Defined] = {}
        self.order: list[str] = []
        self.chances: dict[str, float] = {}

    def take(self, one: Defined | Container) -> None:
        """Take what the file says next."""
        if isinstance(one, Container):
            self.containers.append(one)
        else:
            self.names.define(one)

    def meaning(self, owner: str, reference: Reference) -> str | bool:
        """Return the id of what a gate refers to, or the truth of a house event."""
        found = self.meant[owner, reference]
        return bool(found.body) if found.kind == HOUSE_EVENT else found.id

    def judge(self, top: str | None) -> Defined | None:
        """Return the top gate; tell all that is wrong with names, figures and the tree's shape."""
        events = self.names.events
        gates = [one for one in events.values() if one.kind == GATE]
        before = self._faults.count
        for gate in gates:
            self.uses[gate.id] = self._gates_used(gate)
        whole = self._faults.count == before and all(gate.body is not None for gate in gates)
        self.order, cycles = in_order([gate.id for gate in gates], self.uses)
        for cycle in cycles:
            tell(self._faults, "open_psa.cycle", events[cycle[0]].line, cycle=shown_cycle(cycle))
        basic = [one for one in events.values() if one.kind == BASIC_EVENT]
        self.chances = probabilities(basic, self.names, self._faults)
        # A gate may seem to be a top only because the reference to it could not be read.
        return self._top(gates, top) if whole or top is not None else None

    def _gates_used(self, gate: Defined) -> list[str]:
        if gate.body is None:
            return []
        for reference in references(gate.body):
            found = self.names.find(reference, gate.scope, f"gate {gate.id}")
            if found is not None:
                self.meant[gate.id, reference] = found
        for formula in inside(gate.body):
            self._judge_counted(gate, formula)
        several = [self.meant.get((gate.id, reference)) for reference in references(gate.body)]
        return [one.id for one in several if one is not None and one.kind == GATE]

    def _judge_counted(self, gate: Defined, formula: Formula) -> None:
        """Tell what an "atleast" names twice: it would count double there, and a member of a group counts once."""
        seen: set[str] = set()
        for argument in formula.args if formula.operator == "atleast" else ():
            one = self.meant.get((gate.id, argument)) if isinstance(argument, Reference) else None
            if one is not None and one.id in seen:
                facts = {"gate": gate.id, "kind": one.kind, "name": short(one.id)}
                tell(self._faults, "open_psa.counted_twice", formula.line, **facts)
            elif one is not None:
                seen.add(one.id)

    def _top(self, gates: list[Defined], top: str | None) -> Defined | None:
        if not gates:
            tell(self._faults, "open_psa.no_gates", "")
            return None
        by_id = {gate.id: gate for gate in gates}
        if top is not None:
            if top not in by_id:
                hint = near(top, by_id, otherwise="name a gate of the file")
                tell(self._faults, "open_psa.unknown_top", "/top", name=shown(top), hint=hint)
            return by_id.get(top)
        # Where every gate is used by another there is a cycle, which has been told.
        used = {name for several in self.uses.values() for name in several}
        tops = [gate for gate in gates if gate.id not in used]
        if len(tops) > 1:
            more = f" and {len(tops) - _TOPS_SHOWN} more" if len(tops) > _TOPS_SHOWN else ""
            names = ", ".join(gate.id for gate in tops[:_TOPS_SHOWN]) + more
            tell(self._faults, "open_psa.several_tops", tops[0].line, count=len(tops), gates=names)
        return tops[0] if len(tops) == 1 else None
