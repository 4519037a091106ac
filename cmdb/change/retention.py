"""The retention desk: let go of old history, but never of what an assessment or a configuration baseline cites."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.configuration_baseline import CONFIGURATION_BASELINES
from cmdb.ports.store import Progress, Unwritten


@dataclass(frozen=True, slots=True)
class LetGo:
    """
    What letting go of history did, or would do.

    From ``floor`` on every revision can be read; ``gone`` versions went, and ``kept`` ones stay below only because one
    of the ``cited`` revisions shows them. ``size_before`` and ``size_after`` are bytes, None where nobody can know, and
    after a dry run.
    """

    floor: int
    gone: int
    kept: int
    cited: tuple[int, ...]
    size_before: int | None
    size_after: int | None


def let_go(context: Context, floor: int, *, dry_run: bool = False, progress: Progress | None = None) -> LetGo:
    """
    Let go of what only revisions below ``floor`` show, but for those that assessments and configuration baselines cite.

    A floor never sinks.

    Stopped at any moment and done again, it goes on where it was.

    Raises:
        NotAllowed: the actor may not maintain the store.
        NotFound: there is no such revision yet.
        NotSound: the log does not verify, so nothing is let go.
        WrittenMeanwhile: a change was assessed, or a baseline drawn up, at the same moment; try again.
    """
    context.allow("store:maintain")
    store = context.store
    before, floor = store.size(), max(floor, store.floor())
    with store.snapshot() as state:
        found = {revision for (revisions,) in state.columns(ASSESSMENTS, "graph_revision") for revision in revisions}
        found |= {revision for (each,) in state.columns(CONFIGURATION_BASELINES, "revision") for revision in each}
        # One that is written from here on may cite a revision that is not in the list.
        unwritten = Unwritten((ASSESSMENTS.name, CONFIGURATION_BASELINES.name), state.revision)
    cited = tuple(sorted(revision for revision in found if revision < floor))
    done = context.records.compact(floor, keep=cited, unwritten=unwritten, dry_run=dry_run, progress=progress)
    return LetGo(done.floor, done.gone, done.kept, cited, before, None if dry_run else store.size())
