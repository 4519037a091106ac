"""The words of findings: what is wrong, in one sentence, and what there is to do; the same at every door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Words(NamedTuple):
    """What a kind of finding is called, what it says of its facts, and what a person does about it."""

    title: str
    sentence: str
    todo: str


FINDINGS: Mapping[str, Words] = {
    "identity.vetoed": Words(
        "Perhaps one CI twice",
        "two records have {way} in common and were kept apart: {because_words}",
        "Compare both sides, then merge them or keep them apart",
    ),
    "identity.not_unique": Words(
        "An identifier that is none",
        "{way} stands on so many records of one source that it identifies nothing",
        "Put it right at the source, or name it as junk in the rules",
    ),
    "identity.contradiction": Words(
        "Decisions that can not all hold",
        "what people decided about these can not all hold: {because_words}",
        "Take one of the decisions back",
    ),
    "identity.too_many": Words(
        "Too many identifiers",
        "something has more identifiers than are looked at",
        "Look at what its source says",
    ),
    "ci.unfit_class": Words(
        "A class that can not be used",
        "the source says it is of class {class}, which CIs can not be",
        "Define the class, or put it right at the source",
    ),
    "ci.unfit_value": Words(
        "A value that does not fit",
        "what {source} says of {attribute} does not fit the class and was not taken",
        "Enter the right value, or put it right at the source",
    ),
    "ci.value_taken": Words(
        "A value that another CI has",
        "{attribute} must be unique, and another CI has the same",
        "Find out whether both are one",
    ),
    "ci.retired_alive": Words(
        "Retired, and still seen",
        "somebody retired it, and {sources} still see it",
        "Switch it off for good, or register it again",
    ),
    "relation.unknown_end": Words(
        "Depends on something nobody knows",
        "it depends on {count} thing(s) that no CI is known by: {ends}",
        "Add a source that sees them, or register them",
    ),
    "relation.ambiguous_end": Words(
        "Depends on one of several",
        "it depends on {identifier}, which {of} all have",
        "Find out which of them it is",
    ),
    "relation.unfit": Words(
        "A relation that can not be",
        "a relation of type {type} does not fit these classes and was not taken",
        "Put the classes right, or the relation type",
    ),
    "group.disagreement": Words(
        "Sources disagree about a group",
        "the sources do not agree on how many members the group {group} needs",
        "Enter how many are needed",
    ),
    "group.too_few_members": Words(
        "A group with too few members",
        "the group {group} needs {needs} and {members} of its members are known",
        "Find out what the others are",
    ),
    "scope.held": Words(
        "A reading that would lose a lot",
        "in the last reading {scope} of {source} would lose {would_lose} of {had}; nothing was lost yet",
        "Find out whether it is true, then run the source again and believe it",
    ),
}
_BECAUSE = {
    "same_source": "one source has both ({left}; {right})",
    "decided_different": "a person decided that they are two ({left}; {right})",
}


def words_of(code: str) -> Words:
    """Return the words of a kind of finding; one that is not known here goes by its code."""
    return FINDINGS.get(code) or Words(code, "", "Look at what it is about")


def finding_words(code: str, facts: Mapping[str, Any]) -> str:
    """
    Return what a finding says in one line.

    >>> finding_words("ci.unfit_value", {"attribute": "os", "source": "dc1", "problem": "x"})
    'what dc1 says of os does not fit the class and was not taken'
    >>> finding_words("other.kind", {"n": 2})
    'n 2'
    """
    told = {name: _plain(value) for name, value in facts.items()}
    told.update({"way": told["way"].replace("+", " with ")} if "way" in told else {})
    try:
        sentence = words_of(code).sentence.format(**told, because_words=_because(told))
    except (LookupError, ValueError, TypeError):
        sentence = ""
    return sentence or ", ".join(f"{name} {value}" for name, value in told.items())


def _because(told: Mapping[str, str]) -> str:
    because = told.get("because", "")
    if because.startswith("stronger:"):
        way = because.removeprefix("stronger:").replace("+", " with ")
        return f"{way}, which says more, differs: {told.get('left')} and {told.get('right')}"
    return _BECAUSE.get(because, because).format(left=told.get("left"), right=told.get("right"))


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(each) for each in value)
    return str(value)
