"""What whoever keeps a store may rely on: blobs, check, migrate, backup, threads."""

from __future__ import annotations

import hashlib
import threading

import pytest

from cmdb.model.ci import CIS
from cmdb.ports.errors import TargetExists
from cmdb.ports.store import Delete
from tests.contracts.things import ci, group, note, relation, write


def test_a_blob_is_kept_once_under_its_hash(store):
    """Attachments of any bytes, empty ones too."""
    for content in (b"", b"\0\xff" * 1000, bytes(range(256)) * 5000):
        name = store.put_blob(content)
        assert name == hashlib.sha256(content).hexdigest()
        assert store.put_blob(content) == name
        assert store.get_blob(name) == content
    assert store.get_blob("0" * 64) is None
    assert store.get_blob("nonsense \ud800") is None
    assert store.revision() == 0


def test_a_sound_store_has_no_findings(store):
    """After every kind of write."""
    assert store.check() == ()
    write(store, ci("a", claims=("x",)), ci("b"), relation("a", "b"), group("a", "g"), note("n", title="text"))
    write(store, ci("a", claims=("y", "z")), Delete(note("n").kind, "n"))
    write(store, note("n", rank=[1]), ci("c", claims=("x",)))
    store.put_blob(b"content")
    assert store.check() == ()


def test_check_tells_how_far_it_is(store):
    """A check of millions shows that it goes on."""
    store.apply((ci(f"c{n}") for n in range(25_000)), txn_id="t", actor="a", reason="r")
    heard: list[int] = []
    assert store.check(progress=heard.append) == ()
    assert heard
    assert heard == sorted(heard)


def test_a_check_may_be_stopped_between_any_two_parts(store):
    """Also of a store so small that no part of it tells how far it is; what was read is let go of."""
    write(store, ci("a", claims=("x",)), ci("b"), relation("a", "b"), note("n", title="text"))
    heard: list[int] = []
    assert store.check(progress=heard.append) == ()
    assert len(heard) > 5

    class Enough(Exception):
        """What the one who listens stops the check with."""

    for stop in range(1, len(heard) + 1):
        calls: list[int] = []

        def stopping(count, calls=calls, stop=stop):
            calls.append(count)
            if len(calls) == stop:
                raise Enough

        with pytest.raises(Enough):
            store.check(progress=stopping)
        assert len(calls) == stop
    write(store, ci("c"))
    assert store.check() == ()


def test_migrating_what_is_up_to_date_does_nothing(store):
    """And says which schema it is."""
    write(store, ci("a"))
    assert store.migrate() == store.migrate() >= 1
    assert store.get(CIS, "a").version == 1


def test_a_backup_overwrites_nothing(store, tmp_path):
    """Neither a file nor a folder."""
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_bytes(b"precious")
    folder.mkdir()
    for target in (file, folder):
        with pytest.raises(TargetExists):
            store.backup(target)
    assert file.read_bytes() == b"precious"


def test_a_backup_says_its_revision(store, tmp_path):
    """And may be made again under another name."""
    write(store, ci("a"))
    assert store.backup(tmp_path / "one") == 1
    write(store, ci("b"))
    assert store.backup(tmp_path / "two") == 2


def test_a_store_may_be_used_by_many_threads(place):
    """Each writes and reads through the same handle; every write counts once."""
    store = place.open()
    faults: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for n in range(20):
                write(store, ci(f"{name}{n}"), txn_id=f"{name}-{n}")
                assert store.get(CIS, f"{name}{n}") is not None
        except BaseException as fault:
            faults.append(fault)
        finally:
            store.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.count(CIS) == store.revision() == 80
    assert store.check() == ()


def test_close_may_be_called_twice(place):
    """Letting go of nothing is no fault."""
    store = place.open()
    write(store, ci("a"))
    store.close()
    store.close()
