"""
Reading a dump with nothing taken on trust, for any store that loads one: order, types, numbers, hashes. Pure.

An adapter walks :func:`verified` instead of the rows themselves: whatever comes out of it is in order, and when the row
after a revision's versions comes out, that revision fits its hash. So an adapter may commit at each such row, and holds
back till then what it finds wrong itself, such as a version that does not follow the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cmdb.chain import START, sha256
from cmdb.errors import InvalidInput, Problem
from cmdb.ports.dump import (
    BlobRow,
    ClaimedRunRow,
    CounterRow,
    DumpRow,
    End,
    IdleRow,
    KindRow,
    LeaseRow,
    QueuedRunRow,
    RevisionRow,
    SeriesRow,
    Start,
    VersionRow,
)
from cmdb.ports.errors import NotAContinuation
from cmdb.stores import batch

# A store that was loaded must not give a fencing token that the one it was copied from has given since.
TOKENS_SKIPPED = 1_000_000
# The stages of a dump; a row never stands behind one of a later stage.
_STAGE: dict[type[Any], int] = {
    Start: 0,
    KindRow: 1,
    RevisionRow: 2,
    VersionRow: 2,
    IdleRow: 3,
    BlobRow: 4,
    LeaseRow: 5,
    ClaimedRunRow: 6,
    QueuedRunRow: 7,
    CounterRow: 8,
    SeriesRow: 9,
    End: 10,
}


SENTENCES = {
    "dump.after_end": "a row follows the last row of the dump",
    "dump.altered": "revision {revision} is not what was written: it was altered",
    "dump.baseline": "what lies at and below revision {floor} is not what was sealed: it was altered",
    "dump.chain": "revision {revision} does not follow from the one before",
    "dump.claim": "{claim} belongs to two documents",
    "dump.closed": "{kind} {key} has version {version} after version {former}",
    "dump.cut_off": "the dump ends before this row, without its last one: it was cut off; make it again",
    "dump.damaged": "the file is damaged here: {cause}",
    "dump.digest": "the lines before are not what was written: the file was altered",
    "dump.end": "the dump ends at revision {found} and should at {wanted}",
    "dump.fields": "a {word} has {wanted} fields, not {found}",
    "dump.gap": "revision {found} stands where {wanted} should",
    "dump.json": "{kind} {key} is no JSON object",
    "dump.kind": "the dump does not say what kind {kind} is",
    "dump.newer": "the file has format {found}, this programme knows {known}: use a newer Foreshock",
    "dump.not_a_dump": "this is no dump; a dump is a gzip file whose first line names the format dump/1",
    "dump.not_json": "this line is no JSON: the file was altered or cut off",
    "dump.order": "a row of {what} can not stand here",
    "dump.row": "this line is no row of a dump",
    "dump.size": "revision {revision} has {size} versions and {found} came",
    "dump.start": "the dump says that it goes from {since} to {revision} with floor {floor}; that can not be",
    "dump.text": "{kind} holds text that is not Unicode",
    "dump.time": "revision {revision} is older than the one before",
    "dump.types": "a field of this {word} has the wrong type",
    "dump.until": "{kind} {key} can not have ended at {until}",
    "dump.version": "{kind} {key} is not as it is written",
    "dump.version_order": "{kind} {key} stands twice or out of order",
}
"""Every fault of a dump by its code; the place is the row, which is also the line of the file."""


class Place(NamedTuple):
    """Where a store to be loaded stands: its newest revision and that one's hash; ``name`` is for messages."""

    name: str
    revision: int = 0
    hash: str = START


def dump_fault(code: str, row: int, **facts: Any) -> InvalidInput:
    """Return the error that says what is wrong with one row of a dump; rows count from 1."""
    return InvalidInput([Problem(code, SENTENCES[code], facts, line=row)], what="the dump")


def document_of(place: int, row: VersionRow) -> tuple[dict[str, Any] | None, InvalidInput | None]:
    """Return the parsed document of a version, None where it ended one, and what is wrong with it or its claims."""
    try:
        document: Any = batch.document(row.body)
        claims = [] if row.claims is None else batch.parse(row.claims)
    except (ValueError, RecursionError):
        document, claims = [], []
    if isinstance(document, dict | None) and isinstance(claims, list):
        return document, None
    return None, dump_fault("dump.json", place, kind=row.kind, key=row.key)


def misplaced(place: int, row: VersionRow, version: int, *, below: bool) -> InvalidInput | None:
    """
    Return what is wrong with a version that comes after ``version`` of its document (0: none was there).

    ``below`` tells that it was made at or below the floor, where the versions before it may have been let go.
    """
    if row.version == version + 1 or (version == 0 and below):
        return None
    return dump_fault("dump.closed", place, kind=row.kind, key=row.key, version=row.version, former=version)


def header_of(row: RevisionRow) -> dict[str, Any]:
    """Return what :func:`cmdb.stores.batch.seal` hashes of a revision's header."""
    header = row._asdict()
    del header["hash"]
    return header


