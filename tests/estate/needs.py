"""What the estate needs of the machine, and which Debian package brings it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess

from tests.estate.services import postgresql_programs

# Programme > package. `keepalived` of Debian 12 and newer does; nothing here depends on a version otherwise.
PROGRAMS = {
    "ip": "iproute2",
    "bridge": "iproute2",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "pgrep": "procps",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "snmpd": "snmpd",
    "snmpget": "snmp",
    "lldpd": "lldpd",
    "haproxy": "haproxy",
    "keepalived": "keepalived",
    "nginx": "nginx-light",
    "mariadbd": "mariadb-server",
    "redis-server": "redis-server",
}
LIBRARIES = ("pg8000", "pymysql")
PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


def missing() -> list[str]:
    """Return what is not here, in words; nothing where the estate can be made."""
    if os.geteuid() != 0:
        return ["it must be root to make network namespaces"]
    lacks = [f"{name} (package {package})" for name, package in PROGRAMS.items() if not shutil.which(name, path=PATH)]
    if not (postgresql_programs() / "initdb").exists():
        lacks.append("postgres (package postgresql)")
    lacks += [f"the Python library {name}" for name in LIBRARIES if importlib.util.find_spec(name) is None]
    return lacks or _refused()


def _refused() -> list[str]:
    """Return why the kernel makes no namespaces; some containers let nobody."""
    command = ["unshare", "--net", "--uts", "--ipc", "--pid", "--mount", "--fork", "true"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return [f"network namespaces are refused: {done.stderr.strip()}"] if done.returncode else []


def packages() -> list[str]:
    """Return every package, for ``apt-get install``."""
    return sorted({*PROGRAMS.values(), "postgresql"})


if __name__ == "__main__":
    print(" ".join(packages()))
