"""What would help a change: every measure that brute force finds, none that does not help, and each gain as it is."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.model.assessment import Inputs
from cmdb.model.change import ChangeType, Effect, Target
from cmdb.model.mitigation import MitigationKind, WindowMove
from impact.graph import build
from impact.graph.certainty import doubts_of, without
from impact.questions.findings import find
from impact.reliability.single_points import single_points_of
from impact.risk.clashes import Clash
from impact.risk.rolls import rolled
from impact.risk.whatif import mitigations_of
from tests.builders import a_window
from tests.impact.sketch import sketch
from tests.impact.strategies import estates_with_chances, rollouts, services_of
from tests.oracles import rolling
from tests.oracles import whatif as oracle
from tests.oracles.estate import rows_of

EXAMPLES = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
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


def of_findings(graph, window, targets):
    """The effects an assessment would find."""
    found = find(graph, inputs_of(window, targets))
    return {
        service.id: (service.outcome.value, service.minutes.get("DOWN", 0.0), set(service.new_single_points))
        for service in found.services
    }


def compared(before, after):
    untouched = ("UNAFFECTED", 0.0, set())
    both = sorted({*before, *after})
    return gain(
        {service: before.get(service, untouched) for service in both},
        {service: after.get(service, untouched) for service in both},
    )


def helps(before, after, gained):
    """The rule: nothing worse, and better outcomes, fewer minutes of DOWN, or fewer single points and no new ones."""
    if not gained:
        return False
    if better(gained):
        return True
    added = any(after[s][2] - (before[s][2] if s in before else set()) for s in after)
    minutes = sum(each[2] for each in gained.values())
    return not added and (minutes > 0 or (minutes == 0 and any(each[3] for each in gained.values())))


@given(changes())
@EXAMPLES
def test_leaving_out_is_that_of_trying_every_target(change):
    """Each target in turn, and every gain is that of an assessment of the change without it."""
    estate, targets = change
    graph, window = build(revision=7, **rows_of(estate)), a_window(minutes=LENGTH)
    found = asked(graph, targets)
    before, expected = of_findings(graph, window, targets), {}
    for left in targets if len(targets) > 1 else ():
        after = of_findings(graph, window, [target for target in targets if target is not left])
        gained = compared(before, after)
        if helps(before, after, gained):
            expected[left.ci] = gained
    measures = [measure for measure in found.measures if measure.kind is MitigationKind.LEAVE_OUT]
    assert {measure.left_out: told(measure) for measure in measures} == expected


@given(changes())
@EXAMPLES
def test_a_roll_gains_what_an_assessment_of_it_finds(change):
    """Each target keeps its length and waves do not meet; where it is said so, no service is lost."""
    estate, targets = change
    graph, window = build(revision=7, **rows_of(estate)), a_window(minutes=LENGTH)
    found = asked(graph, targets)
    before = of_findings(graph, window, targets)
    needs, services = estate.requirements(), services_of(estate)
    never = rolling.never_alone(needs, services, [target.ci for target in targets])
    assert {each.target: set(each.services) for each in found.never} == never
    for measure in found.measures:
        if measure.kind is MitigationKind.ROLL:
            longer, moved = rolled(window, targets, measure.roll)
            after = of_findings(graph, longer, moved)
            assert told(measure) == compared(before, after)
            assert measure.roll.loses_none == (not never)
            assert longer.minutes == LENGTH + measure.roll.longer
            assert [t.minutes for t in moved] == [
                LENGTH - t.offset if t.minutes is None else t.minutes for t in targets
            ]
            assert sorted(ci for wave in measure.roll.waves for ci in wave.targets) == sorted(t.ci for t in targets)
            if measure.roll.loses_none:
                assert all(outcome != "DOWN" for outcome, _, _ in after.values())


@given(estates_with_chances(doubts=4), st.data())
@EXAMPLES
def test_relations_to_confirm_are_those_of_trying_every_one(estate, data):
    """
    Each doubtful relation of the estate, and the gain is that of an assessment without it.

    One without which a service never had the redundancy that the change takes is no help.
    """
    targets = [Target(ci) for ci in sorted(data.draw(st.sets(st.sampled_from(list(estate.items)), max_size=3)))]
    graph, window = build(revision=7, **rows_of(estate)), a_window(minutes=LENGTH)
    found = asked(graph, targets)
    before, expected = of_findings(graph, window, targets), {}
    for doubt in doubts_of(graph, range(len(graph))):
        less = without(graph, [doubt])
        gained = compared(before, of_findings(less, window, targets))
        if better(gained) and not any(
            was == "REDUNDANCY_LOST" != now
            and before[service][2] & set(less.ids_of(single_points_of(less, less.index(service), [])))
            for service, (was, now, _, _) in gained.items()
        ):
            group = None if doubt.group is None else graph.group_names[graph.group_name_codes[doubt.group]]
            key = graph.ids[doubt.source], graph.ids[doubt.target], group, doubt.confidence
            expected.setdefault(key, []).append(gained)
    measures: dict = {}
    for each in found.measures:
        if each.kind is MitigationKind.CONFIRM:
            r = each.relation
            measures.setdefault((r.source, r.target, r.group, r.confidence), []).append(told(each))
    assert {key: len(each) for key, each in measures.items()} == {key: len(each) for key, each in expected.items()}
    assert all(one in expected[key] for key, each in measures.items() for one in each)


def test_cheaper_kinds_come_first_and_dearer_ones_are_not_looked_for():
    """Both servers of a pair out together: one after the other, or one of them not, or a third."""
    graph = sketch("Shop: 1 of (web1 web2)")
    targets = [Target("web1", minutes=2), Target("web2", minutes=2)]
    found = asked(graph, targets)
    assert [(each.kind.value, each.size) for each in found.measures] == [
        ("roll", 2),
        ("leave_out", 1),
        ("leave_out", 1),
        ("spare", 1),
        ("spare", 1),
        ("spare", 1),
    ]
    first = found.measures[0]
    assert [(wave.offset, wave.targets) for wave in first.roll.waves] == [(0, ("web1",)), (2, ("web2",))]
    assert (first.roll.minutes, first.roll.longer, first.roll.loses_none, first.roll.fewest) == (4, 0, True, True)
    assert first.gain.better == {"none": 1}
    assert first.gain.down_minutes == 2.0
    assert asked(graph, targets, most=2).measures == found.measures[:2]


def test_a_single_database_has_a_proof_and_a_twin():
    """No order helps, because it takes the shop down alone; a second one beside it does."""
    found = asked(sketch("Shop: db"), [Target("db")])
    assert [(never.target, never.services) for never in found.never] == [("db", ("Shop",))]
    (twin,) = found.measures
    assert (twin.spare.item, twin.spare.group) == ("db", None)
    assert told(twin) == {"Shop": ("DOWN", "REDUNDANCY_LOST", 4.0, set())}


def test_a_window_is_moved_out_of_a_joint_conflict():
    """What the move gains are the minutes in which both were out, each minute once."""
    graph, window = sketch("Shop: 1 of (web1 web2)"), a_window(minutes=60)
    targets = [Target("web1")]
    later = timedelta(minutes=30)
    move = WindowMove(30, window.start + later, window.end + later, "all", ())
    half = (window.start, window.start + later, ("Shop",))
    clashes = [Clash(("CHG-2",), (half,), move), Clash(("CHG-3",), (half,), move)]
    found = mitigations_of(graph, window, targets, find(graph, inputs_of(window, targets)), clashes)
    first = found.measures[0]
    assert (first.kind, first.size, first.move.beside) == (MitigationKind.MOVE, 30, ("CHG-2", "CHG-3"))
    assert told(first) == {"Shop": ("DOWN", "REDUNDANCY_LOST", 30.0, set())}


def test_limits_that_were_reached_are_told():
    """With no trial at all nothing is offered that has to be tried, and how much was not tried is said."""
    graph = sketch("Shop: 1 of (web1 web2)")
    targets = [Target("web1"), Target("web2")]
    found = asked(graph, targets, trials=0)
    assert [measure.kind.value for measure in found.measures] == ["roll"]
    assert [(each.kind.value, each.count) for each in found.unexamined] == [("leave_out", 2), ("spare", 3)]


def test_a_change_that_takes_nothing_out_needs_no_help():
    """No targets, a target that stays in service, or one the estate does not show."""
    graph = sketch("Shop: web1")
    for targets in ([], [Target("web1", Effect.CONFIG)], [Target("gone")]):
        found = asked(graph, targets)
        assert (found.measures, found.never, found.unexamined) == ((), (), ())
