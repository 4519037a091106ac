"""The weekly look at the rules of the calendar; by hand it is ``foreshock calendar renew``."""

from __future__ import annotations

from cmdb.change.calendar import calendar
from cmdb.jobs import Result
from cmdb.model.run import Said
from cmdb.work import Work


def renew(work: Work) -> Result:
    """Expand anew the rules that are known for less than a year ahead, so that none runs out unseen."""
    work.check()
    count = len(calendar.renew(work.context))
    return Result(said=Said("calendar.renewed", {"count": count}), figures={"count": count})
