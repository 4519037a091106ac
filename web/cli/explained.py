"""Why services fare as they do, in the terminal: one sentence each, and the small graph behind it as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from cmdb.errors import NotFound

if TYPE_CHECKING:
    from cmdb.model.change import Effect
    from cmdb.model.explanation import Explanations
    from web.cli.session import Session
    from web.languages import Language
    from web.naming import Names

EVERY = "*"
MOST_EXPLAINED = 12
MOST_CAUSES = 12


def explained_ids(answer: Any, explain: str | None) -> list[str]:
    """
    Return the ids of the touched services to explain: none, the one that is named, or all of them.

    Raises:
        NotFound: the named one is not among those that are touched; it tells which of these have it for a name.
    """
    touched = [service.id for service in answer.services]
    if explain is None or explain == EVERY:
        return touched if explain else []
    if explain not in touched:
        called_so = [service.id for service in answer.services if service.name == explain]
        raise NotFound(kind="touched service", ids=(explain,), nearest={explain: called_so} if called_so else None)
    return [explain]


def explanations(session: Session, answer: Any, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Return the explanations of an answer as `-o json` has them: sentence, facts and graph of each service."""
    from cmdb.model.explanation import Explanation
    from cmdb.model.kind import Kind
    from cmdb.records import to_json
    from impact.questions import why as reasons
    from web.languages import Language
    from web.wording_explained import in_each_language

    desk, services = session.twin(reasons), [service for service in answer.services if service.id in chosen]
    why = desk.why_failing(session.context, answer.failed, services, [], at=answer.revision, explain=chosen)
    known = {one: session.names(why.explained.names, at=answer.revision, language=one) for one in Language}
    kind = Kind(Explanation, name="explanation")
    found = []
    for one in why.explained.explanations:
        shown = to_json(kind, one)
        found.append(
            {
                "service": one.service,
                "outcome": one.outcome.value,
                "sentence": in_each_language(one, why.explained, known),
                "facts": shown["facts"],
                "graph": shown["story"],
            }
        )
    return found


def explained_lines(
    session: Session, answer: Explanations, more: int, effects: Mapping[str, Effect] | None = None, *, names: Names
) -> Iterator[str]:
    """Yield a sentence for each service that is explained, and its graph as a tree below it."""
    from web.cli.tables import heading, plain
    from web.wording_explained import explanation_sentence, words_of
    from web.wording_story import tree_lines

    if not answer.explanations:
        return
    words, language = words_of(answer, effects, names), language_here(session)
    yield from heading("Why", "what the outcome hangs on, from the service down")
    for one in answer.explanations:
        yield f"  {click.style(plain(explanation_sentence(one, words, language)), bold=True)}"
        yield from (f"    {plain(line)}" for line in tree_lines(one, words, language))
    if more > 0:
        yield f"  and {more} more (name one, or -o json for all)"


def causes_document(answer: Any) -> dict[str, Any]:
    """Return the common causes of an answer as `-o json` has them."""
    from cmdb.model.common_cause import CommonCause
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    kind = Kind(CommonCause, name="common_cause")
    return {
        "common_causes": [to_json(kind, one) for one in answer.common_causes],
        "common_cause_count": answer.common_cause_count,
        "unexamined": answer.unexamined,
    }


def cause_lines(session: Session, answer: Any) -> Iterator[str]:
    """Yield what the groups under a service hang on that look redundant."""
    from web.cli.tables import heading, plain
    from web.wording_causes import cause_sentences, deceiving
    from web.wording_explained import Words

    language = language_here(session)
    words = Words({**answer.names, **session.names(answer.names, at=answer.revision, language=language)}, answer.labels)
    said = cause_sentences(answer.common_causes, words, language)
    open_ones = len(answer.common_causes) - len(deceiving(answer.common_causes))
    if said or open_ones or answer.unexamined:
        yield from heading("Common causes", "one failure there defeats a group that looks redundant")
        yield from (f"  {plain(sentence)}" for sentence in said[:MOST_CAUSES])
        if len(said) > MOST_CAUSES:
            yield f"  and {len(said) - MOST_CAUSES:,} more groups (-o json lists all)"
    if open_ones:
        more = " more" if said else ""
        yield f"  {open_ones:,}{more} where the owner of the group hangs on the cause without it as well (-o json)"
    if answer.common_cause_count > len(answer.common_causes):
        yield f"  {answer.common_cause_count:,} in all, of which {len(answer.common_causes):,} are listed"
    if answer.unexamined:
        yield f"  {answer.unexamined:,} CIs under it were not looked at for common causes: there is too much under it"


def language_here(session: Session) -> Language:
    """Return the language of sentences at this command line."""
    from web.languages import language_of

    return language_of(session.settings.language)
