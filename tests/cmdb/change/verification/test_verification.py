"""Matching differences to changes: each is exactly one thing, and what makes it that."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.change.verification.verification import Seen, edited_places, judged, meets, outcome
from cmdb.configuration.drift import difference_id
from cmdb.model.change import GRANTED, ChangeState, Effect, Target
from cmdb.model.drift import DriftDifference, DriftRules, Toleration, Way
from cmdb.model.graph_edit import AddedItem, AddedRelation, EditedGroup, EndedRelation, GraphEdit
from cmdb.model.relation import Strength
from cmdb.model.verification import Judgement, Outcome, Sighted
from tests.builders import a_change, a_window, moment

START = moment("2026-03-02T22:00Z")
HOUR = timedelta(hours=1)
CHANGED = DriftDifference(Way.CHANGED, "ci", "web1", ("web1",), "os", "12", "13")


def seen(each=CHANGED, *, found=30, later_than=-600, parts_of=()):
    """A difference that came about between so many minutes from the start of the window."""
    times = (START + timedelta(minutes=later_than), START + timedelta(minutes=found))
    return Seen(each, Sighted(("dc1",), times[1], *times), frozenset(parts_of), frozenset({"server"}))


def judge(each, *changes, rules=DriftRules(), reverting=()):  # noqa: B008  # A value.
    (row,) = judged(
        "b", [each], changes, rules, {"server": ("server", "computer")}, reverting=reverting, today=date(2026, 3, 3)
    )
    return row


def approved(*targets, **more):
    return a_change(*targets, **{"state": ChangeState.APPROVED, **more})


def test_what_an_approved_change_did_in_its_window_is_expected():
    """By the CI alone, where the change declares no values."""
    row = judge(seen(), approved("web1"))
    assert (row.judgement, row.change, row.declared) == (Judgement.EXPECTED, "CHG-1", False)


def test_a_reading_after_the_window_may_still_show_its_work():
    """It counts when the difference can have come about, not when somebody looked."""
    assert judge(seen(found=600, later_than=-10), approved("web1")).judgement is Judgement.EXPECTED
    assert judge(seen(found=600, later_than=60), approved("web1")).judgement is Judgement.UNAUTHORISED
    assert judge(seen(found=-1), approved("web1")).judgement is Judgement.UNAUTHORISED
    assert judge(seen(found=0), approved("web1")).judgement is Judgement.EXPECTED


@pytest.mark.parametrize(
    ("expected", "judgement"),
    [
        ({"os": "13"}, Judgement.EXPECTED),
        ({"os": "14"}, Judgement.UNAUTHORISED),
        ({"ram": 8}, Judgement.UNAUTHORISED),
        ({"/status": "retired"}, Judgement.UNAUTHORISED),
    ],
)
def test_a_target_that_declares_values_explains_these_alone(expected, judgement):
    """What else changed of it meanwhile nobody approved."""
    row = judge(seen(), approved(Target("web1", Effect.CONFIG, expected=expected)))
    assert row.judgement is judgement
    assert row.declared is (judgement is Judgement.EXPECTED)


def test_a_retirement_that_was_declared_explains_that_it_is_gone():
    """And what went with it: its relations and its parts."""
    change = approved(Target("web1", expected={"/status": "retired"}))
    gone = DriftDifference(Way.GONE, "ci", "web1", ("web1",), "", {"/name": "web1"})
    part = DriftDifference(Way.GONE, "ci", "web1/nginx", ("web1/nginx",), "", {"/name": "nginx"})
    relation = DriftDifference(Way.GONE, "relation", "r", ("shop", "web1"), "", {"/source": "shop", "/target": "web1"})
    assert judge(seen(gone), change).declared
    assert judge(seen(part, parts_of=["web1"]), change).judgement is Judgement.EXPECTED
    assert judge(seen(relation), change).judgement is Judgement.EXPECTED
    assert judge(seen(part), change).judgement is Judgement.UNAUTHORISED


def test_a_change_that_nobody_approved_explains_nothing_and_is_named():
    """Nor does a retrospective one, though it was approved."""
    row = judge(seen(), a_change("web1", state=ChangeState.ASSESSED))
    assert (row.judgement, row.unapproved) == (Judgement.UNAUTHORISED, "CHG-1")
    row = judge(seen(), approved("web1", retrospective=True))
    assert (row.judgement, row.unapproved) == (Judgement.UNAUTHORISED, None)


def test_the_change_that_names_the_value_comes_before_one_that_names_the_ci():
    """However much earlier that one was."""
    early = approved("web1", id="CHG-1", window=a_window("2026-03-02T20:00Z", minutes=240))
    named = approved(Target("web1", expected={"os": "13"}), id="CHG-2")
    assert judge(seen(), early, named).change == "CHG-2"


def test_a_rule_lets_be_what_it_names_until_its_last_day():
    """It is counted under the rule's name, by classes above too."""
    rule = Toleration("agent", "updates itself", classes=("computer",), fields=("os",), until=date(2026, 3, 3))
    assert judge(seen(), rules=DriftRules((), (rule,))).rule == "agent"
    for other in ({"until": date(2026, 3, 2)}, {"classes": ("switch",)}, {"fields": ("ram",)}, {"ways": (Way.GONE,)}):
        fields = {name: getattr(rule, name) for name in ("classes", "fields", "until")} | other
        row = judge(seen(), rules=DriftRules((), (Toleration("agent", "x", **fields),)))
        assert row.judgement is Judgement.UNAUTHORISED, other


