"""One SSH connection: signing in once, and running commands within limits of time and size."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from discovery.connectors.ssh_linux.commands import MARK, Command
from discovery.connectors.ssh_linux.host_keys import HostKeys
from discovery.ports import (
    CredentialsRefused,
    HostKeyChanged,
    Line,
    Target,
    TargetError,
    TimedOut,
    Unreachable,
    Unreadable,
)

T = TypeVar("T")
LISTENS_EVERY = 0.2
"""Seconds between two looks at whether the reading was cancelled."""
LONGEST_ERROR = 200
_CHUNK = 65_536
_EXTRA = "needs the library asyncssh: install foreshock[ssh]"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command gave: its exit status, None where it has none, its output, and why that ends early, if it does."""

    status: int | None
    out: str
    error: str = ""
    cut: str = ""


def plain(text: Any, longest: int = LONGEST_ERROR) -> str:
    """Return one line of printable text of what may be anything."""
    flat = " ".join(str(text).split())
    return "".join(each for each in flat if each.isprintable())[:longest]


class Session:
    """
    A connection to one target, for one thread; to be closed.

    Every step hears within :data:`LISTENS_EVERY` that the reading was cancelled.
    """

    def __init__(self, target: Target, settings: Mapping[str, Any], line: Line) -> None:
        try:
            import asyncssh
        except ImportError:
            raise TargetError(target=target.id, reason=_EXTRA) from None
        self._ssh = asyncssh
        self._target, self._settings, self._line = target, settings, line
        self.host_keys = HostKeys(target.id, settings)
        self._loop = asyncio.new_event_loop()
        self._connection: Any = None

    def open(self) -> None:
        """
        Connect and sign in, with each credential once.

        Raises:
            TargetError: as its kind says; nothing is tried a second time.
        """
        options = self._credentials()
        facts = self._target.facts
        self._line.pace()
        limit = min(float(self._settings["connect_seconds"]), self._line.left())
        coming: Any = self._ssh.connect(
            facts["address"],
            facts["port"],
            username=facts["user"],
            known_hosts=self.host_keys.match,
            server_host_key_algs=self.host_keys.algorithms(facts["address"], facts["port"]),
            # Nothing of the account that runs this is used: no configuration, no agent, no keys, no tickets.
            config=None,
            agent_path=None,
            gss_auth=False,
            gss_kex=False,
            host_based_auth=False,
            x509_trusted_certs=None,
            disable_trivial_auth=True,
            client_version="Foreshock",
            **options,
        )
        try:
            self._connection = self._wait(coming, limit)
        except (TimeoutError, OSError, ValueError, self._ssh.Error) as fault:
            raise self._fault(fault) from None
        self.host_keys.record()
        if self.host_keys.accepted:
            self._line.note("ssh.host_key_accepted", fingerprint=self.host_keys.accepted)

    @property
    def host_key(self) -> str:
        """The fingerprint of the key the host showed."""
        return str(self._connection.get_server_host_key().get_fingerprint())

    def run(self, command: Command) -> Answer:
        """
        Return what one command gives, cut where it is too long or too slow.

        Raises:
            Unreachable: the connection broke.
            TimedOut: the time for the whole reading is over.
        """
        self._line.check()
        self._line.pace()
        left = self._line.left()
        if left <= 0:
            raise TimedOut(target=self._target.id, reason="the time for one target is over")
        gathered = _Gathered(command.limit)
        text = command.line(sudo=bool(self._settings["sudo"]))
        try:
            self._wait(gathered.read(self._connection, text), min(float(self._settings["command_seconds"]), left))
        except TimeoutError:
            return gathered.answer("too slow")
        except (OSError, self._ssh.Error) as fault:
            if isinstance(fault, self._ssh.ChannelOpenError) and not self._connection.is_closed():
                return Answer(None, "", plain(fault), "refused")
            reason = f"the connection broke: {plain(fault) or type(fault).__name__}"
            raise Unreachable(target=self._target.id, reason=reason) from None
        return gathered.answer("too long" if gathered.full else "")

    def close(self) -> None:
        """End the connection, without waiting for the host's consent."""
        if self._connection is not None:
            self._connection.abort()
            with suppress(Exception):
                self._loop.run_until_complete(asyncio.wait_for(self._connection.wait_closed(), 1))
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _wait(self, coming: Coroutine[Any, Any, T], seconds: float) -> T:
        return self._loop.run_until_complete(self._guarded(coming, seconds))

    async def _guarded(self, coming: Coroutine[Any, Any, T], seconds: float) -> T:
        task = asyncio.ensure_future(coming)
        ends = time.monotonic() + seconds
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=max(0.0, min(LISTENS_EVERY, ends - time.monotonic())))
                if not task.done():
                    self._line.check()
                    if time.monotonic() >= ends:
                        raise TimeoutError
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                with suppress(Exception):
                    await asyncio.wait({task}, timeout=1)

    def _credentials(self) -> dict[str, Any]:
        settings, secret = self._settings, self._line.secret
        ways, keys = [], None
        if settings.get("key"):
            phrase = secret(settings["passphrase"]).rstrip("\r\n") if settings.get("passphrase") else None
            try:
                keys = [self._ssh.import_private_key(secret(settings["key"]), phrase)]
            except (self._ssh.KeyImportError, self._ssh.KeyEncryptionError, ValueError) as fault:
                # What the library says may quote the key.
                reason = "the private key can not be read; is it one, and is its passphrase right?"
                if "requires bcrypt" in str(fault):
                    reason = "a key with a passphrase needs the library bcrypt: install foreshock[ssh]"
                raise CredentialsRefused(target=self._target.id, reason=reason) from None
            ways.append("publickey")
        password = None
        if settings.get("password"):
            password = secret(settings["password"]).rstrip("\r\n")
            ways += ["password", "keyboard-interactive"]
        client = _client(self._ssh.SSHClient, self.host_keys, password)
        return {"client_keys": keys, "client_factory": client, "preferred_auth": ways}

    def _fault(self, fault: Exception) -> TargetError:
        ssh, keys, target = self._ssh, self.host_keys, self._target.id
        if isinstance(fault, TimeoutError):
            return TimedOut(target=target, reason="connecting and signing in")
        if isinstance(fault, ssh.HostKeyNotVerifiable) or (isinstance(fault, ssh.KeyExchangeFailed) and keys.known):
            if keys.known:
                return HostKeyChanged(target=target, reason=keys.shown or plain(fault))
            told = f"its host key {keys.shown or ''} is not in known_hosts"
            return TargetError(target=target, reason=f"{told}; compare it and add it, or let host_keys be accept_new")
        if isinstance(fault, (ssh.PermissionDenied, ssh.IllegalUserName)) or "uthentication" in str(fault):
            return CredentialsRefused(target=target, reason=f"account {self._target.facts['user']}")
        if isinstance(fault, (ssh.ProtocolError, ssh.ProtocolNotSupported, ssh.KeyExchangeFailed, ValueError)):
            return Unreadable(target=target, reason=plain(fault))
        if isinstance(fault, OSError) and fault.errno:
            # What asyncio makes of it is a tuple behind a number.
            return Unreachable(target=target, reason=f"{os.strerror(fault.errno)}, port {self._target.facts['port']}")
        return Unreachable(target=target, reason=plain(fault) or type(fault).__name__)


