"""The published commands: the README lists them all, they only read, and they work in a real shell."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

import discovery.connectors.ssh_linux as package
from discovery.connectors.ssh_linux.commands import MARK, PUBLISHED

README = (Path(package.__file__).parent / "README.md").read_text(encoding="utf-8")
WRITES = re.compile(r"(?<![/\w-])(rm|mv|cp|tee|dd|chmod|chown|kill|mkdir|touch|sed -i|systemctl|sh -c|eval)\b")


@pytest.mark.parametrize("command", PUBLISHED, ids=lambda command: command.name)
def test_every_command_is_published(command):
    """Who gives us an account can read beforehand everything that will be run with it, word for word."""
    assert f"`{command.name}`" in README
    assert command.text in README


@pytest.mark.parametrize("command", PUBLISHED, ids=lambda command: command.name)
def test_no_command_writes_or_runs_what_it_read(command):
    """Output goes nowhere but to us, and nothing that a host says becomes a command."""
    targets = re.findall(r"(?<![<\d])\d?>+\s*(\S+?)(?=[;)}\s]|$)", command.text)
    assert {target for target in targets if target not in ("/dev/null", "&1")} == set()
    assert not WRITES.search(command.text)
    assert "`" not in command.text


@pytest.mark.parametrize("command", PUBLISHED, ids=lambda command: command.name)
def test_every_command_is_understood_by_a_plain_shell(command):
    """Nothing but a POSIX shell is asked of a host; a login script that prints something is in nobody's way."""
    done = subprocess.run(
        ["sh", "-c", f"echo welcome to this host; {command.line(sudo=False)}"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith(f"welcome to this host\n{MARK}\n")
    assert "yntax error" not in done.stderr


def test_root_is_asked_for_only_where_the_settings_say_so():
    """Without the setting no command mentions sudo; with it sudo never waits for a password."""
    plain = [command.line(sudo=False) for command in PUBLISHED]
    raised = [command.line(sudo=True) for command in PUBLISHED]
    assert not any("sudo" in line for line in plain)
    assert all("sudo" not in line.replace("sudo -n ", "") for line in raised)
    assert any("sudo -n " in line for line in raised)


def test_the_programme_that_an_interpreter_runs_is_named_without_its_arguments(tmp_path):
    """Of a command line the name of the script is read; what stands behind it, and code given by -c, never is."""
    script = tmp_path / "billing.py"
    script.write_text("import time; time.sleep(30)")
    (program,) = [command for command in PUBLISHED if command.name == "programs"]
    running = [
        subprocess.Popen(["python3", "-I", str(script), "--password", "planted-one"]),
        subprocess.Popen(["python3", "-c", "import time; time.sleep(30); planted_two = 2"]),
    ]
    try:
        said = ""
        for _ in range(50):
            said = subprocess.run(["sh", "-c", program.line(sudo=False)], capture_output=True, text=True).stdout
            if "billing.py" in said:
                break
    finally:
        for each in running:
            each.kill()
            each.wait()
    assert re.search(rf"^{running[0].pid} python3\S* u=\S* s=billing.py$", said, re.MULTILINE)
    assert "planted" not in said


def test_commands_work_alike_by_way_of_sudo(tmp_path):
    """What is run as root is the command itself, without a shell in between that sudoers would have to allow."""
    asked = tmp_path / "asked"
    sudo = tmp_path / "sudo"
    sudo.write_text(f'#!/bin/sh\nshift\necho "$*" >> {asked}\nexec "$@"\n')
    sudo.chmod(0o755)
    there = {"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"}
    (tmp_path / "nginx").symlink_to("/usr/bin/sleep")
    # Among the processes of a machine some come and go between two readings.
    alone = ("unshare", "--pid", "--fork", "--mount-proc") if os.geteuid() == 0 else ()
    for command in PUBLISHED:
        if "{sudo}" in command.text and command.name not in ("connections", "paths", "listeners"):
            texts = [
                subprocess.run(
                    [*alone, "sh", "-c", f"nginx 60 >/dev/null 2>&1 & {command.line(sudo=way)}; kill $!"],
                    env=there,
                    capture_output=True,
                    text=True,
                ).stdout
                for way in (False, True)
            ]
            assert texts[0] == texts[1], command.name
    assert {line.split()[0] for line in asked.read_text().splitlines()} <= {"ss", "id", "cat", "test", "readlink"}
