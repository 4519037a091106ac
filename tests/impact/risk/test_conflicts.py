"""Joint conflicts against the oracle that tries every moment and every set, and cases worked out by hand."""

from __future__ import annotations

from itertools import combinations
from math import inf

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.graph import Graph, build
from impact.risk.conflicts import CHANGE, INCIDENT, STANDING, Calendar, Conflict, Party
from impact.risk.moves import ALL, THIS, Move, free_shift, moves_of
from tests.impact import strategies
from tests.impact.strategies import calendars
from tests.oracles import conflicts as oracle
from tests.oracles.conflicts import PlainChange, PlainIncident, party_of, standing_party
from tests.oracles.estate import estate_of, rows_of
from tests.oracles.impact import down_of

EXAMPLES = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
REACH = 90
POOL = {"shop": [(1, ["a", "b", "c"])]}
PAIR = {"shop": [(1, ["web1", "web2"])]}


def plain_parties(drawn: strategies.Calendar) -> list[oracle.Party]:
    """Return the changes, incidents and standing failures of a calendar, each of these a party of its own."""
    standing = [standing_party(ci, {ci}) for ci in sorted(drawn.standing)]
    return [*map(party_of, drawn.changes), *map(party_of, drawn.incidents), *standing]


def kind_of(name: str) -> str:
    return {"CHG": CHANGE, "INC": INCIDENT}.get(name[:3], STANDING)


def party(graph: Graph, plain: oracle.Party) -> Party:
    """Return a party of whole minutes in seconds and numbers."""
    outages = [
        (graph.index(ci), None if begins is None else 60 * begins, None if ends is None else 60 * ends)
        for ci, begins, ends in plain.down
    ]
    return Party(kind_of(plain.id), plain.id, tuple(outages))


def calendar_of(graph: Graph, parties: list[oracle.Party], services: list[str]) -> Calendar:
    return Calendar(graph, [party(graph, each) for each in parties], graph.indexes(services))


def by_service(graph: Graph, found: list[Conflict]) -> dict:
    """Return (ids, service) to intervals in minutes, as the oracle tells conflicts."""
    intervals: dict = {}
    for conflict in found:
        for stretch in conflict.stretches:
            for service in graph.ids_of(stretch.services):
                key = frozenset(name for _, name in conflict.parties), service
                rows = intervals.setdefault(key, [])
                start, end = minutes(stretch.start), minutes(stretch.end)
                if rows and rows[-1][1] == start:
                    start = rows.pop()[0]
                rows.append((start, end))
    return intervals


def minutes(seconds: float) -> int | None:
    return None if abs(seconds) == float("inf") else int(seconds // 60)


def check(drawn: strategies.Calendar) -> None:
    """Compare the conflicts of a calendar with the oracle's, and their cuts with what they have to be."""
    graph, needs = build(revision=1, **rows_of(drawn.estate)), drawn.estate.requirements()
    parties = plain_parties(drawn)
    calendar = calendar_of(graph, parties, drawn.services)
    found = calendar.conflicts()
    assert by_service(graph, found) == oracle.conflicts(needs, drawn.services, parties)
    assert calendar.cuts() == []
    for conflict in found:
        for stretch in conflict.stretches:
            cut, services = set(graph.ids_of(stretch.cut)), set(graph.ids_of(stretch.services))
            assert services <= down_of(needs, cut)
            assert not any(services <= down_of(needs, cut - {ci}) for ci in cut)


# `make promises` tries 20,000 (tests/promises/test_enumeration.py).
@given(calendars())
@settings(EXAMPLES, max_examples=300)
def test_conflicts_are_those_of_every_moment_and_every_set(drawn):
    """Minimal sets, services and intervals; each cut suffices and nothing of it can be spared."""
    check(drawn)


@st.composite
def crowds(draw) -> strategies.Calendar:
    """A pool of pools that share leaves, and up to seven changes of a leaf or two that mostly overlap."""
    leaves, pools = [f"leaf{number}" for number in range(6)], [f"pool{number}" for number in range(3)]
    rules = {"shop": [(draw(st.integers(1, 2)), pools)]}
    for pool in pools:
        members = draw(st.lists(st.sampled_from(leaves), min_size=2, max_size=4, unique=True))
        rules[pool] = [(draw(st.integers(1, len(members) - 1)), members)]
    estate = estate_of(rules)
    leaves = [ci for ci in leaves if ci in estate.items]
    changes = []
    for number in range(draw(st.integers(3, 7))):
        start, length = draw(st.integers(0, 8)), draw(st.integers(1, 12))
        taken = draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=2, unique=True))
        changes.append(PlainChange(f"CHG-{number}", start, start + length, dict.fromkeys(taken, (0, length))))
    return strategies.Calendar(
        estate, ["shop", "pool0"], changes, [], draw(st.sets(st.sampled_from(leaves), max_size=1))
    )


