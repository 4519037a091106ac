"""
What a check judges alike in any store: the chain of headers, the bytes of an entry, the seal of the past, claims. Pure.

Whatever was read is judged, even what can not have been written: damage becomes a finding, never a failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cmdb.chain import START
from cmdb.ports.store import Finding, Progress
from cmdb.stores import batch
from cmdb.stores.retention import Header, Retention, Version, sealed

_FAULTS: tuple[type[Exception], ...] = (ValueError, TypeError, KeyError, AttributeError, IndexError)
_OTHER = "not as it is written"


def guarded(part: str, findings: Callable[[], Iterator[Finding]], *also: type[Exception]) -> Iterator[Finding]:
    """Yield findings; where the damage stops the search itself (``also``: by an adapter's own errors), that is one."""
    try:
        yield from findings()
    except _FAULTS + also as error:
        yield Finding("check.unreadable", {"part": part, "cause": str(error)})


class Told:
    """A check's progress, which can be told once more between two parts: whoever hears it may stop the check there."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._last = 0

    def __call__(self, count: int) -> None:
        """Tell how many versions were looked at."""
        self._last = count
        self.again()

    def again(self) -> None:
        """Tell what was told last."""
        if self._progress is not None:
            self._progress(self._last)


class Links:
    """The chain of headers, walked from the first revision: the number, hash and time of the one last seen."""

    def __init__(self) -> None:
        self.number = 0
        self.hash: Any = START
        self.at = ""

    def follow(self, header: Mapping[str, Any]) -> Iterator[Finding]:
        """Go on to the next header, and yield what does not fit the one before."""
        if header["number"] != self.number + 1:
            yield Finding("check.revision_gap", {"after": self.number, "found": header["number"]})
        if header["previous_hash"] != self.hash or str(header["at"]) < self.at:
            yield Finding("check.chain_broken", {"revision": header["number"]})
        self.number, self.hash, self.at = header["number"], header["hash"], str(header["at"])


def seal(sums: Any, header: Mapping[str, Any]) -> str:
    """Return the hash of a revision (:func:`cmdb.stores.batch.seal`), another text where none can be made."""
    try:
        return batch.seal(sums, {name: value for name, value in header.items() if name != "hash"})
    except (ValueError, TypeError):
        return _OTHER


def line(kind: str, key: Any, version: Any, claims: Any, body: Any) -> bytes:
    """Return the line of an entry as it stands in the store; what can not have been written gives another line."""
    # Nothing stands for an empty list and for null in the store, and in the line these stand for nothing.
    if type(key) is not str or type(version) is not int or claims in ("", "[]") or body in ("", "null"):
        return _OTHER.encode()
    try:
        return batch.line_of_entry(kind, key, version, claims, body)
    except UnicodeEncodeError:
        return _OTHER.encode()


def below(
    baseline: Mapping[str, Any] | None,
    retention: Retention,
    headers: Iterable[Header],
    versions: Callable[[list[Finding]], Iterable[Version]],
    progress: Progress | None,
) -> Iterator[Finding]:
    """
    Hold what stays at and below the floor to the digest that was written when the rest went.

    ``versions`` is called with a list, to which it may add findings of its own while it yields.
    """
    findings: list[Finding] = []
    try:
        found = sealed(retention, headers, map(_as_written, versions(findings)), progress).digest
    except (ValueError, TypeError):
        found = _OTHER
    yield from findings
    if baseline is None or baseline["digest"] != found:
        yield Finding("check.baseline", {"floor": retention.floor})


def _as_written(found: Version) -> Version:
    _, _, version, made, until, claims, body = found
    types = {type(version), type(made), int if until is None else type(until)}
    if types != {int} or claims in ("", "[]") or body in ("", "null"):
        raise ValueError(_OTHER)
    return found


def claims(held: Mapping[str, tuple[str, str]], documents: Iterable[tuple[str, str, str]]) -> Iterator[Finding]:
    """Compare who holds each claim (claim to kind and key) with what the documents (kind, key, claims) say."""
    left = dict(held)
    for kind, key, text in documents:
        for claim in json.loads(text):
            if left.pop(claim, None) != (kind, key):
                yield Finding("check.claim", {"claim": claim, "kind": kind, "key": key})
    for claim, (kind, key) in left.items():
        yield Finding("check.claim", {"claim": claim, "kind": kind, "key": key})
