"""
What would help a change: every single measure that makes some outcome better, proved by computing it, cheapest first.

The measures, from cheap to dear: find out that a doubtful relation does not exist; move the window out of a joint
conflict; take the targets out in waves; leave one target out; build one spare. Candidates are guessed so that none is
missed (:mod:`impact.risk.saving`) and each is then tried: the effects of the edited change, or of the change on the
edited graph, are computed and compared, and what makes any outcome worse is dropped. Trials are limited by their number
and by how many CIs they visit; what was not tried is told by number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from cmdb.model.assessment import Findings
from cmdb.model.change import Target, Window
from cmdb.model.confidence import DoubtfulRelation
from cmdb.model.mitigation import Gain, Mitigation, MitigationKind, Mitigations, NeverOut, Spare, Unexamined, WindowMove
from cmdb.model.outcome import Outcome
from cmdb.model.phases import phases_of
from impact.graph.blast import blast_rings
from impact.graph.certainty import Doubt, doubts_of, without
from impact.graph.states import states_of
from impact.graph.structure import UNRECORDED, Graph
from impact.reliability.single_points import new_single_points
from impact.risk.effects import UNTOUCHED, Effect, effects_of, those_in
from impact.risk.gains import Gains, worth
from impact.risk.moves import ALL
from impact.risk.rolls import MOST_ROLLED, never_out, rolled, rolls_of
from impact.risk.saving import Measure, Saving, TooMany, Way, may_have_twin
from impact.risk.spares import with_member, with_twin

TRIALS = 64
"""So many measures of a kind are tried at most."""

WORK = 1_000_000
"""Fewer are, where the change touches so many CIs that the trials would visit more than this."""

_POINTS = 4
"""The guess at what saves redundancy looks at so many of the new single points: any one of them has to go."""

T = TypeVar("T")


class Clash(NamedTuple):
    """
    A joint conflict the change takes part in, by ids: who is beside it, from when until when which services are
    stopped, and the smallest move of the window that helps, if there is one.
    """

    beside: tuple[str, ...]
    stretches: tuple[tuple[datetime, datetime, tuple[str, ...]], ...]
    move: WindowMove | None


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
) -> Mitigations:
    """
    Return what would help the change: a pure function, the same arguments give the same bytes.

    Args:
        findings: those of the change on ``graph`` (:func:`impact.questions.findings.find`).
        clashes: its joint conflicts with other changes, incidents and failed CIs. Only moves are judged by them; the
            gain of all other measures is that of the change alone.
        most: how many of the cheapest to return; dearer kinds are not looked for once there are so many.
    """
    asked = _Asked(graph, window, tuple(targets), findings, trials, work)
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
    ) -> None:
        self._graph = graph
        self._window = window
        self._targets = targets
        self._shown = [target for target in those_in(graph, targets) if target.outage(window) is not None]
        self.out = [graph.index(target.ci) for target in self._shown]
        before = {
            service.id: Effect(
                service.outcome,
                service.minutes.get(Outcome.DOWN.value, 0.0),
                frozenset(service.new_single_points),
            )
            for service in findings.services
        }
        self.gains = Gains(graph, before)
        self.unexamined: list[Unexamined] = []
        phases = phases_of(window, self._shown)
        self._points: dict[tuple[int, ...], Mapping[int, Sequence[int]]] = {}
        self._savings: dict[tuple[int, ...], Saving] = {}
        self._failed = tuple(dict.fromkeys(tuple(graph.indexes(phase.failed)) for phase in phases if phase.failed))
        self._states = {failed: states_of(graph, failed) for failed in self._failed}
        touched = sum(1 + len(states.down) + len(states.degraded) for states in self._states.values())
        self._trials = min(trials, work // (len(targets) + touched + 1))

    # the kinds -------------------------------------------------------------------------------------------------------
    def confirmed(self) -> Iterator[Mitigation]:
        """Yield the doubtful relations without which some outcome is better."""
        for doubt in self._few(MitigationKind.CONFIRM, self._doubts()):
            gain = self.gains.of(effects_of(without(self._graph, [doubt]), self._window, self._targets))
            if gain is not None and gain.better:
                yield Mitigation(MitigationKind.CONFIRM, 1, gain, relation=_relation(self._graph, doubt))

    def moved(self, clashes: Iterable[Clash]) -> Iterator[Mitigation]:
        """Yield the moves of the window that end joint conflicts; what they gain is what the conflicts cost."""
        by_move: dict[WindowMove, list[Clash]] = {}
        for clash in clashes:
            if clash.move is not None:
                # One move that frees the change of all is the same for every conflict.
                beside = () if clash.move.frees == ALL else clash.beside
                by_move.setdefault(replace(clash.move, beside=beside), []).append(clash)
        for move, freed in by_move.items():
            together = self._together(freed)
            alone = {service: self.gains.before.get(service, UNTOUCHED) for service in together}
            gain = Gains(self._graph, together).of(alone)
            if gain is not None:
                beside = tuple(sorted({party for clash in freed for party in clash.beside}))
                yield Mitigation(MitigationKind.MOVE, abs(move.minutes), gain, move=replace(move, beside=beside))

    def rolled(self, never: Mapping[int, tuple[int, ...]]) -> Iterator[Mitigation]:
        """Yield orders of work in waves; the second only where it gains more than the first, which takes less time."""
        if len(self._shown) < 2:
            return
        if len(self._shown) > MOST_ROLLED:
            self.unexamined.append(Unexamined(MitigationKind.ROLL, None))
            return
        best: Gain | None = None
        for roll in rolls_of(self._graph, self._window, self._shown, never):
            window, targets = rolled(self._window, self._targets, roll)
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
            likely = {self._graph.ids[each.subject] for each in self._guessed() or () if each.way is Way.LEAVE_OUT}
            targets.sort(key=lambda ci: (ci not in likely, ci))
        for ci in self._few(MitigationKind.LEAVE_OUT, targets):
            others = [target for target in self._targets if target.ci != ci]
            gain = self.gains.of(effects_of(self._graph, self._window, others))
            if gain is not None:
                yield Mitigation(MitigationKind.LEAVE_OUT, 1, gain, left_out=ci)

    def spared(self) -> Iterator[Mitigation]:
        """Yield the spares with which some outcome is better."""
        guessed = self._guessed()
        if guessed is None:
            self.unexamined.append(Unexamined(MitigationKind.SPARE, None))
            return
        possible = [each for each in guessed if _may_be_built(self._graph, each)]
        for measure in self._few(MitigationKind.SPARE, possible):
            gain, spare = self._with_spare(measure)
            if gain is not None and gain.better:
                yield Mitigation(MitigationKind.SPARE, 1, gain, spare=spare)

    # how -------------------------------------------------------------------------------------------------------------
    def _few(self, kind: MitigationKind, candidates: Sequence[T]) -> Sequence[T]:
        """Return the candidates that can be afforded, and remember how many can not."""
        if len(candidates) > self._trials:
            self.unexamined.append(Unexamined(kind, len(candidates) - self._trials))
        return candidates[: self._trials]

    def _together(self, clashes: Iterable[Clash]) -> dict[str, Effect]:
        """Return the effects on the services that the conflicts stop: of the change, and of the conflicts upon it."""
        times: dict[str, list[tuple[datetime, datetime]]] = {}
        for clash in clashes:
            for start, end, services in clash.stretches:
                for service in services:
                    times.setdefault(service, []).append((start, end))
        found = {}
        for service, intervals in times.items():
            alone = self.gains.before.get(service, UNTOUCHED)
            minutes = round(alone.down_minutes + _minutes(intervals), 1)
            found[service] = Effect(Outcome.DOWN, minutes, alone.points)
        return found

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

    def _guessed(self) -> list[Measure] | None:
        """Return what could spare some service its worst outcome, what helps most services first; None: too much."""
        counts: Counter[Measure] = Counter()
        try:
            for service, effect in self.gains.before.items():
                counts.update(self._helping(self._graph.index(service), effect))
        except TooMany:
            return None
        return sorted(counts, key=lambda measure: (-counts[measure], measure))

    def _helping(self, service: int, effect: Effect) -> frozenset[Measure]:
        if effect.outcome is Outcome.REDUNDANCY_LOST:
            return self._keeping_redundancy(service)
        for failed, states in self._states.items():
            if service in (states.down if effect.outcome is Outcome.DOWN else states.degraded):
                return self._saving(failed).limited(service)
        return frozenset()

    def _keeping_redundancy(self, service: int) -> frozenset[Measure]:
        """Return what could keep each new single point of a service, in the first phase with any, from being one."""
        for failed in self._failed:
            points = self._points_of(failed).get(service)
            if points:
                sets = [self._saving((*failed, point)).limited(service) for point in points[:_POINTS]]
                return frozenset.intersection(*sets)
        return frozenset()

    def _points_of(self, failed: tuple[int, ...]) -> Mapping[int, Sequence[int]]:
        if failed not in self._points:
            self._points[failed] = new_single_points(self._graph, self._states[failed])
        return self._points[failed]

    def _saving(self, failed: tuple[int, ...]) -> Saving:
        key = tuple(sorted(failed))
        if key not in self._savings:
            self._savings[key] = Saving(self._graph, key)
        return self._savings[key]

    def _doubts(self) -> list[Doubt]:
        """Return the doubtful relations that can matter, the most doubtful first."""
        graph = self._graph
        roots = {ci for states in self._states.values() for ci in (*states.down, *states.degraded)}
        hit = {ci for ring in blast_rings(graph, roots) for ci in ring}
        for failed in self._failed:
            points = self._points_of(failed)
            for point in sorted({point for each in points.values() for point in each[:1]}):
                hit.update(states_of(graph, (*failed, point)).down)
        found = [doubt for doubt in doubts_of(graph, hit) if doubt.target in hit]
        return sorted(found, key=lambda doubt: (doubt.confidence, doubt.source, doubt.first))


def _may_be_built(graph: Graph, measure: Measure) -> bool:
    if measure.way is Way.TWIN:
        return may_have_twin(graph, measure.subject)
    return measure.way is Way.SPARE and int(graph.share_codes[measure.subject]) != UNRECORDED


def _minutes(intervals: Iterable[tuple[datetime, datetime]]) -> float:
    """Return how many minutes are in any of the intervals."""
    total, done = timedelta(), None
    for start, end in sorted(intervals):
        begins = start if done is None else max(start, done)
        if begins < end:
            total += end - begins
            done = end
    return total / timedelta(minutes=1)


def _relation(graph: Graph, doubt: Doubt) -> DoubtfulRelation:
    group = None if doubt.group is None else graph.group_names[graph.group_name_codes[doubt.group]]
    return DoubtfulRelation(graph.ids[doubt.source], graph.ids[doubt.target], group, doubt.confidence)
