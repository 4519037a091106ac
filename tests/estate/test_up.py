"""The estate is up: who asks from the probe finds what the description says."""

from __future__ import annotations

import subprocess

from tests.estate.description import BY_NAME, FLOWS, HOSTS, VENDOR, VIP, neighbours
from tests.estate.probe import State, told_neighbours


def _ssh(estate, host, command, user="root"):
    access = estate.access
    options = ["-i", access.ssh_key, "-o", f"UserKnownHostsFile={access.known_hosts}", "-o", "BatchMode=yes"]
    return estate.run("probe", ["ssh", "-F", "none", *options, f"{user}@{BY_NAME[host].addresses[0]}", command])


def _snmp(estate, host, oid, *options):
    return estate.run("probe", ["snmpwalk", "-On", "-OQ", "-m", "", *options, BY_NAME[host].addresses[0], oid])


def test_the_shop_answers_over_its_virtual_address(estate):
    """With everything there the shop is up, and how long it took to come up is told."""
    print(f"up in {estate.up_seconds:.1f} s")
    assert estate.ask().state is State.UP


def test_every_neighbour_is_told(estate):
    """Every device tells over SNMP exactly the neighbours that are cabled to it."""
    told = told_neighbours(estate.place, estate.access, BY_NAME)
    assert told == {host.name: sorted(name for name, _ in neighbours(host.name).values()) for host in HOSTS}


def test_a_host_is_what_it_is_described_to_be(estate):
    """Its names, machine-id, serial number, MAC and IP address are its own, seen by who has signed in."""
    for host in (BY_NAME["web1"], BY_NAME["db2"]):
        files = "cat /etc/machine-id; cd /sys/class; cat dmi/id/sys_vendor dmi/id/product_serial net/eth0/address"
        said = _ssh(estate, host.name, f"hostname -f; {files}; ip -4 -o address show eth0").split("\n")
        nic = host.interface("eth0")
        assert said[:5] == [host.fqdn, host.machine_id, VENDOR, host.serial, nic.mac]
        assert nic.address in said[5]


def test_a_user_without_rights_sees_no_secrets(estate):
    """The second user signs in with the same key, and configuration with passwords is closed to it."""
    assert _ssh(estate, "lb1", "id -un", "discovery").strip() == "discovery"
    assert _ssh(estate, "lb1", "cat /etc/keepalived/keepalived.conf 2>&1 || true", "discovery").endswith("denied\n")


def test_a_password_is_not_taken(estate):
    """Who has no key is refused, without being asked for a password."""
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityFile=none"]
    with estate.within():
        command = ["ssh", "-F", "none", *options, "-o", "BatchMode=yes", "root@10.77.1.21", "true"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 255
    assert "Permission denied (publickey)" in done.stderr


def test_snmp_version_3_gives_the_serial_number(estate):
    """The user of version 3 with both passwords reads the switch's ENTITY-MIB."""
    access = estate.access
    who = ["-v", "3", "-l", "authPriv", "-u", access.snmp_user]
    auth = ["-a", access.snmp_auth_protocol, "-A", access.snmp_auth_password]
    priv = ["-x", access.snmp_priv_protocol, "-X", access.snmp_priv_password]
    said = _snmp(estate, "sw1", "1.3.6.1.2.1.47.1.1.1.1.11", *who, *auth, *priv)
    assert BY_NAME["sw1"].serial in said


def test_a_neighbour_is_called_by_the_address_of_its_chassis(estate):
    """What LLDP calls a switch is the MAC address that the description says, also where it is its bridge's."""
    version = ["-v", "2c", "-c", estate.access.snmp_community]
    said = _snmp(estate, "web1", "1.0.8802.1.1.2.1.4.1.1.5", *version).split("=")[1]
    assert said.strip().strip('"').split() == BY_NAME["sw1"].chassis.mac.upper().split(":")


def test_a_switch_shows_behind_which_port_a_host_is(estate):
    """The forwarding table of BRIDGE-MIB has a server's MAC address at the port it is plugged into."""
    mac = BY_NAME["db1"].interface("eth0").mac
    row = ".".join(str(int(part, 16)) for part in mac.split(":"))
    version = ["-v", "2c", "-c", estate.access.snmp_community]
    port = _snmp(estate, "sw2", f"1.3.6.1.2.1.17.4.3.1.2.{row}", *version).split("=")[1].strip()
    index = _snmp(estate, "sw2", f"1.3.6.1.2.1.17.1.4.1.2.{port}", *version).split("=")[1].strip()
    assert "swp5" in _snmp(estate, "sw2", f"1.3.6.1.2.1.2.2.1.2.{index}", *version)


def test_nothing_reaches_the_outside(estate):
    """No host has a way to an address that is not in the estate."""
    for host in HOSTS:
        with estate.within(host.name):
            command = ["ip", "route", "get", "192.0.2.1"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0 or "via 10.77." in done.stdout
    with estate.within("rtr1"):
        assert subprocess.run(["ip", "route", "get", "192.0.2.1"], capture_output=True, check=False).returncode != 0


def test_the_virtual_address_is_held_by_the_first_load_balancer(estate):
    """It stands on lb1's interface beside its own, and on no other host."""
    holders = [h.name for h in HOSTS if VIP in estate.run(h.name, ["ip", "-o", "address", "show"])]
    assert holders == ["lb1"]


def _listening(estate, host):
    """Return (transport, port, programme) of every socket somebody listens on."""
    rows = (line.split() for line in estate.run(host, ["ss", "-Hltunp"]).splitlines())
    return {(row[0], int(row[4].rpartition(":")[2]), row[6].split('"')[1]) for row in rows}


def test_who_listens_is_who_is_described_and_nobody_else(estate):
    """On every host the listening sockets are those of the description, under the programmes' names it gives."""
    for host in HOSTS:
        described = {(each.transport, each.port, each.program) for each in host.processes if each.port}
        assert _listening(estate, host.name) == described, host.name


def test_who_is_connected_with_whom_is_as_described(estate):
    """Connections between hosts and within them are the flows of the description, and no others."""
    by_port = {(a, each.port): f"{h.name}/{each.name}" for h in HOSTS for each in h.processes for a in h.addresses}
    for _ in range(4):  # Both web servers are asked, so that each connection has been used.
        estate.ask()
    seen = set()
    for host in (host for host in HOSTS if host.has_sshd):
        for row in estate.run(host.name, ["ss", "-Htnp", "state", "established"]).splitlines():
            address, _, port = row.split()[3].rpartition(":")
            address = host.addresses[0] if address == "127.0.0.1" else address
            server = by_port.get((address, int(port)))
            program = row.split('"')[1]
            client = next((f"{host.name}/{each.name}" for each in host.processes if each.program == program), "?")
            if server:
                seen.add((client, server))
    described = {(flow.client, flow.server) for flow in FLOWS}
    assert seen <= described
    # Who does not hold the virtual address has no customers, so only its configuration tells whom it would ask.
    assert described - seen <= {("lb2/haproxy", "web1/nginx"), ("lb2/haproxy", "web2/nginx")}
