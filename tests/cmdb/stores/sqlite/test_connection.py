"""Threads, forks, checkpoints and full disks: what the file goes through in daily life."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress

import pytest

from cmdb.model.ci import CIS
from cmdb.ports.errors import StoreFull, StoreUnavailable
from cmdb.stores.sqlite import connection as module
from cmdb.stores.sqlite import open_store
from tests.contracts.things import ci, write


@pytest.fixture
def store(tmp_path):
    with closing(open_store(tmp_path / "store.db")) as store:
        yield store


# threads and forks ---------------------------------------------------------------------------------------------------
def test_a_thread_that_ends_lets_go_of_its_connection(store):
    """Even if it never says so: a web server's threads come and go."""
    gc.collect()
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None  # noqa: PTH112, PTH208
    if before is None:
        pytest.skip("open files are counted in /proc")
    for n in range(20):
        thread = threading.Thread(target=lambda n=n: write(store, ci(f"c{n}")))
        thread.start()
        thread.join()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208
    assert store.count(CIS) == 20


def test_a_forked_child_has_a_connection_of_its_own(store):
    """It reads and writes, and the parent goes on as if nothing had been."""
    if not hasattr(os, "fork"):
        pytest.skip("there is no fork here")
    write(store, ci("before"))
    mine = store._database.connection
    read, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write(store, ci("from the child"), txn_id="child")
            different = store._database.connection is not mine
            os.write(told, b"%d %d" % (store.count(CIS), different))
            store.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100) == b"2 1"
    os.close(read)
    os.close(told)
    write(store, ci("after"))
    assert store._database.connection is mine
    assert store.count(CIS) == 3
    assert store.check() == ()


def test_settings_that_keep_promises(store):
    """Synced at every commit, no checkpoint by SQLite itself, nothing mapped."""
    connection = store._database.connection
    told = {name: connection.execute(f"PRAGMA {name}").fetchone() for name in ("synchronous", "wal_autocheckpoint")}
    assert told == {"synchronous": (2,), "wal_autocheckpoint": (0,)}
    assert connection.execute("PRAGMA mmap_size").fetchone() in (None, (0,))


# checkpoints ---------------------------------------------------------------------------------------------------------
def test_the_write_ahead_log_stays_small(store):
    """Checkpoints come by size, so thousands of commits do not grow it without bound."""
    log = store.path.with_name("store.db-wal")
    for n in range(900):
        write(store, ci(f"c{n % 50}", name=f"{n}" * 20))
    assert 0 < log.stat().st_size < 1.2 * module.LOG_BYTES


def test_a_long_reader_delays_the_checkpoint_but_no_writer(tmp_path, monkeypatch):
    """While a snapshot is open the log grows; a checkpoint is not tried at every commit; then the log is cut again."""
    monkeypatch.setattr(module, "LOG_BYTES", 200_000)
    with closing(open_store(tmp_path / "store.db")) as store:
        log, tried = store.path.with_name("store.db-wal"), []
        store._database.connection.set_trace_callback(
            lambda sql: tried.append(sql) if "wal_checkpoint" in sql else None
        )
        with store.snapshot() as state:
            for n in range(100):
                write(store, ci(f"c{n}"))
            assert list(state.documents(CIS)) == []
            assert log.stat().st_size > 3 * module.LOG_BYTES
            assert 2 < len(tried) < 50
        for n in range(100):
            write(store, ci(f"c{n}", name="again"))
        assert log.stat().st_size < 2 * module.LOG_BYTES
        store._database.connection.set_trace_callback(None)


def test_every_write_and_checkpoint_holds_the_lock(store, monkeypatch):
    """From the BEGIN to the checkpoint after the COMMIT; readers never ask for it."""
    monkeypatch.setattr(module, "LOG_BYTES", 1)
    held: list[tuple[str, bool]] = []
    seen = store._database.connection

    def watch(sql: str) -> None:
        word = sql.split()[0] if "checkpoint" not in sql else "checkpoint"
        with open(f"{store.path}.wlock", "rb+") as file:  # noqa: PTH123
            try:
                module._try_lock(file.fileno())
                module._unlock(file.fileno())
                held.append((word, False))
            except OSError:
                held.append((word, True))

    seen.set_trace_callback(watch)
    write(store, ci("a"))
    store.coordination.next_number("n")
    store.put_blob(b"x")
    written, held[:] = held[:], []
    store.get(CIS, "a")
    store.find(CIS)
    seen.set_trace_callback(None)
    assert {word for word, locked in written if locked} >= {"BEGIN", "INSERT", "UPDATE", "COMMIT", "checkpoint"}
    assert all(locked for word, locked in written if word not in ("SELECT", "PRAGMA"))
    assert not any(locked for _, locked in held)


