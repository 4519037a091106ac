"""Exactly one fdatasync a commit, counted from outside."""

from __future__ import annotations

import re
import shutil
from contextlib import closing

import pytest

from cmdb.stores.sqlite import open_store


@pytest.mark.promised
def test_a_commit_costs_one_sync_and_reading_none(work, sqlite, path, tmp_path, promise):
    """Between the marks that surround two hundred commits there are two hundred syncs of the write-ahead log."""
    kept = promise("one commit costs one sync of the disk", "exactly one fdatasync a commit")
    if shutil.which("strace") is None:
        pytest.skip("strace is not here to count with")
    with closing(open_store(path)):
        pass
    trace = tmp_path / "trace"
    under = ("strace", "-f", "-y", "-e", "trace=fsync,fdatasync,sync_file_range,msync,write", "-o", str(trace))
    work("commits", sqlite.address, 200, "FULL", 2**40, under=under)
    lines = [line for line in trace.read_text().splitlines() if re.search(r"sync\(|acknowledged>", line)]
    first, last = (next(i for i, line in enumerate(lines) if f'"{n}\\n"' in line) for n in (0, 200))
    kinds = ["sync" if "fdatasync" in line and "-wal>" in line else "mark" for line in lines[first + 1 : last + 1]]
    kept.seen(f"{kinds.count('sync')} fdatasync in {kinds.count('mark')} commits")
    assert kinds == ["sync", "mark"] * 200
