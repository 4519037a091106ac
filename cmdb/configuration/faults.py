"""Every fault this room may find in a class, a relation type or a CI's attributes: its code and its sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cmdb.errors import Problem

SENTENCES = {
    # a CI that is entered
    "ci.exists": "{id} is there already ({ci_class}, {status}); an id is given once and kept for ever, choose another",
    "ci.id_stays": "an id is kept for ever; right would be {id}",
    # a CI's attributes
    "attribute.unknown": "class {ci_class} has no attribute {name}; {hint}",
    "attribute.missing": "class {ci_class} requires the attribute {name}, {type} such as {example}",
    "attribute.null": "{name} is null; leave the attribute out instead",
    "attribute.not_object": "attributes is {value}; right would be an object of names and values",
    "attribute.not_text": "{name} is {value}; right would be text such as {example}",
    "attribute.not_integer": "{name} is {value}; right would be a whole number up to 2^53 - 1, such as {example}",
    "attribute.not_decimal": "{name} is {value}; right would be a finite number such as {example}",
    "attribute.not_boolean": "{name} is {value}; right would be true or false",
    "attribute.not_date": "{name} is {value}; right would be a day of the calendar such as {example}",
    "attribute.not_time": "{name} is {value}; right would be a time with its offset (RFC 3339) such as {example}",
    "attribute.not_enum": "{name} is {value}; right would be one of {choices}",
    "attribute.not_ip": "{name} is {value}; right would be an IPv4 or IPv6 address such as {example}",
    "attribute.not_cidr": "{name} is {value}; right would be a network with its prefix length such as {example}",
    "attribute.host_bits": "{name} is {value}, an address inside a network; right would be the network {network}",
    "attribute.not_mac": "{name} is {value}; right would be a MAC address such as {example}",
    "attribute.not_fqdn": "{name} is {value}; right would be a full domain name (ASCII, xn--) such as {example}",
    "attribute.not_url": "{name} is {value}; right would be an absolute URL such as {example}",
    "attribute.not_reference": "{name} is {value}; right would be the id of a CI of class {refers_to}",
    "attribute.not_list": "{name} is {value}; right would be a list such as {example}",
    "attribute.not_json": "{name} holds a number or text that JSON can not carry (such as NaN): {value}",
    "attribute.not_matching": "{name} is {value}; right would be text that matches {pattern} in full",
    "attribute.out_of_range": "{name} is {value}; right would be {range}",
    "attribute.too_long": "{name} takes {size} bytes, the limit is {limit}: {value}",
    "attribute.too_many": "{name} has {size} entries, the limit is {limit}",
    "attribute.taken": "{claim} belongs to {holder} already; right would be a value that no other CI has",
    "attribute.too_deep": "{name} is nested deeper than the limit of {limit}",
    # the class of a CI, the type and ends of a relation
    "class.unknown": "there is no class {name}; {hint}",
    "class.abstract": "{name} only collects other classes; right would be one below it: {below}",
    "class.retired": "class {name} is retired and takes no new CIs",
    "relation_type.unknown": "there is no relation type {name}; {hint}",
    "relation_type.retired": "relation type {name} is retired and takes no new relations",
    "class.relation_forbids": "{source} {type} {target} allows no CI of class {ci_class} there; end the relation first",
    "class.reference_forbids": "{name} of {id} refers to it, which must be a {refers_to}; {ci_class} is none",
    "relation_type.source": "{name} may not start at a CI of class {ci_class}; right would be one of {classes}",
    "relation_type.target": "{name} may not end at a CI of class {ci_class}; right would be one of {classes}",
    # the definition of a class or a relation type
    "name.wrong": "{value} is no name; right would be a to z, then up to {limit} of a to z, 0 to 9 and _",
    "attribute.name.wrong": "{value} is no name; right would be a letter or _, then up to {limit} more, digits or -",
    "name.too_long": "{part} has {size} characters, the limit is {limit}",
    "class.taken": "{name} is a class that comes with Foreshock; add attributes to it, or choose another name",
    "class.nothing_to_extend": "{name} extends a built-in class, but none has this name; {hint}",
    "class.extension_holds": "an extension of {name} can not set its {part}",
    "class.parent.missing": "{name} has no parent; right would be a class such as ci",
    "class.parent.retired": "the parent {name} is retired",
    "class.cycle": "{name} would be its own ancestor: {path}",
    "class.too_many": "a class has {size} attributes of its own, the limit is {limit}",
    "figure.unavailability": "unavailability is {value}; right would be a number within 0 and 1",
    "figure.mtbf_hours": "mtbf_hours is {value}; right would be a number of hours above 0",
    "attribute.repeated": "the attribute {name} stands twice in the class",
    "attribute.redeclared": "{ci_class} declares {name} as {other}; {type} would contradict it",
    "attribute.loosened": "{ci_class} declares {name} as {part}; a class below can not take that back",
    "attribute.choices.missing": "an enum needs choices, each a different text of 1 to {limit} characters",
    "attribute.choices.widened": "{ci_class} declares {name} without the choices {choices}",
    "attribute.part.misplaced": "{part} has no meaning for the type {type}",
    "attribute.of.wrong": "a list can not be of {type}; use json for lists within lists",
    "attribute.refers_to.missing": "a reference needs refers_to, the class it refers to",
    "attribute.range.empty": "no number lies between minimum {minimum} and maximum {maximum}",
    "attribute.default.wrong": "the default is no right value: {reason}",
    "pattern.wrong": "the pattern can not be read: {reason}",
    "pattern.too_long": "the pattern has {size} characters, the limit is {limit}",
    "pattern.nested": "the pattern {reason}, so that some texts could take it for ever; write it without",
    "pattern.too_costly": "the pattern could divide a text in {ways} ways, the limit is {limit}; bound its repeats",
    "relation_type.taken": "{name} is a relation type that comes with Foreshock; choose another name",
    "relation_type.reading": "a relation type needs its {part}, such as {example}",
    # changes of a class that CIs use
    "class.in_use": "{count} CI(s) of class {name} would not fit the class any more, such as {example}: {reason}",
    "class.parent.in_use": "{count} CI(s) use {name}; its parent can not be changed from {parent}",
    "attribute.unique.late": "{count} CI(s) hold {name}, such as {example}; decide before that whether it is unique",
    "relation_type.in_use": "{count} relation(s) of type {name} join other classes, such as {source} to {target}",
}


def problem(code: str, pointer: str, **facts: Any) -> Problem:
    """Return the fault ``code`` at a JSON pointer, with the facts that its sentence needs."""
    return Problem(code, SENTENCES[code], facts, pointer)


def shown(value: Any) -> str:
    """Return a value as a reader may see it: as JSON, at most about 80 characters of it."""
    if isinstance(value, str) and len(value) > 200:
        value = value[:200]
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= 80 else f"{text[:77]}..."


def hint(wrong: Any, right: Iterable[str]) -> str:
    """Return the names that ``wrong`` may have been meant to be, or all there are, ten at most and how many more."""
    from difflib import get_close_matches

    names = sorted(right)
    near = get_close_matches(str(wrong)[:100], names, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not names:
        return "it has none"
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"there are {', '.join(names[:10])}{more}"
