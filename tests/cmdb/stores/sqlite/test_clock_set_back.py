"""The machine's clock is set back: nothing that was held stays held for as long as that, and nothing is lost."""

from __future__ import annotations

from tests.builders import the_context


def test_a_lease_that_was_given_back_is_free():
    """Whenever that was, by the clock of then."""
    context = the_context()
    lease = context.coordination.lease("clock", holder="a", seconds=30)
    context.coordination.release(lease)
    context.clock.forward(hours=-5)
    assert context.coordination.lease("clock", holder="b", seconds=30).token > lease.token


def test_a_lease_of_a_dead_holder_is_free_after_a_year_was_taken_back():
    """A machine that booted in another year leaves no lease that lasts until then."""
    context = the_context()
    lease = context.coordination.lease("clock", holder="dead", seconds=30)
    context.clock.forward(days=-365)
    assert context.coordination.lease("clock", holder="b", seconds=30).token > lease.token


def test_a_living_holder_keeps_its_lease():
    """It renews it by the clock of now."""
    context = the_context()
    lease = context.coordination.lease("clock", holder="a", seconds=30)
    context.clock.forward(hours=-1)
    assert context.coordination.renew(lease, seconds=30)
    assert context.coordination.lease("clock", holder="b", seconds=30) is None
    context.clock.forward(seconds=31)
    assert context.coordination.lease("clock", holder="b", seconds=30) is not None


def test_runs_of_another_year_are_taken():
    """Those that waited then, and those that a dead worker held; one that was given back is free at once."""
    context = the_context()
    for name in ("waits", "held", "back"):
        context.coordination.enqueue("runs", name, {})
    held, back = (context.coordination.take("runs", holder="dead", seconds=30, only=name) for name in ("held", "back"))
    context.coordination.heartbeat(back, seconds=0)
    context.clock.forward(days=-365)
    taken = [context.coordination.take("runs", holder="w", seconds=30) for _ in range(3)]
    assert {each.id for each in taken} == {"waits", "held", "back"}
    assert not context.coordination.done(held)
    assert all(context.coordination.done(each) for each in taken)
