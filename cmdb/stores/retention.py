"""
Letting go of history, in any store: what stays, the digest of what stays, and the order of the steps. Pure.

First the log is verified, then everything that stays at and below the floor is digested, then the digest is written as
a revision (the baseline, which moves the floor), and only then are versions removed. So a store that was stopped at any
moment reads as before or as after, and doing the same again finishes it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple, Protocol

from cmdb.chain import canonical, sha256
from cmdb.errors import NotFound
from cmdb.ports.errors import HistoryGone, NotSound
from cmdb.ports.store import Applied, Compacted, Finding, Op, Progress, Put, Stored, Unwritten

_STEP = 10_000
HEADER = ("number", "at", "actor", "reason", "txn_id", "digest", "size", "previous_hash", "hash")
Header = tuple[Any, ...]  # A header of the log: the values of HEADER.
# A version: kind, key, version, the revision that made it, the one that closed it (None: none yet), claims, body.
Version = tuple[str, str, int, int, int | None, str | None, str | None]


class Retention(NamedTuple):
    """How far back history is whole (``floor``), and the revisions below that can still be read (``kept``, sorted)."""

    floor: int = 0
    kept: tuple[int, ...] = ()

    def shows(self, revision: int) -> bool:
        """Tell whether the state as of this revision can still be read."""
        if revision >= self.floor:
            return True
        place = bisect_left(self.kept, revision)
        return place < len(self.kept) and self.kept[place] == revision

    def stays(self, made: int, until: int | None) -> bool:
        """Tell whether a version made by one revision and closed by another (None: not yet) is still to be seen."""
        if until is None or until > self.floor:
            return True
        place = bisect_left(self.kept, made)
        return place < len(self.kept) and self.kept[place] < until

    def refuse_gone(self, revision: int | None) -> None:
        """
        Return if the state as of this revision (None: the newest) can be read.

        Raises:
            HistoryGone: it was let go.
        """
        if revision is not None and not self.shows(revision):
            raise HistoryGone(revision=revision, oldest=self.floor)

    def refuse_gap(self, since: int) -> None:
        """
        Return if the feed is whole above this revision; that one reads as of it is not enough.

        Raises:
            HistoryGone: some of it was let go.
        """
        if since < self.floor:
            raise HistoryGone(revision=since, oldest=self.floor)


def retention_of(baseline: Stored | None) -> Retention:
    """Return what the store's baseline says; without one nothing was ever let go."""
    if baseline is None:
        return Retention()
    return Retention(baseline.document["floor"], tuple(baseline.document["kept"]))


def planned(now: Retention, newest: int, floor: int, keep: Iterable[int]) -> Retention:
    """
    Return what :meth:`cmdb.ports.store.Store.compact` is asked to leave.

    Raises:
        NotFound: a revision was not made yet.
        HistoryGone: one to be kept, or the floor itself, was let go.
    """
    wanted = sorted({*keep, floor})
    missing = [str(revision) for revision in wanted if not 0 <= revision <= newest]
    if missing:
        raise NotFound(kind="revision", ids=missing)
    now.refuse_gap(floor)
    for revision in wanted:
        now.refuse_gone(revision)
    return Retention(floor, tuple(revision for revision in wanted if revision < floor))


# the digest ----------------------------------------------------------------------------------------------------------
class Sealed(NamedTuple):
    """The digest of what stays at and below a floor; how many versions go, and how many stay only to be read as of."""

    digest: str
    gone: int
    kept: int


def sealed(
    retention: Retention, headers: Iterable[Header], versions: Iterable[Version], progress: Progress | None = None
) -> Sealed:
    """
    Return the digest of a store's past: all headers up to the floor, then every version that stays of those made there.

    ``headers`` come by number, ``versions`` by kind, key and version, those made at or below the floor and whether they
    stay or not. A version's line tells the revision that closed it only when that lies at or below the floor: what
    happens above it is the hash chain's, and must not alter what was sealed.
    """
    sums, gone, kept = sha256(), 0, 0
    for place, header in enumerate(headers):
        if progress is not None and place % _STEP == 0:
            progress(0)
        sums.update(canonical(list(header)) + b"\n")
    for seen, (kind, key, version, made, until, claims, body) in enumerate(versions, start=1):
        closed = until if until is not None and until <= retention.floor else None
        if not retention.stays(made, closed):
            gone += 1
        else:
            kept += closed is not None
            sums.update(_line(kind, key, version, made, closed, claims, body))
        if progress is not None and seen % _STEP == 0:
            progress(seen)
    return Sealed(sums.hexdigest(), gone, kept)


def _line(
    kind: str, key: str, version: int, made: int, closed: int | None, claims: str | None, body: str | None
) -> bytes:
    until = "null" if closed is None else closed
    return f"[{quoted(kind)},{quoted(key)},{version},{made},{until},{claims or '[]'},{body or 'null'}]\n".encode()


# the steps -----------------------------------------------------------------------------------------------------------
class Keeper(Protocol):
    """What an adapter brings to :class:`Compacting`; the first four are the port's own."""

    def revision(self) -> int: ...

    def get(self, kind: Any, key: str) -> Stored | None: ...

    def check(self, *, progress: Progress | None = None) -> tuple[Finding, ...]: ...

    def apply(
        self, ops: Iterable[Op], *, txn_id: str, actor: str, reason: str, unwritten: Unwritten | None = None
    ) -> Applied: ...

    def sealed(self, retention: Retention, progress: Progress | None) -> Sealed:
        """Return :func:`sealed` of the adapter's own headers and versions, in one consistent state."""
        ...

    def let_go(self, retention: Retention, progress: Progress | None) -> int:
        """
        Remove every version that does not stay, with all that derives from it, and return how many there were.

        In steps short enough for other writers; stopped between two of them, the next call goes on.
        """
        ...


class Compacting:
    """The part of an adapter that lets go of history, in the order that makes it safe to be stopped."""

    def compact(
        self: Keeper,
        floor: int,
        *,
        keep: Sequence[int] = (),
        txn_id: str,
        actor: str,
        unwritten: Unwritten | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Compacted:
        """Let go of what no revision from ``floor`` on, nor one of ``keep``, shows (:mod:`cmdb.ports.store`)."""
        # Every command opens a store, and none but this one has to know the record.
        from cmdb.model.baseline import BASELINE, BASELINES

        baseline = self.get(BASELINES, BASELINE)
        now = retention_of(baseline)
        wanted = planned(now, self.revision(), floor, keep)
        if dry_run or wanted == Retention():
            found = self.sealed(wanted, progress)
            return Compacted(floor, found.gone, found.kept)
        findings = self.check(progress=progress)
        if findings:
            raise NotSound(count=len(findings), first=findings[0].code)
        found = self.sealed(wanted, progress)
        if wanted != now:
            document = {"id": BASELINE, "floor": floor, "digest": found.digest, "kept": list(wanted.kept)}
            # Whoever compacts at the same time must not lower the floor again.
            put = Put(BASELINES, document, baseline.version if baseline else 0)
            self.apply([put], txn_id=txn_id, actor=actor, reason="store:compacted", unwritten=unwritten)
        return Compacted(floor, self.let_go(wanted, progress), found.kept)
