"""Joint conflicts asked of the records: which changes and incidents count, when, and where they may be moved to."""

from __future__ import annotations

import pytest

from cmdb.context import Context
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.change import ChangeState, Effect, Target
from cmdb.roles import Actor
from impact.questions.conflicts import SmallestMove, conflicts_in
from tests.builders import a_change, a_server, a_service, a_window, add, an_incident, moment, needs, the_context

SHOP = (a_service("shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))


def change(key, target, start="2026-03-02T22:00Z", minutes=60, **fields):
    return a_change(target, id=key, window=a_window(start, minutes=minutes), **fields)


def test_two_changes_of_an_ha_pair_that_share_a_minute():
    """When, over what, by what, and how far either has to move; nothing but the smallest move frees."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2", "2026-03-02T22:59Z"))
    answer = conflicts_in(context)
    (found,) = answer.conflicts
    assert (found.changes, found.services, found.cut) == (("CHG-1", "CHG-2"), ("shop",), ("web1", "web2"))
    assert (found.from_, found.to) == (moment("2026-03-02T22:59Z"), moment("2026-03-02T23:00Z"))
    assert found.moves == (
        SmallestMove("CHG-1", -1, moment("2026-03-02T21:59Z"), moment("2026-03-02T22:59Z"), "all"),
        SmallestMove("CHG-2", 1, moment("2026-03-02T23:00Z"), moment("2026-03-03T00:00Z"), "all"),
    )
    assert (answer.from_, answer.to, answer.considered, answer.unlisted) == (context.clock.now(), None, 2, ())


def test_one_after_the_other_is_no_conflict():
    """The second begins as the first ends."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2", "2026-03-02T23:00Z"))
    assert conflicts_in(context).conflicts == ()


def test_states_that_count():
    """A draft counts and is said to be one, a rejected change does not count, and states may be chosen."""
    drafted, rejected = ChangeState.DRAFT, ChangeState.REJECTED
    rows = (change("CHG-1", "web1", state=drafted), change("CHG-2", "web2"), change("CHG-3", "web2", state=rejected))
    context = the_context(*SHOP, *rows)
    assert [(c.changes, c.drafts) for c in conflicts_in(context).conflicts] == [(("CHG-1", "CHG-2"), ("CHG-1",))]
    assert conflicts_in(context, states=[ChangeState.SUBMITTED]).conflicts == ()
    chosen = conflicts_in(context, states=[drafted, rejected]).conflicts
    assert [c.changes for c in chosen] == [("CHG-1", "CHG-3")]


def test_a_draft_without_window_or_targets_is_passed_over():
    """There is nothing yet that could conflict."""
    unfinished = a_change(id="CHG-1", window=None, state=ChangeState.DRAFT)
    empty = a_change(id="CHG-2", state=ChangeState.DRAFT)
    assert conflicts_in(the_context(*SHOP, unfinished, empty, change("CHG-3", "web2"))).conflicts == ()


def test_an_open_incident_and_a_standing_failure_take_part():
    """Each stands beside the change; the change alone can be moved, and out of an incident without end it can not."""
    context = the_context(*SHOP, change("CHG-1", "web1"), an_incident("web2"))
    (found,) = conflicts_in(context).conflicts
    assert (found.changes, found.incidents, found.standing, found.moves) == (("CHG-1",), ("INC-1",), (), ())
    resolved = an_incident("web2", resolved=moment("2026-03-02T22:10Z"))
    (found,) = conflicts_in(the_context(*SHOP, change("CHG-1", "web1"), resolved)).conflicts
    assert [(move.change, move.minutes) for move in found.moves] == [("CHG-1", 10)]
    (found,) = conflicts_in(the_context(*SHOP, change("CHG-1", "web1")), down=["web2"]).conflicts
    assert (found.changes, found.incidents, found.standing) == (("CHG-1",), (), ("web2",))
    assert (found.from_, found.to) == (moment("2026-03-02T22:00Z"), moment("2026-03-02T23:00Z"))


