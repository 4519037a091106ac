"""The guide to the calendar is true: its commands, typed in order on an empty store, do what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from web.cli.root import root

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "calendar.md").read_text(encoding="utf-8")
COMMANDS = [line.removeprefix("$ ") for line in re.findall(r"^\$ .*$", GUIDE, re.MULTILINE)]
SAID = {
    "foreshock calendar check": ("Freeze FRZ-1001 End of year", "Team network is to do 1 at once with CHG-1002"),
    "foreshock calendar show": ("CHG-1001 + CHG-1002 stop shop", "Sunday night", "End of year"),
    "foreshock calendar conflicts": ("1 joint conflict",),
    "foreshock calendar next-window": ("CHG-1001 could be made from Sun 7 Dec 2031, 01:00 UTC",),
    "foreshock calendar move": ("no longer in conflict with CHG-1002", "Nothing in the calendar speaks against it."),
    "foreshock calendar outage": ("CHG-1001, CHG-1002",),
    "foreshock calendar import": ("0 new, 0 changed, 3 unchanged, 0 withdrawn.",),
}


def test_the_guide_can_be_followed(tmp_path, monkeypatch):
    """Every command succeeds as it stands, and says what the guide is about."""
    monkeypatch.chdir(tmp_path)
    store = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/estate.db"}
    told = set()
    for command in COMMANDS:
        words = shlex.split(command)
        result = CliRunner().invoke(root, words[1:], env=store, prog_name="foreshock")
        assert result.exit_code == 0, (command, result.output)
        for start, said in SAID.items():
            if command.startswith(start):
                told.add(start)
                assert all(word in result.stdout for word in said), (command, result.stdout)
    assert told == set(SAID)


def test_the_guide_names_every_reason():
    """Codes that a program may compare are written down, in their order."""
    from cmdb.model.calendar_facts import CalendarReason

    named = re.search(r"order: ((?:`\w+`,? ?)+)", GUIDE.replace("\n", " "))
    assert named is not None
    assert re.findall(r"`(\w+)`", named[1]) == [each.value for each in CalendarReason]
