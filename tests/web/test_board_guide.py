"""The guide to boards is true: its commands, typed in order, take two changes through a meeting and an inbox."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli.root import root

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "boards.md").read_text(encoding="utf-8")
COMMANDS = [line.removeprefix("$ ") for line in re.findall(r"^\$ .*$", GUIDE, re.MULTILINE)]
PEOPLE = (
    '[[person]]\nid = "keeper"\nroles = ["administrator"]\n[[person]]\nid = "requester"\nroles = ["change_manager"]\n'
)
ESTATE = {
    "format": "estate/1",
    "items": [
        {"id": "shop", "class": "service", "name": "Shop", "attributes": {"tier": 1, "owner": "sales"}},
        *({"id": f"web{n}", "class": "server", "name": f"web{n}"} for n in (1, 2)),
    ],
    "relations": [{"source": "shop", "type": "depends_on", "target": f"web{n}", "group": "web"} for n in (1, 2)],
    "groups": [{"item": "shop", "name": "web", "needs": 1}],
}


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """A function that types a command as somebody; the chair, unless the line or the caller says another."""
    (tmp_path / "people.toml").write_text(PEOPLE)
    (tmp_path / "estate.json").write_text(json.dumps(ESTATE))
    monkeypatch.chdir(tmp_path)
    settings = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db", "FORESHOCK_PEOPLE": str(tmp_path / "people.toml")}

    def run(command: str, actor: str = "cab-chair", *, status: int = 0) -> str:
        words = shlex.split(command)
        if words[0].startswith("FORESHOCK_ACTOR="):
            actor = words.pop(0).partition("=")[2]
        assert words.pop(0) == "foreshock"
        if words[0] == "person" or words[:2] == ["board", "add"]:
            actor = "keeper"
        result = CliRunner().invoke(root, words, env={**settings, "FORESHOCK_ACTOR": actor}, prog_name="foreshock")
        assert result.exit_code == status, (command, result.output, result.exception)
        return result.stdout

    return run


def test_the_guide_can_be_followed(typed):
    """Every command succeeds as it stands; a change is approved with a condition, another rejected by the inbox."""
    typed("foreshock import estate estate.json", "keeper")
    for n in (1, 2):
        window = f"--from 2030-12-0{n + 5}T22:00Z --to 2030-12-0{n + 5}T23:00Z"
        typed(f"foreshock change new --title 'Renew web{n}' --reason Old --target web{n} {window}", "requester")
        typed(f"foreshock change edit CHG-100{n} --backout 'Put it back'", "requester")
        typed(f"foreshock change submit CHG-100{n}", "requester")
        typed(f"foreshock change assess CHG-100{n}", "requester")
    said = {}
    for command in COMMANDS:
        said[command] = typed(command)
    assert "Tell the shop floor" in said["foreshock meeting minutes MTG-1001"]
    assert "BAL-1003" in said["foreshock board inbox"]
    assert "计划" in said["foreshock change notice CHG-1001 --language zh"]
    states = [json.loads(typed(f"foreshock change show CHG-100{n} -o json"))["state"] for n in (1, 2)]
    assert states == ["approved", "rejected"]
    assert Path("pack.html").read_text().count('<article class="sheet"') == 2