class _Gathered:
    """The output of a command while it comes; what is there when time is over counts."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._out = bytearray()
        self._error = bytearray()
        self._status: int | None = None
        self.full = False

    async def read(self, connection: Any, line: str) -> None:
        process = await connection.create_process(line, encoding=None)
        with suppress(OSError):
            # A command that has ended already takes no end of input.
            process.stdin.write_eof()
        draining = asyncio.ensure_future(self._drain(process.stderr))
        try:
            while chunk := await process.stdout.read(_CHUNK):
                self._out += chunk
                if len(self._out) > self._limit:
                    self.full = True
                    return
            await process.wait_closed()
            self._status = process.exit_status
        finally:
            draining.cancel()
            process.close()

    async def _drain(self, stream: Any) -> None:
        while chunk := await stream.read(_CHUNK):
            if len(self._error) < _CHUNK:
                self._error += chunk

    def answer(self, cut: str) -> Answer:
        text = bytes(self._out[: self._limit]).decode("utf-8", errors="replace")
        before, mark, after = text.partition(f"{MARK}\n")
        if cut and "\n" in after:
            # The last line may have been cut in two, which would make another value of it.
            after = after[: after.rindex("\n") + 1]
        return Answer(
            self._status, after if mark else before, plain(self._error.decode("utf-8", errors="replace")), cut
        )


def _client(base: type, host_keys: HostKeys, password: str | None) -> Any:
    """Return the class that answers for us; a password is given once, in whichever way is asked for it first."""

    class Client(base):  # type: ignore[misc]
        _asked = False

        def validate_host_public_key(self, host: str, addr: str, port: int, key: Any) -> bool:  # noqa: ARG002
            return host_keys.judge(host, port, key)

        def password_auth_requested(self) -> str | None:
            first, self._asked = not self._asked, True
            return password if first else None

        def kbdint_auth_requested(self) -> str | None:
            return None if self._asked or password is None else ""

        def kbdint_challenge_received(
            self,
            name: str,  # noqa: ARG002
            instructions: str,  # noqa: ARG002
            lang: str,  # noqa: ARG002
            prompts: Any,
        ) -> list[str] | None:
            if not prompts:
                return []
            first, self._asked = not self._asked, True
            return [str(password)] if first and len(prompts) == 1 and not prompts[0][1] else None

    return Client
