"""What is not sure in an impact answer, on a page: sentences, and a table of how probable each outcome is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmdb.model.outcome import Outcome
from web.pages.looks import OUTCOMES, Look
from web.pages.naming import page_names
from web.pages.stories import reader_language
from web.request import context
from web.wording_confidence import by_outcome, share_words, uncertain

_MOST = 12


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """One service of which the outcome is not sure: how probable each outcome is, empty where it was not worked out."""

    id: str
    name: str
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoubtsShown:
    """The sentences, how many more there are, and the table, in the language of ``tag``."""

    tag: str
    doubts: int
    sentences: tuple[str, ...]
    more: int
    limits: tuple[str, ...]
    columns: tuple[Look, ...]
    rows: tuple[ChanceRow, ...]
    rows_more: int


def doubts_shown(cis: Sequence[str], *, at: int, every: bool) -> DoubtsShown | None:
    """Return what is not sure if these CIs fail, None where no doubtful relation plays a part."""
    from impact.questions.confidence import confidence_of

    answer = confidence_of(context(), cis, at=at)
    if not answer.doubts:
        return None
    language = reader_language()
    names = {**answer.names, **page_names(answer.names, at=at, language=language)}
    said = uncertain(answer, language, names)
    sentences = [*said.flips, *said.differences]
    rows = [
        ChanceRow(
            each.service,
            names.get(each.service) or each.service,
            tuple(map(share_words, by_outcome(each).values())),
        )
        for each in answer.chances
    ]
    most = len(sentences) + len(rows) if every else _MOST
    return DoubtsShown(
        tag=language.tag,
        doubts=answer.doubts,
        sentences=tuple(sentences[:most]),
        more=max(0, len(sentences) - most),
        limits=said.limits,
        columns=tuple(OUTCOMES[outcome] for outcome in Outcome),
        rows=tuple(rows[:most]),
        rows_more=max(0, len(rows) - most),
    )
