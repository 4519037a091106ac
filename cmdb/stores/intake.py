"""Reading a batch: each op once; small batches stay in memory, large ones are sorted by runs in a temporary file."""

from __future__ import annotations

import heapq
import marshal
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, pairwise
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from cmdb.chain import sha256
from cmdb.model.kind import Kind
from cmdb.ports.store import Op, Progress
from cmdb.stores.batch import Task, line_of_task, task_of

CHUNK = 5000
_RUN = 50_000
_BLOCK = 500
_key = itemgetter(0)


class Intake:
    """
    The ops of one batch as tasks, by kind and then by key; ``digest`` tells the batch from every other.

    It is read before the write lock is taken, so a slow source holds nobody up. The temporary file stands in
    ``folder`` (None: where the system keeps such files); it has no name and is gone with the process. ``failed`` puts
    what the file system refused into the adapter's words.
    """

    def __init__(
        self,
        ops: Iterable[Op],
        progress: Progress | None,
        *,
        folder: Path | None,
        failed: Callable[[OSError], Exception],
    ) -> None:
        self.kinds: dict[str, Kind[Any]] = {}
        self.size = 0
        self._progress = progress
        self._folder = folder
        self._failed = failed
        self._tasks: dict[str, list[Task]] = {}
        self._runs: dict[str, list[_Run]] = {}
        self._file: IO[bytes] | None = None
        sums = sha256()
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
        rows = self._sorted(name)
        while chunk := list(islice(rows, CHUNK)):
            yield chunk

    def close(self) -> None:
        """Let go of the temporary file."""
        if self._file is not None:
            self._file.close()

    def _read(self, ops: Iterator[Op], sums: Any) -> None:
        while chunk := list(islice(ops, CHUNK)):
            for op in chunk:
                task = task_of(op)
                name = op.kind.name
                sums.update(line_of_task(name, task))
                if name not in self.kinds:
                    self.kinds[name] = op.kind
                    self._tasks[name] = []
                    self._runs[name] = []
                self._tasks[name].append(task)
            self.size += len(chunk)
            for name, tasks in self._tasks.items():
                if len(tasks) >= _RUN:
                    self._spill(name)
            self.heard()
        if self._file is not None:
            for name in self.kinds:
                self._spill(name)

    def _spill(self, name: str) -> None:
        """Write the tasks gathered so far as one sorted run."""
        tasks = self._tasks[name]
        tasks.sort(key=_key)
        try:
            if self._file is None:
                # It brings in much that a small command never needs.
                from tempfile import TemporaryFile

                self._file = TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 (closed by close)
            run = _Run(self._file)
            for start in range(0, len(tasks), _BLOCK):
                run.append(tasks[start : start + _BLOCK])
        except OSError as error:
            raise self._failed(error) from error
        self._runs[name].append(run)
        tasks.clear()

    def _sorted(self, name: str) -> Iterator[Task]:
        if self._file is None:
            return iter(sorted(self._tasks[name], key=_key))
        runs = [run for run in self._runs[name] if run.blocks]
        if all(one.last <= other.first for one, other in pairwise(runs)):
            return chain.from_iterable(runs)
        return heapq.merge(*runs, key=_key)

    def __enter__(self) -> Intake:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Run:
    """Sorted tasks in the file, as blocks that are read back one at a time."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.blocks: list[tuple[int, int]] = []
        self.first = self.last = ""

    def append(self, tasks: list[Task]) -> None:
        content = marshal.dumps(tasks)
        self.first = self.first if self.blocks else tasks[0][0]
        self.last = tasks[-1][0]
        self.blocks.append((self.file.seek(0, 2), len(content)))
        while content:
            # A file without a buffer may take a part, and tells of a full disk at once.
            content = content[self.file.write(content) :]

    def __iter__(self) -> Iterator[Task]:
        for place, length in self.blocks:
            self.file.seek(place)
            yield from marshal.loads(self.file.read(length))
