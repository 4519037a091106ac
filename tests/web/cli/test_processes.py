"""The programme as a real process: pipes that close, full disks, Ctrl-C in the middle, two writers at once."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAD = b'{"format": "estate/1"}\n'
SMALL_DISK = ("sh", "-c", 'ulimit -f 586; exec "$@"', "sh")
"""No file of the process grows beyond 300 kB. The shell says so, for forking a process with many threads may end it."""


def items(count: int, prefix: str = "srv") -> bytes:
    """Return the lines of so many servers."""
    rows = ({"kind": "item", "id": f"{prefix}{n}", "class": "server", "name": f"{prefix}{n}"} for n in range(count))
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_a_reader_that_stops_early_is_no_error(process, foreshock):
    """`foreshock class list | head -1`: no message, and the status a shell gives a broken pipe."""
    foreshock("init").ok()
    with process("class", "list") as running:
        running.stdout.close()
        running.stdout = None
        _, err = running.communicate(timeout=60)

    assert err == b""
    assert running.returncode == 141


def test_a_full_disk_behind_standard_output_is_told(process):
    """The answer did not arrive, and the status says so."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no data: this system has no /dev/full")
    with full.open("wb") as out, process("class", "list", stdout=out) as running:
        _, err = running.communicate(timeout=60)

    assert running.returncode == 1
    assert b"No space left on device" in err
    assert b"Traceback" not in err


def test_a_full_disk_behind_standard_output_is_told_where_problems_are_json_too(process, foreshock):
    """The problem document has nowhere to go either, so the sentence goes to standard error."""
    foreshock("init").ok()
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no data: this system has no /dev/full")
    with full.open("wb") as out, process("export", "estate", "-o", "json", stdout=out) as running:
        _, err = running.communicate(timeout=60)

    assert running.returncode == 1
    assert err.decode() == "foreshock: No space left on device\n"


@pytest.mark.parametrize("words", [("class", "list"), ("export", "estate")])
def test_a_closed_standard_output_is_told(finish, words):
    """A script that closed it is not told that the programme is wrong."""
    run = finish(*words, closed=">&-")

    assert (run.status, run.err) == (1, "foreshock: standard output is closed: there is nowhere to put the answer\n")


def test_a_closed_standard_input_is_told(finish):
    """It is the place of the fault, as a file would be."""
    run = finish("import", "estate", "-", closed="<&-")

    assert run.status == 2
    assert "it is closed" in run.err


def test_a_full_disk_under_a_backup_names_the_backup(finish, foreshock, tmp_path):
    """The store itself has nothing to do with it."""
    foreshock("import", "estate", "-", input=HEAD + items(5_000)).ok()

    full = finish("backup", str(tmp_path / "full.db"), under=SMALL_DISK)
    nowhere = finish("backup", str(tmp_path / "none" / "x.db"))

    assert (full.status, nowhere.status) == (1, 75)
    assert f"no space is left for {tmp_path / 'full.db'}" in full.err
    assert f"the store {tmp_path / 'none' / 'x.db'} can not be used" in nowhere.err
    assert not list(tmp_path.glob("full.db*"))


def test_a_full_disk_under_the_store_writes_nothing(finish, foreshock, revision):
    """The import is undone as a whole, and the store is sound."""
    foreshock("init").ok()

    run = finish("import", "estate", "-", input=HEAD + items(5_000), under=SMALL_DISK)

    assert run.status == 1
    assert "no space is left" in run.err
    assert "nothing was written" in run.err
    assert revision() == 0
    foreshock("check").ok()


def test_a_full_disk_leaves_no_half_export(finish, foreshock, tmp_path):
    """Neither the file nor a part of it is there afterwards."""
    foreshock("import", "estate", "-", input=HEAD + items(9_000)).ok()

    run = finish("export", "estate", str(tmp_path / "out" / "x.json"))
    assert run.status == 1
    (tmp_path / "out").mkdir()
    run = finish("export", "estate", str(tmp_path / "out" / "x.json"), under=SMALL_DISK)

    assert run.status == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_while_a_file_is_read_writes_nothing(process, foreshock, revision):
    """Status 130, and the message says that nothing was written."""
    foreshock("init").ok()
    with process("import", "estate", "-") as running:
        # More than a pipe holds: when it is taken, the import is reading.
        running.stdin.write(HEAD + items(3_000))
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)

    assert running.returncode == 130
    assert err.decode().strip() == "foreshock: interrupted; nothing was written"
    assert revision() == 0


def test_ctrl_c_while_another_writes_is_a_clean_end(process, environment, foreshock, revision, tmp_path):
    """Waiting for the other writer's turn to end can be given up."""
    foreshock("init").ok()
    (tmp_path / "few.jsonl").write_bytes(HEAD + items(10))
    lock = Path(environment["FORESHOCK_STORE"].removeprefix("sqlite:///") + ".wlock")
    with lock.open("wb") as held, process("import", "estate", str(tmp_path / "few.jsonl")) as running:
        fcntl.flock(held, fcntl.LOCK_EX)
        while running.poll() is None and not waits_for(running.pid, lock):
            time.sleep(0.002)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)

    assert running.returncode == 130
    assert err.decode().strip() == "foreshock: interrupted; nothing was written"
    assert revision() == 0