DIFFERENCES = st.lists(
    st.builds(
        lambda ci, way, field: DriftDifference(
            way, "ci", ci, (ci,), field if way is Way.CHANGED else "", "x", {"os": "y"}
        ),
        st.sampled_from(["web1", "web2", "db1"]),
        st.sampled_from(list(Way)),
        st.sampled_from(["os", "ram"]),
    ),
    unique_by=lambda each: (each.key, each.way, each.field),
    max_size=6,
)
CHANGES = st.lists(
    st.builds(
        lambda number, ci, state, expected, start, retrospective: a_change(
            Target(ci, expected=expected),
            id=f"CHG-{number}",
            state=state,
            window=a_window(start),
            retrospective=retrospective,
        ),
        st.integers(1, 9),
        st.sampled_from(["web1", "web2", "db1"]),
        st.sampled_from(list(ChangeState)),
        st.sampled_from([{}, {"os": "y"}, {"/status": "retired"}]),
        st.sampled_from(["2026-03-02T22:00Z", "2026-03-05T22:00Z"]),
        st.booleans(),
    ),
    unique_by=lambda each: each.id,
    max_size=4,
)


@settings(max_examples=500)
@given(DIFFERENCES, CHANGES, st.sets(st.integers(0, 5)), st.sampled_from([(), ("os",), ("ram",)]))
def test_matching_is_a_partition_of_the_differences(differences, changes, reverting, fields):
    """Each difference is judged once, in its order; what is expected has an approved change, the rest has none."""
    each = [seen(one) for one in differences]
    ids = [difference_id("b", one) for one in differences]
    back = {ids[n] for n in reverting if n < len(ids)}
    rules = DriftRules((), (Toleration("r", "x", fields=fields),) if fields else ())
    rows = judged("b", each, changes, rules, {}, reverting=back, today=date(2026, 3, 3))
    assert [row.difference for row in rows] == differences
    good = {one.id for one in changes if one.state in GRANTED and not one.retrospective}
    for row in rows:
        assert (row.judgement is Judgement.EXPECTED) is (row.change is not None)
        assert row.change is None or row.change in good
        assert (row.judgement is Judgement.TOLERATED) is (row.rule is not None)
        assert row.judgement is not Judgement.REVERTING or row.id in back
        assert row.judgement is not Judgement.UNAUTHORISED or row.id not in back
    turned = judged("b", each, changes[::-1], rules, {}, reverting=back, today=date(2026, 3, 3))
    assert turned == rows


