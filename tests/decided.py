"""
A story in which persons decide about a hundred changes, by a seed; and another in which all around them moves on.

Changes of every kind are raised on an estate that moves all the while: standard ones of a model, normal, retrospective
and bulk ones, emergencies linked to incidents, changes that conflict; some are edited after they were approved. They
are approved by the policy, a peer, the board's authority or by ballot, rejected, deferred, recalled, overridden.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from cmdb.change import change_models, changes, decisions, overriding
from cmdb.change.boards import ballots, boards, votes
from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.configuration import register
from cmdb.context import Context
from cmdb.errors import ForeshockError
from cmdb.model.assessment import Verdict
from cmdb.model.calendar_entry import Covered
from cmdb.model.change import CHANGES, BackOut, Change, ChangeState, ChangeType, Effect, Target
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci_class import CI_CLASSES, CIClass
from cmdb.model.decision import DECISIONS, POLICY
from cmdb.model.group import Group
from cmdb.model.relation import Relation, Strength
from cmdb.model.relation_type import RELATION_TYPES, RelationType
from cmdb.people import persons
from cmdb.ports.store import Put
from cmdb.records import to_document
from cmdb.service import hours, incidents, loss_scales, service_levels
from impact.questions import bulk
from impact.questions.assess import assess
from tests.builders import a_change, a_ci, a_server, a_service, a_window, add, as_actor, depends, needs, the_context
from tests.policies import changed, judged_by

BOARD = ("chair", "deputy", "ops", "security")
HOSTS = tuple(f"host{n:02}" for n in range(12))
STORES = tuple(f"db{n}" for n in range(4))
PLAN = BackOut("Put the old version back", minutes=10)


class Hands(NamedTuple):
    """The same store in the hands of those who play a part."""

    unix: Context
    network: Context
    manager: Context
    chair: Context
    deputy: Context
    keeper: Context


def hands(context: Context) -> Hands:
    """Return the parts, each over the same store."""
    return Hands(
        as_actor(context, "engineer", "unix"),
        as_actor(context, "engineer", "network"),
        as_actor(context, "change_manager", "manager"),
        as_actor(context, "cab_member", "chair"),
        as_actor(context, "cab_member", "deputy"),
        as_actor(context, "administrator", "keeper"),
    )


def the_estate(chance: Random) -> list[Any]:
    """Return services of every tier on pools of hosts, single databases, shared racks and relations in doubt."""
    racks = [a_ci(f"rack{n}", "rack", unavailability=0.0005) for n in range(4)]
    things: list[Any] = [*racks]
    things += [a_server(host, mtbf_hours=chance.choice((500.0, 2000.0, None))) for host in HOSTS]
    things += [a_server(store, unavailability=chance.choice((0.001, 0.01))) for store in STORES]
    for at, host in enumerate(HOSTS):
        things += depends(host, f"rack{at % 4}")
    for n in range(8):
        service = f"service{n:02}"
        things.append(a_service(service, tier=(1, 2, 3, 4, 4, None)[n % 6]))
        things += needs(service, chance.choice((1, 1, 2)), *sorted(chance.sample(HOSTS, 3)), group="front")
        if n % 2:
            things += needs(service, 1, *sorted(chance.sample(STORES, 2)), group="data")
        if n % 4 == 0:
            things.append(Relation(service, "depends_on", chance.choice(STORES), confidence=0.6))
    return things


def the_house(chance: Random, context: Context | None = None) -> Context:
    """Return a store with the estate, a model with a history, levels, hours, a calendar, persons and a board."""
    context = the_context() if context is None else context
    add(context, *the_estate(chance))
    by = hands(context)
    service_levels.set_level(by.keeper, "service00", availability=0.999, zone="Europe/Berlin")
    hours.define(by.keeper, "office", zone="Asia/Shanghai", weekly=["mon-fri 08:00-18:00"])
    service_levels.set_level(by.keeper, "service02", availability=0.99, hours="office")
    change_models.define(
        by.unix, "reboot", title="Reboot", effect=Effect.RESTART, minutes=5, window_minutes=60, back_out=PLAN
    )
    change_models.approve(by.chair, "reboot")
    add(context, *(_past(number, chance) for number in range(30)))
    night = ScheduleGiven("2026-03-07T20:00Z", "2026-03-08T04:00Z", "FREQ=WEEKLY;COUNT=30")
    covers = Covered(services=("service03", "service04"))
    calendar.add(by.keeper, "maintenance", _entry("Sunday", night, covers=covers, agreed=True))
    calendar.add(by.keeper, "freeze", _entry("Quarter", ScheduleGiven("2026-03-30T00:00Z", "2026-04-02T00:00Z")))
    peak = ScheduleGiven("2026-05-01T00:00Z", "2026-05-04T00:00Z")
    calendar.add(by.keeper, "peak", _entry("May", peak, demand=3.0, counts_as_freeze=False))
    calendar.add(by.keeper, "capacity", {"team": "unix", "reason": "", "at_once": 1, "hours": None})
    for name in BOARD:
        persons.add(by.keeper, name, name=name.title(), roles=["cab_member"])
    return context


def _entry(name: str, when: ScheduleGiven, **more: Any) -> dict[str, Any]:
    return {"name": name, "reason": "Agreed", "schedule": when, "covers": Covered(everything=True), **more}


def _past(number: int, chance: Random) -> Change:
    """Return a reboot of last year that ended somehow."""
    window = a_window(f"2025-12-{number % 28 + 1:02}T22:00Z")
    ended = window.start + timedelta(minutes=30)
    return a_change(
        chance.choice(HOSTS),
        id=f"CHG-{number + 1}",
        state=ChangeState.CLOSED,
        model="reboot",
        window=window,
        raised_at=window.start - timedelta(days=9),
        started_at=window.start,
        ended_at=ended,
        outcome=ChangeOutcome.FAILED if chance.random() < 0.1 else ChangeOutcome.SUCCESS,
        outcome_at=ended,
    )


# deciding ------------------------------------------------------------------------------------------------------------
def decide_a_hundred(context: Context, chance: Random, *, count: int = 100) -> list[tuple[str, str]]:
    """Let persons decide until ``count`` assessments were decided on; return each with its change."""
    by, number = hands(context), 0
    while len(decided(context)) < count:
        if number == 3 * count // 4:
            boards.add(by.keeper, "cab", name="CAB", chair="chair", members=BOARD, rule="chair", quorum=2)
        if number % 7 == 3:
            _stir(by, chance, number)
        change = _raised(by, chance, number)
        changes.submit(by.unix, change)
        _decided(by, change, number)
        if number % 11 == 5:
            _again(by, chance, change, number)
        context.clock.forward(hours=chance.choice((5, 17, 26)))  # type: ignore[attr-defined]
        number += 1
    return decided(context)[:count]


def decided(context: Context) -> list[tuple[str, str]]:
    """Return the assessments that a person decided on, with their changes, by id."""
    made = [each for each in context.records.find(DECISIONS) if each.by != POLICY and each.assessment is not None]
    return sorted({(each.change, each.assessment or "") for each in made}, key=lambda each: (len(each[1]), each[1]))


def _raised(by: Hands, chance: Random, number: int) -> str:
    now = by.unix.clock.now()
    start = (now + timedelta(days=chance.choice((1, 2, 2)))).strftime("%Y-%m-%dT22:00Z")
    window = (start, start.replace("T22:00", "T23:30"))
    given: dict[str, Any] = {"title": f"Change {number}", "reason": "It is due", "team": "unix", "window": window}
    kind = number % 10
    if kind == 9:
        cis = sorted(chance.sample(HOSTS, 8))
        found = bulk.bulk(by.unix, targets=cis, start=start, minutes=10, title="All", reason="A hole", back_out=PLAN)
        assert found.change is not None
        return str(found.change.record.id)
    if kind in (3, 4):
        given |= {"model": "reboot", "targets": [chance.choice(HOSTS)]}
    elif kind == 7:
        failed = chance.choice(STORES)
        incident = incidents.open_incident(by.unix, title="It is down", cis=[failed], priority=2).record.id
        given |= {"change_type": ChangeType.EMERGENCY, "targets": [failed], "incidents": [incident]}
    elif kind == 8 and number > 10:
        past = (now - timedelta(days=2)).strftime("%Y-%m-%dT10:00Z")
        given |= {"retrospective": True, "window": (past, past.replace("T10", "T11")), "targets": [_target(chance)]}
    else:
        given |= {"targets": [_target(chance) for _ in range(chance.choice((1, 1, 2)))]}
        given["targets"] = list({each.ci: each for each in given["targets"]}.values())
    given["back_out"] = PLAN if chance.random() < 0.8 else given.get("back_out")
    if given["back_out"] is None:
        del given["back_out"]
    return str(changes.new(by.unix, **given).record.id)


def _target(chance: Random) -> Target:
    ci, effect = chance.choice(HOSTS + STORES), chance.choice((Effect.DOWN, Effect.RESTART, Effect.CONFIG))
    return Target(ci, effect, chance.choice((0, 15)), 20) if effect is Effect.RESTART else Target(ci, effect)


def _decided(by: Hands, change: str, number: int) -> None:
    record = changes.get(by.unix, change).record
    if record.type is ChangeType.EMERGENCY and number % 4 == 3:
        decisions.approve(by.chair, change, comment="At once")
    made = assess(by.manager, change).record
    if made.verdict is Verdict.AUTO:
        return
    if number % 8 == 1:
        decisions.reject(by.chair, change, comment="Not like this")
    elif number % 8 == 6:
        decisions.defer(by.chair, change, comment="After the quarter")
    elif made.verdict is Verdict.BLOCK:
        if not overriding.is_overridden(by.chair, changes.get(by.chair, change).record, made):
            decisions.ask_override(by.manager, change, comment="It can not wait")
            decisions.override(by.chair, change, comment="Agreed")
        _approved(by, change)
    elif made.verdict is Verdict.PEER:
        decisions.approve(by.network, change, comment="Looks right")
    else:
        _approved(by, change)


def _approved(by: Hands, change: str) -> None:
    """Approve by the chair, or by ballot where there is a board that decides."""
    if not boards.listing(by.chair).rows:
        decisions.approve(by.chair, change, comment="Go")
        return
    until = (by.chair.clock.now() + timedelta(hours=4)).isoformat()
    ballot = ballots.ask(by.manager, "cab", change, until=until).record.id
    votes.vote(by.chair, ballot, "approve")
    votes.vote(by.deputy, ballot, "reject", reason="The database is old")
    ballots.decide(by.chair, ballot)


def _again(by: Hands, chance: Random, change: str, number: int) -> None:
    """Edit a change that was decided on, or take its approval back; and decide anew."""
    record = changes.get(by.unix, change).record
    if record.state in (ChangeState.APPROVED, ChangeState.SCHEDULED):
        if number % 2:
            decisions.recall(by.chair, change, comment="Something was forgotten")
        else:
            changes.edit(by.unix, change, targets=[_target(chance)])
        _decided(by, change, number)


def _stir(by: Hands, chance: Random, number: int) -> None:
    """Let the estate move a little."""
    register.add_ci(by.keeper, id=f"new{number}", ci_class="server")
    pair = (f"service{chance.randrange(8):02}", f"new{number}")
    register.relate(by.keeper, pair[0], "depends_on", pair[1], strength=chance.choice(("hard", "soft")))
    add(by.keeper, a_server(chance.choice(HOSTS), unavailability=chance.choice((0.002, 0.02))))


# moving on -----------------------------------------------------------------------------------------------------------
def move_on(context: Context, chance: Random) -> None:
    """Change all that an assessment could have been computed from, and a little of all else."""
    by = hands(context)
    judged_by(by.keeper, changed(("down_tier = 2", "down_tier = 0"), ("tail_above = 1000", "tail_above = 1")))
    judged_by(by.keeper, changed(("joint_conflict = true", "joint_conflict = false")))
    _other_estate(by, chance)
    _other_world(by, chance)
    for each in context.records.find(CHANGES):
        try:
            changes.edit(by.unix, each.id, targets=[_target(chance)], title="Another")
        except ForeshockError:
            # It is over, or nothing can be edited about it any more.
            continue


def _other_estate(by: Hands, chance: Random) -> None:
    register.retire_ci(by.keeper, [*HOSTS[:5], STORES[0]], allow_broken_groups=True)
    for n in range(0, 8, 3):
        add(by.keeper, Group(f"service{n:02}", "front", "50%"))
    for n in range(8):
        register.add_ci(by.keeper, id=f"later{n}", ci_class="server", unavailability=0.5)
        register.relate(by.keeper, f"service{n:02}", "depends_on", f"later{n}")
    for host in HOSTS[5:]:
        add(by.keeper, a_server(host, name=f"{host}, moved", mtbf_hours=chance.choice((10.0, 99_999.0))))


def _other_world(by: Hands, chance: Random) -> None:
    soft = RelationType("depends_on", "depends on", "is needed by", strength=Strength.SOFT)
    other = CIClass("server", unavailability=0.3, extends=True)
    # No desk changes what the catalogue gives; another release does, and then it is as if this stood there.
    puts = [
        Put(RELATION_TYPES, to_document(RELATION_TYPES, soft)),
        Put(CI_CLASSES, to_document(CI_CLASSES, other)),
    ]
    by.keeper.records.apply(puts, because="test:added")
    service_levels.set_level(by.keeper, "service00", availability=0.9)
    service_levels.set_level(by.keeper, "service05", availability=0.5)
    hours.define(by.keeper, "office", zone="Europe/Berlin", weekly=["sat 10:00-12:00"])
    loss_scales.set_scale(by.keeper, weights={"4": 0.0}, half_at=7.0)
    everything = ScheduleGiven("2026-03-01T00:00Z", "2026-08-01T00:00Z")
    calendar.add(by.keeper, "freeze", _entry("For ever", everything))
    for kind in ("maintenance", "peak"):
        for each in calendar.listing(by.keeper, kind).rows:
            calendar.withdraw(by.keeper, kind, each.record.id, reason="No longer")
    change_models.withdraw(by.chair, "reboot", because="It fails")
    for store in STORES[1:]:
        incidents.open_incident(by.unix, title="Again", cis=[store], priority=1, opened="2026-03-03T10:00Z")
    for each in incidents.listing(by.unix).rows[:5]:
        incidents.resolve(by.unix, each.record.id)
