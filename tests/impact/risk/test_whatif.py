"""What would help a change: every measure that brute force finds, none that does not help, and each gain as it is."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.model.assessment import Inputs
from cmdb.model.change import ChangeType, Target
from cmdb.model.mitigation import MitigationKind
from impact.graph import build
from impact.questions.findings import find
from impact.risk.whatif import mitigations_of
from tests.builders import a_window
from tests.impact.strategies import estates_with_chances, rollouts, services_of
from tests.oracles import whatif as oracle
from tests.oracles.estate import rows_of

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
LENGTH = 4
ORDER = ["DOWN", "DEGRADED", "REDUNDANCY_LOST", "REDUCED", "UNAFFECTED"]


def inputs_of(window, targets):
    return Inputs(ChangeType.NORMAL, window, tuple(targets), False, 0, "", "")


def asked(graph, targets, **more):
    """What would help a change in a window of LENGTH minutes."""
    window = a_window(minutes=LENGTH)
    return mitigations_of(graph, window, targets, find(graph, inputs_of(window, targets)), **more)


@st.composite
def changes(draw, most: int = 9, doubts: int = 0):
    """An estate and targets, mostly members of what a service can spare, each out for a part of the window."""
    rollout = draw(rollouts(most, targets=4))
    targets = []
    for ci in rollout.targets:
        offset = draw(st.sampled_from((0, 0, 0, 1, 2)))
        targets.append(Target(ci, offset=offset, minutes=draw(st.sampled_from((None, 1, LENGTH - offset)))))
    return rollout.estate, targets


def outages_of(targets):
    return {t.ci: (t.offset, LENGTH if t.minutes is None else t.offset + t.minutes) for t in targets}


def gain(before, after):
    """What the oracle's effects gain, None where an outcome is worse; outcomes alone decide."""
    told = {}
    for service, (outcome, minutes, points) in before.items():
        now = after[service]
        if ORDER.index(now[0]) < ORDER.index(outcome):
            return None
        if now != (outcome, minutes, points):
            told[service] = (outcome, now[0], minutes - now[1], points - now[2])
    return {s: g for s, g in told.items() if g[0] != g[1] or g[2] or g[3]}


def told(measure):
    return {
        service.id: (service.from_.value, service.to.value, service.down_minutes, set(service.single_points))
        for service in measure.gain.services
    }


def better(gained):
    return gained is not None and any(was != now for was, now, _, _ in gained.values())


@given(changes())
@EXAMPLES
def test_spares_are_those_of_trying_every_one(change):
    """Each group with one member more, each CI with a twin: what makes an outcome better and none worse is told."""
    estate, targets = change
    graph, services = build(revision=7, **rows_of(estate)), services_of(estate)
    found = asked(graph, targets)
    before = oracle.effects(estate, estate.requirements(), services, LENGTH, outages_of(targets))
    expected = {}
    for where, more in oracle.spares(estate).items():
        after = oracle.effects(more, more.requirements(), services, LENGTH, outages_of(targets))
        gained = gain(before, after)
        if better(gained):
            expected[where] = gained
    assert found.unexamined == ()
    spares = [measure for measure in found.measures if measure.kind is MitigationKind.SPARE]
    assert {(each.spare.item, each.spare.group): told(each) for each in spares} == expected
