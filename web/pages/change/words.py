"""The sentences of an assessment in the parts a page sets apart: names in bold, codes beside their words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from cmdb.change.policy.reasons import REASONS, facts_of
from cmdb.model.assessment import Assessment
from web.naming import Names
from web.wording_change import VerdictSentence, few, reason_filled, untouched, verdict_parts

NAMED_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: the services by name, and what follows them."""

    subjects: tuple[str, ...]
    words: str

    def joint(self, place: int) -> str:
        """Return what stands between a name and the next."""
        left = len(self.subjects) - place - 1
        return "" if left == 0 else " and " if left == 1 else ", "


@dataclass(frozen=True, slots=True)
class Said:
    """The verdict sentences and the line with what is left; ``rest`` alone where nothing happens."""

    sentences: tuple[Line, ...]
    rest: str

    @classmethod
    def untouched(cls, assessment: Assessment) -> Said:
        return cls((), untouched(assessment.unaffected))


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict: its stable code and its words."""

    code: str
    words: str


def said_of(assessment: Assessment) -> Said:
    """Return the verdict sentences of an assessment that touches services."""
    sentences, rest = verdict_parts(assessment.services)
    return Said(tuple(_line(sentence) for sentence in sentences), rest)


def reasons_of(assessment: Assessment, names: Names | None = None) -> list[Reason]:
    """Return the reasons in their fixed order, each with the facts of the same record; an unknown code stays alone."""
    found = []
    for code in assessment.reasons:
        told = facts_of(code, assessment, names) if code in REASONS else {}
        said = reason_filled(REASONS.get(code, ""), told, partial(few, most=NAMED_AT_MOST))
        found.append(Reason(code, f"{said[:1].upper()}{said[1:]}" if said else ""))
    return found


def _line(sentence: VerdictSentence) -> Line:
    more = (f"{sentence.more} more",) if sentence.more else ()
    return Line((*sentence.subjects, *more), sentence.words)