@given(crowds())
@settings(EXAMPLES, max_examples=500)
def test_conflicts_of_many_at_once_are_those_of_every_moment_and_every_set(drawn):
    """Sets of three and more, and chains of falls that only several bring about."""
    check(drawn)


def covered(interval, pieces):
    """Tell whether every moment of an interval is in one of the pieces; None is no end."""
    start, end = bounded(interval)
    for begins, ends in sorted(map(bounded, pieces)):
        if begins <= start < ends:
            start = ends
    return start >= end


def bounded(interval):
    """An interval with infinities where it has no end."""
    start, end = interval
    return -inf if start is None else start, inf if end is None else end


@given(st.one_of(calendars(), crowds()), st.integers(1, 4))
@settings(EXAMPLES, max_examples=500)
def test_a_conflict_that_a_budget_kept_from_being_found_has_a_member_that_is_named(drawn, together):
    """What is found is right; what is missing lies within a time in which one of its members was not examined."""
    graph, needs = build(revision=1, **rows_of(drawn.estate)), drawn.estate.requirements()
    parties = plain_parties(drawn)
    timed = [party(graph, each) for each in parties]
    calendar = Calendar(graph, timed, graph.indexes(drawn.services), together=together)
    found, unexamined = by_service(graph, calendar.conflicts()), calendar.unexamined()
    assert len(unexamined) <= calendar.overlaps() * len(parties)
    truth = oracle.conflicts(needs, drawn.services, parties)
    for key, intervals in found.items():
        assert all(any(within(each, whole) for whole in truth[key]) for each in intervals)
    for (names, service), intervals in truth.items():
        for interval in intervals:
            given_up = [(minutes(start), minutes(end)) for start, end, who in unexamined if who[1] in names]
            # What a member has out may change within the conflict, and one part of it be found and another not.
            assert covered(interval, [*found.get((names, service), []), *given_up])


def within(inner: tuple, outer: tuple) -> bool:
    """Tell whether an interval lies within another; None is no end."""
    low, high = outer
    return (low is None or (inner[0] is not None and low <= inner[0])) and (
        high is None or (inner[1] is not None and inner[1] <= high)
    )


def test_what_overlaps_with_too_many_is_told_and_the_rest_is_found():
    """A pool of which one of four is needed, four changes at once: two may be looked at together, three may not."""
    needs = {"shop": [(1, ["a", "b"])], "other": [(1, ["c", "d", "e"])]}
    estate = estate_of(needs)
    graph = build(revision=1, **rows_of(estate))
    changes = [PlainChange(f"CHG-{ci}", 0, 10, {ci: (0, 10)}) for ci in "abcde"]
    parties = [party(graph, party_of(change)) for change in changes]
    services = graph.indexes(["shop", "other"])

    whole = Calendar(graph, parties, services)
    small = Calendar(graph, parties, services, together=2)

    assert ([len(found.parties) for found in whole.conflicts()], whole.unexamined()) == ([2, 3], [])
    assert [found.parties for found in small.conflicts()] == [((CHANGE, "CHG-a"), (CHANGE, "CHG-b"))]
    assert small.unexamined() == [(0, 600, (CHANGE, "CHG-e"))]
    assert small.overlaps() == whole.overlaps() == 2
    assert free_shift(small, (CHANGE, "CHG-c")) is None


@given(crowds(), st.integers(1, 3), st.data())
@settings(EXAMPLES, max_examples=200)
def test_dragging_windows_over_a_budget_answers_as_from_the_beginning(drawn, together, data):
    """Also what was not examined is that of a calendar made anew."""
    graph = build(revision=1, **rows_of(drawn.estate))
    parties = {each.id: each for each in plain_parties(drawn)}
    services = graph.indexes(drawn.services)
    calendar = Calendar(graph, [party(graph, each) for each in parties.values()], services, together=together)
    for name in data.draw(st.lists(st.sampled_from(sorted(parties)), min_size=1, max_size=4)):
        parties[name] = oracle.moved(parties[name], data.draw(st.integers(-20, 20)))
        calendar.place(party(graph, parties[name]))
        anew = Calendar(graph, [party(graph, each) for each in parties.values()], services, together=together)
        assert calendar.conflicts() == anew.conflicts()
        assert (calendar.unexamined(), calendar.overlaps()) == (anew.unexamined(), anew.overlaps())


