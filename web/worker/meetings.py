"""The daily look at series of meetings; by hand it is ``foreshock meeting lay-out``."""

from __future__ import annotations

from cmdb.change.boards import meeting_series
from cmdb.jobs import Result
from cmdb.model.run import Said
from cmdb.work import Work


def lay_out(work: Work) -> Result:
    """Lay out the meetings of the next quarter of every series that comes again."""
    work.check()
    count = len(meeting_series.lay_out(work.context))
    return Result(said=Said("meetings.laid_out", {"count": count}), figures={"count": count})
