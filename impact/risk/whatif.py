"""
What would help a change: every single measure that makes some outcome better, proved by computing it, cheapest first.

The measures, from cheap to dear: find out that a doubtful relation does not exist; move the window out of a joint
conflict; take the targets out in waves; leave one target out; build one spare. Candidates are guessed so that none is
missed (:mod:`impact.risk.saving`) and each is then tried: the effects of the edited change, or of the change on the
edited graph, are computed and compared, and what makes any outcome worse is dropped. Trials are limited by their number
and by how many CIs they visit; what was not tried is told by number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from cmdb.model.assessment import Findings
from cmdb.model.change import Effect as TargetEffect
from cmdb.model.change import Target, Window
from cmdb.model.mitigation import Gain, Mitigation, MitigationKind, Mitigations, NeverOut, Spare, Unexamined
from cmdb.model.outcome import Outcome
from impact.graph.certainty import relation_of, without
from impact.graph.states import at_rest, extend, take_back
from impact.graph.structure import UNRECORDED, Graph
from impact.risk.candidates import GUESSED, Candidates
from impact.risk.clashes import Clash, by_move, with_clashes
from impact.risk.effects import UNTOUCHED, Effect, effects_of, those_in
from impact.risk.gains import Gains, worth
from impact.risk.rolls import MOST_ROLLED, never_out, rolled, rolls_of
from impact.risk.saving import Measure, Way, may_have_twin
from impact.risk.spares import with_member, with_twin

TRIALS = 64
"""So many measures of a kind are tried at most."""

WORK = 2_000_000
"""Fewer are, where trying them all would visit more CIs than this."""

MeetsMore = Callable[[Window, Sequence[Target]], bool]

T = TypeVar("T")


def mitigations_of(
    graph: Graph,
    window: Window,
    targets: Sequence[Target],
    findings: Findings,
    clashes: Iterable[Clash] = (),
    *,
    most: int | None = None,
    trials: int = TRIALS,
    work: int = WORK,
    meets_more: MeetsMore | None = None,
) -> Mitigations:
    """
    Return what would help the change: a pure function, the same arguments give the same bytes.

    Args:
        findings: those of the change on ``graph`` (:func:`impact.questions.findings.find`).
        clashes: its joint conflicts with other changes, incidents and failed CIs. Only moves are judged by them; the
            gain of all other measures is that of the change alone.
        meets_more: tells of another window and outages whether they bring a joint conflict that the change as it is
            does not have; an order of work that does is no measure. Left out, nobody else is there.
        most: how many of the cheapest to return; dearer kinds are not looked for once there are so many.
    """
    asked = _Asked(graph, window, tuple(targets), findings, trials, work, meets_more)
    found: list[Mitigation] = []
    never = never_out(graph, asked.out)
    for look in (asked.confirmed, lambda: asked.moved(clashes), lambda: asked.rolled(never), asked.less, asked.spared):
        if most is None or len(found) < most:
            found.extend(asked.gains.in_order(look()))
    return Mitigations(
        measures=tuple(found[:most]),
        never=tuple(NeverOut(graph.ids[target], graph.ids_of(services)) for target, services in sorted(never.items())),
        unexamined=tuple(asked.unexamined),
    )


class _Asked:
    """A change, its effects as it is, and how much may be spent on what could help."""

    def __init__(
        self,
        graph: Graph,
        window: Window,
        targets: tuple[Target, ...],
        findings: Findings,
        trials: int,
        work: int,
        meets_more: MeetsMore | None,
    ) -> None:
        self._meets_more = meets_more
        self._graph = graph
        self._window = window
        self._targets = targets
        self._shown = [target for target in those_in(graph, targets) if target.outage(window) is not None]
        self.out = [graph.index(target.ci) for target in self._shown]
        before = {service.id: Effect.of(service) for service in findings.services}
        self.gains = Gains(graph, before)
        self.unexamined: list[Unexamined] = []
        self._candidates = Candidates(graph, window, self._shown, before, min(GUESSED, work))
        self._trials = min(trials, work // (1 + len(targets) + self._candidates.cost(work)))

    # the kinds -------------------------------------------------------------------------------------------------------
    def confirmed(self) -> Iterator[Mitigation]:
        """Yield the doubtful relations without which some outcome is better."""
        for doubt in self._few(MitigationKind.CONFIRM, self._candidates.doubts()):
            less = without(self._graph, [doubt])
            gain = self.gains.of(effects_of(less, self._window, self._targets))
            if gain is not None and gain.better and not self._was_never_there(less, gain):
                yield Mitigation(MitigationKind.CONFIRM, 1, gain, relation=relation_of(self._graph, doubt))

    def moved(self, clashes: Iterable[Clash]) -> Iterator[Mitigation]:
        """Yield the moves of the window that end all joint conflicts; what they gain is what the conflicts cost."""
        for move, freed in by_move(clashes).items():
            together = with_clashes(self.gains.before, freed)
            alone = {service: self.gains.before.get(service, UNTOUCHED) for service in together}
            gain = Gains(self._graph, together).of(alone)
            if gain is not None:
                yield Mitigation(MitigationKind.MOVE, abs(move.minutes), gain, move=move)

    def rolled(self, never: Mapping[int, tuple[int, ...]]) -> Iterator[Mitigation]:
        """Yield orders of work in waves; the second only where it gains more than the first, which takes less time."""
        # What is retired is not brought back before the next wave, so there is no order that spares anything.
        if len(self._shown) < 2 or any(target.effect is TargetEffect.RETIRE for target in self._shown):
            return
        if len(self._shown) > MOST_ROLLED:
            self.unexamined.append(Unexamined(MitigationKind.ROLL, None))
            return
        best: Gain | None = None
        for roll in rolls_of(self._graph, self._window, self._shown, never):
            window, targets = rolled(self._window, self._targets, roll)
            if self._meets_more is not None and self._meets_more(window, targets):
                continue
            gain = self.gains.of(effects_of(self._graph, window, targets))
            if gain is not None and (best is None or worth(gain) > worth(best)):
                best = gain
                yield Mitigation(MitigationKind.ROLL, len(roll.waves), gain, roll=roll)

    def less(self) -> Iterator[Mitigation]:
        """Yield the targets whose leaving out helps; of a single target there is nothing to leave out."""
        if len(self._targets) < 2:
            return
        targets = sorted(target.ci for target in self._shown)
        if len(targets) > self._trials:
            guessed = self._candidates.measures((Way.LEAVE_OUT,))
            likely = {self._graph.ids[each.subject] for each in guessed}
            targets.sort(key=lambda ci: (ci not in likely, ci))
        for ci in self._few(MitigationKind.LEAVE_OUT, targets):
            others = [target for target in self._targets if target.ci != ci]
            gain = self.gains.of(effects_of(self._graph, self._window, others))
            if gain is not None:
                yield Mitigation(MitigationKind.LEAVE_OUT, 1, gain, left_out=ci)

    def spared(self) -> Iterator[Mitigation]:
        """Yield the spares with which some outcome is better."""
        guessed = self._candidates.measures((Way.SPARE, Way.TWIN))
        possible = [each for each in guessed if _may_be_built(self._graph, each)]
        for measure in self._few(MitigationKind.SPARE, possible):
            gain, spare = self._with_spare(measure)
            if gain is not None and gain.better:
                yield Mitigation(MitigationKind.SPARE, 1, gain, spare=spare)

    # how -------------------------------------------------------------------------------------------------------------
    def _few(self, kind: MitigationKind, candidates: Sequence[T]) -> Sequence[T]:
        """Return the candidates that can be afforded, and remember how many can not."""
        cut = self._candidates.cut and kind in (MitigationKind.CONFIRM, MitigationKind.SPARE)
        if cut or len(candidates) > self._trials:
            self.unexamined.append(Unexamined(kind, None if cut else len(candidates) - self._trials))
        return candidates[: self._trials]

    def _was_never_there(self, less: Graph, gain: Gain) -> bool:
        """
        Return whether a service only seems to keep its redundancy: without the relation it never had it.

        Then what becomes a single point of failure by the change has always been one.
        """
        spread = at_rest(less)
        for service in gain.services:
            if service.from_ is Outcome.REDUNDANCY_LOST and service.better:
                for point in self.gains.before[service.id].points:
                    step = extend(less, spread, [less.index(point)])
                    stopped = less.index(service.id) in spread.down
                    take_back(spread, step)
                    if stopped:
                        return True
        return False

    def _with_spare(self, measure: Measure) -> tuple[Gain | None, Spare]:
        graph, subject = self._graph, measure.subject
        extended = with_twin(graph, subject) if measure.way is Way.TWIN else with_member(graph, subject)
        targets = [replace(target, ci=extended.out(target.ci)) for target in self._targets]
        after = {
            service: effect._replace(points=frozenset(map(extended.named, effect.points)))
            for service, effect in effects_of(extended.graph, self._window, targets).items()
        }
        if measure.way is Way.TWIN:
            return self.gains.of(after), Spare(graph.ids[subject], None, members=1, needs=1, needs_then=1)
        owner, members = int(graph.owners[subject]), len(graph.members(subject))
        name = graph.group_names[graph.group_name_codes[subject]]
        there = extended.graph.index(graph.ids[owner])
        first = int(extended.graph.group_starts[there]) + subject - int(graph.group_starts[owner])
        needs, then = int(graph.needs[subject]), int(extended.graph.needs[first])
        return self.gains.of(after), Spare(graph.ids[owner], name, members, needs, then)


def _may_be_built(graph: Graph, measure: Measure) -> bool:
    if measure.way is Way.TWIN:
        return may_have_twin(graph, measure.subject)
    return measure.way is Way.SPARE and int(graph.share_codes[measure.subject]) != UNRECORDED
