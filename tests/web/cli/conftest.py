"""Runs of the programme on a store of their own: in this process for breadth, as real processes where that matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
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
    """Start a command as a process of its own, ``under`` another, with pipes on all streams unless said otherwise."""

    def start(
        *words: str | bytes, env: Mapping[str, str] | None = None, under: Sequence[str] = (), **more: Any
    ) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment, **(env or {})}
        return subprocess.Popen([*under, sys.executable, "-m", "web.cli", *words], env=whole, **{**pipes, **more})

    return start


@pytest.fixture
def finish(process: Callable[..., subprocess.Popen[bytes]]) -> Callable[..., Run]:
    """Run a command as a process to its end, with the standard stream ``closed`` that a shell is to close."""

    def run(*words: str | bytes, input: bytes = b"", closed: str = "", **more: Any) -> Run:  # noqa: A002
        if closed:
            more["under"] = ("sh", "-c", f'exec "$@" {closed}', "sh")
        with process(*words, **more) as running:
            out, err = running.communicate(input, timeout=60)
        return Run(running.returncode, (out or b"").decode(), (err or b"").decode())

    return run


ESTATE = {
    "format": "estate/1",
    "items": [
        {"id": "checkout", "class": "service", "name": "Checkout", "attributes": {"tier": 1}},
        {"id": "payments", "class": "service", "name": "Payments", "attributes": {"tier": 1}},
        {"id": "reports", "class": "service", "name": "Reports", "attributes": {"tier": 3}},
        *({"id": f"web{n}", "class": "server", "name": f"web{n}"} for n in range(1, 5)),
        *({"id": f"lb{n}", "class": "load_balancer", "name": f"lb{n}"} for n in range(1, 3)),
        *({"id": f"db-{x}", "class": "server", "name": f"db-{x}", "attributes": {"os": "Debian 12"}} for x in "ab"),
        {"id": "sw-b4", "class": "switch", "name": "Switch of rack B4"},
        {"id": "pdu-b4-1", "class": "pdu", "name": "PDU 1 of rack B4"},
    ],
    "relations": [
        {"source": "checkout", "type": "depends_on", "target": "payments"},
        *({"source": "checkout", "type": "depends_on", "target": f"lb{n}", "group": "balancers"} for n in range(1, 3)),
        *({"source": "checkout", "type": "depends_on", "target": f"web{n}", "group": "web"} for n in range(1, 5)),
        *({"source": "payments", "type": "depends_on", "target": f"db-{x}", "group": "db"} for x in "ab"),
        {"source": "reports", "type": "depends_on", "target": "db-b"},
        *({"source": ci, "type": "depends_on", "target": "sw-b4"} for ci in ("lb2", "web4", "db-b")),
        {"source": "sw-b4", "type": "depends_on", "target": "pdu-b4-1"},
    ],
    "groups": [
        {"item": "checkout", "name": "balancers", "needs": 1},
        {"item": "checkout", "name": "web", "needs": 2},
        {"item": "payments", "name": "db", "needs": 1},
    ],
}
PEOPLE = """\
[[person]]
id = "requester"
roles = ["engineer", "change_manager"]

[[person]]
id = "peer"
roles = ["engineer"]

[[person]]
id = "board"
roles = ["cab_member"]

[[person]]
id = "auditor"
roles = ["auditor"]
"""


@pytest.fixture
def people(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Return the settings that make somebody of the people file act: ``env=people("board")``."""
    path = tmp_path / "people.toml"
    path.write_text(PEOPLE)
    return lambda person: {"FORESHOCK_PEOPLE": str(path), "FORESHOCK_ACTOR": person}


@pytest.fixture
def estate(foreshock: Callable[..., Run], tmp_path: Path) -> Path:
    """Import the estate of two services and their redundancy; return its file."""
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(ESTATE))
    foreshock("import", "estate", str(path)).ok()
    return path


@pytest.fixture
def revision(foreshock: Callable[..., Run]) -> Callable[[], int]:
    """Tell the newest revision of the store."""
    return lambda: foreshock("init", "-o", "json").ok().json["revision"]


@pytest.fixture
def ordinary() -> dict[str, Any]:
    """Arguments of a process to which file permissions apply, also where the tests run as root."""
    if os.geteuid() != 0:
        return {}
    return {"under": ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")}
