"""The hosts: writing what each finds in its file system, switching it on and off, and giving orders to it."""

from __future__ import annotations

import json
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict
from functools import cache
from pathlib import Path

from tests.estate import netns, network
from tests.estate.description import HOSTS, PROBE, VENDOR, Host
from tests.estate.netns import EstateFault
from tests.estate.place import SOURCE, Access, Place, remove_folder
from tests.estate.service import SOURCES, File
from tests.estate.services import MAKERS

# Of this machine the hosts see its programmes and libraries, read-only; everything else is their own.
SHARED = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/var/lib/dpkg")
COPIED = (
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/ld.so.cache",
    "/etc/debian_version",
)
FOLDERS = ("dev", "proc", "sys", "run", "mnt", "root", "home", "var/log", "var/tmp", "tmp")
LIFETIME = 3600.0  # Seconds after which a host ends by itself.
DISCOVERY = "discovery:x:64001:65534:discovery:/:/bin/sh"


def write(host: Host, place: Place, access: Access) -> None:
    """Write everything the host needs to start."""
    root = place.root(host.name)
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    _copy(root)
    services = {process.name: MAKERS[process.name](host, place, access) for process in host.processes}
    files = dict(_own_files(host))
    for service in services.values():
        files.update(service.files)
        for folder, owner in service.folders.items():
            _make_folder(root / folder.lstrip("/"), owner)
    for path, file in files.items():
        _write_file(root / path.lstrip("/"), file)
    boot = {
        "hostname": host.name,
        "shared": _shared(root),
        "sysctl": {"net/ipv4/ip_forward": "1"} if host.role == "router" else {},
        "dmi": {
            "sys_vendor": VENDOR,
            "product_name": host.model,
            "product_serial": host.serial,
            "product_uuid": host.uuid,
            "chassis_vendor": VENDOR,
            "chassis_serial": host.serial,
        },
        "services": {name: asdict(service) for name, service in services.items()},
    }
    (place.host(host.name) / "boot.json").write_text(json.dumps(boot, indent=1), encoding="utf-8")


def power_on(host: Host, place: Place, unplugged: Collection[str] = (), without: Collection[str] = ()) -> None:
    """
    Switch a host on, with all of its processes but those that are to be ``without``; they are not waited for.

    Interfaces that are ``unplugged`` stay so.
    """
    folder = place.host(host.name)
    boot = json.loads((folder / "boot.json").read_text(encoding="utf-8"))
    boot["network"] = network.power_on(host, unplugged)
    boot["start"] = [process.name for process in host.processes if process.name not in without]
    (folder / "boot.json").write_text(json.dumps(boot, indent=1), encoding="utf-8")
    run = place.root(host.name) / "run"
    for entry in [path for path in run.rglob("*") if not path.is_dir()]:
        entry.unlink()
    place.control(host.name).unlink(missing_ok=True)
    alone = ["unshare", "--uts", "--ipc", "--pid", "--mount", "--fork", "--kill-child"]
    init = [sys.executable, "-I", "-S", str(SOURCE / "init.py"), str(folder), str(LIFETIME)]
    with (folder / "boot.log").open("ab") as log:
        process = subprocess.Popen(
            ["ip", "netns", "exec", place.namespace(host.name), *alone, *init],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _CHILDREN.append(process)


def power_off(host: Host, place: Place) -> None:
    """Cut a host's power: first nothing is heard of it any more, then nothing is left of it but its disks."""
    namespace = place.namespace(host.name)
    netns.ip(network.power_off(host), namespace)
    netns.end_all([namespace])
    forget_ended()


def remove(place: Place) -> None:
    """End every process of this estate, and remove its namespaces and files."""
    found = set(netns.names(place.namespace(""))) - {place.namespace(PROBE.name)}
    for _ in range(2):  # Who was just about to come in when the first round went by is met by the second.
        netns.end_all(found)
    network.remove(place)
    forget_ended()
    remove_folder(place)


def order(place: Place, host: str, process: str = "", do: str = "", seconds: float = 20.0) -> dict[str, int]:
    """
    Tell the first process of a host to ``start`` or ``stop`` a process, or nothing, and return what runs then.

    Raises:
        EstateFault: the host is off, does not answer within ``seconds``, or could not do it.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(place.control(host)))
            connection.sendall(json.dumps({"do": do, "process": process}).encode() + b"\n")
            answer = json.loads(connection.makefile("rb").readline() or b'{"error": "no answer"}')
    except OSError as error:
        raise EstateFault(f"{host} does not answer: {error}") from None
    if "error" in answer:
        raise EstateFault(f"{host}/{process}: {do}: {answer['error']}")
    running: dict[str, int] = answer["running"]
    return running


def last_words(place: Place, host: str, process: str | None = None) -> str:
    """Return the last lines a process, or the start of the host, has written."""
    path = place.root(host) / "var/log" / f"{process}.log" if process else place.host(host) / "boot.log"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return " / ".join(text.strip().splitlines()[-3:]) or "nothing"


_CHILDREN: list[subprocess.Popen[bytes]] = []


def forget_ended() -> None:
    """Let go of the processes of this one's that have ended, so that no zombie is left."""
    for child in list(_CHILDREN):
        if child.poll() is not None:
            _CHILDREN.remove(child)


def _own_files(host: Host) -> dict[str, File]:
    everyone = "".join(f"{address} {other.fqdn} {other.name}\n" for other in HOSTS for address in other.addresses)
    passwd = Path("/etc/passwd").read_text(encoding="utf-8") + DISCOVERY + "\n"
    shadow = "".join(f"{line.split(':')[0]}:*:19000:0:99999:7:::\n" for line in passwd.splitlines())
    return {
        "/etc/passwd": File(passwd),
        "/etc/shadow": File(shadow, 0o600),
        "/etc/hostname": File(f"{host.name}\n"),
        "/etc/hosts": File(f"127.0.0.1 localhost\n{everyone}"),
        "/etc/machine-id": File(f"{host.machine_id}\n"),
        "/etc/resolv.conf": File("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
    }


@cache
def _sources() -> tuple[str, ...]:
    """Return what exists of the machine's folders, with those of this Python where they lie elsewhere."""
    pythons = {str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix)}
    return (*SHARED, *sorted(prefix for prefix in pythons if not prefix.startswith("/usr/")))


def _shared(root: Path) -> list[str]:
    """Make the places where the machine's folders are mounted, and return those; a link is made as it is."""
    mounted = []
    for name in _sources():
        source, target = Path(name), root / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            mounted.append(name)
    return mounted


def _copy(root: Path) -> None:
    """Copy what a host has of its own, but as this machine has it."""
    for source in (Path(name) for name in COPIED):
        if source.exists():
            (root / "etc").mkdir(exist_ok=True)
            shutil.copy2(source, root / "etc")
    sources = root / SOURCES.lstrip("/")
    sources.mkdir(parents=True)
    shutil.copy2(SOURCE / "bridge_mib.py", sources)


def _make_folder(path: Path, owner: str) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if owner != "root":
        shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)
        path.chmod(0o700 if "lib" in path.parts else 0o755)


def _write_file(path: Path, file: File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file.text, encoding="utf-8")
    path.chmod(file.mode)
    if file.owner != "root":
        shutil.chown(path, file.owner)
