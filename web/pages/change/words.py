"""The sentences of an assessment in the parts a page sets apart: names in bold, codes beside their words."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.change.reasons import REASONS, facts_of
from cmdb.model.assessment import Assessment
from web.naming import Names
from web.wording_change import VerdictSentence, listed, untouched, verdict_parts


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
        facts = {name: _words(value) for name, value in told.items()}
        said = REASONS.get(code, "").format(**facts)
        found.append(Reason(code, f"{said[:1].upper()}{said[1:]}" if said else ""))
    return found


def _line(sentence: VerdictSentence) -> Line:
    more = (f"{sentence.more} more",) if sentence.more else ()
    return Line((*sentence.subjects, *more), sentence.words)


def _words(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    shown = list(value[:6])
    return listed([*shown, f"{len(value) - 6} more"] if len(value) > 6 else shown)
