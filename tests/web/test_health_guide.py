"""The guide to health is true: its commands, typed in order on the built-in estate, do what the page says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cmdb.configuration.audit_sample import wilson
from cmdb.model.health import Measure
from web.cli.root import root

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "health.md").read_text(encoding="utf-8")
FILES = re.findall(r"`([\w.]+)`:\n\n```toml\n(.*?)```", GUIDE, re.DOTALL)
COMMANDS = [line.removeprefix("$ ") for line in re.findall(r"^\$ .*$", GUIDE, re.MULTILINE)]


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """A function that types a command in a folder with the files of the guide."""
    for name, text in FILES:
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    settings = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db", "FORESHOCK_URL": "", "FORESHOCK_PEOPLE": ""}

    def run(command: str) -> str:
        words = shlex.split(command)
        assert words.pop(0) == "foreshock"
        result = CliRunner().invoke(root, words, env=settings, prog_name="foreshock")
        assert result.exit_code == 0, (command, result.output)
        return result.stdout

    return run


def test_the_guide_can_be_followed(typed):
    """Every command succeeds; "CI" in one that judges stands for the CIs of the sample, one after the other."""
    typed(f"foreshock import estate {shlex.quote(str(ROOT / 'web' / 'demo' / 'estate.json'))}")
    drawn: list[str] = []
    for command in COMMANDS:
        if " judge " in command:
            drawn = [each["ci"] for each in json.loads(typed("foreshock sample show SMP-1001 -o json"))["judgements"]]
            command = command.replace("--right CI", f"--right {drawn[0]}").replace("CI=", f"{drawn[1]}=")
        typed(command)
    assert "it stands in rack 4" in typed("foreshock health --measure correctness")
    assert len(json.loads(typed("foreshock health --trend -o json"))["rows"]) == 1


def test_the_figures_and_names_of_the_page_are_the_programmes():
    """The bounds it names, and each measure with its row."""
    assert round(wilson(50, 50)[0] * 100, 1) == 92.9
    assert round(wilson(20, 20)[0] * 100, 1) == 83.9
    assert set(re.findall(r"^\| (\w+) \| (?:CIs|all)", GUIDE, re.MULTILINE)) == {measure.value for measure in Measure}
