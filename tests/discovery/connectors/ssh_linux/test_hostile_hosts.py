"""Hosts that answer garbage, slowly, for ever or far too much: reading ends, in time and with what could be read."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from discovery.connectors.ssh_linux import CONNECTOR
from discovery.connectors.ssh_linux.commands import MARK
from discovery.ports import CredentialsRefused, Part, Target, TargetError, TimedOut, Unreachable, Unreadable
from discovery.testing import Ended
from tests.discovery.connectors.ssh_linux.helpers import Line, make_key, settings

asyncssh = pytest.importorskip("asyncssh", reason="needs asyncssh (foreshock[ssh])")

Answering = Callable[[Any], Any]


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on a real socket that talks as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = threading.Event()

        def serve() -> None:
            while not stopped.is_set():
                with suppress(OSError):
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        stopped.set()
        with suppress(OSError):
            socket.create_connection(listening.getsockname(), 1).close()
        thread.join(5)


class Server(asyncssh.SSHServer):  # type: ignore[misc]
    """Lets everybody in who has the password, by either way that passwords are asked for."""

    password = "right"
    by_keyboard = False

    def begin_auth(self, *_: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return not self.by_keyboard

    def validate_password(self, _: str, password: str) -> bool:
        tries.append(password)
        return password == self.password

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, *_: str) -> Any:
        return "", "", "", [("Password:", False)]

    def validate_kbdint_response(self, _: str, responses: list[str]) -> bool:
        tries.extend(responses)
        return responses == [self.password]


tries: list[str] = []


@pytest.fixture
def ssh_server(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start SSH servers that answer commands as a test wants, and stop them."""
    tries.clear()
    make_key(tmp_path / "host")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers: list[Any] = []

    def start(answer: Answering, server: type = Server) -> dict[str, Any]:
        async def listen() -> Any:
            return await asyncssh.create_server(
                server, "127.0.0.1", 0, server_host_keys=[str(tmp_path / "host")], process_factory=answer, encoding=None
            )

        listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        servers.append(listening)
        port = listening.sockets[0].getsockname()[1]
        key = (tmp_path / "host.pub").read_text().split()
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {key[0]} {key[1]}\n")
        return ask_at(port, known_hosts=str(tmp_path / "known_hosts"))

    yield start
    for listening in servers:
        loop.call_soon_threadsafe(listening.close)
        asyncio.run_coroutine_threadsafe(listening.wait_closed(), loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def ask_at(port: int, **given: Any) -> dict[str, Any]:
    host = {"address": "127.0.0.1", "port": port, "name": "here"}
    values = {"hosts": [host], "samples": 1, "sample_seconds": 0.01, "connect_seconds": 20, "command_seconds": 20}
    return settings(key=None, password="env:PASSWORD", **{**values, **given})


def read(loaded: dict[str, Any], line: Line | None = None) -> list[Part]:
    line = line or Line()
    line.secrets.setdefault("env:PASSWORD", "right")
    (target,) = CONNECTOR.targets(loaded, line)
    return list(CONNECTOR.fetch(target, loaded, line))


def saying(answers: dict[str, bytes], *, status: int = 0) -> Answering:
    """Answer the commands that hold a text with some bytes, all others with nothing."""

    def answer(process: Any) -> None:
        command = process.command or ""
        said = next((body for text, body in answers.items() if text in command), b"")
        process.stdout.write(f"{MARK}\n".encode() + said)
        process.exit(status)

    return answer


LINUX = {"uname -srm": b"Linux 6.1.0 x86_64\n1000\n"}


def _garbage(connection: socket.socket) -> None:
    while True:
        connection.sendall(os.urandom(4096))


def _banner(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"welcome to a host that never stops to welcome\r\n" * 100)


def _one_line(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * 65_536)


def _drip(connection: socket.socket) -> None:
    for letter in b"SSH-2.0-slow\r\n" * 100:
        connection.sendall(bytes([letter]))
        time.sleep(0.2)


def _silent(connection: socket.socket) -> None:
    connection.settimeout(20)
    while connection.recv(1024):
        pass


def _hang_up(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize("talk", [_garbage, _banner, _one_line, _drip, _silent, _hang_up])
def test_what_is_no_ssh_server_is_told_and_left(talk):
    """Whatever listens at the port: reading ends with an error of the target that says what to do."""
    with raw_server(talk) as port, pytest.raises((Unreadable, TimedOut, Unreachable)):
        read(ask_at(port, connect_seconds=1))


def test_being_cancelled_ends_connecting(ssh_server):
    """Who cancels a run does not wait for a host that says nothing."""
    began = time.monotonic()
    line = Line(ended=lambda: time.monotonic() - began > 0.3)
    with raw_server(_silent) as port, pytest.raises(Ended):
        read(ask_at(port, connect_seconds=60), line)


def test_being_cancelled_ends_a_command(ssh_server):
    """Nor for a command that never ends."""

    async def never(process: Any) -> None:
        await asyncio.sleep(60)

    began = time.monotonic()
    line = Line(ended=lambda: time.monotonic() - began > 1.0)
    loaded = ssh_server(never) | {"command_seconds": 50.0}
    with pytest.raises(Ended):
        read(loaded, line)


def test_a_host_that_is_not_linux_is_told(ssh_server):
    """A switch with an SSH server of its own is not read as if it were a host."""
    with pytest.raises(Unreadable, match="Invalid input detected"):
        read(ssh_server(saying({"uname": b"% Invalid input detected at '^' marker.\n"})))


def test_output_without_end_is_cut_and_its_scope_is_not_complete(ssh_server):
    """A command that writes for ever is read up to a limit; what is not affected is still read and complete."""

    async def answer(process: Any) -> None:
        process.stdout.write(f"{MARK}\n".encode())
        if "uname" in process.command:
            process.stdout.write(LINUX["uname -srm"])
        with suppress(OSError):
            while "ss -Htulnp" in process.command:
                process.stdout.write(b"tcp LISTEN 0 1 0.0.0.0:80 0.0.0.0:*\n" * 2000)
                await process.stdout.drain()
        process.exit(0)

    loaded = ssh_server(answer) | {"command_seconds": 30.0}
    parts = read(loaded)
    (listeners,) = [part for part in parts if part.name == "listeners"]
    assert not listeners.whole
    assert listeners.body["error"] == "too long"
    assert len(listeners.body["out"]) <= 4_000_000
    shaped = CONNECTOR.shape(Target("here"), loaded, parts)
    assert "here/sockets" not in shaped.complete
    assert any(said.code == "ssh.command_failed" and said.facts["command"] == "listeners" for said in shaped.notes)


def test_errors_without_end_stop_nothing(ssh_server):
    """A command that fills the other stream is not waited for longer than any other."""

    async def answer(process: Any) -> None:
        process.stdout.write(f"{MARK}\n".encode() + (LINUX["uname -srm"] if "uname" in process.command else b""))
        with suppress(OSError):
            while "os-release" in process.command:
                process.stderr.write(b"e" * 65_536)
                await process.stderr.drain()
        process.exit(0)

    parts = {part.name: part for part in read(ssh_server(answer) | {"command_seconds": 1.5})}
    assert parts["os"].body["error"] == "too slow"
    assert len(str(parts["os"].body)) < 1_000
    assert parts["names"].whole


def test_a_host_that_is_too_slow_is_given_up(ssh_server):
    """After a few commands that took too long the rest is not tried one by one."""
    began: list[str] = []

    async def answer(process: Any) -> None:
        began.append(process.command)
        process.stdout.write(f"{MARK}\n".encode() + LINUX["uname -srm"])
        if "uname -srm" not in process.command:
            await asyncio.sleep(30)
        process.exit(0)

    with pytest.raises(TimedOut, match="3 commands"):
        read(ssh_server(answer) | {"command_seconds": 0.7})
    assert len(began) == 4


def test_the_time_for_a_target_is_kept(ssh_server):
    """When the time for the whole reading is over it ends, however far it came."""

    async def answer(process: Any) -> None:
        process.stdout.write(f"{MARK}\n".encode() + LINUX["uname -srm"])
        await asyncio.sleep(0.2)
        process.exit(0)

    with pytest.raises(TimedOut):
        read(ssh_server(answer), Line(seconds=1.0))


def test_a_connection_that_breaks_is_told(ssh_server):
    """A host that goes down while it is read is unreachable, and nothing of it is half read."""

    def answer(process: Any) -> None:
        if "uname" in process.command:
            saying(LINUX)(process)
        else:
            process.channel.get_connection().abort()

    with pytest.raises(Unreachable, match="broke"):
        read(ssh_server(answer))


def test_failing_commands_leave_their_scopes_open(ssh_server):
    """Without the right to see processes the sockets are not complete; the host and its pools are judged apart."""

    def answer(process: Any) -> None:
        if "ss -H" in process.command:
            process.stderr.write(b"ss: Operation not permitted\n")
            saying({}, status=1)(process)
        else:
            saying({**LINUX, "ip -j": b"[]", "machine-id": b"id=0123456789abcdef0123456789abcdef\n"})(process)

    loaded = ssh_server(answer)
    shaped = CONNECTOR.shape(Target("here"), loaded, read(loaded))
    assert shaped.complete == {"here"}
    assert "ss: Operation not permitted" in {said.facts.get("error") for said in shaped.notes}


@pytest.mark.parametrize("by_keyboard", [False, True])
def test_a_password_is_given_once_in_whichever_way_is_asked(ssh_server, by_keyboard):
    """A server that asks for it by prompts gets it too; a wrong one is never given a second time by the other way."""
    server = type("Asking", (Server,), {"by_keyboard": by_keyboard})
    loaded = ssh_server(saying(LINUX), server)
    assert read(loaded)
    assert tries == ["right"]
    tries.clear()
    with pytest.raises(CredentialsRefused):
        read(loaded, Line(secrets={"env:PASSWORD": "wrong"}))
    assert tries == ["wrong"]


def test_what_a_host_says_of_itself_stays_data(ssh_server):
    """Names full of shell, brackets and control characters change no command and break no observation."""
    commands: list[str] = []

    def answer(process: Any) -> None:
        commands.append(process.command)
        name = b"$(touch /tmp/x);`id`|\x1b[31m\xff\n"
        hostile = {
            **LINUX,
            "uname -n": name + name,
            "os-release": b'NAME="' + name.strip() + b'"\n',
            "ss -Htulnp": b'tcp LISTEN 0 1 0.0.0.0:80 0.0.0.0:* users:(("x;id",pid=7,fd=3),("$(id)",pid=8,fd=4))\n',
            "ip -j -d": b'[{"ifname":"eth0;reboot","ifindex":1,"flags":["UP"],"addr_info":[{"local":"$(id)"}]}]',
        }
        saying(hostile)(process)

    loaded = ssh_server(answer)
    shaped = CONNECTOR.shape(Target("here"), loaded, read(loaded))
    assert {o.name for o in shaped.observations if o.ci_class == "application_component"}
    assert all(o.native_id.isprintable() for o in shaped.observations)
    again = len(commands)
    with suppress(TargetError):
        read(loaded)
    assert commands[again:] == commands[:again]