def waits_for(process: int, lock: Path) -> bool:
    """Tell whether a process has the lock file open; where that can not be seen, the test can not be made."""
    folder = Path(f"/proc/{process}/fd")
    if not folder.is_dir():
        pytest.skip("no data: this system does not show the open files of a process")
    for entry in folder.iterdir():
        with contextlib.suppress(OSError):
            if entry.readlink() == lock:
                return True
    return False


@pytest.mark.parametrize("seconds", [0.35, 0.6, 0.85, 1.1])
def test_ctrl_c_at_any_moment_tells_the_truth(process, foreshock, revision, tmp_path, seconds):
    """Whatever the import was doing: what the message says is what the store holds, and the store is sound."""
    foreshock("init").ok()
    (tmp_path / "many.jsonl").write_bytes(HEAD + items(12_000))

    with process("import", "estate", str(tmp_path / "many.jsonl")) as running:
        time.sleep(seconds)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)

    assert b"Traceback" not in err
    # On a busy machine the signal may come before Python listens to it, and then ends the process by itself.
    if running.returncode in (130, -signal.SIGINT) and b"already" not in err:
        assert b"nothing was written" in err or err == b""
        assert revision() == 0
    else:
        assert revision() == 1
    foreshock("check").ok()


def test_ctrl_c_ends_the_server_without_a_word_too_many(process):
    """It prints one line with its address when it is ready, and ends cleanly."""
    with process("serve", "--port", "0") as running:
        line = running.stdout.readline().decode()
        assert line.startswith("Foreshock answers at http://127.0.0.1:")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)

    assert running.returncode in (0, 130)
    assert (out, b"Traceback" in err) == (b"", False)


def test_the_server_refuses_other_machines_and_says_why(finish):
    """Whoever reached it would act in this person's name."""
    run = finish("serve", "--host", "0.0.0.0", "--port", "0")

    assert run.status == 2
    assert "sign-in is off" in run.err


def test_two_writers_at_once_both_arrive(process, foreshock, revision):
    """Each import is one revision; the log has no gap and the chain holds."""
    running = [process("import", "estate", "-", "--source", name) for name in ("one", "two")]
    for each, name in zip(running, ("one", "two"), strict=True):
        each.stdin.write(HEAD + items(2_000, name))
        each.stdin.close()
        each.stdin = None
    for each in running:
        _, err = each.communicate(timeout=60)
        assert each.returncode == 0, err

    assert revision() == 2
    foreshock("audit", "verify").ok()
    assert len(foreshock("export", "estate", "-o", "jsonl").ok().out.splitlines()) == 4_001


HEAVY = {"rich", "numpy", "marshmallow", "flask", "yaml", "networkx", "rfc8785", "cmdb.exchange.estate", "impact.graph"}


@pytest.mark.parametrize(
    "words",
    [
        ["ci", "show", "web1"],
        ["ci", "show", "web1", "-o", "json"],
        ["ci", "search", "web"],
        ["ci", "history", "web1"],
        ["class", "show", "server"],
        ["change", "list"],
        ["--help"],
    ],
)
def test_a_small_command_imports_nothing_heavy(estate, environment, words):
    """What a command does not need is not loaded, so it answers from cold at once."""
    code = f"""
import sys
from web.cli.root import root
try:
    root.main({words!r}, prog_name="foreshock")
except SystemExit as ended:
    assert not ended.code, ended.code
print(*sorted(name for name in {sorted(HEAVY)!r} if name in sys.modules), file=sys.stderr)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], env={**environment, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stderr.strip() == ""


def on_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command with a terminal on all three streams; return its status and everything that was on the screen."""
    controller, terminal = pty.openpty()
    with subprocess.Popen(command, env=environment, stdin=terminal, stdout=terminal, stderr=terminal) as running:
        os.close(terminal)
        screen = b""
        with contextlib.suppress(OSError):  # Linux ends a terminal's stream with an error.
            while piece := os.read(controller, 65536):
                screen += piece
    os.close(controller)
    return running.returncode, screen.decode()


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal_sees_progress_and_colour_unless_it_wants_none(environment, tmp_path, no_color):
    """Who sets NO_COLOR gets neither; a pipe never does."""
    (tmp_path / "many.jsonl").write_bytes(HEAD + items(12_000))
    whole = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[3]), **environment}
    start = [sys.executable, "-m", "web.cli"]

    command = [*start, "import", "estate", str(tmp_path / "many.jsonl")]
    status, screen = on_terminal(command, {**whole, "NO_COLOR": no_color})

    assert status == 0
    assert ("Reading" in screen) is (not no_color)
    assert ("\x1b[" in screen) is (not no_color)
    assert "12000" in screen


def test_retiring_on_a_terminal_asks_first(environment, foreshock, estate):
    """Nobody retires by a slip; --yes is for scripts."""
    whole = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[3]), **environment}
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "web.cli", "ci", "retire", "reports"]
    with subprocess.Popen(command, env=whole, stdin=terminal, stdout=terminal, stderr=terminal) as running:
        os.close(terminal)
        screen = b""
        while b"Retire them?" not in screen:
            screen += os.read(controller, 65536)
        os.write(controller, b"n\n")
        running.wait(timeout=60)
    os.close(controller)

    assert running.returncode == 1
    assert foreshock("ci", "show", "reports", "-o", "json").ok().json["status"] == "active"
