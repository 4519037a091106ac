"""Letting go of old history, where a setting asks for it; by hand it is ``foreshock store compact``."""

from __future__ import annotations

from datetime import timedelta

from cmdb.change import retention
from cmdb.jobs import Result
from cmdb.model.run import Said
from cmdb.ports.errors import WrittenMeanwhile
from cmdb.work import Work

_TRIES = 5


def let_go(work: Work, *, days: int) -> Result:
    """Let go of history older than so many days, but for what assessments cite."""
    store, now = work.context.store, work.context.clock.now()
    floor = store.revision_at(now - timedelta(days=days))
    for tries_left in reversed(range(_TRIES)):
        work.check()
        try:
            done = retention.let_go(work.context, floor, progress=lambda count: work.progress("let go", count))
            break
        except WrittenMeanwhile:
            # A change was assessed at the same moment.
            if not tries_left:
                raise
    figures = {"floor": done.floor, "gone": done.gone, "kept": done.kept, "cited": len(done.cited)}
    return Result(said=Said("history.let_go", {"gone": done.gone, "floor": done.floor}), figures=figures)
