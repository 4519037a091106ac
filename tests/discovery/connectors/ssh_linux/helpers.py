"""What the tests of this connector share: a line to the outside, and a real sshd on the loopback address."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from discovery.connectors.ssh_linux import CONNECTOR
from discovery.testing import TrialLine

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


class Line(TrialLine):
    """A line whose time passes; ``secrets`` are by reference."""

    def __init__(self, secrets: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(secrets or {}, **{"seconds": 60.0, "runs": True, **more})


def settings(**given: Any) -> dict[str, Any]:
    """Return loaded settings."""
    loaded: dict[str, Any] = CONNECTOR.settings().load({"key": "file:key", "user": "root", **given})
    return loaded


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, *more: str) -> Path:
    """Make a key pair; keys never stand in the repository."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path), *more], check=True)
    return path


class Sshd:
    """A real sshd, as root, for one test: its own host key, one key that opens it."""

    def __init__(self, folder: Path, *, passwords: bool = False) -> None:
        self.folder, self.port, self.passwords = folder, free_port(), passwords
        self.host_key = make_key(folder / "host_key")
        self.key = make_key(folder / "key")
        self.known_hosts = folder / "known_hosts"
        self.trust()
        self._process: subprocess.Popen[bytes] | None = None

    def trust(self) -> None:
        """Write the host key into the known_hosts file."""
        algorithm, key = self.host_key.with_suffix(".pub").read_text().split()[:2]
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {algorithm} {key}\n")

    def change_host_key(self) -> None:
        """Give the host another key, as one that was installed anew has."""
        self.stop()
        for path in (self.host_key, self.host_key.with_suffix(".pub")):
            path.unlink()
        make_key(self.host_key)
        self.start()

    def start(self) -> None:
        Path("/run/sshd").mkdir(exist_ok=True)
        config = self.folder / "sshd_config"
        authorized = self.folder / "authorized_keys"
        shutil.copy(self.key.with_suffix(".pub"), authorized)
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.host_key}\nAuthorizedKeysFile {authorized}\n"
            f"StrictModes no\nUsePAM no\nPermitRootLogin yes\n"
            f"PasswordAuthentication {'yes' if self.passwords else 'no'}\n"
            f"KbdInteractiveAuthentication no\nPidFile none\nMaxAuthTries 6\nLogLevel VERBOSE\n"
        )
        log = (self.folder / "sshd.log").open("ab")
        self._process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=log, stdout=log)
        log.close()
        self._wait_until_it_listens()

    def _wait_until_it_listens(self) -> None:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError((self.folder / "sshd.log").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(5)
            self._process = None

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text(errors="replace")

    def settings(self, **given: Any) -> dict[str, Any]:
        host = {"address": "127.0.0.1", "port": self.port, "name": "here"}
        values = {"hosts": [host], "known_hosts": str(self.known_hosts), "samples": 2, "sample_seconds": 0.05}
        return settings(**{**values, **given})

    def line(self, **given: Any) -> Line:
        return Line(secrets={"file:key": self.key.read_text(), **given.pop("secrets", {})}, **given)
