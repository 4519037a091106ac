"""The names of the CIs that a page speaks of; a template that is given them as ``names`` shows them for ids."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.configuration.naming import called_since, given_for_ids, namesakes
from cmdb.errors import ForeshockError
from web.languages import Language
from web.naming import names_of, namesakes_words
from web.request import context


def page_names(
    cis: Iterable[str], *, at: int | None = None, language: Language = Language.EN, before: int | None = None
) -> dict[str, str]:
    """
    Return what the CIs of a page are called at a revision, by id.

    What was none of that revision goes by its name at ``before``, None for the newest.
    """
    wanted = list(dict.fromkeys(cis))
    return names_of(called_since(context(), wanted, at=at, before=before), wanted, language)


def meant_by(error: ForeshockError) -> list[str]:
    """Return what to give instead of the names that were given for ids of CIs, a sentence each."""
    return meant(given_for_ids(error))


def meant(texts: Iterable[str]) -> list[str]:
    """Return the same for texts that are the ids of no CI."""
    wanted = list(texts)
    try:
        found = namesakes(context(), wanted) if wanted else {}
    except ForeshockError:  # Whoever may not read CIs is not told of them.
        return []
    return [namesakes_words(text, each) for text, each in found.items()]
