"""The words of findings: what is wrong, in one sentence, and what there is to do; the same at every door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cmdb.plural import filled
from web.naming import Names, called_in, with_id


class Words(NamedTuple):
    """What a kind of finding is called, what it says of its facts, and what a person does about it."""

    title: str
    sentence: str
    todo: str


FINDINGS: Mapping[str, Words] = {
    "change.overrun": Words(
        "A change overruns its window",
        "{change} is still being implemented by {by}, and its window ended at {ended}",
        "Finish it, or back it out",
    ),
    "change.papers_overdue": Words(
        "An emergency change without its papers",
        "{change} was to be documented by {due}, and lacks: {missing}",
        "Complete its papers, then review it",
    ),
    "identity.vetoed": Words(
        "Perhaps one CI twice",
        "two records have {way} in common and were kept apart: {because_words}",
        "Compare both sides, then merge them or keep them apart",
    ),
    "identity.not_unique": Words(
        "An identifier that is none",
        "{way} stands on {count} records, on so many of one source that it identifies nothing",
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
    "credential.refused": Words(
        "A credential that was refused",
        "{target} of {source} refused its credential ({references}) and is not asked again",
        "Put the credential right; a run with --try-refused tries it as it is",
    ),
    "label.unfit_value": Words(
        "A label that can not be read",
        "the label for {attribute} says {values} on {count} CI(s), which is no such value",
        "Say what it means in the rules (label_values), or put it right at the source",
    ),
    "label.unknown_service": Words(
        "A label names a service nobody knows",
        "labels of {count} CI(s) say they are part of {values}, and no service is called so",
        "Register the service, or say which is meant in the rules (label_values)",
    ),
    "label.ambiguous_service": Words(
        "A label names one of several services",
        "labels of {count} CI(s) say they are part of {values}, as {of} are called",
        "Say which is meant in the rules (label_values), by its id",
    ),
    "scope.held": Words(
        "A reading that would lose a lot",
        "in the last reading {scope} of {source} would lose {would_lose} of {had}; nothing was lost yet",
        "Find out whether it is true, then run the source again and believe it",
    ),
    "source.native_id_twice": Words(
        "One native id for several things",
        "{source} uses {count} native id(s) for several things: {native_ids}; at {targets}; none was taken",
        "Let the connector put the target in front of its ids, or remove the target that lists the same things again",
    ),
    "source.values_untold": Words(
        "Values that a source tells no more",
        "{source} leaves {attribute} out of {count} of the {had} things it told it of; their last values are kept",
        "Put it right at the source; a value that is really gone is taken away by hand (ci set ID --set NAME=)",
    ),
    "verification.unauthorised": Words(
        "Changed without a change",
        "{count} difference(s) from the baseline {baseline} that no change explains; first: {difference_words}",
        "Accept it with a retrospective change, put it back, or let it be by a rule",
    ),
    "verification.reverting": Words(
        "To be put back",
        "{count} difference(s) from the baseline {baseline}, still seen, that somebody is to put back",
        "Put it back; the next verification that no longer sees it closes this",
    ),
    "verification.not_seen": Words(
        "A change that did not take",
        "{change} was to set {field} to {expected}; it was looked at since, and is {present}",
        "Look at the change, and do it again or correct what it declared",
    ),
    "verification.too_many": Words(
        "More drift than is listed",
        "{more} more finding(s) of the baseline {baseline} are not listed",
        "Look at the verification",
    ),
}
_APART = "Put it right in the source that has both, or keep them apart"
_BECAUSE = {
    "serial_number": "their serial numbers differ: {left} and {right}",
    "same_source": "one source has both ({left}; {right})",
    "decided_different": "a person decided that they are two ({left}; {right})",
}


def words_of(code: str, facts: Mapping[str, Any] | None = None) -> Words:
    """
    Return the words of a kind of finding, for what its facts allow to be done; one that is not known goes by its code.

    >>> words_of("identity.vetoed").todo
    'Compare both sides, then merge them or keep them apart'
    >>> words_of("identity.vetoed", {"because": "same_source"}).todo
    'Put it right in the source that has both, or keep them apart'
    """
    words = FINDINGS.get(code) or Words(code, "", "Look at what it is about")
    # Two things of one source are never one CI, so there is nothing to merge.
    return words._replace(todo=_APART) if facts and facts.get("because") == "same_source" else words


def finding_words(code: str, facts: Mapping[str, Any], names: Names | None = None) -> str:
    """
    Return what a finding says in one line; ``names`` are those of the CIs in :func:`cis_in`.

    >>> finding_words("ci.unfit_value", {"attribute": "os", "source": "dc1", "problem": "x"})
    'what dc1 says of os does not fit the class and was not taken'
    >>> finding_words("other.kind", {"n": 2})
    'n 2'
    """
    meant: dict[str, Any] = {"of": [called_in(names, str(ci)) for ci in facts["of"]]} if names and "of" in facts else {}
    meant |= {"key": _key_words(facts, names or {})} if "key" in facts else {}
    told = {name: _plain(value) for name, value in {**facts, **meant}.items()}
    told.update({"way": told["way"].replace("+", " with ")} if "way" in told else {})
    try:
        sentence = filled(
            words_of(code).sentence, {**told, "because_words": _because(told), "difference_words": _difference(told)}
        )
    except (LookupError, ValueError, TypeError):
        sentence = ""
    return sentence or ", ".join(f"{name} {value}" for name, value in told.items())


def cis_in(facts: Mapping[str, Any]) -> list[str]:
    """Return the ids of the CIs that the sentence of a finding names: meant by one thing, or of a difference."""
    parts = _parts_of(facts)
    ends = (
        [parts[0], *([parts[2]] if len(parts) > 2 else [])] if parts else [str(facts["key"])] if "key" in facts else []
    )
    return [*(str(ci) for ci in facts.get("of", ())), *ends]


def decided_on(row: Mapping[str, Any]) -> list[str]:
    """
    Return the ids of the CIs that the two things of a decision on identity are by themselves, from its JSON.

    >>> decided_on({"one": ["dc1", "a"], "other": ["", "web1"]})
    ['dc1:a', 'web1']
    """
    return [f"{source}:{native}" if source else native for source, native in (row["one"], row["other"])]


def decision_words(row: Mapping[str, Any], names: Names | None = None) -> str:
    """
    Return what a decision on identity says, from its JSON; ``names`` are those of the CIs in :func:`decided_on`.

    >>> row = {"one": ["dc1", "a"], "other": ["", "web1"], "same": True, "revoked_at": None}
    >>> decision_words(row, {"dc1:a": "app1", "web1": "web1"})
    'app1 [dc1:a] and web1 are one'
    >>> decision_words({"one": ["dc1", "a"], "other": ["", "web1"], "same": True, "revoked_at": None})
    'dc1:a and web1 are one'
    """
    one, other = (with_id(names or {}, each) for each in decided_on(row))
    back = " (taken back)" if row["revoked_at"] else ""
    return f"{one} and {other} are {'one' if row['same'] else 'two'}{back}"


def _difference(told: Mapping[str, str]) -> str:
    """Return the first of the differences a finding stands for: ``os Debian 12 > Debian 13``, ``ci web9 appeared``."""
    if told.get("way") == "changed" and told.get("field") and {"before", "after"} & told.keys():
        values = (told.get(name) or "nothing" for name in ("before", "after"))
        return f"{told['field'].lstrip('/')} {' > '.join(values)}"
    what = f"{told.get('kind', '')} {told.get('key', '')}".strip()
    happened = {"appeared": "appeared, and was not there before", "gone": "is gone"}
    way = told.get("way", "")
    return " ".join(filter(None, (what, happened[way]) if way in happened else (what, way, told.get("field"))))


def _key_words(facts: Mapping[str, Any], names: Names) -> str:
    """Return what the first difference of a finding is of: a CI by its name, a relation or a group by its CIs'."""
    parts, kind = _parts_of(facts), facts.get("kind")
    if kind == "relation" and len(parts) >= 3:
        return f"{called_in(names, parts[0])} {parts[1]} {called_in(names, parts[2])}"
    if kind == "group" and len(parts) == 2:
        return f"{parts[1]} of {called_in(names, parts[0])}"
    return called_in(names, str(facts["key"]))


def _parts_of(facts: Mapping[str, Any]) -> list[str]:
    if facts.get("kind") not in ("relation", "group"):
        return []
    try:
        parts = json.loads(facts.get("key", ""))
    except (TypeError, ValueError):
        return []
    return [str(part) for part in parts] if isinstance(parts, list) else []


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