# full disks ----------------------------------------------------------------------------------------------------------
def fill(store) -> None:
    """Write until the store is full, and see that nothing of the refused batch is there."""
    for turn in range(200):
        before = store.revision(), store.count(CIS)
        batch = [ci(f"c{turn}-{n}", name="x" * 1000) for n in range(100)]
        with suppress(StoreFull):
            write(store, *batch)
            continue
        with pytest.raises(StoreFull) as refused:
            write(store, *batch)
        assert refused.value.facts == {"store": str(store.path)}
        assert (store.revision(), store.count(CIS)) == before
        assert store.get(CIS, f"c{turn}-0") is None
        return
    raise AssertionError("it was never full")


def test_a_store_that_may_not_grow_is_full_and_works_on(store):
    """Nothing of the batch was written, reading goes on, and with room again so does writing."""
    connection = store._database.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 300}")
    fill(store)
    assert store.check() == ()
    connection.execute("PRAGMA max_page_count = 1000000")
    write(store, *[ci(f"d{n}", name="x" * 1000) for n in range(100)])
    assert store.check() == ()


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path):
    """On a real file system of four megabytes; room made again is used again."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mount)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can not be mounted here; the size limit of a process stands for it")
    try:
        (mount / "ballast").write_bytes(b"x" * 2**19)
        with closing(open_store(mount / "store.db")) as store:
            fill(store)
            assert store.check() == ()
            (mount / "ballast").unlink()
            write(store, ci("again"))
            assert store.check() == ()
    finally:
        # Lazily: this process keeps a descriptor of the write-ahead index for as long as it lives.
        subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path):
    """As a service manager sets it; also for the temporary file of a large batch."""
    program = """
import resource, signal, sys
from pathlib import Path
from cmdb.model.ci import CIS
from cmdb.ports.errors import StoreFull
from cmdb.ports.store import Put
from cmdb.stores.sqlite import open_store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = open_store(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2**21, 2**21))

def ops(count, size):
    return (Put(CIS, {"id": f"c{n}", "class": "server", "name": "x" * size}) for n in range(count))

for name, batch in {"small": ops(400, 10_000), "large": ops(200_000, 10)}.items():
    try:
        store.apply(batch, txn_id=name, actor="a", reason="r")
    except StoreFull:
        print(name, store.revision(), store.count(CIS), store.check())
store.apply(ops(1, 1), txn_id="one", actor="a", reason="r")
print(store.revision())
store.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "store.db")], capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[:3] == ["small 0 0 ()", "large 0 0 ()", "1"], done.stderr


def test_this_process_has_no_such_limit():
    """Otherwise an error of writing would be taken for a full disk throughout these tests."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


# errors --------------------------------------------------------------------------------------------------------------
def test_a_damaged_page_is_told_and_found(store):
    """Reading says that the store can not be used, checking says where."""
    write(store, *[ci(f"c{n}", name="x" * 500) for n in range(500)])
    store.close()
    with store.path.open("rb+") as file:
        file.seek(40 * 4096)
        file.write(b"\xff" * 4096 * 20)
    with closing(open_store(store.path)) as damaged:
        with pytest.raises(StoreUnavailable), damaged.snapshot() as state:
            list(state.documents(CIS))
        assert {finding.facts.get("part", finding.code) for finding in damaged.check()} & {"check.medium", "medium"}


def test_sqlites_errors_come_in_our_words(store):
    """Each kind of failure of the medium has one of ours; a fault of our own SQL is none of them."""
    with pytest.raises(StoreUnavailable), store._database.in_our_words():
        store._database.connection.execute("SELECT * FROM nowhere")
    with pytest.raises(sqlite3.ProgrammingError), store._database.in_our_words():
        store._database.connection.execute("SELECT ?", ())
