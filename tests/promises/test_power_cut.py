"""
An acknowledged write survives a power cut: 0 lost in 300 cuts.

A recorder beneath the process (``recorder.c``) notes every write, truncation, sync, removal and renaming of the
store's files. A cut is a place in that record: what was synced before it is on the disk (a removal, when its folder
was); of what came after the last sync of its file any part may be, in any order, and a write may be torn between two
sectors. From such a disk the store is opened.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from cmdb.ports.errors import StoreUnavailable
from cmdb.stores.sqlite import open_store
from tests.contracts.things import NOTES
from tests.promises.places import SQLITE

SECTOR = 512
FOLDER = "live"


class Record(NamedTuple):
    """One thing that happened to one file; the data of a renaming is the new name."""

    op: str
    name: str
    offset: int
    data: bytes


@pytest.fixture(scope="module")
def recorder(tmp_path_factory):
    """The recorder, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler to make the recorder with")
    library = tmp_path_factory.mktemp("recorder") / "recorder.so"
    source = Path(__file__).with_name("recorder.c")
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"the recorder can not be made here: {done.stderr[-200:]!r}")
    return library


def records_of(file: Path) -> Iterator[Record]:
    """Read the recorder's file."""
    content, place = file.read_bytes(), 0
    while place < len(content):
        end = content.index(b"\n", place)
        op, name, offset, length = (
            content[place:end].rsplit(b" ", 2)[0].split(b" ", 1) + content[place:end].split(b" ")[-2:]
        )
        data = content[end + 1 : end + 1 + int(length)]
        yield Record(op.decode(), Path(name.decode()).name, int(offset), data)
        place = end + 2 + int(length)


class Disk:
    """What is surely on the disk, and what may be."""

    def __init__(self) -> None:
        self.sure: dict[str, bytearray] = {}
        self.open: dict[str, list[Record]] = {}

    def note(self, record: Record) -> None:
        """Take in what happened next."""
        if record.op == "sync" and record.name == FOLDER:
            for name, records in self.open.items():
                last = max((i for i, one in enumerate(records, 1) if one.op in ("unlink", "rename")), default=0)
                self.open[name] = records[last:]
                for one in records[:last]:
                    change(self.sure, one)
        elif record.op == "sync":
            for one in self.open.pop(record.name, []):
                change(self.sure, one)
            self.sure.setdefault(record.name, bytearray())
        else:
            self.open.setdefault(record.name, []).append(record)

    def after_a_cut(self, chance: random.Random) -> dict[str, bytearray]:
        """Return one state that the disk may be found in."""
        left = {name: bytearray(content) for name, content in self.sure.items()}
        mood = chance.choice([0.0, 0.5, 0.9, 1.0])
        for records in self.open.values():
            kept = [record for record in records if chance.random() < mood]
            if chance.random() < 0.5:
                chance.shuffle(kept)
            for record in kept:
                change(left, torn(record, chance) if chance.random() < 0.3 else record)
        return left


def torn(record: Record, chance: random.Random) -> Record:
    """Return a write of which only some sectors at its begin or end have come through."""
    sectors = len(record.data) // SECTOR
    if record.op != "write" or sectors < 2:
        return record
    cut = chance.randrange(1, sectors) * SECTOR
    if chance.random() < 0.5:
        return record._replace(data=record.data[:cut])
    return record._replace(data=record.data[cut:], offset=record.offset + cut)


def change(files: dict[str, bytearray], record: Record) -> None:
    """Do to the files what is recorded."""
    if record.op == "unlink":
        files.pop(record.name, None)
        return
    if record.op == "rename":
        files[Path(record.data.decode()).name] = files.pop(record.name, bytearray())
        return
    content = files.setdefault(record.name, bytearray())
    if record.op == "truncate":
        content[:] = content[: record.offset].ljust(record.offset, b"\0")
    else:
        content[:] = content.ljust(record.offset, b"\0")
        content[record.offset : record.offset + len(record.data)] = record.data


def cut(records: list[Record], cuts: int, folder: Path, seed: int) -> tuple[int, int]:
    """Cut the power at ``cuts`` places; return how many lost something acknowledged, and how many broke the store."""
    chance = random.Random(seed)
    start = next(i for i, record in enumerate(records) if record.name == "acknowledged")
    places = sorted(chance.choices(range(start, len(records)), k=cuts))
    disk, acknowledged, lost, broken, done = Disk(), 0, 0, 0, 0
    for place in places:
        for record in records[done:place]:
            if record.name == "acknowledged":
                acknowledged = int(record.data) if record.op == "write" else acknowledged
            else:
                disk.note(record)
        done = place
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in disk.after_a_cut(chance).items():
            (folder / name).write_bytes(content)
        try:
            with closing(open_store(folder / "store.db", create=False)) as store:
                found = store.get(NOTES, "n").document["rank"]
                lost += found < acknowledged
                broken += bool(store.check())
        except StoreUnavailable:
            broken += 1
    return lost, broken


def record(work, recorder: Path, folder: Path, synchronous: str) -> list[Record]:
    """Let a process commit with frequent checkpoints, and return what it did to its files."""
    below = folder / FOLDER
    below.mkdir(parents=True)
    told = folder / "record"
    environment = {"LD_PRELOAD": str(recorder), "FORESHOCK_RECORD_UNDER": str(below), "FORESHOCK_RECORD_TO": str(told)}
    work("commits", f"{SQLITE}{below / 'store.db'}", 150, synchronous, 250_000, **environment)
    return list(records_of(told))


@pytest.mark.promised
def test_300_power_cuts_lose_nothing(work, recorder, tmp_path, promise):
    """Whatever of the unsynced came through; and the record has what it should, checkpoints and a sync a commit."""
    kept = promise("an acknowledged write survives a power cut", "0 lost in 300 simulated cuts")
    records = record(work, recorder, tmp_path, "FULL")
    assert sum(record.op == "sync" and record.name.endswith("-wal") for record in records) >= 150
    assert sum(record.op == "sync" and record.name == "store.db" for record in records) >= 5
    seen = cut(records, 300, tmp_path / "cut", seed=1)
    kept.seen(f"{seen[0]} lost, {seen[1]} broken in 300 cuts")
    assert seen == (0, 0)


def test_cuts_without_syncs_do_lose_something(work, recorder, tmp_path):
    """The same cuts find a store that syncs less, so the test above can fail."""
    records = record(work, recorder, tmp_path, "NORMAL")
    lost, _ = cut(records, 60, tmp_path / "cut", seed=1)
    assert lost > 20


@pytest.mark.promises
def test_3000_power_cuts_lose_nothing(work, recorder, tmp_path, promise):
    """Ten times as many."""
    kept = promise("an acknowledged write survives a power cut, ten times as many", "0 lost in 3,000 simulated cuts")
    records = record(work, recorder, tmp_path, "FULL")
    seen = cut(records, 3000, tmp_path / "cut", seed=2)
    kept.seen(f"{seen[0]} lost, {seen[1]} broken in 3,000 cuts")
    assert seen == (0, 0)
