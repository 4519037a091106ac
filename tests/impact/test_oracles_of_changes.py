"""The oracles of conflicts and rolling plans: figures worked out by hand, and one minute asked after the other."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.impact.strategies import calendars, rollouts
from tests.oracles import impact, rolling
from tests.oracles.conflicts import (
    PlainChange,
    PlainIncident,
    conflicts,
    free_moves,
    party_of,
    smallest_moves,
    standing_party,
)
from tests.oracles.estate import estate_of


def pair_with(second: int, minutes: int = 60) -> tuple[dict, list, list]:
    """An HA pair with a change of web1 in [0, 60) and one of web2 that begins at ``second``."""
    changes = [
        PlainChange("CHG-1", 0, 60, {"web1": (0, 60)}),
        PlainChange("CHG-2", second, second + minutes, {"web2": (0, minutes)}),
    ]
    needs = estate_of({"shop": [(1, ["web1", "web2"])]}).requirements()
    return needs, ["shop"], [party_of(change) for change in changes]


def test_an_ha_pair_and_two_changes():
    """Overlapping by one minute they conflict in that minute; one after the other they do not."""
    both = (frozenset({"CHG-1", "CHG-2"}), "shop")
    assert conflicts(*pair_with(59)) == {both: [(59, 60)]}
    assert conflicts(*pair_with(60)) == {}
    needs, services, parties = pair_with(59)
    assert smallest_moves(needs, parties, both, "CHG-2", reach=9) == {1}
    assert smallest_moves(needs, parties, both, "CHG-1", reach=9) == {-1}
    needs, services, parties = pair_with(20, minutes=20)
    assert smallest_moves(needs, parties, both, "CHG-2", reach=99) == {40, -40}
    assert smallest_moves(needs, parties, both, "CHG-2", reach=39) == set()
    assert free_moves(needs, services, parties, "CHG-2", reach=99) == {40, -40}
    assert free_moves(needs, services, parties, "CHG-2", {"web1"}, reach=9) == {0}


def test_a_window_is_no_outage():
    """Windows that overlap by an hour conflict only where the planned outages do; config takes nothing out."""
    needs, services, _ = pair_with(0)
    first = PlainChange("CHG-1", 0, 60, {"web1": (5, 10), "db": None})
    for outage_of_second, expected in (((15, 10), []), ((14, 10), [(14, 15)]), ((0, None), [(5, 15)]), (None, [])):
        second = PlainChange("CHG-2", 0, 60, {"web2": outage_of_second})
        found = conflicts(needs, services, [party_of(first), party_of(second)])
        assert list(found.values()) == ([expected] if expected else [])


def test_open_incidents_and_standing_failures():
    """An open incident conflicts without end; a standing failure is in the background, or a party when made one."""
    needs, services, parties = pair_with(100)
    incident = party_of(PlainIncident("INC-1", 30, frozenset({"web2"})))
    assert conflicts(needs, services, [parties[0], incident]) == {(frozenset({"CHG-1", "INC-1"}), "shop"): [(30, 60)]}
    assert conflicts(needs, services, parties, {"web2"}) == {}
    alone = {(frozenset({"CHG-1"}), "shop"): [(0, 60)]}
    assert conflicts(needs, services, parties, {"web2"}, least=1) == alone
    standing = standing_party("standing", {"web2"})
    assert conflicts(needs, services, [*parties, standing]) == {(frozenset({"CHG-1", "standing"}), "shop"): [(0, 60)]}
    assert conflicts(needs, services, parties, {"shop"}, least=1) == {}
    forever = [party_of(PlainIncident(f"INC-{ci}", 0, frozenset({ci}))) for ci in ("web1", "web2")]
    assert conflicts(needs, services, forever) == {(frozenset({"INC-web1", "INC-web2"}), "shop"): [(0, None)]}


def test_three_changes_and_no_two_of_them():
    """Only all three members of a pool take it down; a change with two of them makes the third one's pair minimal."""
    needs = estate_of({"shop": [(1, ["a", "b", "c"])]}).requirements()
    changes = [PlainChange(f"CHG-{ci}", 0, 9, {ci: (0, 9)}) for ci in "abc"]
    parties = [party_of(change) for change in changes]
    assert list(conflicts(needs, ["shop"], parties)) == [(frozenset({"CHG-a", "CHG-b", "CHG-c"}), "shop")]
    wide = party_of(PlainChange("CHG-ab", 3, 6, {"a": (0, 3), "b": (0, 3)}))
    assert conflicts(needs, ["shop"], [*parties, wide]) == {
        (frozenset({"CHG-a", "CHG-b", "CHG-c"}), "shop"): [(0, 9)],
        (frozenset({"CHG-ab", "CHG-c"}), "shop"): [(3, 6)],
    }


