"""The desk that asks for verifications: a worker makes them, for it has the key that signs."""

from __future__ import annotations

from cmdb import jobs
from cmdb.change import checks
from cmdb.change.verification import samples, verifying
from cmdb.configuration import baselines
from cmdb.context import Context
from cmdb.errors import InvalidInput
from cmdb.model.configuration_baseline import BaselineState
from cmdb.model.run import Run
from cmdb.records import Held

JOB = "verify"


def ask(context: Context, baseline: str, *, sample: int = verifying.SAMPLE) -> Held[Run]:
    """
    Ask for a verification of a baseline, and return the run that makes it.

    Raises:
        NotAllowed: the actor may not verify.
        NotFound: there is no such baseline.
        WrongState: it is not approved.
        InvalidInput: the sample is too small or too large.
    """
    context.allow("verification:run")
    verifying.refuse_sample(sample)
    held = baselines.get(context, baseline)
    baselines.refuse_state(held.record, "verify", BaselineState.APPROVED)
    return jobs.queued(context, JOB, parameters={"baseline": baseline, "sample": sample})


def ask_to_conclude(context: Context, verification: str, *, note: str = "") -> Held[Run]:
    """
    Ask for the sample of a verification to be concluded, and return the run that does.

    Raises:
        NotAllowed, NotFound, SampleClosed, NothingChecked: as :func:`cmdb.change.verification.samples.conclude`.
        InvalidInput: the note is too long.
    """
    context.allow("verification:sample")
    problems = list(checks.text_problems("/note", "comment", note)) if note else []
    if problems:
        raise InvalidInput(problems, what=f"the sample of {verification}")
    samples.refuse_closed(context, verification)
    given = {"conclude": verification, **({"note": note} if note else {})}
    return jobs.queued(context, JOB, parameters=given)
