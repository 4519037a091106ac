"""
What a batch does, in any store: pure decisions, the lines that are hashed, and what a field's text is.

An adapter reads each op once into a task, brings the tasks into the order of kind and key, and asks
:class:`Deciding` what becomes of the documents. All texts here are canonical JSON (RFC 8785), so that two stores
that hold the same history hash the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from cmdb.chain import canonical
from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.model.kind import Document, Kind
from cmdb.ports.errors import KeyChanged, RepeatedKey, VersionConflict
from cmdb.ports.store import Between, Delete, Equals, Filter, Holds, Op, Put

PUT, PATCH, DELETE = "put", "patch", "delete"
KEEP = "keep"
NAMED_ENDS = 100
# Paths that a snapshot of the whole graph reads, beyond the indexed ones.
_READ_IN_BULK = {
    "relation": ("group", "strength", "confidence"),
    "ci": ("unavailability", "mtbf_hours", "attributes.tier"),
    "group": ("name", "needs", "strength"),
}


# One op, read: key, verb, body, expected version, claims (a sorted list, None for none, KEEP for "as they are"); body
# and claims are canonical. It is a plain tuple, for they are made, written and read back by the million.
Task = tuple[str, str, str, int | None, str | None]


class Current(NamedTuple):
    """The newest version of a document; ``body`` is None when that version ended it. ``place`` is the adapter's own."""

    version: int
    body: str | None
    claims: str | None
    place: Any = None


class Outcome(NamedTuple):
    """What becomes of a document: its next version, and its canonical text and parsed form, None where it ends."""

    key: str
    version: int
    body: str | None
    claims: str | None
    document: Document | None


def task_of(op: Op) -> Task:
    """
    Return the op as a task.

    Raises:
        ValueError: the document is not JSON (NaN, a whole number beyond 2**53 - 1, text that is not Unicode).
    """
    if isinstance(op, Put):
        return op.kind.key(op.document), PUT, _text(op.document), op.expected, claims_text(op.claims)
    if isinstance(op, Delete):
        return op.key, DELETE, "null", op.expected, None
    return op.key, PATCH, _text(op.changes), op.expected, KEEP if op.claims is None else claims_text(op.claims)


def claims_text(claims: Iterable[str]) -> str | None:
    """Return claims as canonical JSON, each once and sorted; None when there are none."""
    return _text(sorted(set(claims))) if claims else None


def _text(value: Any) -> str:
    return canonical(value).decode("utf-8")


def line_of_task(kind: str, task: Task) -> bytes:
    """Return the line of an op in the digest that tells whether two batches are the same."""
    key, verb, body, expected, claims = task
    return f"{verb} {quoted(kind)} {quoted(key)} {expected} {claims or '-'} {body}\n".encode()


def line_of_entry(kind: str, key: str, version: int, claims: str | None, body: str | None) -> bytes:
    """Return the line of one document in the hash of its revision; a JSON array, closed by a line feed."""
    return f"[{quoted(kind)},{quoted(key)},{version},{claims or '[]'},{body or 'null'}]\n".encode()


def seal(entries: Any, header: Mapping[str, Any]) -> str:
    """
    Return the hash of a revision: SHA-256 over the lines of its entries, by kind and key, and then its header.

    ``entries`` is the ``hashlib`` object the lines went into. The header holds the hash of the revision before, so the
    newest hash answers for the whole log.
    """
    total = entries.copy()
    total.update(canonical(dict(header)))
    return str(total.hexdigest())


def moment_text(moment: datetime) -> str:
    """Return an aware moment in UTC to the microsecond, in a fixed width that sorts as time does."""
    from datetime import UTC

    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _whole(digits: str) -> int | float:
    """A float such as 1e20 is written without a point; taken for an integer it could not be written again."""
    return int(digits) if len(digits) < 16 or abs(int(digits)) < 2**53 else float(digits)


_READ = json.JSONDecoder(parse_int=_whole).raw_decode


