"""The session in the README is true: typed as it stands, on the demo's store, it gives what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from web.demo import prepare

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(\$ .*?)```", re.DOTALL)


def session(text: str) -> list[tuple[str, str]]:
    """Return each command of the page with the output shown below it."""
    steps = []
    for block in BLOCK.findall(text):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            steps.append((command, output))
    return steps


def typed(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Type a command line of the page in ``folder`` and return what a person sees: output, then messages."""
    words = shlex.split(command)
    if words[0] == "export":
        environment.update(word.split("=", 1) for word in words[1:])
        return ""
    while re.fullmatch(r"FORESHOCK_[A-Z]+=.*", words[0]):
        name, value = words.pop(0).split("=", 1)
        environment = {**environment, name: value}
    assert words.pop(0) == "foreshock"
    run = subprocess.run(
        [sys.executable, "-m", "web.cli", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def environment() -> dict[str, str]:
    """Return this process's environment without settings of ours, able to find the code from any folder."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("FORESHOCK_")}
    return {**theirs, "PYTHONPATH": str(ROOT)}


def without_hashes(text: str) -> str:
    """Leave out what holds the moment of the reading: the hash of a record, when it was made, when a CI was seen."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "(hash)", text)
    # Windows have an offset as people gave it; only moments of the session itself are told in UTC.
    text = re.sub(r"\b[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC", "(moment) UTC", text)
    return re.sub(r"\b[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d (\S+) by ", r"(moment) \1 by ", text)


def test_the_session_gives_what_the_page_shows(tmp_path):
    """Every command, in order, answers as printed."""
    prepare(tmp_path / "foreshock-demo")
    steps, environ = session(README.read_text(encoding="utf-8")), environment()
    assert len(steps) >= 8
    for command, shown in steps:
        got = typed(command, tmp_path, environ)
        assert without_hashes(got) == without_hashes(shown), f"$ {command}"
