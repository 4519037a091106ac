"""Opening: what is a store, what is not, what is too new, what was interrupted, what is not allowed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from cmdb.errors import NotFound
from cmdb.model.ci import CIS
from cmdb.ports.errors import NotAStore, SchemaTooNew, StoreUnavailable
from cmdb.stores.sqlite import open_store, schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.migrations import STEPS
from tests.contracts.things import ci, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


def test_a_missing_or_empty_file_becomes_a_store(path):
    """And is one from then on."""
    path.touch()
    with closing(open_store(path)) as store:
        write(store, ci("a"))
    with closing(open_store(path, create=False)) as store:
        assert store.revision() == 1
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION,)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_nothing_is_made_unless_asked(path):
    """A misspelt path does not become an empty CMDB."""
    with pytest.raises(NotFound) as refused:
        open_store(path, create=False)
    assert refused.value.facts["ids"] == (str(path),)
    assert not path.exists()
    path.touch()
    with pytest.raises(NotAStore):
        open_store(path, create=False)


@pytest.mark.parametrize(
    "name", ["with space.db", "100%25.db", "a?mode=ro.db", "a#b.db", "ünïcode.db", "a'b\"c.db", "%41.db"]
)
def test_any_file_name_will_do(tmp_path, name):
    """The name is never read as something else."""
    for _ in range(2):
        with closing(open_store(tmp_path / name)) as store:
            write(store, ci("a"))
    assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize(
    "content",
    [b"hello, this is no database", b"x" * 10_000, b"SQLite format 3\0" + b"\xff" * 5000, b"\0" * 4096],
    ids=["text", "long", "header", "zeros"],
)
def test_a_file_that_is_no_database_is_told_and_left_alone(path, content):
    """Not a byte of it changes."""
    path.write_bytes(content)
    with pytest.raises((NotAStore, StoreUnavailable)) as refused:
        open_store(path)
    assert str(path) in str(refused.value)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_told_and_left_alone(path):
    """Nobody's address book becomes a CMDB."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE person (name)")
        raw.commit()
    before = path.read_bytes()
    with pytest.raises(NotAStore):
        open_store(path)
    assert path.read_bytes() == before


def test_a_directory_is_told(tmp_path):
    """And so is a directory that does not exist."""
    with pytest.raises(NotAStore):
        open_store(tmp_path)
    with pytest.raises(StoreUnavailable):
        open_store(tmp_path / "none" / "store.db")


def test_a_store_without_permission_is_told(tmp_path, path):
    """With its name; nothing is half made."""
    if os.name != "posix":
        pytest.skip("permissions of this kind are POSIX's")
    with closing(open_store(path)) as store:
        write(store, ci("a"))
    path.chmod(0)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from cmdb.ports.errors import StoreUnavailable\n"
        "from cmdb.stores.sqlite import open_store\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "for name in sys.argv[1:]:\n"
        "    try: open_store(Path(name)).revision()\n"
        "    except StoreUnavailable as refused: print(refused.facts['store'] == name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), str(tmp_path / "new.db")], capture_output=True, text=True, check=True
    )
    path.chmod(0o644)
    assert done.stdout.split() == ["True", "True"]


# schemas -------------------------------------------------------------------------------------------------------------
def test_a_store_of_a_newer_schema_is_refused_and_left_alone(path):
    """Both numbers are named, and not a byte of the file changes."""
    with closing(open_store(path)) as store:
        write(store, ci("a"))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew) as refused:
        open_store(path)
    assert refused.value.facts == {"found": 99, "known": len(STEPS)}
    assert path.read_bytes() == before


class Interrupted(BaseException):
    """Stands for the power button."""


def test_a_migration_that_was_interrupted_is_resumed(path):
    """What a step did before it was cut off is undone, the steps before it are not done twice."""
    with closing(open_store(path)) as store:
        write(store, ci("a"))
    done: list[str] = []

    def first(connection):
        connection.execute("CREATE TABLE extra (value)")
        done.append("first")

    def second(connection, cut=[True]):  # noqa: B006
        connection.execute("INSERT INTO extra VALUES (1)")
        connection.execute("CREATE TABLE more (value)")
        if cut.pop() if cut else False:
            raise Interrupted
        done.append("second")

    database = Database(path)
    steps = (*STEPS, first, second)
    with pytest.raises(Interrupted):
        schema.migrate(database, steps)
    assert database.connection.execute("PRAGMA user_version").fetchone() == (len(STEPS) + 1,)
    assert schema.migrate(database, steps) == len(steps)
    assert schema.migrate(database, steps) == len(steps)
    assert done == ["first", "second"]
    assert database.connection.execute("SELECT * FROM extra").fetchall() == [(1,)]
    database.close()
    with pytest.raises(SchemaTooNew):
        open_store(path)


def test_a_creation_that_was_interrupted_is_resumed(path):
    """The file is there, the tables are not: it is still an empty store."""
    database = Database(path)
    database.open(mode="rwc").close()
    with pytest.raises(Interrupted):
        schema.migrate(database, (_broken,))
    database.close()
    with closing(open_store(path)) as store:
        assert write(store, ci("a")).revision == 1


def _broken(connection):
    STEPS[0](connection)
    raise Interrupted


def test_two_processes_may_create_one_store_at_once(path):
    """Both find the whole schema."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cmdb.stores.sqlite import open_store\n"
        "store = open_store(Path(sys.argv[1]))\n"
        "print(store.revision(), store.coordination.next_number('n'))\n"
        "store.close()\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert sorted(process.communicate()[0].split()[1] for process in running) == ["1", "2", "3", "4"]
    with closing(open_store(path)) as store:
        assert store.check() == ()


def test_whoever_opens_a_store_while_it_is_made_finds_a_store(tmp_path):
    """Not a database of something else: what the file is, is asked as of one moment."""
    faults: list[BaseException] = []

    def open_and_close(path: Path, begin: threading.Barrier) -> None:
        begin.wait()
        try:
            open_store(path).close()
        except BaseException as fault:
            faults.append(fault)

    for n in range(25):
        begin = threading.Barrier(6)
        threads = [threading.Thread(target=open_and_close, args=(tmp_path / f"{n}.db", begin)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []


def test_opening_brings_in_nothing_heavy(path):
    """A small command answers from cold: what it imports decides."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cmdb.stores.sqlite import open_store\n"
        "from cmdb.model.ci import CIS\n"
        "store = open_store(Path(sys.argv[1])); store.get(CIS, 'a'); store.close()\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[2].split())))\n"
    )
    heavy = "rfc8785 numpy asyncio multiprocessing email http subprocess unittest base64 shutil tempfile random"
    with closing(open_store(path)) as store:
        write(store, ci("a"))
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-S", "-c", program, str(path), heavy],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        assert done.stdout.split() == []


def test_the_wait_for_the_lock_has_an_end(path):
    """Another process that holds it makes us busy, not stuck; nothing was written."""
    from cmdb.ports.errors import StoreBusy

    with closing(open_store(path)) as other, closing(open_store(path, patience=0.2)) as store:
        write(store, ci("a"))
        with other._database.locked(), pytest.raises(StoreBusy) as refused:
            write(store, ci("b"))
        assert refused.value.facts == {"seconds": 0.2}
        assert store.get(CIS, "a") is not None, "reading waits for nobody"
        assert store.count(CIS) == 1
        write(store, ci("b"))
