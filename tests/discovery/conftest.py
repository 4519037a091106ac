"""A source on paper, and one way to run it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from cmdb import jobs
from cmdb.context import Context
from cmdb.model.run import Run
from cmdb.running import Pace, Runner
from discovery import reading, registry, sources
from discovery.run import job_of
from tests.builders import as_actor, the_context
from tests.discovery.paper import CONNECTOR


class Told:
    """The credentials of a test."""

    def __init__(self, **told: str) -> None:
        self._told = told

    def read(self, reference: str) -> str:
        return self._told[reference.partition(":")[2]]


class Paper:
    """A source on paper: write what is there, run it, and look."""

    def __init__(self, folder: Path, name: str = "dc1", context: Context | None = None) -> None:
        self.folder = folder
        self.name = name
        self.context = context or the_context(role="engineer")
        folder.mkdir(exist_ok=True)
        sources.put(self.context, name, "paper", {"folder": str(folder)})

    def write(self, target: str, *hosts: Mapping[str, Any], **more: Any) -> None:
        (self.folder / f"{target}.json").write_text(json.dumps({"hosts": hosts, **more}))

    def run(self, **parameters: Any) -> Run:
        """Run the source to its end, as a worker would."""
        job = job_of(sources.get(self.context, self.name).record, Told(TOKEN="hunter2-hunter2"))
        asked = jobs.queued(self.context, job.name, parameters=parameters).record.id
        runner = Runner(self.context.store, self.context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
        assert runner.step(only=asked)
        return jobs.get(as_actor(self.context, "viewer"), asked).record


@pytest.fixture
def with_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a connector called paper, as if another package brought it."""
    monkeypatch.setattr(reading, "BACKOFF", 0.01)
    known = {**registry.connectors(), CONNECTOR.name: CONNECTOR}
    monkeypatch.setattr(registry, "connectors", lambda: MappingProxyType(dict(sorted(known.items()))))


@pytest.fixture
def paper(tmp_path: Path, with_paper: None) -> Callable[..., Paper]:
    """Make sources on paper, on one store: ``paper("dc1")``."""
    made: list[Paper] = []

    def make(name: str = "dc1") -> Paper:
        made.append(Paper(tmp_path / name, name, made[0].context if made else None))
        return made[-1]

    return make