def parse(text: str) -> Any:
    """
    Return the value of a canonical JSON text such that writing it again gives the same text.

    Raises:
        ValueError: it is not JSON.
    """
    return _READ(text)[0]


def document(text: str | None) -> Document | None:
    """Return a stored document parsed, None for one that ended; raises as :func:`parse`."""
    return None if text is None else parse(text)


def merge(document: Any, changes: Any) -> Any:
    """
    Return ``document`` with a JSON merge patch applied (RFC 7396); neither is altered.

    >>> merge({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": None, "e": 4}, "d": [5]})
    {'a': {'c': 2, 'e': 4}, 'd': [5]}
    """
    if not isinstance(changes, dict):
        return changes
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def decide(kind: Kind[Any], task: Task, current: Current | None) -> Outcome | None:
    """
    Return what a task makes of the document, or None when it stays as it is.

    Raises:
        LookupError: a patch or delete names what is not there.
        VersionConflict, KeyChanged: as :meth:`cmdb.ports.store.Store.apply`.
    """
    key, verb, body, expected, claims = task
    living = current if current is not None and current.body is not None else None
    actual = living.version if living else 0
    if expected is not None and expected != actual:
        raise VersionConflict(kind=kind.name, key=key, expected=expected, actual=actual)
    version = current.version + 1 if current else 1
    if verb == PUT:
        if living and (living.body, living.claims) == (body, claims):
            return None
        return Outcome(key, version, body, claims, parse(body))
    if living is None:
        raise LookupError(key)
    if verb == DELETE:
        return Outcome(key, version, None, None, None)
    return _patched(kind, task, living, version)


def _patched(kind: Kind[Any], task: Task, living: Current, version: int) -> Outcome | None:
    key, _, changes, _, claims = task
    document = merge(parse(living.body or "null"), parse(changes))
    claims = living.claims if claims == KEEP else claims
    body = _text(document)
    if (body, claims) == (living.body, living.claims):
        return None
    try:
        became = kind.key(document)
    except KeyError:
        became = ""
    if became != key:
        raise KeyChanged(kind=kind.name, key=key, became=became)
    return Outcome(key, version, body, claims, document)


class Deciding:
    """What becomes of the documents of a batch, whose tasks come kind by kind and sorted by key."""

    def __init__(self) -> None:
        self.missing: list[str] = []
        self._before: tuple[str, str] | None = None

    def copy(self) -> Deciding:
        """Return one that goes on from here, for a part that may have to be done again."""
        other = Deciding()
        other.missing, other._before = list(self.missing), self._before
        return other

    def outcomes(self, kind: Kind[Any], tasks: Iterable[Task], currents: Mapping[str, Current]) -> list[Outcome]:
        """
        Return what changes; a document that is not there is remembered for :meth:`refuse_missing`.

        Raises:
            RepeatedKey: a key stands twice in the batch.
            VersionConflict, KeyChanged: as :func:`decide`.
        """
        found = []
        for task in tasks:
            key = task[0]
            if (kind.name, key) == self._before:
                # The tasks come sorted, so a key that stands twice in the batch stands beside itself.
                raise RepeatedKey(kind=kind.name, key=key)
            self._before = kind.name, key
            try:
                outcome = decide(kind, task, currents.get(key))
            except LookupError:
                self.missing.append(key)
                continue
            if outcome is not None:
                found.append(outcome)
        return found

    def refuse_missing(self, kind: str) -> None:
        """
        Return if every document of the kind that a patch or delete names is there.

        Raises:
            NotFound: some are not; all of them are named.
        """
        if self.missing:
            raise NotFound(kind=kind, ids=self.missing)


def released(former: Current | None, claims: str | None) -> list[str]:
    """Return the claims that a document lets go of when it has these from now on."""
    if former is None or former.claims is None or former.claims == claims:
        return []
    kept = json.loads(claims or "[]")
    return [claim for claim in json.loads(former.claims) if claim not in kept]


