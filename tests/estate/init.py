"""
The first process of a host: makes the host's own view of the file system, then starts and stops what runs there.

Run alone, by the standard library, with the folder of the host: ``boot.json`` says what is to be done, the socket
``control`` takes one order a connection, as a line of JSON. When it ends, the kernel ends everything on the host.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

BIND_ALL, REMOUNT_READ_ONLY, DETACH = 0x1000 | 0x4000, 0x1000 | 0x20 | 0x1, 2
PATIENCE = 8.0  # Seconds from the polite signal to the one that nobody survives.
_libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: Path, kind: str = "none", flags: int = 0, options: str = "") -> None:
    """Mount as mount(2) does."""
    if _libc.mount(source.encode(), str(target).encode(), kind.encode(), flags, options.encode() or None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"mount {source} {target}")


def furnish(root: Path, boot: dict[str, Any]) -> None:
    """Mount what the host has in common with this machine, and what it has of its own; then go there."""
    for source in boot["shared"]:
        target = root / source.lstrip("/")
        mount(source, target, flags=BIND_ALL)
        mount(source, target, flags=REMOUNT_READ_ONLY)
    _devices(root / "dev")
    mount("proc", root / "proc", "proc")
    mount("sysfs", root / "sys", "sysfs")
    _identity(root, boot["dmi"])
    for name, value in boot["sysctl"].items():
        (root / "proc/sys" / name).write_text(value, encoding="ascii")
    os.chroot(root)
    os.chdir("/")


def _devices(folder: Path) -> None:
    """Make the few devices every programme expects; the machine's disks are none of them."""
    mount("tmpfs", folder, "tmpfs")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        (folder / name).touch()
        mount(f"/dev/{name}", folder / name, flags=BIND_ALL)
    for name, kind, options in (("shm", "tmpfs", "mode=1777"), ("pts", "devpts", "newinstance,ptmxmode=0666")):
        (folder / name).mkdir()
        mount(name, folder / name, kind, options=options)
    (folder / "ptmx").symlink_to("pts/ptmx")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        (folder / name).symlink_to(f"/proc/self/fd{target}")


def _identity(root: Path, dmi: dict[str, str]) -> None:
    """Let the host have SMBIOS values of its own; of the machine's devices it keeps the network's alone."""
    kept = root / "mnt"
    mount(str(root / "sys/class/net"), kept, flags=BIND_ALL)
    mount("tmpfs", root / "sys/class", "tmpfs")
    (root / "sys/class/net").mkdir()
    mount(str(kept), root / "sys/class/net", flags=BIND_ALL)
    _libc.umount2(str(kept).encode(), DETACH)
    folder = root / "sys/class/dmi/id"
    folder.mkdir(parents=True)
    for name, value in dmi.items():
        (folder / name).write_text(f"{value}\n", encoding="ascii")


class Supervisor:
    """What runs on the host, by the names of its description."""

    def __init__(self, services: dict[str, dict[str, Any]]) -> None:
        self.services = services
        self.running: dict[str, int] = {}

    def start(self, name: str) -> None:
        """Start a process, if it does not run."""
        if name in self.running:
            return
        service = self.services[name]
        with Path(f"/var/log/{name}.log").open("ab") as log:
            process = subprocess.Popen(
                service["argv"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **service["env"]},
                start_new_session=True,
            )
        self.running[name] = process.pid
        process.returncode = 0  # It is waited for in `reap`, with whatever else ends on this host.

    def stop(self, name: str) -> None:
        """Stop a process and all it has started, politely first; returns when it has ended."""
        pid = self.running.get(name)
        if pid is None:
            return
        os.kill(pid, getattr(signal, self.services[name]["stop"]))
        end = time.monotonic() + PATIENCE
        while name in self.running and time.monotonic() < end:
            time.sleep(0.01)
            self.reap()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        while name in self.running:
            time.sleep(0.01)
            self.reap()

    def reap(self) -> None:
        """Take note of whatever has ended."""
        with contextlib.suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                self.running = {name: running for name, running in self.running.items() if running != pid}

    def obey(self, order: dict[str, str]) -> dict[str, Any]:
        """Do what is asked (``start``, ``stop`` or nothing) and tell what runs then."""
        if order["do"] == "start":
            self.start(order["process"])
        elif order["do"] == "stop":
            self.stop(order["process"])
        self.reap()
        return {"running": dict(sorted(self.running.items()))}


def serve(listener: socket.socket, supervisor: Supervisor, until: float) -> None:
    """Take orders until the time is over."""
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([listener], [], [], min(left, 1.0))
        supervisor.reap()
        if not ready:
            continue
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            try:
                answer = supervisor.obey(json.loads(connection.makefile("rb").readline(10_000)))
            except Exception as error:
                answer = {"error": repr(error)}
            connection.sendall(json.dumps(answer).encode() + b"\n")


def main() -> None:
    """Be the first process of the host whose folder is named."""
    folder = Path(sys.argv[1])
    until = time.monotonic() + float(sys.argv[2])
    boot = json.loads((folder / "boot.json").read_text(encoding="utf-8"))
    socket.sethostname(boot["hostname"])
    subprocess.run(["ip", "-batch", "-"], input="\n".join(boot["network"]), text=True, check=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "control"))
    listener.listen(8)
    furnish(folder / "root", boot)
    supervisor = Supervisor(boot["services"])
    for name in boot["start"]:
        supervisor.start(name)
    serve(listener, supervisor, until)


if __name__ == "__main__":
    main()