def verified(rows: Iterable[DumpRow], place: Place) -> Iterator[tuple[int, DumpRow]]:
    """
    Yield a dump's rows with their numbers, each verified as far as it can be without the store.

    Versions made at or below the dump's floor fit no hash of their own; the baseline's digest stands for them, which
    the adapter compares when all is in place (:func:`cmdb.stores.retention.sealed`).

    Raises:
        NotAContinuation: the dump does not begin where the store ends.
        InvalidInput: a row is wrong; nothing was yielded that rests on it.
    """
    walk = _Walk(place)
    number = 0
    for number, row in enumerate(rows, start=1):
        walk.take(number, row)
        yield number, row
    if not walk.ended:
        raise dump_fault("dump.cut_off", number + 1, rows=number)


class _Walk:
    """Where the walk over a dump is."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.start: Start | None = None
        self.kinds: set[str] = set()
        self.stage = 0
        self.ended = False
        self.newest, self.hash, self.at = place.revision, place.hash, ""
        self.header: RevisionRow | None = None
        self.sums = sha256()
        self.size = 0
        self.last: tuple[str, str] = ("", "")

    def take(self, number: int, row: DumpRow) -> None:
        """Accept the next row, or say what is wrong with it."""
        if self.ended:
            raise dump_fault("dump.after_end", number)
        stage = _STAGE[type(row)]
        if isinstance(row, VersionRow):
            self._version(number, row)
            return
        self._close(number)
        if (self.start is None) != isinstance(row, Start) or stage < self.stage:
            raise dump_fault("dump.order", number, what=type(row).__name__)
        self.stage = stage
        if isinstance(row, Start):
            self._begin(number, row)
        elif isinstance(row, KindRow):
            self.kinds.add(row.name)
        elif isinstance(row, RevisionRow):
            self._open(number, row)
        elif isinstance(row, End):
            self._end(number, row)

    def _begin(self, number: int, row: Start) -> None:
        if row.since != self.place.revision:
            raise NotAContinuation(store=self.place.name, revision=self.place.revision)
        if not 0 <= row.since <= row.revision or not 0 <= row.floor <= row.revision or 0 < row.since < row.floor:
            raise dump_fault("dump.start", number, **row._asdict())
        self.start = row

    # revisions -------------------------------------------------------------------------------------------------------
    def _open(self, number: int, row: RevisionRow) -> None:
        if row.previous_hash != self.hash:
            if self.newest == self.place.revision > 0:
                raise NotAContinuation(store=self.place.name, revision=self.place.revision)
            raise dump_fault("dump.chain", number, revision=row.number)
        if row.number != self.newest + 1:
            raise dump_fault("dump.gap", number, found=row.number, wanted=self.newest + 1)
        if row.at < self.at:
            raise dump_fault("dump.time", number, revision=row.number)
        self.header, self.sums, self.size, self.last = row, sha256(), 0, ("", "")

    def _version(self, number: int, row: VersionRow) -> None:
        if self.header is None:
            raise dump_fault("dump.order", number, what="VersionRow")
        if row.kind not in self.kinds:
            raise dump_fault("dump.kind", number, kind=row.kind)
        if (row.kind, row.key) <= self.last and self.size:
            raise dump_fault("dump.version_order", number, kind=row.kind, key=row.key)
        if row.version < 1 or row.claims in ("", "[]") or row.body in ("", "null"):
            raise dump_fault("dump.version", number, kind=row.kind, key=row.key)
        if row.until is not None and not (self._below and self.header.number < row.until <= self._floor):
            raise dump_fault("dump.until", number, kind=row.kind, key=row.key, until=row.until)
        self.size += 1
        self.last = (row.kind, row.key)
        try:
            self.sums.update(batch.line_of_entry(row.kind, row.key, row.version, row.claims, row.body))
        except UnicodeEncodeError:
            raise dump_fault("dump.text", number, kind=row.kind) from None

    @property
    def _floor(self) -> int:
        return self.start.floor if self.start else 0

    @property
    def _below(self) -> bool:
        return self.header is not None and self.header.number <= self._floor

    def _close(self, number: int) -> None:
        """Judge the revision whose versions have all come."""
        row = self.header
        if row is None:
            return
        if self.size > row.size or (self.size < row.size and not self._below):
            raise dump_fault("dump.size", number, revision=row.number, size=row.size, found=self.size)
        if not self._below and batch.seal(self.sums, header_of(row)) != row.hash:
            raise dump_fault("dump.altered", number, revision=row.number)
        self.newest, self.hash, self.at, self.header = row.number, row.hash, row.at, None

    def _end(self, number: int, row: End) -> None:
        if row.hash != self.hash and row.revision == self.newest == self.place.revision > 0:
            raise NotAContinuation(store=self.place.name, revision=self.place.revision)
        wanted = (self.start.revision if self.start else 0, self.newest, self.hash)
        if (row.revision, row.revision, row.hash) != wanted:
            raise dump_fault("dump.end", number, found=self.newest, wanted=wanted[0])
        self.ended = True