def test_a_window_is_no_outage():
    """Configuration takes nothing out, and two reboots in one night only meet where they do."""
    reboots = [
        change("CHG-1", Target("web1", Effect.RESTART, offset=0, minutes=10)),
        change("CHG-2", Target("web2", Effect.RESTART, offset=5, minutes=10)),
        change("CHG-3", Target("web2", Effect.CONFIG)),
    ]
    (found,) = conflicts_in(the_context(*SHOP, *reboots)).conflicts
    assert found.changes == ("CHG-1", "CHG-2")
    assert (found.from_, found.to) == (moment("2026-03-02T22:05Z"), moment("2026-03-02T22:10Z"))


def test_windows_across_a_clock_change_are_compared_as_moments():
    """The night summer time ends: 02:30 comes twice, and the two are an hour apart."""
    first = change("CHG-1", "web1", "2026-10-25T02:30+02:00", minutes=30)
    for start, expected in (("2026-10-25T02:30+01:00", 0), ("2026-10-25T02:59+02:00", 1)):
        context = the_context(*SHOP, first, change("CHG-2", "web2", start, minutes=30))
        assert len(conflicts_in(context).conflicts) == expected


def test_a_period_shows_what_goes_on_in_it():
    """Half-open at both ends; a conflict that began before is told whole, and no move leads to before now."""
    rows = change("CHG-1", "web1"), change("CHG-2", "web2", "2026-03-02T22:30Z")
    context = the_context(*SHOP, *rows, at="2026-03-02T21:55Z")
    for since, until, expected in (
        ("2026-03-02T22:59Z", None, 1),
        ("2026-03-02T23:00Z", None, 0),
        ("2026-03-02T20:00Z", "2026-03-02T22:30Z", 0),
        ("2026-03-02T20:00Z", "2026-03-02T23:31+01:00", 1),
    ):
        found = conflicts_in(context, since=since, until=until).conflicts
        assert len(found) == expected
        assert all((c.from_, c.to) == (moment("2026-03-02T22:30Z"), moment("2026-03-02T23:00Z")) for c in found)
    (found,) = conflicts_in(context).conflicts
    assert [(move.change, move.minutes) for move in found.moves] == [("CHG-1", 90), ("CHG-2", 30)]
    context.clock.forward(minutes=10)
    (found,) = conflicts_in(context).conflicts
    assert [move.change for move in found.moves] == ["CHG-2"], "what has begun is moved no more"


def test_targets_the_estate_does_not_show_are_named():
    """A retired target counts as up, and the answer says so."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", Target("gone")))
    answer = conflicts_in(context)
    assert (answer.conflicts, answer.unknown) == ((), ("gone",))


def test_bad_questions_are_refused_whole():
    """Every fault of the period at once; unknown CIs by name; who may not read impact, changes or incidents."""
    context = the_context(*SHOP)
    with pytest.raises(InvalidInput) as refused:
        conflicts_in(context, since="tomorrow", until="2026-03-02T22:00")
    assert [(p.pointer, p.code) for p in refused.value.problems] == [
        ("/from", "time.unreadable"),
        ("/to", "time.without_offset"),
    ]
    with pytest.raises(InvalidInput) as refused:
        conflicts_in(context, since="2026-03-02T22:00Z", until="2026-03-02T22:00Z")
    assert [p.code for p in refused.value.problems] == ["period.ends_first"]
    with pytest.raises(NotFound) as missing:
        conflicts_in(context, down=["web9", "web1", "web8"])
    assert missing.value.facts["ids"] == ("web8", "web9")
    nobody = Context(context.store, context.coordination, context.clock, Actor("nobody", frozenset()))
    with pytest.raises(NotAllowed):
        conflicts_in(nobody)


def test_the_same_question_has_the_same_answer():
    """Nothing hangs on the order in which the records came."""
    rows = [change("CHG-1", "web1"), change("CHG-2", "web2"), change("CHG-3", "web2"), an_incident("web1")]
    one, other = the_context(*SHOP, *rows), the_context(*SHOP)
    for row in reversed(rows):
        add(other, row)
    assert conflicts_in(one).conflicts == conflicts_in(other).conflicts
