"""The job that holds the estate against its approved baselines, one run for one of them or for all; it alone signs."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.change.verification import samples, verifying
from cmdb.change.verification.sealing import Signer, signer_with
from cmdb.change.verification.verification_runs import JOB
from cmdb.configuration import baselines
from cmdb.errors import ForeshockError
from cmdb.jobs import Result
from cmdb.model.configuration_baseline import BaselineState
from cmdb.model.run import RunState, Said
from cmdb.model.verification import Verification
from cmdb.work import Work
from web.signing import key_of

__all__ = ["JOB", "hold_against_baselines"]


def hold_against_baselines(work: Work, *, signing_key: str) -> Result:
    """
    Do what the run's parameters ask for, signed with the key that a reference leads to, if there is one.

    ``baseline`` names the one to verify (left out: all that are approved) and ``sample`` how many CIs to draw;
    ``conclude`` names a verification whose sample is concluded instead, with a ``note``.
    """
    signer, wanted = signer_with(key_of(signing_key)), work.run.parameters
    if "conclude" in wanted:
        return _concluded(work, str(wanted["conclude"]), str(wanted.get("note", "")), signer)
    if "baseline" in wanted:
        return _result([_verified(work, str(wanted["baseline"]), signer)], [])
    made, failed = [], []
    for name in _approved(work):
        try:
            made.append(_verified(work, name, signer))
        except ForeshockError as error:
            # One that can not be verified does not keep the others from it.
            work.check()
            failed.append(Said("verification.failed", {"baseline": name, "message": str(error), "code": error.code}))
    return _result(made, failed)


def _verified(work: Work, baseline: str, signer: Signer | None) -> Verification:
    sample = work.run.parameters.get("sample", verifying.SAMPLE)
    return verifying.verify(
        work.context,
        baseline,
        sample=sample,
        by=work.run.requested_by,
        signer=signer,
        progress=lambda step, done: work.progress(step, done),
    ).record


def _concluded(work: Work, verification: str, note: str, signer: Signer | None) -> Result:
    made = samples.conclude(work.context, verification, by=work.run.requested_by, note=note, signer=signer).record
    figures = {"verification": verification, "checked": made.checked, "right": made.right}
    unseen = {"unseen": made.drawn - made.checked, "drawn": made.drawn}
    details = (Said("verification.not_all_checked", unseen),) if unseen["unseen"] else ()
    said = Said("verification.concluded", {**figures, "low": made.low, "high": made.high})
    return Result(said=said, details=details, figures={**figures, **unseen})


def _approved(work: Work) -> Iterator[str]:
    after = None
    while True:
        page = baselines.listing(work.context, states=[BaselineState.APPROVED], after=after, limit=1000)
        yield from (held.record.id for held in page.rows)
        after = page.after
        if after is None:
            return


def _result(made: list[Verification], failed: list[Said]) -> Result:
    details = [*failed, *(_said(each) for each in made)]
    figures = {"verifications": [each.id for each in made], "failed": len(failed)}
    if not failed and len(made) == 1:
        return Result(said=_said(made[0]), figures=figures)
    state = RunState.OK if not failed else RunState.PARTIAL if made else RunState.FAILED
    said = Said("verification.done", {"made": len(made), "failed": len(failed)})
    return Result(state, said, details, figures)


def _said(made: Verification) -> Said:
    counts = {name: made.counts[name] for name in ("unauthorised", "expected", "tolerated", "reverting", "not_seen")}
    return Said("verification.made", {"verification": made.id, "baseline": made.baseline, **counts})
