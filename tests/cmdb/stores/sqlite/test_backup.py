"""Backup and restore: consistent at a named revision while others write, never over anything, sound afterwards."""

from __future__ import annotations

import os
import threading
from contextlib import closing

import pytest

from cmdb.errors import NotFound
from cmdb.model.ci import CIS
from cmdb.ports.errors import NotAStore, SchemaTooNew, TargetExists
from cmdb.ports.store import Put
from cmdb.stores.sqlite import open_store, restore, upkeep
from tests.contracts.things import NOTES, ci, note, write


@pytest.fixture
def store(tmp_path):
    with closing(open_store(tmp_path / "store.db")) as store:
        yield store


def state_of(store, kinds=(CIS, NOTES)):
    """All living documents."""
    with store.snapshot() as state:
        return [row for kind in kinds for row in state.documents(kind)]


def test_a_backup_is_one_revision_although_others_write_on(store, tmp_path, monkeypatch):
    """Two documents that always change together agree in every backup, and the named revision is the one in it."""
    monkeypatch.setattr(upkeep, "_PAGES_AT_ONCE", 5)
    write(store, *[ci(f"c{n}", name="x" * 500) for n in range(500)])
    stop = threading.Event()

    def write_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            write(store, note("one", rank=number), note("two", rank=number), txn_id=f"n{number}")
        store.close()

    thread = threading.Thread(target=write_on)
    thread.start()
    try:
        store.wait_for(5, seconds=30)
        revisions = [store.backup(tmp_path / f"backup-{n}") for n in range(5)]
    finally:
        stop.set()
        thread.join()
    assert revisions == sorted(revisions)
    for n, revision in enumerate(revisions):
        restore(tmp_path / f"backup-{n}", tmp_path / f"restored-{n}")
        with closing(open_store(tmp_path / f"restored-{n}", create=False)) as copy:
            assert copy.revision() == revision
            assert copy.get(NOTES, "one").document["rank"] == copy.get(NOTES, "two").document["rank"] == revision - 1
            assert copy.count(CIS) == 500
            assert copy.check() == ()


def test_a_restored_store_goes_on_where_the_backup_was(store, tmp_path):
    """With its history, its transaction ids and its hash chain; the original is not touched by it."""
    write(store, ci("a", claims=("x",)), txn_id="t1")
    write(store, ci("a", name="new", claims=("x",)))
    store.put_blob(b"attachment")
    head = [revision.hash for revision in store.changes(0)]
    assert store.backup(tmp_path / "backup") == 2
    assert restore(tmp_path / "backup", tmp_path / "restored") == 2
    with closing(open_store(tmp_path / "restored")) as copy:
        assert state_of(copy) == state_of(store)
        assert [revision.hash for revision in copy.changes(0)] == head
        assert write(copy, ci("a", claims=("x",)), txn_id="t1").repeated
        write(copy, ci("b"))
        assert copy.history(CIS, "a") == store.history(CIS, "a")
    assert store.revision() == 2


def test_a_backup_is_one_file_that_needs_no_writing(store, tmp_path):
    """It can lie on a medium that can not be written, and nothing stands beside it."""
    folder = tmp_path / "medium"
    folder.mkdir()
    write(store, ci("a"))
    store.backup(folder / "backup")
    assert os.listdir(folder) == ["backup"]  # noqa: PTH208
    before = (folder / "backup").read_bytes()
    (folder / "backup").chmod(0o444)
    folder.chmod(0o555)
    try:
        restore(folder / "backup", tmp_path / "restored")
    finally:
        folder.chmod(0o755)
    assert os.listdir(folder) == ["backup"]  # noqa: PTH208
    assert (folder / "backup").read_bytes() == before


def test_a_token_from_after_the_backup_never_counts_in_the_restored_store(store, tmp_path):
    """A leader that took its lease in between must not be taken for the new one."""
    coordination = store.coordination
    coordination.lease("leader", holder="one", seconds=60)
    write(store, ci("a"))
    store.backup(tmp_path / "backup")
    later = coordination.lease("leader", holder="one", seconds=60)
    restore(tmp_path / "backup", tmp_path / "restored")
    with closing(open_store(tmp_path / "restored")) as copy:
        assert copy.coordination.lease("leader", holder="two", seconds=60).token > later.token


def test_restoring_overwrites_nothing(store, tmp_path):
    """And leaves nothing half done behind."""
    write(store, ci("a"))
    store.backup(tmp_path / "backup")
    (tmp_path / "there").write_bytes(b"precious")
    with pytest.raises(TargetExists):
        restore(tmp_path / "backup", tmp_path / "there")
    with pytest.raises(TargetExists):
        restore(tmp_path / "backup", store.path)
    assert (tmp_path / "there").read_bytes() == b"precious"
    assert not list(tmp_path.glob("*.part*"))


def test_only_a_stores_backup_can_be_restored(store, tmp_path):
    """What is missing, a folder, text, and a newer store are told apart."""
    (tmp_path / "text").write_text("not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(NotFound):
        restore(tmp_path / "none", tmp_path / "target")
    for wrong in (tmp_path, tmp_path / "text"):
        with pytest.raises(NotAStore):
            restore(wrong, tmp_path / "target")
    store._database.connection.execute("PRAGMA user_version = 99")
    store.backup(tmp_path / "newer")
    with pytest.raises(SchemaTooNew):
        restore(tmp_path / "newer", tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_backup_that_breaks_off_leaves_nothing(store, tmp_path, monkeypatch):
    """Neither under its name nor beside it."""
    write(store, ci("a"))

    def broken(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(upkeep, "_as_one_file", broken)
    with pytest.raises(KeyboardInterrupt):
        store.backup(tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == []
    assert store.apply([Put(NOTES, {"id": "n"})], txn_id="t", actor="a", reason="r").changed == 1