@given(st.one_of(calendars(), crowds()), st.data())
@EXAMPLES
def test_dragging_windows_answers_as_from_the_beginning(drawn, data):
    """Moves, removals and returns, one after the other: each time the answer is that of a calendar made anew."""
    graph = build(revision=1, **rows_of(drawn.estate))
    parties = {each.id: each for each in plain_parties(drawn)}
    calendar = calendar_of(graph, list(parties.values()), drawn.services)
    gone: dict = {}
    for name in data.draw(st.lists(st.sampled_from(sorted(parties)), min_size=1, max_size=4)):
        if name in parties and data.draw(st.integers(0, 4)) == 0:
            gone[name] = parties.pop(name)
            calendar.remove((kind_of(name), name))
        else:
            parties[name] = oracle.moved(parties.get(name) or gone.pop(name), data.draw(st.integers(-60, 60)))
            calendar.place(party(graph, parties[name]))
        anew = calendar_of(graph, list(parties.values()), drawn.services)
        assert calendar.conflicts() == anew.conflicts()


@given(calendars(most=8, changes=4))
@settings(EXAMPLES, max_examples=150)
def test_moves_are_the_smallest_that_free(drawn):
    """No fewer minutes leave the change in no conflict with anybody, or else with the other members."""
    graph, needs = build(revision=1, **rows_of(drawn.estate)), drawn.estate.requirements()
    parties = plain_parties(drawn)
    calendar = calendar_of(graph, parties, drawn.services)
    asked = {change.id for change in drawn.changes}
    for conflict in calendar.conflicts()[:2]:
        back = {who: float("inf") for who in calendar.parties if who[1] in asked}
        found = {move.who[1]: move for move in moves_of(calendar, conflict, back, reach=60 * REACH)}
        members = [each for each in parties if each.id in {name for _, name in conflict.parties}]
        for name in asked & {each.id for each in members}:
            wholly = oracle.free_moves(needs, drawn.services, parties, name, reach=REACH)
            partly = oracle.free_moves(needs, drawn.services, members, name, reach=REACH)
            if name not in found:
                assert not wholly | partly
            else:
                assert found[name].frees == (ALL if wholly else THIS)
                assert found[name].minutes == max(wholly or partly)


def changes_of(*rows: tuple[str, int, int, str]) -> list[oracle.Party]:
    return [party_of(PlainChange(name, start, end, {ci: (0, end - start)})) for name, start, end, ci in rows]


def told(rules: dict, parties: list[oracle.Party]) -> dict:
    graph = build(revision=1, **rows_of(estate_of(rules)))
    return by_service(graph, calendar_of(graph, parties, ["shop"]).conflicts())


def test_an_ha_pair_conflicts_for_one_minute_and_not_for_none():
    """Windows that share a minute conflict in that minute; one after the other they do not."""
    both = frozenset({"CHG-1", "CHG-2"})
    first = ("CHG-1", 0, 60, "web1")
    assert told(PAIR, changes_of(first, ("CHG-2", 59, 90, "web2"))) == {(both, "shop"): [(59, 60)]}
    assert told(PAIR, changes_of(first, ("CHG-2", 60, 90, "web2"))) == {}
    assert told(PAIR, changes_of(("CHG-1", 0, 60, "web1"), ("CHG-2", 0, 60, "web1"))) == {}


def test_three_changes_of_which_no_pair_conflicts():
    """A pool of three is lost to all three and to no two of them."""
    parties = changes_of(("CHG-a", 0, 30, "a"), ("CHG-b", 10, 40, "b"), ("CHG-c", 20, 50, "c"))
    assert told(POOL, parties) == {(frozenset({"CHG-a", "CHG-b", "CHG-c"}), "shop"): [(20, 30)]}
    for pair in combinations(parties, 2):
        assert told(POOL, list(pair)) == {}


def test_a_standing_failure_and_one_change():
    """What has failed already is a party that has no end; without it the change is harmless."""
    parties = changes_of(("CHG-1", 0, 60, "web1"))
    with_it = [*parties, standing_party("web2", {"web2"})]
    assert told(PAIR, with_it) == {(frozenset({"CHG-1", "web2"}), "shop"): [(0, 60)]}
    assert told(PAIR, parties) == {}
    assert told(PAIR, [*parties, standing_party("shop", {"shop"})]) == {}


def test_an_open_incident_has_no_end_and_a_resolved_one_has():
    """A change conflicts with an incident while both go on."""
    change = changes_of(("CHG-1", 30, 60, "web1"))
    for resolved, expected in ((None, [(30, 60)]), (40, [(30, 40)]), (30, [])):
        incident = party_of(PlainIncident("INC-1", 10, frozenset({"web2"}), resolved))
        assert list(told(PAIR, [*change, incident]).values()) == ([expected] if expected else [])


