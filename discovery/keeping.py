"""
What a run has read, kept outside of it: for the next attempt where its worker dies, and for what a dry run showed.

Blobs hold what was read, target by target; an entry of the coordination, one for each attempt, says which. An attempt
that was overtaken leaves its entry under its own number, so it disturbs nobody.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.context import Context
from cmdb.model.coverage import COVERAGES
from cmdb.model.observation import OBSERVATIONS, Observation
from cmdb.model.run import Said
from cmdb.ports.store import Store
from cmdb.records import from_document, to_document
from cmdb.work import Work

FIRST = 5.0
"""Seconds of reading before anything is kept: what takes less is read again sooner than found again."""
SHARE = 0.05
"""Of all the time it takes, keeping happens once in each such part, so that a long run does not keep too often."""
FRESH = timedelta(hours=4)
"""What was read longer ago than this is read again."""
_REMEMBERED = 86_400.0
_ATTEMPTS = 50


@dataclass(slots=True)
class Read:
    """What came of one target; ``at`` is when it was read."""

    target: str
    at: datetime
    observations: tuple[Observation, ...] = ()
    complete: frozenset[str] = frozenset()
    notes: tuple[Said, ...] = ()
    failed: Said | None = None


def put_reads(store: Store, reads: Iterable[Read], **more: Any) -> str:
    """Keep what was read, with ``more`` (plain JSON) beside it, and return where."""
    content = {**more, "reads": [_document(each) for each in reads]}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return store.put_blob(gzip.compress(text.encode("utf-8", "surrogatepass"), 1, mtime=0))


def get_reads(store: Store, blob: str) -> tuple[list[Read], dict[str, Any]] | None:
    """Return what was kept at a place and what stood beside it, None where nothing is."""
    content = store.get_blob(blob)
    if content is None:
        return None
    found = json.loads(gzip.decompress(content).decode("utf-8", "surrogatepass"))
    return [_read(each) for each in found.pop("reads")], found


def read_at(context: Context, reads: Iterable[Read]) -> datetime:
    """Return when the first target was read of those that could be: whatever was changed later may not be in it."""
    return min([context.clock.now(), *(each.at for each in reads if each.failed is None)])


class Kept:
    """
    What one attempt of a run reads, kept from time to time; ``settings`` is a digest of those it reads under.

    Only the thread that has the context calls it.
    """

    def __init__(self, work: Work, settings: str) -> None:
        self._work = work
        self._settings = settings
        self._blobs: list[str] = []
        self._fresh: list[Read] = []
        self._began = self._last = time.monotonic()

    def earlier(self, targets: Collection[str], source: str) -> list[Read]:
        """
        Return what earlier attempts of the run have read of these targets of a source, if that is not too long ago.

        What was read before another run took in the same source is older than what is known by now.
        """
        run, now = self._work.run, self._work.context.clock.now()
        names = [_name(run.id, attempt) for attempt in range(max(1, run.attempt - _ATTEMPTS), run.attempt)]
        left = self._work.context.coordination.seen(names) if names else {}
        found: dict[str, Read] = {}
        for name in names:
            state = left.get(name, {})
            for blob in state.get("blobs", ()) if state.get("settings") == self._settings else ():
                kept = get_reads(self._work.context.store, blob)
                if kept is not None:
                    self._blobs += [blob] if blob not in self._blobs else []
                    found.update((each.target, each) for each in kept[0])
        known = _last_reading(self._work.context, source) if found else None
        return [
            each
            for key, each in sorted(found.items())
            if key in targets and abs(now - each.at) <= FRESH and (known is None or each.at > known)
        ]

    def add(self, read: Read) -> None:
        """Keep what was read of a target soon; what failed is tried again anyway."""
        if read.failed is None:
            self._fresh.append(read)
        now = time.monotonic()
        if self._fresh and now - self._last >= max(FIRST, SHARE * (now - self._began)):
            self.keep()

    def keep(self, *, at_the_end: bool = False) -> None:
        """Keep it now, but at the end of a reading only where that took long enough to be worth it."""
        if not self._fresh or (at_the_end and time.monotonic() - self._began < FIRST):
            return
        context, run = self._work.context, self._work.run
        self._blobs.append(put_reads(context.store, self._fresh))
        state = {"settings": self._settings, "blobs": self._blobs}
        context.coordination.leave(_name(run.id, run.attempt), state, seconds=_REMEMBERED)
        self._fresh, self._last = [], time.monotonic()


def _last_reading(context: Context, source: str) -> datetime | None:
    stored = context.store.get(COVERAGES, source)
    if stored is None:
        return None
    coverage = from_document(COVERAGES, stored.document)
    moments = (coverage.read_at, *(each.read_at for each in coverage.behind.values()))
    return max((each for each in moments if each is not None), default=None)


def _name(run: str, attempt: int) -> str:
    return f"{run} {attempt} kept"


def _document(read: Read) -> dict[str, Any]:
    failed = {} if read.failed is None else {"failed": _said(read.failed)}
    return {
        "target": read.target,
        "at": read.at.isoformat(),
        "observations": [to_document(OBSERVATIONS, each) for each in read.observations],
        "complete": sorted(read.complete),
        "notes": [_said(each) for each in read.notes],
        **failed,
    }


def _said(said: Said) -> list[Any]:
    return [said.code, json.loads(json.dumps(dict(said.facts), default=str))]


def _read(document: dict[str, Any]) -> Read:
    return Read(
        document["target"],
        datetime.fromisoformat(document["at"]),
        tuple(from_document(OBSERVATIONS, each) for each in document["observations"]),
        frozenset(document["complete"]),
        tuple(Said(*each) for each in document["notes"]),
        Said(*document["failed"]) if "failed" in document else None,
    )
