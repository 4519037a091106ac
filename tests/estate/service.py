"""What it takes to run a process on a host, and those that every host has: sshd, snmpd and lldpd."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.estate.description import VENDOR, Host
from tests.estate.place import Access, Place

AGENTX = "/run/agentx.sock"
BRIDGE_MIB = ".1.3.6.1.2.1.17"
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
# lldpd would notice only after ten seconds that its agent is another; a service manager is told so, too.
STARTED_ANEW_WITH = {"snmpd": "lldpd"}
SOURCES = "/opt/estate"  # Where the hosts see the folder of this file.


@dataclass(frozen=True, slots=True)
class File:
    """A file of a host's own: its text, its mode and whose it is."""

    text: str
    mode: int = 0o644
    owner: str = "root"


@dataclass(frozen=True, slots=True)
class Service:
    """
    How a process is started and politely stopped, and what it finds on its host.

    ``argv`` stays in the foreground. ``files`` are by their path on the host, ``folders`` by path with their owner.
    """

    argv: tuple[str, ...]
    files: Mapping[str, File] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    stop: str = "SIGTERM"
    env: Mapping[str, str] = field(default_factory=dict)


def shell(script: str, user: str = "root") -> tuple[str, ...]:
    """Return the command that runs a fixed script as a user; the script ends in ``exec``."""
    become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups") if user != "root" else ()
    return (*become, "/bin/sh", "-c", script)


def sshd(host: Host, place: Place, access: Access) -> Service:
    """A door for the key alone."""
    config = """\
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
"""
    return Service(
        ("/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config"),
        {
            "/etc/ssh/sshd_config": File(config),
            "/etc/ssh/ssh_host_ed25519_key": File((place.keys / host.name).read_text(encoding="ascii"), 0o600),
            "/etc/ssh/authorized_keys": File((place.keys / "discovery.pub").read_text(encoding="ascii")),
        },
        {"/run/sshd": "root"},
    )


def snmpd(host: Host, place: Place, access: Access) -> Service:
    """An agent for SNMP v2c and v3; a switch shows its forwarding table too."""
    lines = [
        "agentAddress udp:161",
        f"rocommunity {access.snmp_community}",
        f"createUser {access.snmp_user} {access.snmp_auth_protocol} {access.snmp_auth_password}"
        f" {access.snmp_priv_protocol} {access.snmp_priv_password}",
        f"rouser {access.snmp_user} authPriv",
        "master agentx",
        f"agentXSocket {AGENTX}",
        f"sysName {host.fqdn}",
        f"sysLocation rack of {host.name}",
        "sysContact operations",
        f"sysServices { ({'switch': 2, 'router': 4}.get(host.role, 72)) }",
        *_entity(host),
    ]
    if host.is_network:
        lines.append(f"sysDescr {VENDOR} {host.model} {host.role}")
    if host.role == "switch":
        lines.append(f"pass_persist {BRIDGE_MIB} {sys.executable} -I {SOURCES}/bridge_mib.py")
    options = ("-C", "-c", "/etc/snmp/snmpd.conf", "-LE", "6", "-I", "-smux", "-p", "/run/snmpd.pid")
    client = f"defVersion 2c\ndefCommunity {access.snmp_community}\n"
    return Service(
        ("/usr/sbin/snmpd", "-f", *options),
        {
            "/etc/snmp/snmpd.conf": File("\n".join(lines) + "\n", 0o600),
            "/etc/snmp/snmp.conf": File(client, 0o600),
        },
        {"/var/lib/snmp": "root"},
        env={"MIBS": ""},
    )


def _entity(host: Host) -> list[str]:
    """Return the row of ENTITY-MIB that says what the device is."""
    texts = {2: f"{host.model} chassis", 7: host.name, 11: host.serial, 12: VENDOR, 13: host.model}
    numbers = {4: 0, 5: 3, 6: -1}
    return [
        *(f'override {ENTITY}.{column}.1 octet_str "{text}"' for column, text in texts.items()),
        *(f"override {ENTITY}.{column}.1 integer {number}" for column, number in numbers.items()),
    ]


def lldpd(host: Host, place: Place, access: Access) -> Service:
    """
    A neighbour that tells of itself every second.

    It waits until snmpd answers, as it would otherwise often miss its agent, and reads its settings at its start, as
    ``lldpcli`` would race with it.
    """
    lines = ["configure lldp tx-interval 1", "configure lldp tx-hold 4"]
    if host.is_network:
        # Switches and routers call a port by its name; servers, as lldpd does of itself, by its MAC address.
        lines += ["configure lldp portidsubtype ifname", f"configure system description '{VENDOR} {host.model}'"]
    script = f"""\
until snmpget -v 2c -t 0.2 -r 0 127.0.0.1 1.3.6.1.2.1.1.5.0 > /dev/null 2>&1; do sleep 0.1; done
exec /usr/sbin/lldpd -d -u /run/lldpd.socket -x -X {AGENTX} -O /etc/lldpd.conf -C {host.chassis.name}
"""
    files = {"/etc/lldpd.conf": File("\n".join(lines) + "\n")}
    return Service(shell(script), files, {"/run/lldpd": "root"}, env={"MIBS": ""})
