"""The watch over approvals: what the estate's log says since the last look, held against every approved change."""

from __future__ import annotations

from cmdb import jobs
from cmdb.errors import Family, ForeshockError
from cmdb.jobs import Result
from cmdb.model.go_check import GoAnswer
from cmdb.model.run import RunState, Said
from cmdb.work import Work
from impact.questions.go import go
from impact.questions.go_watch import touched

JOB = "change-go"


def check_again(work: Work) -> Result:
    """
    Check the granted changes whose cones were touched since the last run that ended well, each once.

    One that somebody edits or decides about meanwhile is left to the next run, so is one that can not be checked.
    """
    found = touched(work.context, _looked_until(work))
    details, no_go, failed = [], 0, 0
    for done, change in enumerate(found.changes):
        work.progress("check", done, len(found.changes))
        try:
            check = go(work.context, change).record
        except ForeshockError as error:
            # One change that can not be checked does not keep the others from it.
            work.check()
            if error.family is Family.RETRY:
                raise
            failed += 1
            details.append(Said("change.go_failed", {"change": change, "message": str(error), "code": error.code}))
            continue
        if check.answer is GoAnswer.NO_GO:
            no_go += 1
            details.append(Said("change.no_go", {"change": change, "check": check.id}))
    facts = {"checked": len(found.changes) - failed, "no_go": no_go}
    figures = {**facts, "failed": failed, "revision": found.revision}
    state = RunState.PARTIAL if failed else RunState.OK
    return Result(state, Said("change.checked", facts), details, figures)


def _looked_until(work: Work) -> int | None:
    """Return the revision up to which the last run that ended well has looked, None where none has."""
    last = jobs.listing(work.context, jobs=[JOB], states=[RunState.OK], limit=1).rows
    return last[0].record.figures.get("revision") if last else None
