"""Runs of the programme on a store of their own: in this process for breadth, as real processes where that matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Run:
    """How one run ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def ok(self) -> Run:
        """Return this run, which must have succeeded."""
        assert self.status == 0, f"status {self.status}\n{self.out}\n{self.err}"
        return self


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The settings of a run: a store of its own, and nothing of the machine's own settings."""
    return {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db", "FORESHOCK_DEBUG": "", "NO_COLOR": ""}


@pytest.fixture
def foreshock(environment: dict[str, str]) -> Callable[..., Run]:
    """Run a command in this process: ``foreshock("ci", "show", "web1", input="...", env={...})``."""
    from web.cli.root import root

    def run(*words: str, input: str | bytes | None = None, env: Mapping[str, str] | None = None) -> Run:  # noqa: A002
        result = CliRunner().invoke(
            root, list(words), input=input, env={**environment, **(env or {})}, prog_name="foreshock"
        )
        return Run(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def process(environment: dict[str, str]) -> Callable[..., subprocess.Popen[bytes]]:
    """Start a command as a process of its own, with pipes on all three streams unless said otherwise."""

    def start(*words: str | bytes, env: Mapping[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment, **(env or {})}
        return subprocess.Popen([sys.executable, "-m", "web.cli", *words], env=whole, **{**pipes, **more})

    return start


@pytest.fixture
def finish(process: Callable[..., subprocess.Popen[bytes]]) -> Callable[..., Run]:
    """Run a command as a process to its end."""

    def run(*words: str | bytes, input: bytes = b"", **more: Any) -> Run:  # noqa: A002
        with process(*words, **more) as running:
            out, err = running.communicate(input, timeout=60)
        return Run(running.returncode, (out or b"").decode(), (err or b"").decode())

    return run
