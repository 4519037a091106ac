"""The words of a policy's simulation: what would have gone where, and how many of the failures among it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cmdb.model.assessment import Verdict

if TYPE_CHECKING:
    from cmdb.model.policy_trial import Simulation

_GOES = {
    Verdict.BLOCK: "would have been blocked",
    Verdict.CAB: "would have gone to the CAB",
    Verdict.PEER: "would have been a peer's to decide",
    Verdict.AUTO: "would have been approved by the policy itself",
}


def shift_sentences(found: Simulation) -> Iterator[str]:
    """Yield one sentence for each verdict that other changes would have got, strictest first."""
    if not found.changes:
        yield "No change was assessed then."
        return
    moved = False
    for verdict in Verdict:
        came = [shift for shift in found.shifts if shift.after is verdict and shift.before is not verdict]
        count, failures = sum(shift.changes for shift in came), sum(shift.failures for shift in came)
        if count:
            moved = True
            yield f"Under {found.name}, {count} more {_GOES[verdict]}, {_among(failures, found.failures)}."
    if not moved:
        yield f"Under {found.name}, {_changes(found.changes)} would have got the verdict they got."
    if found.unknown_outcomes:
        yield f"How {_changes(found.unknown_outcomes)} of {found.changes:,} went is not known."


def lacking_sentence(found: Simulation) -> str:
    """Return how many changes were judged without something the policy asks for."""
    return (
        f"Of {_changes(found.lacking)} the stored facts lack something this policy asks for; "
        "they are judged as not known."
    )


def went(failed: bool | None) -> str:
    """Return how a change went, in a word."""
    return "not known" if failed is None else "failed" if failed else "well"


def _among(failures: int, every: int) -> str:
    if not every:
        return "no failure among them, as there was none"
    return f"{failures} of the {every} failure{'s' if every != 1 else ''} among them"


def _changes(count: int) -> str:
    return f"{count:,} change{'s' if count != 1 else ''}"
