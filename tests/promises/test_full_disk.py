"""A server whose disk is full says so, loses nothing that was acknowledged, and goes on when there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cmdb.errors import ForeshockError
from cmdb.ports.errors import OutcomeUnknown, StoreFull
from tests.contracts.things import NOTES, note, write
from tests.neo4j_server import Server, own_neo4j
from tests.promises.places import open_at

SMALL, LARGE = "56m", "256m"
# A text that does not become small by being packed, as a server may do with it.
TEXT = os.urandom(300_000).hex()


@pytest.fixture
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server whose data lie in a file system of a few megabytes, and the place of that."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small file system")
    home = tmp_path_factory.mktemp("cramped")
    (home / "data").mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(home / "data")], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted: {mounted.stderr.decode().strip()}")
    try:
        with own_neo4j(home) as server:
            yield server, home / "data"
    finally:
        subprocess.run(["umount", "-l", str(home / "data")], check=True)


@pytest.mark.neo4j
def test_a_server_whose_disk_is_full_loses_nothing(cramped: tuple[Server, Path], promise):
    """Writing is refused with a reason, what was acknowledged is there after more room and a new start."""
    server, place = cramped
    kept = promise("a full disk of the server", "said, 0 lost, goes on when there is room", "Neo4j")
    acknowledged, refused = 0, None
    with closing(open_at(server.address, patience=5.0)) as store:
        while refused is None and acknowledged < 1000:
            try:
                write(store, note(f"n{acknowledged}", title=TEXT), txn_id=f"t{acknowledged}")
                acknowledged += 1
            except ForeshockError as error:
                refused = error
    subprocess.run(["mount", "-o", f"remount,size={LARGE}", str(place)], check=True)
    # Such a server may not end in order any more.
    server.kill()
    server.start().ready()
    with closing(open_at(server.address)) as store:
        there = sum(store.get(NOTES, f"n{number}") is not None for number in range(acknowledged))
        # Whether the refused one was written, nobody knows; asked again under its name, it is written once.
        write(store, note(f"n{acknowledged}", title=TEXT), txn_id=f"t{acknowledged}")
        revision, findings = store.revision(), store.check()
    kept.seen(f"{type(refused).__name__} after {acknowledged}; {acknowledged - there} lost, {len(findings)} findings")
    assert isinstance(refused, StoreFull | OutcomeUnknown)
    assert there == acknowledged > 5
    assert revision == acknowledged + 1
    assert findings == ()
