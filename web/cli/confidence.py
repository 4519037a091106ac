"""What is not sure in an impact answer, at the command line: the part that `foreshock impact --confidence` adds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from web.cli.session import Session

if TYPE_CHECKING:
    from impact.questions.confidence import ConfidenceAnswer

MOST_SAID = 20
_MORE = "  and {count} more (-o json lists all)"


def asked_how_sure(session: Session, answer: Any) -> ConfidenceAnswer:
    """Return how sure an impact answer is, at its revision."""
    from impact.questions import confidence as question

    found: ConfidenceAnswer = session.twin(question).confidence_of(session.context, answer.failed, at=answer.revision)
    return found


def confidence_document(answer: ConfidenceAnswer | None, *, always: bool) -> dict[str, Any] | None:
    """Return the answer as JSON; None where no doubtful relation makes a difference, unless ``always``."""
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    if answer is None or not (always or answer.matters):
        return None
    return dict(to_json(Kind(type(answer), name="answer"), answer))


def confidence_rows(answer: ConfidenceAnswer | None) -> list[dict[str, Any]]:
    """Return a record for each flip, then one for each service of which the outcome is not sure."""
    document = confidence_document(answer, always=True) or {"flips": [], "chances": []}
    flips = [{"kind": "flip", **flip, "relation": None, **flip["relation"]} for flip in document["flips"]]
    for flip in flips:
        del flip["relation"]
    return flips + [{"kind": "chances", **chances} for chances in document["chances"]]


def confidence_lines(session: Session, answer: ConfidenceAnswer) -> Iterator[str]:
    """Yield what is not sure, in the words and the language of the reader."""
    from web.cli.tables import heading, plain
    from web.languages import language_of
    from web.wording_confidence import uncertain

    language = language_of(session.settings.language)
    said = uncertain(answer, language, session.names(answer.names, at=answer.revision, language=language))
    relations = "relation plays" if answer.doubts == 1 else "relations play"
    yield from heading("What is not sure", f"{answer.doubts} doubtful {relations} a part")
    for sentences in said:
        yield from (f"  {plain(sentence)}" for sentence in sentences[:MOST_SAID])
        if len(sentences) > MOST_SAID:
            yield _MORE.format(count=len(sentences) - MOST_SAID)
