"""The weekly look ahead at service hours; by hand it is ``foreshock job run service-hours``."""

from __future__ import annotations

from cmdb.jobs import Result
from cmdb.model.run import Said
from cmdb.service import hours
from cmdb.work import Work


def keep_ahead(work: Work) -> Result:
    """Expand all calendars for the years around the present one that are not known yet."""
    work.check()
    found = hours.keep_ahead(work.context)
    facts = {"made": found.made, "unknown": found.unknown}
    return Result(said=Said("hours.expanded", facts), figures=facts)
