"""The nightly look at the store's own log; by hand it is ``foreshock audit verify``."""

from __future__ import annotations

from cmdb.jobs import Result
from cmdb.model.run import RunState, Said
from cmdb.work import Work

LISTED = 100


def verify(work: Work) -> Result:
    """Check every byte of the log and all that rests on it; the run fails where something is wrong, and lists it."""
    work.context.allow("audit:verify")
    store = work.context.store
    revision = store.revision()
    findings = store.check(progress=lambda count: work.progress("check", count))
    # Whoever asked it to stop before this is not told that all is well.
    work.check()
    figures = {"revision": revision, "findings": len(findings)}
    if not findings:
        return Result(RunState.OK, Said("audit.sound", {"revision": revision}), figures=figures)
    details = [Said(finding.code, finding.facts) for finding in findings[:LISTED]]
    said = Said("audit.findings", {"count": len(findings), "shown": len(details)})
    return Result(RunState.FAILED, said, details, figures)