def test_a_declared_value_was_seen_or_not_or_nobody_looked():
    """One that stood and was overwritten since was seen: what overwrote it is a difference of its own."""
    assert outcome("13", "13", [], within=True, after=True) is Outcome.SEEN
    assert outcome("13", "14", ["13", "12"], within=True, after=True) is Outcome.SEEN
    assert outcome("13", "12", ["12"], within=True, after=True) is Outcome.NOT_SEEN
    assert outcome("13", "12", ["12"], within=True, after=False) is Outcome.NOT_LOOKED
    assert outcome("13", "13", ["13"], within=False, after=False) is Outcome.NOT_LOOKED


def test_what_was_typed_meets_a_value_of_another_type():
    """A number and a truth; and a text is not the beginning of another."""
    assert meets("8", 8)
    assert meets("false", False)
    assert not meets("1", True)
    assert not meets("Debian", "Debian 12")


# edits of the graph --------------------------------------------------------------------------------------------------
MOVE = GraphEdit(
    relations=(AddedRelation("app2", "powered_by", "pdu-b", None, Strength.SOFT),),
    ended=(EndedRelation("app2", "powered_by", "pdu-a", "feeds"),),
    groups=(EditedGroup("shop", "pool", 2),),
)
REWIRE = Target("app2", Effect.REWIRE, edit=MOVE)
ADDED, ENDED, POOL = MOVE.relations[0].key, MOVE.ended[0].key, MOVE.groups[0].key
FEEDS = EditedGroup("app2", "feeds", 1).key


@pytest.mark.parametrize(
    ("difference", "declared"),
    [
        (DriftDifference(Way.APPEARED, "relation", ADDED, ("app2", "pdu-b"), "", None, {"/source": "app2"}), True),
        (DriftDifference(Way.GONE, "relation", ENDED, ("app2", "pdu-a"), "", {"/source": "app2"}), True),
        (DriftDifference(Way.GONE, "relation", ADDED, ("app2", "pdu-b"), "", {"/source": "app2"}), False),
        (DriftDifference(Way.CHANGED, "relation", ADDED, ("app2", "pdu-b"), "/strength", "hard", "soft"), True),
        (DriftDifference(Way.CHANGED, "relation", ADDED, ("app2", "pdu-b"), "/strength", "soft", "hard"), False),
        (DriftDifference(Way.CHANGED, "group", POOL, ("shop",), "/needs", 1, 2), True),
        (DriftDifference(Way.GONE, "group", FEEDS, ("app2",), "", {"/needs": 1}), True),
    ],
)
def test_what_a_rewiring_declares_is_recognised(difference, declared):
    """Relations that come and end, the needs of a group, a group that goes with its last relation."""
    row = judge(seen(difference), approved(REWIRE))
    assert (row.judgement, row.declared) == (Judgement.EXPECTED, declared)


def test_a_group_of_other_needs_than_declared_is_nobodys_work():
    """The service is neither target nor part of one."""
    row = judge(seen(DriftDifference(Way.CHANGED, "group", POOL, ("shop",), "/needs", 1, 3)), approved(REWIRE))
    assert row.judgement is Judgement.UNAUTHORISED


@pytest.mark.parametrize(("ci_class", "judgement"), [("server", Judgement.EXPECTED), ("rack", Judgement.UNAUTHORISED)])
def test_a_ci_that_was_declared_explains_that_it_appeared(ci_class, judgement):
    """By its id and class; whatever its discovery calls it."""
    add = Target("db3", Effect.ADD, edit=GraphEdit(item=AddedItem("server", "db3")))
    came = DriftDifference(Way.APPEARED, "ci", "db3", ("db3",), "", None, {"/class": ci_class, "/name": "DB 3"})
    row = judge(seen(came), approved(add))
    assert (row.judgement, row.declared) == (judgement, judgement is Judgement.EXPECTED)


def test_what_is_to_be_seen_of_an_edit_is_listed_with_what_is_there():
    """Each relation there or gone, each group with its needs."""
    after = {("relation", ADDED): {}, ("group", POOL): {"/needs": 1}}
    assert edited_places(MOVE, after) == [
        ("app2", f"/relation:{ENDED}", "gone", "gone"),
        ("app2", f"/relation:{ADDED}", "there", "there"),
        ("shop", f"/needs:{POOL}", 2, 1),
    ]
