"""A real PostgreSQL that streams to another one, each in a network of its own, read by the published commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from discovery.connectors.ssh_linux import CONNECTOR
from discovery.connectors.ssh_linux.commands import CONNECTIONS, MARK, ONCE, Command
from discovery.ports import Part, Shaped, Target

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=Path("postgres")).parent
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not (PROGRAMS / "initdb").exists() or shutil.which("ip") is None,
    reason="needs root, iproute2 and Debian's postgresql",
)
NAMES = {"a": f"pgrepl-a-{os.getpid()}", "b": f"pgrepl-b-{os.getpid()}"}
ADDRESSES = {"a": "10.99.0.1", "b": "10.99.0.2"}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def postgres(folder: Path, *words: str, where: str = "a") -> None:
    """Run one of PostgreSQL's programmes as its account, in one of the networks."""
    account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    program = [str(PROGRAMS / words[0]), *words[1:]]
    run = ["ip", "netns", "exec", NAMES[where], *account, *program]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, timeout=60)


@pytest.fixture(scope="module")
def pair() -> Iterator[None]:
    """A primary and a replica that streams from it."""
    folder = Path("/tmp") / f"pgrepl-{os.getpid()}"
    folder.mkdir()
    shutil.chown(folder, "postgres")
    try:
        for name in NAMES.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", "eth0", "netns", NAMES["a"], "type", "veth", "peer", "name", "eth0", "netns", NAMES["b"])
        for n, (where, name) in enumerate(NAMES.items(), 1):
            ip("-n", name, "link", "set", "eth0", "address", f"00:16:3e:00:00:0{n}")
            ip("-n", name, "addr", "add", f"{ADDRESSES[where]}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        start(folder)
        yield
    finally:
        for where in ("b", "a"):
            if (folder / where / "postmaster.pid").exists():
                postgres(folder, "pg_ctl", "-D", f"{folder}/{where}", "-m", "immediate", "-w", "stop", where=where)
        for name in NAMES.values():
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path) -> None:
    options = "-c listen_addresses=* -c fsync=off -c shared_buffers=16MB -c unix_socket_directories="
    postgres(folder, "initdb", "-D", f"{folder}/a", "-A", "trust", "-N", "-U", "postgres")
    with (folder / "a" / "pg_hba.conf").open("a") as rules:
        rules.write("host replication all 10.99.0.0/24 trust\n")
    postgres(folder, "pg_ctl", "-D", f"{folder}/a", "-w", "-l", f"{folder}/a.log", "-o", options, "start")
    connection = f"host={ADDRESSES['a']} user=postgres"
    postgres(folder, "pg_basebackup", "-D", f"{folder}/b", "-R", "-c", "fast", "-N", "-d", connection, where="b")
    postgres(folder, "pg_ctl", "-D", f"{folder}/b", "-w", "-l", f"{folder}/b.log", "-o", options, "start", where="b")
    for _ in range(100):
        if "walreceiver streaming" in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout:
            return
        time.sleep(0.1)
    raise RuntimeError((folder / "b.log").read_text())


def said(command: Command, where: str) -> str:
    """Return what a published command says in one of the networks."""
    run = ["ip", "netns", "exec", NAMES[where], "sh", "-c", command.line(sudo=False)]
    return subprocess.run(run, capture_output=True, text=True, timeout=60).stdout.partition(f"{MARK}\n")[2]


def read(where: str) -> Shaped:
    parts = [Part("session", {}), *(Part(command.name, said(command, where)) for command in ONCE)]
    return CONNECTOR.shape(Target(where), {}, [*parts, Part(CONNECTIONS.name, said(CONNECTIONS, where))])


@pytest.mark.promises
def test_both_ends_of_a_streaming_replication_are_understood(pair, promise):
    """Each knows its role, although both see the processes of both; together they are one cluster."""
    kept = promise("a PostgreSQL pair that streams, read by SSH's commands", "both roles, one cluster of two", "none")
    primary, replica = read("a"), read("b")
    databases = {
        o.attributes["role"]: o for f in (primary, replica) for o in f.observations if o.ci_class == "database_instance"
    }
    assert set(databases) == {"primary", "replica"}
    assert databases["primary"].native_id != databases["replica"].native_id
    clusters = [o for f in (primary, replica) for o in f.observations if o.ci_class == "database_cluster"]
    assert {o.native_id for o in clusters} == {f"database_cluster:postgresql:{ADDRESSES['a']}:5432/tcp"}
    members = {
        (r.target.native_id or r.target.identifiers[0].value)
        for o in clusters
        for r in o.relations
        if r.target is not None
    }
    assert members == {databases[role].native_id for role in databases} | {f"{a}:5432/tcp" for a in ADDRESSES.values()}
    kept.seen(f"{' and '.join(sorted(databases))}, one cluster of {len(databases)}")
