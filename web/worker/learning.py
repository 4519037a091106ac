"""The daily lesson from the outcomes that matured at midnight; by hand it is ``foreshock risk learn``."""

from __future__ import annotations

from cmdb.jobs import Result
from cmdb.model.run import Said
from cmdb.work import Work
from impact.questions import learn

JOB = "failure-learn"


def learn_and_keep(work: Work) -> Result:
    """Learn P(fail) from the changes whose outcome has matured, and keep the model; one that is kept stays one."""
    work.check()
    model = learn.keep(work.context).record
    facts = {"model": model.id, "changes": model.changes}
    return Result(said=Said("failure.learned", facts), figures={**facts, "failures": model.failures})
