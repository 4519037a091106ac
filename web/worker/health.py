"""The daily look at the health of the records; by hand it is ``foreshock job run health-measure``."""

from __future__ import annotations

from cmdb.configuration import measuring
from cmdb.jobs import Result
from cmdb.model.run import Said
from cmdb.work import Work


def measure(work: Work) -> Result:
    """Keep how healthy the records are today, and let go of measurements that are too old."""
    work.check()
    made = measuring.measure(work.context)
    facts = {"cis": made.all.cis, "sound": made.all.sound}
    return Result(said=Said("health.measured", facts), figures={**facts, "revision": made.revision})
