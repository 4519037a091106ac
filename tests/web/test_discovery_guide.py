"""The guide to discovery is true: its files and commands, typed in order, do what the page says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli.root import root

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "discovery.md").read_text(encoding="utf-8")
FILES = re.findall(r"`([\w.]+)`:\n\n```(?:csv|yaml|toml)\n(.*?)```", GUIDE, re.DOTALL)
COMMANDS = [line.removeprefix("$ ") for line in re.findall(r"^\$ .*$", GUIDE, re.MULTILINE)]


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """A function that types a command in a folder with the files of the guide."""
    for name, text in FILES:
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    settings = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db", "FORESHOCK_URL": "", "FORESHOCK_PEOPLE": ""}

    def run(command: str):
        words = shlex.split(command)
        assert words.pop(0) == "foreshock"
        result = CliRunner().invoke(root, words, env=settings, prog_name="foreshock")
        assert result.exit_code == 0, (command, result.output)
        return result.stdout

    return run


def test_the_guide_can_be_followed(typed):
    """Every command succeeds as it stands, and what the text says between them holds."""
    assert {name for name, _ in FILES} == {"hosts.csv", "hosts.yaml", "assets.csv", "assets.yaml", "rules.toml"}
    said = {}
    for command in COMMANDS:
        said[command] = typed(command)
    assert "new      ci web1 [books:web1]" in said["foreshock discover dry-run books"]
    assert (
        "books:web2, assets:A-18" in said["foreshock ci show books:web2"]
        or "assets:A-18" in said["foreshock ci show books:web2"]
    )
    assert "serial, which says more, differs" in said["foreshock finding list --code identity.vetoed"]
    assert "assets:A-17" in said["foreshock discover rehearse rules.toml"]
    assert "There is nothing to look at." in typed("foreshock finding list")
    status = json.loads(typed("foreshock ci show assets:A-17 -o json"))["status"]
    assert status == "proposed"
