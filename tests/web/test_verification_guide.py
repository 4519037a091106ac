"""The guide to verification is true: its commands, typed in order over an estate that drifts, do what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli.root import root

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "verification.md").read_text(encoding="utf-8")
FILES = re.findall(r"`([\w.]+)`:\n\n```(?:csv|yaml|toml)\n(.*?)```", GUIDE, re.DOTALL)
COMMANDS = [line.removeprefix("$ ") for line in re.findall(r"^\$ .*$", GUIDE, re.MULTILINE)]
CHANGE = re.search(r"```sh\n(foreshock change new.*?)```", GUIDE, re.DOTALL)
PEOPLE = "".join(f'[[person]]\nid = "{one}"\nroles = ["{one}"]\n' for one in ("engineer", "change_manager"))


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """A function that types a command in a folder with the files of the guide, as an engineer but for approving."""
    for name, text in (*FILES, ("people.toml", PEOPLE)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    settings = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db", "FORESHOCK_PEOPLE": str(tmp_path / "people.toml")}

    def run(command: str, *, status: int = 0) -> str:
        words = shlex.split(command.replace("\\\n", " "))
        assert words.pop(0) == "foreshock"
        actor = "change_manager" if "approve" in words else "engineer"
        result = CliRunner().invoke(root, words, env={**settings, "FORESHOCK_ACTOR": actor}, prog_name="foreshock")
        assert result.exit_code == status, (command, result.output)
        return result.stdout

    return run


def test_the_guide_can_be_followed(typed):
    """Every command succeeds as it stands; what a person changed by hand without a change is unauthorised too."""
    typed("foreshock ci add web1 --class server --name web1 --set environment=production --set 'os=Debian 12'")
    for command in COMMANDS:
        if command.startswith("foreshock verification run"):
            typed("foreshock ci set web1 --set 'os=Debian 13'")
            assert "no approved change explains it" in typed(command, status=6)
        else:
            said = typed(command)
        if command.startswith("foreshock finding list"):
            assert "web1" in said
    assert CHANGE is not None
    typed(CHANGE[1])
    assert "as it was written" in typed("foreshock verification check VER-1001")
