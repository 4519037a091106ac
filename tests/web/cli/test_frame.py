"""The frame of the programme: help without imports, one place for formats, and one shape for failures."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from web.cli import tree
from web.cli.root import Command, root


def test_help_names_every_command_and_imports_none(finish):
    """The list of commands is a table: asking for it costs no command's imports."""
    shown = finish("--help").ok().out

    for path in tree.COMMANDS:
        assert f"\n  {path.split()[0]} " in shown

    asked = "import sys, web.cli.root as r\ntry:\n r.root.main(['--help'])\nexcept SystemExit:\n pass\n"
    asked += f"taken = {{entry[0].split(':')[0] for entry in {tree.COMMANDS!r}.values()}} & set(sys.modules)\n"
    asked += "sys.exit(' '.join(sorted(taken)) or 0)"
    checked = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", tree.COMMANDS)
def test_every_command_of_the_table_is_there_with_help_and_an_example(path, foreshock):
    """A table entry that leads nowhere, or a command nobody explained, fails here."""
    found = root
    for name in path.split():
        found = found.get_command(click.Context(root), name)

    assert isinstance(found, Command)
    assert found.name == path.split()[-1]
    assert found.help
    assert f"foreshock {path}" in found.example
    assert all(p.help for p in found.params if isinstance(p, click.Option)), "an option without help"
    assert "Example:" in foreshock(*path.split(), "--help").ok().out


def test_every_group_and_section_is_whole():
    """Each command is reached from exactly one section, and each group has a line of its own."""
    first = {path.split()[0] for path in tree.COMMANDS}

    assert sorted(name for _, names in tree.SECTIONS for name in names) == sorted(first)
    assert {path.rpartition(" ")[0] for path in tree.COMMANDS} - {""} == set(tree.GROUPS)


def test_a_wrong_command_is_a_usage_error_that_names_the_right_one(foreshock):
    """Status 2, and the nearest name."""
    run = foreshock("ci", "shwo")

    assert run.status == 2
    assert run.out == ""
    assert run.err.startswith("foreshock: there is no command 'ci shwo'; did you mean 'show'?\n")


@pytest.mark.parametrize(
    "words", [("-o", "json", "ci", "shwo"), ("ci", "shwo", "--output=json"), ("ci", "shwo", "-ojson")]
)
def test_a_usage_error_is_problem_json_wherever_the_format_stands(foreshock, words):
    """A script that asked for JSON gets JSON, also for a line it got wrong."""
    run = foreshock(*words)

    assert run.status == 2
    problem = run.json
    assert {"type", "title", "status", "errors"} <= problem.keys()
    assert problem["errors"][0]["pointer"] == ""


def test_no_arguments_show_the_help_as_a_usage_error(foreshock):
    """The bare name explains itself, and a script that forgot the command notices."""
    run = foreshock()

    assert run.status == 2
    assert "Usage: foreshock" in run.err


def test_the_version_is_printed_on_standard_output(foreshock):
    """One line, for people and scripts."""
    assert foreshock("--version").ok().out.startswith("foreshock 0.")


def test_completion_is_the_shells_own(foreshock):
    """The scripts are click's; candidates come from the table."""
    for shell in ("bash", "zsh", "fish"):
        assert "_FORESHOCK_COMPLETE" in foreshock("completion", shell).ok().out
    asked = {"_FORESHOCK_COMPLETE": "bash_complete", "COMP_WORDS": "foreshock ci s", "COMP_CWORD": "2"}
    assert foreshock(env=asked).out.split() == ["plain,show", "plain,set", "plain,search"]


def test_an_argument_that_is_not_utf8_is_named(finish):
    """Half a character in an id is refused before anything is opened."""
    run = finish("ci", "show", b"web\xff1")

    assert run.status == 2
    assert "argument 3 is not UTF-8 text" in run.err
    assert "Traceback" not in run.err


def test_timing_is_one_json_line_on_standard_error(foreshock):
    """Figures are never part of an answer, so answers stay the same bytes."""
    run = foreshock("completion", "bash", "--timing").ok()

    figures = json.loads(run.err)
    assert figures.keys() == {"load", "compute", "total"}
    assert all(isinstance(seconds, float) and seconds >= 0 for seconds in figures.values())


def test_an_error_of_the_programme_itself_shows_no_traceback_unless_asked(foreshock, monkeypatch):
    """A person reads one sentence; who wants to repair it sets FORESHOCK_DEBUG."""
    monkeypatch.setitem(tree.COMMANDS, "init", ("web.cli.nowhere:nothing", ""))

    run = foreshock("init")
    assert run.status == 1
    assert run.err.startswith("foreshock: this should not happen: ModuleNotFoundError")
    assert "Traceback" not in run.err

    assert "Traceback" in foreshock("init", env={"FORESHOCK_DEBUG": "1"}).err


def test_the_root_is_named_foreshock():
    """The programme's name in help does not depend on how it was started."""
    assert root.get_usage(click.Context(root, info_name="foreshock")).startswith("Usage: foreshock")
