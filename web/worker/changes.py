"""What becomes of changes as time passes: windows that end, alarms, models whose changes fail too often."""

from __future__ import annotations

from cmdb.change import change_models, lifecycle
from cmdb.change.alarms import raise_alarms
from cmdb.jobs import Result
from cmdb.model.run import Said
from cmdb.work import Work

JOB = "change-watch"


def watch(work: Work) -> Result:
    """Expire changes that were not started in their window, raise alarms, and withdraw models that fail."""
    work.check()
    expired = lifecycle.expire_all(work.context)
    raised = raise_alarms(work.context)
    withdrawn = change_models.withdraw_failing(work.context)
    facts = {"expired": len(expired), "alarms": raised.standing, "withdrawn": len(withdrawn)}
    return Result(said=Said("change.watched", facts), figures={**facts, "new_alarms": raised.new})
