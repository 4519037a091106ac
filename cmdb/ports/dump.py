"""
Everything a store holds as a stream of plain rows, so that one store can be poured into another.

A dump is consistent at one revision and ordered: :class:`Start`, the kinds, then every revision with its versions (by
kind and key), blobs, what coordination holds, and :class:`End`. Texts (``claims``, ``body``, ``payload``) are canonical
JSON as they were hashed, so that nothing is lost or altered on the way.
"""

from __future__ import annotations

from typing import NamedTuple


class Start(NamedTuple):
    """The first row: the dump holds the revisions above ``since`` up to ``revision``; see :meth:`Store.floor`."""

    since: int
    revision: int
    floor: int


class KindRow(NamedTuple):
    """A kind: the paths kept beside its documents, those of them with an index, its guarded ends, its text fields."""

    name: str
    paths: tuple[str, ...]
    indexed: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]
    text: tuple[str, ...]


class RevisionRow(NamedTuple):
    """The header of a revision, all of it; ``at`` is the moment's text as it was hashed."""

    number: int
    at: str
    actor: str
    reason: str
    txn_id: str
    digest: str
    size: int
    previous_hash: str
    hash: str


class VersionRow(NamedTuple):
    """
    A version made by the revision before it in the dump; ``body`` is None where it ended the document.

    ``until`` is the revision that closed it, given only where the version that followed is no longer kept; else the
    next version of the same key says so.
    """

    kind: str
    key: str
    version: int
    claims: str | None
    body: str | None
    until: int | None = None


class IdleRow(NamedTuple):
    """A batch that changed nothing, remembered for its transaction id."""

    txn_id: str
    digest: str
    revision: int


class BlobRow(NamedTuple):
    """A blob; its name is its SHA-256."""

    content: bytes


class LeaseRow(NamedTuple):
    """A lease; ``until`` in seconds since 1970."""

    name: str
    holder: str
    token: int
    until: float


class ClaimedRunRow(NamedTuple):
    """A slot of a job that was claimed."""

    job: str
    slot: str


class QueuedRunRow(NamedTuple):
    """A run of a queue, in the order in which runs were added; times in seconds since 1970."""

    id: str
    queue: str
    payload: str
    due: float
    held_until: float
    holder: str | None
    attempt: int
    done: bool


class CounterRow(NamedTuple):
    """An expiring counter; ``until`` in seconds since 1970."""

    name: str
    value: int
    until: float


class SeriesRow(NamedTuple):
    """The last number given in a series."""

    name: str
    number: int


class End(NamedTuple):
    """The last row: the end of the hash chain. A dump without it is not whole."""

    revision: int
    hash: str


DumpRow = (
    Start
    | KindRow
    | RevisionRow
    | VersionRow
    | IdleRow
    | BlobRow
    | LeaseRow
    | ClaimedRunRow
    | QueuedRunRow
    | CounterRow
    | SeriesRow
    | End
)
