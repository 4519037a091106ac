"""What lies under all members of a group that looks redundant, against brute force."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.common_causes import common_causes
from impact.graph import build
from tests.impact.sketch import sketch
from tests.impact.strategies import all_kinds
from tests.oracles import impact as oracle
from tests.oracles.estate import rows_of

RACK = ("Shop: rack", "rack: 1 of (feed-a feed-b)", "feed-a: strip", "strip: pdu-a3", "feed-b: pdu-a3", "pdu-a3: ups")


def test_the_feed_that_both_paths_share_is_named_with_the_way_to_it():
    """Both feeds of a rack hang on one PDU, and that on one UPS: nearest first."""
    found = common_causes(sketch(*RACK), "Shop")
    assert [(one.cause, one.item, one.needs, one.size) for one in found.found] == [
        ("pdu-a3", "rack", 1, 2),
        ("ups", "rack", 1, 2),
    ]
    assert [(member.id, member.path) for member in found.found[0].members] == [
        ("feed-a", ("feed-a", "strip", "pdu-a3")),
        ("feed-b", ("feed-b", "pdu-a3")),
    ]
    assert (found.count, found.unexamined) == (2, 0)
    assert not any(one.anyway for one in found.found)


def test_what_the_owner_hangs_on_anyway_is_told_apart():
    """The rack itself stands on the floor that both feeds come from."""
    found = common_causes(sketch("Shop: 1 of (a b), floor", "a: floor", "b: floor"), "Shop").found
    assert [(one.cause, one.anyway) for one in found] == [("floor", True)]


def test_what_only_one_member_hangs_on_is_no_common_cause_and_neither_is_a_member():
    """A spare that is gone already leaves a single point, which is another thing."""
    assert common_causes(sketch("Shop: 1 of (a b)", "b: host"), "Shop").count == 0
    assert common_causes(sketch("Shop: 1 of (a b)", "b: a"), "Shop").count == 0
    assert common_causes(sketch("Shop: 1 of (a b)", "b: host"), "Shop", ["a"]).count == 0
    assert common_causes(sketch(*RACK, cannot_fail="pdu-a3 ups"), "Shop").count == 0


def test_what_is_not_listed_or_not_examined_is_counted():
    """A list of one of two, and an answer that was allowed no work."""
    assert [one.cause for one in common_causes(sketch(*RACK), "Shop", most=1).found] == ["pdu-a3"]
    assert common_causes(sketch(*RACK), "Shop", most=1).count == 2
    assert common_causes(sketch(*RACK), "Shop", work=0).unexamined == 6


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(estate=all_kinds(), data=st.data())
def test_common_causes_agree_with_brute_force(estate, data):
    """Exactly the CIs whose failure defeats a group of the cone that could spare a member, none of them one itself."""
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), max_size=2))
    top = data.draw(st.sampled_from(list(estate.items)))
    needs = estate.requirements()
    found = common_causes(build(revision=1, **rows_of(estate)), top, sorted(failed))
    told = {(one.cause, one.item, one.group): {member.id for member in one.members} for one in found.found}
    assert told == expected(estate, needs, top, failed)
    assert found.count == len(found.found)
    for one in found.found:
        down = oracle.down_of(needs, failed | {one.cause})
        for member in one.members:
            assert (member.path[0], member.path[-1]) == (member.id, one.cause)
            assert set(member.path) <= down
            for high, low in zip(member.path, member.path[1:], strict=False):
                assert any(low in each["members"] and each["strength"] == "hard" for each in needs[high])


def expected(estate, needs, top, failed):
    """Return by the words of the definition which cause defeats which group, and who falls with it."""
    before = oracle.down_of(needs, failed)
    found = {}
    if top in before:
        return found
    cone = living_cone(needs, top, before)
    for cause in cone - {top}:
        down = oracle.down_of(needs, failed | {cause})
        for item in cone - {cause}:
            for group in needs[item]:
                members, fell = group["members"], (group["members"] & down) - before
                redundant = len(members - before) > group["needs"]
                defeated = len(members - down) < group["needs"]
                named = group["group"] is not None and group["strength"] == "hard" and cause not in members
                if named and redundant and defeated and oracle.can_fail(estate.items, cause):
                    found[cause, item, group["group"]] = fell
    return found


def living_cone(needs, top, down):
    """Return what the top reaches over hard requirements without entering what is down."""
    cone, edge = {top}, [top]
    while edge:
        for each in needs[edge.pop()]:
            fresh = (each["members"] - cone - down) if each["strength"] == "hard" else set()
            cone |= fresh
            edge += fresh
    return cone