@pytest.mark.parametrize(
    ("needed", "members", "waves"), [(1, "ab", 2), (2, "abcd", 2), (3, "abcd", 4), (1, "abcd", 2), (2, "abcdefgh", 2)]
)
def test_the_fewest_waves_of_a_pool(needed, members, waves):
    """Of n members of which k are needed at most n - k are out at once."""
    needs = estate_of({"shop": [(needed, list(members))]}).requirements()
    plan = rolling.best_plan(needs, ["shop"], members)
    assert rolling.fewest_waves(needs, ["shop"], members) == len(plan) == waves
    assert rolling.is_safe_plan(needs, ["shop"], members, plan)
    assert not rolling.is_safe_plan(needs, ["shop"], members, [members])
    assert not rolling.is_safe_plan(needs, ["shop"], members, plan[1:])
    assert rolling.any_order(needs, ["shop"], members) == tuple(members)


def test_a_target_that_can_never_be_taken_down():
    """A sole database allows no plan, and it is named with the service that is lost."""
    needs = estate_of({"shop": [(1, ["web1", "web2"]), "db"]}).requirements()
    assert rolling.never_alone(needs, ["shop"], ["web1", "db"]) == {"db": {"shop"}}
    assert rolling.any_order(needs, ["shop"], ["web1", "db"]) is None
    assert rolling.fewest_waves(needs, ["shop"], ["web1", "db"]) is None
    assert rolling.never_alone(needs, ["shop"], ["web1"], {"web2"}) == {"web1": {"shop"}}
    assert rolling.never_alone(needs, ["shop"], ["web1"], {"db"}) == {}, "it is down without the change"


def test_the_order_matters_where_a_target_stays_or_comes_back():
    """Who is retired goes last while its twin still has a turn; who has failed goes first when its turn repairs it."""
    needs = estate_of({"shop": [(2, ["a", "b", "c"])]}).requirements()
    assert list(rolling.orders(needs, ["shop"], "abc", (), {"a"})) == [("b", "c", "a"), ("c", "b", "a")]
    assert list(rolling.orders(needs, ["shop"], "abc", (), {"a", "b"})) == []
    assert rolling.any_order(needs, ["shop"], "ab", {"b"}) is None
    assert list(rolling.orders(needs, ["shop"], "ab", {"b"}, repairs=True)) == [("b", "a")]


@given(calendars(most=7, changes=4))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_conflicts_equal_one_minute_at_a_time(calendar):
    """In every minute the minimal sets are those found by asking all sets and all their proper subsets."""
    needs = calendar.estate.requirements()
    records = [*calendar.changes, *calendar.incidents]
    found = conflicts(needs, calendar.services, [party_of(record) for record in records], calendar.standing, least=1)
    for minute in range(-25, 130):
        out = {record.id: out_at(record, minute) for record in records}
        lost = {
            frozenset(chosen): impact.down_of(needs, calendar.standing.union(*(out[each] for each in chosen)))
            for size in range(len(out) + 1)
            for chosen in combinations(out, size)
        }
        minimal = {
            (chosen, service)
            for chosen, down in lost.items()
            for service in down & set(calendar.services)
            if chosen and not any(service in lost[part] for part in lost if part < chosen)
        }
        holds = {
            key
            for key, intervals in found.items()
            if any((a is None or a <= minute) and (b is None or minute < b) for a, b in intervals)
        }
        assert holds == minimal


def out_at(record: PlainChange | PlainIncident, minute: int) -> set:
    if isinstance(record, PlainIncident):
        return set(record.cis) if record.opened <= minute else set()
    began = {ci: minute - record.start - outage[0] for ci, outage in record.outages.items() if outage}
    return {ci for ci, since in began.items() if since >= 0 and (record.outages[ci][1] or 999) > since}


@given(rollouts(most=7, targets=5))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_at_a_time_is_possible_when_each_alone_is(rollout):
    """Who comes back leaves nothing behind: an order exists, and waves do, when no target is never to be taken down."""
    needs = rollout.estate.requirements()
    asked = (needs, rollout.services, rollout.targets, rollout.standing)
    possible = not rolling.never_alone(*asked)
    plan = rolling.best_plan(*asked)
    assert (rolling.any_order(*asked) is not None) == possible == (plan is not None)
    if plan is not None:
        assert rolling.is_safe_plan(needs, rollout.services, rollout.targets, plan, rollout.standing)
        pairs = sum(len(wave) for wave in plan) - len(plan)
        assert pairs > 0 or all(
            rolling.lost(needs, rollout.services, both, rollout.standing) for both in combinations(rollout.targets, 2)
        )
