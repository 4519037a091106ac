"""The desk of samples: what a person saw on site of the CIs that a verification drew, and the accuracy that follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cmdb.change import checks
from cmdb.change.verification import verifying
from cmdb.change.verification.sealing import Signer, hash_of
from cmdb.configuration.audit_sample import wilson
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, InvalidInput, NotFound
from cmdb.model.ci import CIS
from cmdb.model.verification import ACCURACIES, SAMPLE_CHECKS, Accuracy, SampleCheck
from cmdb.ports.store import Equals, Unwritten
from cmdb.records import Held

DIGITS = 6
"""Places after the point of a share and its interval."""


class SampleClosed(ForeshockError):
    """The sample is concluded: what was seen of it can not be changed any more."""

    code = "verification.sample_closed"
    sentence = "the sample of {verification} is concluded"
    family = Family.REFUSED

    def __init__(self, *, verification: str) -> None:
        super().__init__(verification=verification)


class NothingChecked(ForeshockError):
    """Nobody has entered anything about the sample yet, so it says nothing."""

    code = "verification.nothing_checked"
    sentence = "nothing of the sample of {verification} is checked yet"
    family = Family.REFUSED

    def __init__(self, *, verification: str) -> None:
        super().__init__(verification=verification)


def enter(context: Context, verification: str, ci: str, *, right: bool, note: str = "") -> Held[SampleCheck]:
    """
    Enter what was seen of a CI of the sample; entering it again corrects it, until the sample is concluded.

    Raises:
        NotAllowed: the actor may not check samples.
        NotFound: there is no such verification, or the CI is not in its sample.
        SampleClosed: it is concluded.
        InvalidInput: the note is too long; of a CI that is wrong it says what is.
    """
    context.allow("verification:sample")
    record = verifying.get(context, verification).record
    if ci not in record.sample.cis:
        raise NotFound(kind="CI of the sample", ids=(ci,))
    if verifying.accuracy_of(context, verification) is not None:
        raise SampleClosed(verification=verification)
    problems = list(checks.text_problems("/note", "comment", note)) if note or not right else []
    if problems:
        raise InvalidInput(problems, what=f"what was seen of {ci}")
    stored = context.store.get(CIS, ci)
    version = None if stored is None else stored.version
    made = SampleCheck(verification, ci, right, context.actor.id, context.clock.now(), note, version)
    # A conclusion that is written meanwhile would not count it.
    unwritten = Unwritten((ACCURACIES.name,), context.store.revision())
    return context.records.put(SAMPLE_CHECKS, made, because="verification:sample", unwritten=unwritten)


def entered(context: Context, verification: str) -> Mapping[str, SampleCheck]:
    """Return what was entered of a sample, by CI; raises NotAllowed and NotFound."""
    verifying.get(context, verification)
    found = context.records.find(SAMPLE_CHECKS, [Equals("verification", verification)])
    return {each.ci: each for each in found}


def refuse_closed(context: Context, verification: str) -> Mapping[str, SampleCheck]:
    """Return what was entered of a sample that can be concluded; raises as :func:`conclude`."""
    seen = entered(context, verification)
    if verifying.accuracy_of(context, verification) is not None:
        raise SampleClosed(verification=verification)
    if not seen:
        raise NothingChecked(verification=verification)
    return seen


def conclude(
    context: Context, verification: str, *, by: str | None = None, note: str = "", signer: Signer | None = None
) -> Held[Accuracy]:
    """
    Conclude a sample: how many of the checked CIs are right, sealed; ``by`` is who asked, if not the actor.

    Raises:
        NotAllowed, NotFound, SampleClosed: as :func:`enter`.
        NothingChecked: nobody has entered anything.
    """
    context.allow("verification:sample")
    record, since = verifying.get(context, verification).record, context.store.revision()
    seen = refuse_closed(context, verification)
    right = sum(each.right for each in seen.values())
    low, high = wilson(right, len(seen))
    made = Accuracy(
        id=verification,
        verified=record.hash,
        drawn=len(record.sample.cis),
        checked=len(seen),
        right=right,
        share=round(right / len(seen), DIGITS),
        low=round(low, DIGITS),
        high=round(high, DIGITS),
        wrong=tuple(sorted(ci for ci, each in seen.items() if not each.right)),
        concluded_by=by or context.actor.id,
        concluded_at=context.clock.now(),
        note=note,
    )
    made = replace(made, hash=hash_of(ACCURACIES, made))
    made = replace(made, signature=None if signer is None else signer.sign(made.hash))
    unwritten = Unwritten((SAMPLE_CHECKS.name,), since)
    return context.records.put(
        ACCURACIES, made, because="verification:accuracy", expected_version=0, unwritten=unwritten
    )
