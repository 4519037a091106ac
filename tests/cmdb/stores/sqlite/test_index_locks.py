"""The locks that SQLite has on its write-ahead index must outlive whatever we do beside it."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from cmdb.model.ci import CIS
from cmdb.ports.store import Put
from cmdb.stores.sqlite import open_store

DEAD_MAN_SWITCH = 128
"""The byte of the index on which every connection holds a shared lock; who finds it free empties the index."""


def is_locked(index: Path) -> bool:
    """Ask from another process, because a process never sees its own locks."""
    import fcntl

    child = os.fork()
    if child == 0:
        asked = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, DEAD_MAN_SWITCH, 1, 0)
        with index.open("rb+") as file:
            answer = struct.unpack("hhqqi", fcntl.fcntl(file, fcntl.F_GETLK, asked))
        os._exit(0 if answer[0] == fcntl.F_UNLCK else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the form of the question is that of Linux")
@pytest.mark.filterwarnings("ignore:This process")
def test_a_write_does_not_let_go_of_the_index(tmp_path):
    """Otherwise the next process to open the store cuts the index off while this one reads it, and it dies."""
    store = open_store(tmp_path / "estate.db")
    index = tmp_path / "estate.db-shm"
    try:
        for number in range(3):
            document = {"id": f"ci{number}", "class": "server", "name": "x"}
            store.apply([Put(CIS, document)], txn_id=str(number), actor="a", reason="r")
            assert is_locked(index)
    finally:
        store.close()
