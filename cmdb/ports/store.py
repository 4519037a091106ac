"""
The store: the one door to everything that has history.

A store keeps **documents** (plain JSON objects) under a kind and a key. Every batch that changes something gets one
revision; revisions count 1, 2, 3 ... without a gap, and every document can be read as of any revision that is kept.
The port speaks of operations, never of queries, so that every adapter can keep the same promises;
``tests/contracts`` states them as tests.

Units and order, unless a method says otherwise: revisions and versions are integers from 1; times are aware UTC
datetimes; keys are ordered by Unicode code point; ``at`` is a revision (None: the newest). Asking for one above the
newest raises :class:`~cmdb.errors.NotFound`, for one whose history was let go
:class:`~cmdb.ports.errors.HistoryGone`. Every method may raise :class:`~cmdb.ports.errors.StoreBusy` or
:class:`~cmdb.ports.errors.StoreUnavailable` (nothing happened, try again).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from cmdb.model.kind import Document, Kind

if TYPE_CHECKING:  # Small commands need neither.
    from cmdb.ports.coordination import Coordination
    from cmdb.ports.dump import DumpRow

Direction = Literal["out", "in", "both"]
Progress = Callable[[int], None]


class Put(NamedTuple):
    """
    Write a whole document; the key is the kind's.

    ``expected`` is the version the writer has seen: None for "whatever it is", 0 for "there is none". ``claims`` are
    texts that only one living document of the store may hold (such as ``"server.serial:ABC"``); they replace those its
    former version held.
    """

    kind: Kind[Any]
    document: Document
    expected: int | None = None
    claims: tuple[str, ...] = ()


class Patch(NamedTuple):
    """
    Change parts of a document by JSON merge patch (RFC 7396: null removes, objects merge, all else replaces).

    ``claims`` None leaves the claims as they are. A patch may not change the key.
    """

    kind: Kind[Any]
    key: str
    changes: Document
    expected: int | None = None
    claims: tuple[str, ...] | None = None


class Delete(NamedTuple):
    """End a document. Its history stays, and a later document under its key goes on counting its versions."""

    kind: Kind[Any]
    key: str
    expected: int | None = None


Op = Put | Patch | Delete


class Fence(NamedTuple):
    """A write that only counts while ``token`` is the newest fencing token of the lease ``name``."""

    name: str
    token: int


class Unwritten(NamedTuple):
    """
    A batch that only counts while no revision above ``since`` wrote or ended a document of these ``kinds`` (names).

    For what was judged by looking at many documents, such as "no other relation names this group": expected versions
    guard the documents that were there, and none that has come since.
    """

    kinds: tuple[str, ...]
    since: int


class Applied(NamedTuple):
    """
    What a batch did: ``revision`` is its own, or the newest one when it changed nothing (``changed`` is 0).

    ``repeated`` tells that the same batch had been applied before under this ``txn_id``; the figures are then those of
    the first time.
    """

    revision: int
    changed: int
    repeated: bool = False


class Stored(NamedTuple):
    """A document as the store holds it: its version, and the revision that wrote this version."""

    key: str
    document: Document
    version: int
    revision: int


class Page(NamedTuple):
    """Some rows of an answer; ``after`` continues it (keyset), None when there is no more."""

    rows: tuple[Stored, ...]
    after: str | None = None


class Equals(NamedTuple):
    """The field (a dotted path reaches into objects) has this value."""

    path: str
    value: str | int | float | bool


class OneOf(NamedTuple):
    """The field has one of these values."""

    path: str
    values: tuple[str | int, ...]


class Between(NamedTuple):
    """The field lies within [low, high]; None leaves that side open. Texts compare by code point."""

    path: str
    low: str | int | float | None = None
    high: str | int | float | None = None


class Holds(NamedTuple):
    """The field is a list that holds this value."""

    path: str
    value: str | int


Filter = Equals | OneOf | Between | Holds


class Entry(NamedTuple):
    """One document in one revision: what it was (None: not there) and what it became (None: ended)."""

    kind: str
    key: str
    version: int
    before: Document | None
    after: Document | None


@dataclass(frozen=True, slots=True)
class Revision:
    """
    One revision of the log: who changed how many documents when and why, and its link in the hash chain.

    ``entries`` may be walked more than once; each walk reads them anew, ordered by kind and key, never all into memory.
    """

    number: int
    at: datetime
    actor: str
    reason: str
    txn_id: str
    size: int
    hash: str
    previous_hash: str
    entries: Iterable[Entry] = field(repr=False, compare=False)


class Past(NamedTuple):
    """One version in the history of a document, with the revision that made it."""

    version: int
    revision: int
    at: datetime
    actor: str
    reason: str
    before: Document | None
    after: Document | None


class Finding(NamedTuple):
    """One thing :meth:`Store.check` found wrong: a stable code and the facts."""

    code: str
    facts: dict[str, Any]


class Compacted(NamedTuple):
    """
    What letting go of history did (or would do).

    ``floor`` is the oldest revision that is whole now, ``gone`` counts the versions let go and ``kept`` those that stay
    only because a revision below the floor is kept.
    """

    floor: int
    gone: int
    kept: int


class Snapshot(Protocol):
    """The exact state at one revision, however long it is read and whatever is written meanwhile."""

    revision: int

    def columns(self, kind: Kind[Any], *paths: str) -> Iterator[list[Sequence[Any]]]:
        """
        Yield the kind's living documents in batches: for each (dotted) path a column of their values, ordered by key.

        At least one path is asked for; the columns of a batch are equally long and never empty. A path the document
        lacks gives None; a path that is not text, number or boolean gives the parsed JSON.
        """
        ...

    def documents(self, kind: Kind[Any]) -> Iterator[Stored]:
        """Yield the kind's living documents, ordered by key."""
        ...


