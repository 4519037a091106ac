"""The guide to the policy is true: its commands, typed in order with its files, do what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli.root import root

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "policy.md").read_text(encoding="utf-8")
COMMANDS = [line.removeprefix("$ ") for line in re.findall(r"^\$ .*$", GUIDE, re.MULTILINE)]
OURS = re.search(r"`ours.toml`:\n\n```toml\n(.*?)```", GUIDE, re.DOTALL)[1]


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """A function that types a command in a folder of its own; ``> FILE`` keeps what it prints."""
    monkeypatch.chdir(tmp_path)
    settings = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db", "FORESHOCK_URL": "", "FORESHOCK_PEOPLE": ""}

    def run(command):
        command, _, kept = command.partition(" > ")
        result = CliRunner().invoke(root, shlex.split(command)[1:], env=settings, prog_name="foreshock")
        assert result.exit_code == 0, (command, result.output)
        if kept:
            Path(kept).write_text(result.stdout)
        return result.stdout

    return run


def test_the_guide_can_be_followed(typed):
    """Every command succeeds, with the tests of the page among those that pass."""
    Path("ours.toml").write_text(OURS)
    said = [typed(command) for command in COMMANDS]
    assert len(said) == 4
    own = Path("policy.toml").read_text().count("[[test]]")
    assert said[1] == f"All {own + OURS.count('[[test]]')} tests of default pass.\n"
    assert said[2] == "No change was assessed then.\n"
    assert said[3] == "Policy version 1 (default) is in force.\n"
