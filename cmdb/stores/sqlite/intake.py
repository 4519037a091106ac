"""Reading a batch: each op once, small batches in memory, large ones spilled to a temporary file and sorted there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from cmdb.model.kind import Kind
from cmdb.ports.store import Op, Progress
from cmdb.stores.batch import Task, fresh_hash, line_of_task, task_of

CHUNK = 5000


class Intake:
    """
    The ops of one batch as tasks, by kind and then by key; ``digest`` tells the batch from every other.

    It is read before the write lock is taken, so a slow source holds nobody up.
    """

    def __init__(self, ops: Iterable[Op], progress: Progress | None) -> None:
        self.kinds: dict[str, Kind[Any]] = {}
        self.size = 0
        self._progress = progress
        self._tasks: dict[str, list[Task]] = {}
        self._sorted: dict[str, bool] = {}
        self._last: dict[str, str] = {}
        self._file: sqlite3.Connection | None = None
        sums = fresh_hash()
        try:
            self._read(iter(ops), sums)
        except BaseException:
            self.close()
            raise
        self.digest: str = sums.hexdigest()

    @property
    def large(self) -> bool:
        """Whether the batch went to a file."""
        return self._file is not None

    def heard(self) -> None:
        """Tell the caller how many ops were taken."""
        if self._progress is not None:
            self._progress(self.size)

    def chunks(self, name: str) -> Iterator[list[Task]]:
        """Yield the tasks of one kind in the order of their keys, at most CHUNK at a time."""
        rows = self._rows(name)
        while chunk := list(islice(rows, CHUNK)):
            yield chunk

    def close(self) -> None:
        """Let go of the temporary file."""
        if self._file is not None:
            self._file.close()

    def _read(self, ops: Iterator[Op], sums: Any) -> None:
        while chunk := list(islice(ops, CHUNK)):
            if self.size:
                self._spill()
            for op in chunk:
                name = op.kind.name
                task = task_of(op)
                sums.update(line_of_task(name, task))
                if name not in self.kinds:
                    self.kinds[name] = op.kind
                    self._tasks[name] = []
                    self._sorted[name] = True
                    self._last[name] = ""
                self._sorted[name] = self._sorted[name] and self._last[name] <= task.key
                self._last[name] = task.key
                self._tasks[name].append(task)
            self.size += len(chunk)
            if self._file is not None:
                self._spill()
            self.heard()

    def _spill(self) -> None:
        if self._file is None:
            # An empty name is SQLite's for a private file in the directory for temporary files.
            self._file = sqlite3.connect("", isolation_level=None)
            for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
                self._file.execute(f"PRAGMA {setting}")
            self._tables: dict[str, str] = {}
        self._file.execute("BEGIN")
        for name, tasks in self._tasks.items():
            if name not in self._tables:
                self._tables[name] = f"task_{len(self._tables)}"
                self._file.execute(f"CREATE TABLE {self._tables[name]} (key, verb, body, expected, claims)")
            self._file.executemany(f"INSERT INTO {self._tables[name]} VALUES (?, ?, ?, ?, ?)", tasks)
            tasks.clear()
        self._file.execute("COMMIT")

    def _rows(self, name: str) -> Iterator[Task]:
        if self._file is None:
            return iter(sorted(self._tasks[name], key=lambda task: task.key))
        order = "rowid" if self._sorted[name] else "key, rowid"
        cursor = self._file.execute(
            f"SELECT key, verb, body, expected, claims FROM {self._tables[name]} ORDER BY {order}"
        )
        cursor.arraysize = CHUNK
        return map(Task._make, cursor)

    def __enter__(self) -> Intake:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(sqlite3.Error):
            self.close()
