"""Edits of the graph: the draft is the estate built that way, and what it does to services is found by brute force."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.outcome import Outcome
from impact.drafts import Drafts, EditRows
from impact.graph import build
from impact.rewired import Rewired
from tests.impact.contents import content
from tests.impact.sketch import sketch
from tests.impact.strategies import STRENGTHS, all_kinds, services_of
from tests.oracles import impact as oracle
from tests.oracles.estate import PlainEstate, rows_of

ENDS = ("hard", "hard", *STRENGTHS)


def _row(relation: dict) -> tuple:
    return (relation["source"], relation["target"], relation["group"], relation["strength"], relation["confidence"])


def _item(ci: str, facts: dict) -> tuple:
    return (ci, facts["class"], facts["name"], facts["unavailability"], None, facts["tier"], facts["service"])


@st.composite
def edits(draw) -> tuple[PlainEstate, PlainEstate, EditRows]:
    """An estate, the same with one target's edit made by hand, and that edit in rows."""
    today = draw(all_kinds(7, 2).filter(services_of))
    then = deepcopy(today)
    items, added = sorted(today.items), None
    if draw(st.booleans()):
        facts = {"class": "server", "name": "NEW", "unavailability": None, "tier": None, "service": False}
        then.items["new"], added = facts, _item("new", facts)
    ends = st.sampled_from(sorted(then.items))
    places = st.integers(0, len(today.relations) - 1) if today.relations else st.nothing()
    gone = sorted(draw(st.sets(places, max_size=2))) if today.relations else []
    then.relations = [each for place, each in enumerate(today.relations) if place not in gone]
    come = []
    for _ in range(draw(st.integers(0 if gone else 1, 3))):
        grouped = [(g["item"], g["name"]) for g in today.groups]
        source, group = draw(st.sampled_from(grouped)) if grouped and draw(st.booleans()) else (draw(ends), None)
        target = "new" if added and draw(st.booleans()) else draw(ends)
        relation = {"source": source, "target": target, "group": group, "strength": draw(st.sampled_from(ENDS))}
        come.append({**relation, "confidence": 1.0})
    then.relations += come
    counted = {}
    if today.groups and draw(st.booleans()):
        row = draw(st.sampled_from(then.groups))
        row["needs"] = draw(st.sampled_from((1, 1, 2, "50%")))
        counted[row["item"], row["name"]] = (row["needs"], row["strength"])
    emptied = {(today.relations[p]["source"], today.relations[p]["group"]) for p in gone}
    emptied -= {(each["source"], each["group"]) for each in then.relations} | counted.keys()
    then.groups = [each for each in then.groups if (each["item"], each["name"]) not in emptied]
    rows = EditRows(added, tuple(_row(today.relations[place]) for place in gone), tuple(map(_row, come)), counted)
    assert items
    return today, then, rows


def _drafts(today: PlainEstate, rows: EditRows) -> Drafts:
    return Drafts(build(revision=3, **rows_of(today)), {"t": rows})


@given(edits())
@settings(max_examples=50, deadline=None)
def test_the_draft_is_the_estate_built_that_way(drawn):
    """Byte for byte, and the graph of today is as it was."""
    today, then, rows = drawn
    drafts = _drafts(today, rows)
    assert content(drafts.at(("t",))) == content(build(revision=3, **rows_of(then)))
    assert content(drafts.graph) == content(build(revision=3, **rows_of(today)))


def _expected(today: PlainEstate, then: PlainEstate, service: str, failed: set) -> tuple:
    """Return outcome, new single points and margin by the words of the definitions, each on its own estate."""
    before, now = today.requirements(), then.requirements()
    margin = oracle.margin(then.items, now, service, failed)
    if oracle.outcome(then.items, now, service, failed) == "DOWN":
        return "DOWN", (), margin
    was_down = service in oracle.down_of(before, set())
    points = oracle.single_points(then.items, now, service, failed)
    fresh = points - oracle.single_points(today.items, before, service, set()) if not was_down else set()
    if oracle.outcome(then.items, now, service, failed) == "DEGRADED":
        return "DEGRADED", tuple(sorted(fresh)), margin
    if fresh:
        return "REDUNDANCY_LOST", tuple(sorted(fresh)), margin
    endless = float("inf")
    less = (endless if margin is None else margin) < (
        endless if (was := oracle.margin(today.items, before, service, set())) is None else was
    )
    if oracle.hard_cone(now, service) & oracle.down_of(now, failed) or (less and not was_down):
        return "REDUCED", (), margin
    return "UNAFFECTED", (), None


@given(edits(), st.data())
@settings(max_examples=40, deadline=None)
def test_what_a_rewiring_does_is_what_brute_force_finds_on_the_estate_built_that_way(drawn, data):
    """With anything out beside it: outcome, new single points against today, and margin of every service."""
    today, then, rows = drawn
    failed = data.draw(st.sets(st.sampled_from(sorted(today.items)), max_size=2))
    answer = Rewired(_drafts(today, rows)).answer(sorted(failed), ("t",))
    found = {each.id: (each.outcome.value, each.new_single_points, each.margin) for each in answer.services}
    for service in services_of(today):
        assert found.get(service, ("UNAFFECTED", (), None)) == _expected(today, then, service, failed)


@given(edits())
@settings(max_examples=30, deadline=None)
def test_what_is_left_behind_names_the_single_points_that_come_and_go(drawn):
    """Whoever stands otherwise afterwards is told, with what stops it alone now and what no longer does."""
    today, then, rows = drawn
    rewired = Rewired(_drafts(today, rows))
    found = {each.id: each for each in rewired.rewiring((), rewired.answer((), ()).services).services}
    before, now = today.requirements(), then.requirements()
    for service in services_of(today):
        was = oracle.single_points(today.items, before, service, set())
        points = oracle.single_points(then.items, now, service, set())
        margins = (oracle.margin(today.items, before, service, set()), oracle.margin(then.items, now, service, set()))
        up = service not in oracle.down_of(before, set()) | oracle.down_of(now, set())
        if service not in found:
            assert not up or (was == points and margins[0] == margins[1])
            continue
        shift = found[service]
        assert (shift.margin_before, shift.margin) == margins
        assert set(shift.new_single_points) == (points - was if up else set())
        assert set(shift.lost_single_points) == (was - points if up else set())


def test_a_service_that_is_not_compared_is_counted_and_what_goes_down_is_still_told():
    """Where the cones are too large together, nobody says that a spare is kept."""
    graph = sketch("Shop: 1 of (app1 app2)", "Wiki: app1", "app1: feed", "app2: feed")
    worse = EditRows(None, (), (), {("Shop", "group 0"): (2, "hard"), ("Wiki", "lone"): (1, "hard")})
    rewired = Rewired(Drafts(graph, {"Shop": worse}), work=4)
    answer = rewired.answer((), ("Shop",))
    assert [(each.id, each.outcome) for each in answer.services] == [("Wiki", Outcome.DOWN)]
    left_behind = rewired.rewiring((), ())
    assert (left_behind.services, left_behind.unexamined) == ((), 2)
