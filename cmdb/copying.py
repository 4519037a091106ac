"""Pouring one store into another, and proving that nothing was lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cmdb.chain import START
from cmdb.errors import Family, ForeshockError
from cmdb.model.kind import Kind
from cmdb.ports.dump import DumpRow, End, KindRow, Start
from cmdb.ports.errors import NotSound
from cmdb.ports.store import Store

Told = Callable[[str, int], None]
"""Hears how far it is: the step ("copy" or "check") and a count."""


class CopyDiffers(ForeshockError):
    """What arrived in the other store is not what left the first."""

    code = "store.copy_differs"
    sentence = "the copy differs in {what}: {wanted} in the first store, {found} in the other"
    family = Family.FAILURE

    def __init__(self, *, what: str, wanted: str, found: str) -> None:
        super().__init__(what=what, wanted=wanted, found=found)


class TargetAhead(ForeshockError):
    """What is to be copied into is newer than what is to be copied."""

    code = "store.target_ahead"
    sentence = (
        "the store to copy into is at revision {found}, the one to copy from only at {wanted}: it is newer or holds"
        " another history; nothing was copied (are the two the wrong way round?)"
    )
    family = Family.BAD_INPUT

    def __init__(self, *, wanted: int, found: int) -> None:
        super().__init__(wanted=wanted, found=found)


class Copied(NamedTuple):
    """
    What was copied: the ``revision`` both stores have now, the end of the hash chain, and how many of each kind live.

    ``since`` is the revision the other store had already, ``floor`` where its history begins.
    """

    since: int
    revision: int
    floor: int
    hash: str
    kinds: dict[str, int]


def copy(source: Store, target: Store, told: Told | None = None) -> Copied:
    """
    Bring ``target`` to all that ``source`` holds, going on where an earlier copy was interrupted, and verify it.

    Both may be of any adapter. Others may write to ``source`` meanwhile; what they write is for the next copy.

    Raises:
        TargetAhead: ``target`` has a later revision than ``source``.
        NotAContinuation: ``target`` holds another history.
        HistoryGone: ``source`` let go of history that ``target`` has only in part; copy into an empty store.
        InvalidInput: ``source`` does not verify as it is read.
        NotSound, CopyDiffers: ``target`` is not the same afterwards.
    """
    tell = told or (lambda _step, _count: None)
    since, newest = target.revision(), source.revision()
    if since > newest:
        raise TargetAhead(wanted=newest, found=since)
    seen = _Seen()
    target.load(seen.passing(source.dump(since=since)), progress=lambda count: tell("copy", count))
    findings = target.check(progress=lambda count: tell("check", count))
    if findings:
        raise NotSound(count=len(findings), first=findings[0].code)
    copied = Copied(since, seen.end.revision, seen.start.floor, seen.end.hash, _counts(target, seen))
    _compare("the newest revision", copied.revision, target.revision())
    _compare("the floor of its history", copied.floor, target.floor())
    _compare("the end of the hash chain", copied.hash, _head(target))
    for name, count in _counts(source, seen).items():
        _compare(f"the number of {name} records", count, copied.kinds[name])
    return copied


class _Seen:
    """What of a dump the comparison needs."""

    def __init__(self) -> None:
        self.start, self.end = Start(0, 0, 0), End(0, START)
        self.kinds: list[str] = []

    def passing(self, rows: Iterator[DumpRow]) -> Iterator[DumpRow]:
        for row in rows:
            if isinstance(row, Start):
                self.start = row
            elif isinstance(row, KindRow):
                self.kinds.append(row.name)
            elif isinstance(row, End):
                self.end = row
            yield row


def _counts(store: Store, seen: _Seen) -> dict[str, int]:
    return {name: store.count(Kind(object, name=name), at=seen.end.revision) for name in seen.kinds}


def _head(store: Store) -> str:
    revision = store.revision()
    return next(store.changes(revision - 1, limit=1)).hash if revision else START


def _compare(what: str, wanted: object, found: object) -> None:
    if wanted != found:
        raise CopyDiffers(what=what, wanted=str(wanted), found=str(found))