# fields and texts ----------------------------------------------------------------------------------------------------
def promoted(kind: Kind[Any]) -> tuple[str, ...]:
    """Return the paths an adapter keeps beside the document, so that no JSON is parsed for them."""
    return tuple(dict.fromkeys((*kind.indexed, *kind.ends, *_READ_IN_BULK.get(kind.name, ()))))


def version_below(before: int | None) -> int | None:
    """Return a bound on versions that every adapter can hold; no version comes near 2**53."""
    return None if before is None else max(-(2**53), min(before, 2**53))


def dig(document: Any, path: str) -> Any:
    """Return what a dotted path reaches in nested objects, None where there is nothing."""
    for name in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def holds(one: Filter, document: Document) -> bool:
    """
    Tell whether a filter holds; true is never 1, and 1 and 1.0 are one.

    >>> holds(Equals("a.b", 1), {"a": {"b": 1.0}}), holds(Equals("a", 1), {"a": True}), holds(Between("a"), {})
    (True, False, False)
    """
    value = dig(document, one.path)
    if value is None:
        return False
    if isinstance(one, Equals):
        return _same(value, one.value)
    if isinstance(one, Between):
        return _lies_between(value, one.low, one.high)
    if isinstance(one, Holds):
        return isinstance(value, list) and any(_same(item, one.value) for item in value)
    return any(_same(value, wanted) for wanted in one.values)


def is_text(value: str) -> bool:
    """Tell whether a text can be kept at all: a lone surrogate, as from a broken file name, can not."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_number(value: Any) -> bool:
    """Tell whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def bound(value: Any) -> Any:
    """Return a value to compare with; a whole number that no store holds exactly becomes the float beside it."""
    if type(value) is not int or -(2**63) <= value < 2**63:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _same(value: Any, wanted: Any) -> bool:
    if is_number(value) and is_number(wanted):
        return bool(value == bound(wanted))
    return type(value) is type(wanted) and bool(value == wanted)


def _lies_between(value: Any, low: Any, high: Any) -> bool:
    low, high = bound(low), bound(high)
    one = low if low is not None else high
    if one is None:
        return True
    if not (isinstance(value, str) if isinstance(one, str) else is_number(value)):
        return False
    return (low is None or low <= value) and (high is None or value <= high)


def texts(kind: Kind[Any], document: Document) -> Iterator[str]:
    """Yield the texts that full text looks into: strings and numbers, in objects and lists at any depth."""
    waiting = [dig(document, path) for path in reversed(kind.text)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)
        elif value is not None and not isinstance(value, bool):
            yield _text(value)


def folded_text(kind: Kind[Any], document: Document) -> str:
    """Return all texts of a document, case-folded; a word never spans two of them, for words hold no line feed."""
    return "\n".join(texts(kind, document)).casefold()


def words_of(words: str) -> tuple[str, ...]:
    """Return the words to search for, case-folded, each once, in order."""
    return tuple(dict.fromkeys(word.casefold() for word in words.split()))


# keyset paging -------------------------------------------------------------------------------------------------------
def cursor(*position: Any) -> str:
    """Return the opaque text that continues an answer behind ``position``."""
    import base64

    return base64.urlsafe_b64encode(canonical(list(position))).decode("ascii").rstrip("=")


def position(after: str, *, lengths: tuple[int, ...]) -> list[Any]:
    """
    Return the position that :func:`cursor` made opaque; it has one of the ``lengths``, and the key comes last.

    Raises:
        InvalidInput: the text was not made by it.
    """
    import base64

    try:
        place = parse(base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True).decode("utf-8"))
    except ValueError:
        place = None
    if not isinstance(place, list) or len(place) not in lengths or not isinstance(place[-1], str):
        fault = Problem("store.unknown_cursor", "give an `after` exactly as an answer gave it", pointer="/after")
        raise InvalidInput([fault], what="the request for a page")
    return place
