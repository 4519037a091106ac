"""The nightly proof of decisions: stored assessments are computed again, in turn; by hand ``foreshock replay``."""

from __future__ import annotations

from dataclasses import replace

from cmdb.jobs import Result
from cmdb.model.replay_finding import ReplayFinding
from cmdb.model.run import RunState, Said
from cmdb.work import Work
from impact.questions.replays import replays_in_turn

JOB = "audit-replay"
LISTED = 100
_SAID = {
    ReplayFinding.RECORD_ALTERED: Said("replay.record_altered"),
    ReplayFinding.SOURCES_ALTERED: Said("replay.sources_altered"),
    ReplayFinding.METHOD_UNKNOWN: Said("replay.method_unknown"),
    ReplayFinding.COMPUTATION_DIFFERS: Said("replay.computation_differs"),
}


def replay_in_turn(work: Work) -> Result:
    """Replay the assessments whose day it is; the run fails where one comes out otherwise, and tells of each why."""
    found = replays_in_turn(
        work.context,
        turn=work.context.clock.now().date().toordinal(),
        progress=lambda done, of: work.progress("replay", done, of),
    )
    work.check()
    facts = {"replayed": found.replayed, "of": found.of}
    figures = {**facts, "otherwise": len(found.otherwise), "gone": len(found.gone)}
    gone = [Said("replay.gone", {"assessment": each}) for each in found.gone[:LISTED]]
    if not found.otherwise:
        return Result(RunState.PARTIAL if gone else RunState.OK, Said("replay.sound", facts), gone, figures)
    details = [
        replace(_SAID[each.finding], facts={"change": each.change, "assessment": each.assessment})
        for each in found.otherwise[:LISTED]
    ]
    said = Said("replay.otherwise", {**facts, "count": len(found.otherwise), "shown": len(details)})
    return Result(RunState.FAILED, said, [*details, *gone], figures)