class Store(Protocol):
    """What every store promises."""

    @property
    def coordination(self) -> Coordination:
        """The same store, for what processes agree on."""
        ...

    # writing ---------------------------------------------------------------------------------------------------------
    def apply(
        self,
        ops: Iterable[Op],
        *,
        txn_id: str,
        actor: str,
        reason: str,
        fence: Fence | None = None,
        unwritten: Unwritten | None = None,
        progress: Progress | None = None,
    ) -> Applied:
        """
        Apply a batch: all of it or nothing, as one revision. The only way to write what has history.

        Idempotent by ``txn_id``: the same ops under the same id again change nothing and answer as the first time. A
        batch may be an iterator of millions, read once and never held in memory; ``progress`` hears how many were
        taken; an exception it or the iterator raises undoes the batch and goes on up. An op that leaves its document
        as it is counts as no change; a batch without any change makes no revision. Ends and claims are judged when
        the whole batch is in place, so ops may stand in any order; a key may stand in a batch once.

        Raises:
            VersionConflict: a document is not at the version an op expects.
            NotFound: a patch or delete names what is not there.
            UniqueViolation: a claim is held by another living document.
            MissingEndpoint: the batch would leave a relation or group without one of its ends.
            RepeatedKey: two ops name the same document.
            KeyChanged: a patch would change what the key is made of.
            TransactionReused: another batch was applied under this ``txn_id``.
            Fenced: ``fence`` is not the newest of its lease, or it has expired or was released.
            WrittenMeanwhile: ``unwritten`` does not hold.
            OutcomeUnknown: the answer was lost; retrying with the same ``txn_id`` is safe.
            StoreFull: no space is left; nothing was written.
        """
        ...

    def applied(self, txn_id: str) -> Applied | None:
        """Return what the batch of this transaction id did (``repeated`` is True), or None if there was none."""
        ...

    # reading ---------------------------------------------------------------------------------------------------------
    def get(self, kind: Kind[Any], key: str, *, at: int | None = None) -> Stored | None:
        """Return the document, or None."""
        ...

    def get_many(self, kind: Kind[Any], keys: Sequence[str], *, at: int | None = None) -> dict[str, Stored]:
        """Return those of the documents that are there, by key."""
        ...

    def find(
        self,
        kind: Kind[Any],
        where: Sequence[Filter] = (),
        *,
        order: str | None = None,
        descending: bool = False,
        after: str | None = None,
        limit: int = 100,
        at: int | None = None,
    ) -> Page:
        """
        Return documents for which every filter holds, by key, or by the indexed field ``order`` and then key.

        ``after`` is the ``after`` of the page before, with the same other arguments. ``descending`` turns field and key
        round; documents without the ``order`` field come last in both directions.

        Raises:
            InvalidInput: no answer gave this ``after`` (so do :meth:`search` and :meth:`neighbours`).
            ValueError: ``order`` is not indexed.
        """
        ...

    def count(self, kind: Kind[Any], where: Sequence[Filter] = (), *, at: int | None = None) -> int:
        """Return how many documents :meth:`find` would give in all."""
        ...

    def search(
        self, kind: Kind[Any], words: str, *, after: str | None = None, limit: int = 100, at: int | None = None
    ) -> Page:
        """
        Return the documents in whose text fields every word (split at white space) occurs, by key.

        A word occurs when its case fold is a substring of the case fold of one of the texts; indexes only preselect.
        """
        ...

    def neighbours(
        self,
        key: str,
        direction: Direction,
        *,
        after: str | None = None,
        limit: int = 100,
        at: int | None = None,
    ) -> Page:
        """Return the relations in which the CI is the source ("out"), the target ("in") or either, by key."""
        ...

    def history(
        self, kind: Kind[Any], key: str, *, before: int | None = None, limit: int = 100, at: int | None = None
    ) -> tuple[Past, ...]:
        """Return the versions of a document, newest first, those below version ``before``; empty if never there."""
        ...

    # revisions and the feed ------------------------------------------------------------------------------------------
    def revision(self) -> int:
        """Return the newest revision, 0 for an empty store; cheap enough to ask at every request."""
        ...

    def revision_at(self, moment: datetime) -> int:
        """Return the newest revision made at or before the aware ``moment``, 0 when there was none yet."""
        ...

    def snapshot(self, *, at: int | None = None) -> AbstractContextManager[Snapshot]:
        """Open the state at one revision; leaving the ``with`` lets go of it."""
        ...

    def changes(self, since: int, *, limit: int | None = None) -> Iterator[Revision]:
        """
        Yield the revisions above ``since``, in order, each whole.

        Raises:
            HistoryGone: the log no longer reaches back to ``since``; a fresh snapshot does.
        """
        ...

    def wait_for(self, revision: int, *, seconds: float) -> int:
        """Return the newest revision as soon as it is at least ``revision``, at the latest after ``seconds``."""
        ...

    # retention -------------------------------------------------------------------------------------------------------
    def floor(self) -> int:
        """Return the oldest revision the unbroken history goes back to: 0 until :meth:`compact` let go of some."""
        ...

    def compact(
        self,
        floor: int,
        *,
        keep: Sequence[int] = (),
        txn_id: str,
        actor: str,
        unwritten: Unwritten | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Compacted:
        """
        Let go of every version that no revision from ``floor`` on shows, nor one of ``keep``; headers all stay.

        Afterwards reading as of a revision below ``floor`` that is not in ``keep`` raises HistoryGone, as does the feed
        from below it; :meth:`history` ends at what is there, and the oldest version of it has no ``before`` where that
        is gone. ``keep`` is the whole list: what an earlier one kept and this one leaves out goes too. What stays is
        sealed by a digest that is itself written as a revision (:class:`~cmdb.model.baseline.Baseline`), so that the
        chain answers for it; asked for the same again, no revision is made. May be stopped and done again.
        ``unwritten`` guards that revision as it does a batch; ``dry_run`` only counts.

        Raises:
            NotFound: ``floor`` or one of ``keep`` was not made yet.
            HistoryGone: ``floor`` lies below the one there is, or one of ``keep`` can not be read any more.
            NotSound: the log does not verify; nothing is let go.
            WrittenMeanwhile: ``unwritten`` does not hold.
        """
        ...

    # blobs -----------------------------------------------------------------------------------------------------------
    def put_blob(self, content: bytes) -> str:
        """Keep ``content`` and return its SHA-256 in hexadecimal; keeping the same twice is keeping it once."""
        ...

    def get_blob(self, sha256: str) -> bytes | None:
        """Return the content, or None."""
        ...

    # upkeep ----------------------------------------------------------------------------------------------------------
    def migrate(self) -> int:
        """
        Bring the store to this programme's schema, resuming what was interrupted, and return the schema's number.

        Raises:
            SchemaTooNew: a later programme wrote it; both numbers are named.
        """
        ...

    def check(self, *, progress: Progress | None = None) -> tuple[Finding, ...]:
        """
        Return all that is wrong: the medium's own integrity, dangling ends, current state against the log, claims, the
        hash chain (every byte of the log counts), gaps in the revisions. Empty means sound. ``progress`` hears how many
        versions were looked at, and the same once more between two parts; an exception it raises stops the check.
        """
        ...

    def repair(self, *, progress: Progress | None = None) -> tuple[Finding, ...]:
        """
        Make anew all that derives from the log (indexes, full text, counts, claims, values kept beside documents).

        Returns what :meth:`check` would have found there before. The log itself is never touched, so :meth:`check` may
        still find something afterwards; that needs a backup.
        """
        ...

    def size(self) -> int | None:
        """Return how many bytes the store takes where it lives, None where the adapter can not know."""
        ...

    def backup(self, target: Path) -> int:
        """
        Write a copy that is consistent at one revision, while others go on writing, and return that revision.

        Raises:
            TargetExists: ``target`` is there already; a backup overwrites nothing.
        """
        ...

    def dump(self, *, since: int = 0) -> Iterator[DumpRow]:
        """
        Yield everything the store holds above revision ``since``, consistent at one revision, while others write.

        What has no revision (kinds, blobs, coordination, batches that changed nothing) is always there in full.

        Raises:
            HistoryGone: ``since`` is not 0 and lies below :meth:`floor`.
        """
        ...

    def load(self, rows: Iterable[DumpRow], *, progress: Progress | None = None) -> int:
        """
        Take over a dump and return its revision. The store is empty, or was loaded up to the dump's ``since``.

        Interrupted, it has taken whole revisions only, :meth:`revision` says up to which, and a dump since then goes
        on; until its last row came, every other method raises Incomplete. Leases are not taken over as held, and their
        tokens go on above the highest one that may have been given since.

        What lies at and below the dump's floor is taken whole or not at all, for no dump goes on within it.

        Raises:
            NotAContinuation: it holds something the dump does not continue.
            InvalidInput: a row is wrong, or does not fit the hash that stands for it; its place is the row's number,
                from 1.
        """
        ...

    def close(self) -> None:
        """Let go of what this process and thread hold. Reading or writing afterwards is an error of the caller."""
        ...
