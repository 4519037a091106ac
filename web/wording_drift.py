"""The words of drift: one line for a difference, and for what is wrong with the seal of a verification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.naming import Names, called_in

JUDGEMENTS = {
    "unauthorised": "no approved change explains it",
    "expected": "expected and seen",
    "tolerated": "let be by a rule",
    "reverting": "to be put back",
}
OUTCOMES = {
    "seen": "expected and seen",
    "not_seen": "expected and not seen: the change did not take",
    "not_looked": "nobody looked since",
}
SIGNATURES = {
    "valid": "the signature is valid",
    "invalid": "the signature is not valid",
    "other_key": "it is signed with another key",
    "no_key": "it is signed; nobody can check that here without the key",
    "none": "it is not signed",
}
FAULTS = {
    "hash_right": "its hash does not fit what it says",
    "once": "it was written again",
    "cited": "what its baseline cites was let go of",
    "chained": "the verification before it does not have the hash it names",
}


def difference_words(each: Mapping[str, Any], names: Names | None = None) -> str:
    """
    Return a difference (as JSON) in one line; ``names`` are those of the CIs it is about.

    >>> difference_words({"way": "changed", "kind": "ci", "key": "web1", "field": "os", "before": "a", "after": "b",
    ...     "cis": ["web1"]})
    'web1: os a > b'
    >>> difference_words({"way": "gone", "kind": "ci", "key": "web1", "cis": ["web1"]})
    'web1 is gone'
    >>> difference_words({"way": "gone", "kind": "ci", "key": "dc1:4711", "cis": ["dc1:4711"]}, {"dc1:4711": "web1"})
    'web1 is gone'
    """
    what = _subject(each, names or {})
    if each["way"] == "changed":
        return f"{what}: {each['field'].lstrip('/')} {_value(each.get('before'))} > {_value(each.get('after'))}"
    return f"{what} {'appeared' if each['way'] == 'appeared' else 'is gone'}"


def _subject(each: Mapping[str, Any], names: Names) -> str:
    fields = each.get("after") if each["way"] == "appeared" else each.get("before")
    told: Mapping[str, Any] = fields if isinstance(fields, Mapping) else {}
    if each["kind"] == "relation":
        kind = told.get("/type", "relation")
        ends = [called_in(names, each["cis"][end]) for end in (0, -1)]
        return f"{ends[0]} {kind} {ends[1]}" + (f" ({told['/group']})" if "/group" in told else "")
    if each["kind"] == "group":
        needs = f" (needs {told['/needs']})" if "/needs" in told else ""
        return f"group {told.get('/name', each['key'])} of {called_in(names, each['cis'][0])}{needs}"
    return called_in(names, str(each["key"]))


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
