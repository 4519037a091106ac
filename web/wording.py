"""Words are made last: from an error's code and facts to the sentence, the problem JSON and the statuses of a door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cmdb.errors import Family, ForeshockError, InvalidInput, NotFound, Problem

# 75 is EX_TEMPFAIL of sysexits.h, which mailers and service managers know.
EXIT_STATUS = {
    Family.FAILURE: 1,
    Family.BAD_INPUT: 2,
    Family.REFUSED: 2,
    Family.GATE: 3,
    Family.NOT_FOUND: 4,
    Family.STALE: 5,
    Family.PARTLY: 6,
    Family.NOT_ALLOWED: 7,
    Family.NOT_SIGNED_IN: 7,
    Family.TOO_OFTEN: 75,
    Family.RETRY: 75,
}
HTTP_STATUS = {
    Family.FAILURE: 500,
    Family.RETRY: 503,
    Family.BAD_INPUT: 422,
    Family.REFUSED: 409,
    Family.GATE: 409,
    Family.NOT_FOUND: 404,
    Family.STALE: 412,
    Family.PARTLY: 207,
    Family.NOT_ALLOWED: 403,
    Family.NOT_SIGNED_IN: 401,
    Family.TOO_OFTEN: 429,
}


MOST_IDS = 1000
"""So many of the ids that are not there a problem document lists; it counts them all."""

# Refusals of a change to begin, told by what has changed.
_BY_FACTS = ("change.no_go", "change.go_overtaken")

# What a person enters by hand is no file, so these speak of neither file nor store.
_BY_HAND = {
    "estate.missing_end": "there is no CI {id}; correct the id, or register it first",
    "estate.retired_end": "{id} is retired; name another CI",
    "estate.undefined_group": "{item} has no group {name} yet; say how many of it are needed",
}


def sentence(error: ForeshockError) -> str:
    """
    Return what an error says to a person.

    >>> sentence(NotFound(kind="ci", ids=["sw-9"])), sentence(NotFound(kind="ci", ids=[""]))
    ('there is no CI with the id sw-9', 'no id is given; which CI?')
    """
    if isinstance(error, NotFound) and error.facts["kind"] == "ci":
        if not any(error.facts["ids"]):
            return "no id is given; which CI?"
        return f"there is no CI with the id {error.facts['named']}"
    if isinstance(error, NotFound) and error.facts["kind"] == "job":
        return f"there is no job {error.facts['named']}"
    if error.code in _BY_FACTS:
        from web.wording_go import refusal_words

        return refusal_words(error)
    return str(error)


def by_hand(problem: Problem) -> Problem:
    """Return a problem of something entered by hand in words for a person, where the desk's speak of a file."""
    words = _BY_HAND.get(problem.code)
    return replace(problem, sentence=words) if words else problem


def problem_json(error: ForeshockError) -> dict[str, Any]:
    """Return the problem document (RFC 9457) of an error; the same at the API and at ``-o json``."""
    problem: dict[str, Any] = {
        "type": f"urn:foreshock:error:{error.code}",
        "title": sentence(error),
        "status": HTTP_STATUS[error.family],
        "code": error.code,
    }
    if isinstance(error, NotFound):
        ids = error.facts["ids"]
        problem |= {"count": len(ids), "ids": list(ids[:MOST_IDS])}
        if "nearest" in error.facts:
            problem["nearest"] = {ci: list(names) for ci, names in error.facts["nearest"].items()}
    if error.code in _BY_FACTS:
        from web.wording_go import changed_json

        problem["changed"] = changed_json(error)
    if isinstance(error, InvalidInput):
        problem["errors"] = [fault_json(fault) for fault in error.problems]
    return problem


def fault_json(fault: Problem) -> dict[str, Any]:
    """Return one fault of an input: its line or JSON pointer, code and message."""
    place = {"line": fault.line} if fault.line is not None else {"pointer": fault.pointer or ""}
    return {**place, "code": fault.code, "message": fault.message}
