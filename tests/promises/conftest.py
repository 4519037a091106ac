"""How the tests of promises start their workers, and how long they go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: Any, under: tuple[str, ...] = (), **environment: str) -> dict[str, Any]:
    """Run a job of :mod:`tests.promises.workers`, under another command if one is given, and return its answer."""
    if not hasattr(os, "fork"):
        pytest.skip("the workers fork, which this system can not")
    done = subprocess.run(
        [*under, sys.executable, "-m", "tests.promises.workers", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def work() -> Callable[..., dict[str, Any]]:
    """Run a job and return its answer."""
    return start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store of the test is."""
    return tmp_path / "store.db"
