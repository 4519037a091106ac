"""A backup taken while others write is the store as of one revision, which it names, and comes back sound."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests.promises.places import Place, is_embedded, restored
from tests.promises.workers import batch, insist

BACKUPS = 5


def write_until(place: Place, writer: int, over: threading.Event) -> None:
    """Write batches with growing numbers."""
    with closing(place.open()) as store:
        for number in count(1):
            if over.is_set():
                return
            insist(store, batch(writer, number), f"w{writer}-{number}")


def history(store, last: int) -> list[str]:
    """The hashes of the revisions up to one, which answer for all that they wrote."""
    return [revision.hash for revision in store.changes(0) if revision.number <= last]


@pytest.mark.promised
def test_a_backup_under_writers_comes_back_sound(place, tmp_path: Path, promise):
    """Several times, and the last of them is restored."""
    kept = promise("a backup", "consistent at a named revision, restores, `check` clean", place.name)
    over, named = threading.Event(), []
    writers = [threading.Thread(target=write_until, args=(place, writer, over)) for writer in range(2)]
    with closing(place.open()) as store:
        try:
            for thread in writers:
                thread.start()
            for turn in range(BACKUPS):
                while store.revision() < 3 * (turn + 1):
                    time.sleep(0.01)
                named.append(store.backup(tmp_path / f"copy-{turn}"))
        finally:
            over.set()
            for thread in writers:
                thread.join()
        last, newest = named[-1], store.revision()
        written = history(store, last)
    with closing(restored(place, tmp_path / f"copy-{BACKUPS - 1}", tmp_path / "restored.db")) as store:
        findings = store.check()
        came = store.revision(), history(store, last)
    kept.seen(
        f"{BACKUPS} under 2 writers; the last named revision {last} of {newest}, restored as {came[0]},"
        f" {len(findings)} findings"
    )
    assert came == (last, written)
    assert findings == ()
    assert named == sorted(named)
    assert newest > last or not is_embedded(place.address)
