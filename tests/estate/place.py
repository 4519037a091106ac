"""Where one estate keeps its files and what its namespaces are called; and the keys and passwords made for it."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.estate.description import HOSTS

# Within the hosts /run is their own, so none sees the files of another. Socket names must stay short.
ROOT = Path("/run/foreshock-estate")
NAMESPACES = Path("/run/netns")
PREFIX = "estate-"
FOLDER_SIZE = "1g"
SOURCE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Place:
    """The files and names of the estate called ``name``; several may be up at once, each with a name of its own."""

    name: str

    @property
    def folder(self) -> Path:
        """Everything that is written for this estate; gone when it is down."""
        return ROOT / self.name

    def host(self, host: str) -> Path:
        """The folder of a host: ``root`` in it is its file system."""
        return self.folder / host

    def root(self, host: str) -> Path:
        """The file system of a host; what is mounted there is seen within the host only."""
        return self.host(host) / "root"

    def control(self, host: str) -> Path:
        """The socket on which the first process of a host is told what to do."""
        return self.host(host) / "control"

    def namespace(self, host: str) -> str:
        """The name of a host's network namespace, as ``ip netns`` has it."""
        return f"{PREFIX}{self.name}.{host}"

    @property
    def keys(self) -> Path:
        """The folder of keys and passwords, for root alone."""
        return self.folder / "keys"

    @property
    def keeper(self) -> Path:
        """The file that says which process ends this estate."""
        return self.folder / "keeper.json"

    @property
    def stopped(self) -> Path:
        """The file that says which components are stopped."""
        return self.folder / "stopped.json"


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """
    How one gets in: made anew for every estate, and gone with it.

    ``users`` may sign in with ``ssh_key`` on every host that has an sshd: root, and one without rights.
    ``known_hosts`` holds the hosts' own keys, by address and name.
    """

    ssh_key: str
    known_hosts: str
    snmp_community: str
    snmp_user: str
    snmp_auth_password: str
    snmp_priv_password: str
    vrrp_password: str
    database_password: str
    users: tuple[str, ...] = ("root", "discovery")
    snmp_auth_protocol: str = "SHA-256"
    snmp_priv_protocol: str = "AES"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Whatever must appear in no output, log or evidence: some of it stands in files that discovery reads."""
        key = [line for line in Path(self.ssh_key).read_text(encoding="ascii").splitlines() if "-----" not in line]
        words = (self.snmp_community, self.snmp_auth_password, self.snmp_priv_password)
        return (*words, self.vrrp_password, self.database_password, *key)


def make_folder(place: Place) -> None:
    """
    Make the folder of an estate, in memory: nothing of it is worth a disk, and it is gone at once.

    Raises:
        FileExistsError: there is one of this name.
    """
    place.folder.mkdir(parents=True)
    options = f"size={FOLDER_SIZE},mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "foreshock-estate", str(place.folder)], check=True)


def remove_folder(place: Place) -> None:
    """Remove the folder and all that is in it; twice is once."""
    while place.folder.is_mount():
        subprocess.run(["umount", "--lazy", str(place.folder)], check=True)
    shutil.rmtree(place.folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        ROOT.rmdir()


def make_access(place: Place) -> Access:
    """Make keys and passwords, in files that root alone can read."""
    place.keys.mkdir(mode=0o700, parents=True)
    key = place.keys / "discovery"
    _make_key(key, "discovery")
    lines = []
    for host in (host for host in HOSTS if host.has_sshd):
        _make_key(place.keys / host.name, host.name)
        public = (place.keys / f"{host.name}.pub").read_text(encoding="ascii").split()
        lines.append(f"{','.join((*host.addresses, host.name, host.fqdn))} {public[0]} {public[1]}\n")
    known = place.keys / "known_hosts"
    known.write_text("".join(lines), encoding="ascii")
    access = Access(str(key), str(known), _word(), "discovery", _word(), _word(), _word()[:8], _word())
    # For who asks from outside: an argument would stand in the list of processes.
    (place.keys / "snmp.conf").write_text(f"defCommunity {access.snmp_community}\n", encoding="ascii")
    (place.keys / "access.json").write_text(json.dumps(asdict(access), indent=1), encoding="ascii")
    return access


def read_access(place: Place) -> Access:
    """
    Return the keys and passwords of an estate that is up.

    Raises:
        OSError: it is not up.
    """
    document = json.loads((place.keys / "access.json").read_text(encoding="ascii"))
    return Access(**{**document, "users": tuple(document["users"])})


def _word() -> str:
    return secrets.token_hex(12)


def _make_key(path: Path, comment: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)], check=True)