def test_changes_without_targets_or_outages_are_in_no_conflict():
    """No target, an outage of no length and a target that is down anyway: nothing is lost by them."""
    rules = {"shop": [(1, ["web1", "web2"])], "web2": [(2, ["only"])]}
    idle = [
        oracle.Party("CHG-1", ()),
        oracle.Party("CHG-2", (("web1", 5, 5),)),
        oracle.Party("CHG-3", (("web2", 0, 9),)),
    ]
    assert told(rules, idle) == {}


def test_a_chain_of_falls_that_only_several_changes_bring_about():
    """Two changes stop the database, which with a third one stops the shop: the three are in conflict, no two are."""
    rules = {"shop": [(1, ["db", "cache"])], "db": [(1, ["d1", "d2"])]}
    parties = changes_of(("CHG-1", 0, 90, "d1"), ("CHG-2", 0, 90, "d2"), ("CHG-3", 40, 50, "cache"))
    assert told(rules, parties) == {(frozenset({"CHG-1", "CHG-2", "CHG-3"}), "shop"): [(40, 50)]}


def test_the_cut_names_what_matters_of_many_targets():
    """A change of a thousand CIs of which one counts: the cut holds that one and its partner."""
    rules = {"shop": [(1, ["web1", "web2"])], "office": [f"pc{number:04d}" for number in range(1000)]}
    graph = build(revision=1, **rows_of(estate_of(rules)))
    wide = Party(
        CHANGE, "CHG-1", tuple((ci, 0, 60) for ci in range(len(graph)) if graph.ids[ci].startswith(("pc", "web1")))
    )
    other = Party(CHANGE, "CHG-2", ((graph.index("web2"), 30, 90),))
    (found,) = Calendar(graph, [wide, other]).conflicts()
    assert graph.ids_of(found.cut) == ("web1", "web2")
    assert (found.start, found.end, graph.ids_of(found.services)) == (30, 60, ("shop",))


def test_a_move_makes_no_new_conflict_where_one_is_that_does_not():
    """Two minutes free it but for a third change; so it goes beyond that one or, where that is too far, by two."""
    graph = build(revision=1, **rows_of(estate_of(PAIR)))
    rows = (("CHG-1", 0, 60, "web1"), ("CHG-2", 58, 70, "web2"), ("CHG-3", 71, 100, "web1"), ("CHG-4", -90, 0, "web1"))
    calendar = calendar_of(graph, changes_of(*rows), ["shop"])
    conflict, who = calendar.conflicts()[0], (CHANGE, "CHG-2")
    assert moves_of(calendar, conflict, {who: 0}) == [Move(who, 42, ALL)]
    assert moves_of(calendar, conflict, {who: 0}, reach=40 * 60) == [Move(who, 2, THIS)]
    assert moves_of(calendar, conflict, {who: 0}, reach=60) == []
    assert moves_of(calendar, conflict, {}) == []
    assert free_shift(calendar, (CHANGE, "CHG-4"), back=0) == 0


def wide_pool(size: int, budget: int = 1 << 18) -> Calendar:
    """A pool of which half is needed, and a change of each member in the same hour."""
    names = [f"m{number:02d}" for number in range(size)]
    graph = build(revision=1, **rows_of(estate_of({"shop": [(size // 2, names)]})))
    rows = [(f"CHG-{name}", number, 90, name) for number, name in enumerate(names)]
    parties = [party(graph, each) for each in changes_of(*rows)]
    return Calendar(graph, parties, graph.indexes(["shop"]), budget=budget)


def test_sets_beyond_number_are_counted_and_not_listed():
    """Any 13 of 24 changes stop the pool: a part of these is listed, and how many there are is told."""
    calendar = wide_pool(24)
    cuts = calendar.cuts()
    assert sum(cut.total for cut in cuts) + 1 + 13 + 91 + 455 == 2_496_144  # 24 over 13, by their last member
    assert all(len(conflict.parties) == 13 for conflict in calendar.conflicts())
    assert free_shift(calendar, (CHANGE, "CHG-m00")) is None


def test_a_spent_budget_is_told():
    """Where the diagram would be too large the parties are named, and nothing is guessed."""
    calendar = wide_pool(24, budget=30)
    assert any(cut.total is None for cut in calendar.cuts())
    (last,) = [cut for cut in calendar.cuts() if len(cut.parties) == 24]
    assert calendar.graph.ids_of(last.services) == ("shop",)
