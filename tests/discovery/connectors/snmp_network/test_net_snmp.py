"""A real snmpd is read with version 3, and says of a wrong credential that it is one."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time

import pytest

from discovery.connectors.snmp_network import CONNECTOR
from discovery.connectors.snmp_network.agent import Agent
from discovery.connectors.snmp_network.config import SnmpSettings
from discovery.ports import CredentialsRefused, Target, Unreachable
from discovery.testing import TrialLine

SNMPD = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")
WRONG_DIGESTS = (1, 3, 6, 1, 6, 3, 15, 1, 1, 5, 0)
TARGET = Target("127.0.0.1")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory):
    """Run snmpd with a user of version 3 whose secrets nobody else knows; give its port and them."""
    if SNMPD is None:
        pytest.skip("snmpd is not installed")
    folder, port = tmp_path_factory.mktemp("snmpd"), free_port()
    known = {"AUTHENTICATION": secrets.token_hex(12), "PRIVACY": secrets.token_hex(12)}
    (folder / "snmpd.conf").write_text(
        f"agentaddress udp:127.0.0.1:{port}\n"
        f"createUser reader SHA-256 {known['AUTHENTICATION']} AES {known['PRIVACY']}\n"
        "rouser reader authPriv\nsysServices 72\nsysLocation rack 3\n"
    )
    process = subprocess.Popen(
        [SNMPD, "-f", "-C", "-c", str(folder / "snmpd.conf"), "-Lf", str(folder / "log"), "-p", str(folder / "pid")],
        env={"SNMP_PERSISTENT_DIR": str(folder / "state"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    try:
        for _ in range(100):
            if process.poll() is not None:
                pytest.skip("snmpd does not start here")
            if (folder / "log").exists() and "NET-SNMP version" in (folder / "log").read_text():
                break
            time.sleep(0.1)
        yield port, known
    finally:
        process.terminate()
        process.wait()


def settings(port, **more):
    given = {"authentication_secret": "env:AUTHENTICATION", "privacy_secret": "env:PRIVACY", "user": "reader"}
    return SnmpSettings().load({"devices": ["127.0.0.1"], "port": port, **given, "timeout": 1.0, **more})


def line_of(secrets):
    """Return a line that knows these, by the names of their variables."""
    return TrialLine({f"env:{name}": value for name, value in secrets.items()})


def test_a_host_is_read_with_authentication_and_encryption(snmpd):
    """This machine is found with its name and its loopback left out, and everything it has was read to the end."""
    port, known = snmpd
    parts = list(CONNECTOR.fetch(TARGET, settings(port), line_of(known)))
    shaped = CONNECTOR.shape(TARGET, settings(port), parts)
    host = next(each for each in shaped.observations if each.scope == "127.0.0.1/system")
    assert (host.name, host.labels["sysLocation"]) == (socket.gethostname(), "rack 3")
    assert host.native_id.startswith("engine:80001f88")
    assert {f"127.0.0.1/{name}" for name in ("system", "interfaces", "neighbours", "forwarding")} <= shaped.complete
    assert "interface:lo" not in {each.value for seen in shaped.observations for each in seen.identifiers}


def test_neither_parts_nor_observations_hold_a_secret(snmpd):
    """What was used to sign in is nowhere in what comes out."""
    port, known = snmpd
    parts = list(CONNECTOR.fetch(TARGET, settings(port), line_of(known)))
    shown = repr(parts) + repr(CONNECTOR.shape(TARGET, settings(port), parts))
    assert not [name for name, secret in known.items() if secret in shown]


def test_a_wrong_password_is_tried_once(snmpd):
    """The agent counts one message with a wrong signature, whatever the settings say of retries."""
    port, known = snmpd
    with Agent("127.0.0.1", settings(port), line_of(known), target="x") as agent:
        before = agent.get([WRONG_DIGESTS])[0][1]
        wrong = {**known, "AUTHENTICATION": "not-the-password"}
        with pytest.raises(CredentialsRefused) as refused:
            list(CONNECTOR.fetch(TARGET, settings(port, retries=3), line_of(wrong)))
        assert agent.get([WRONG_DIGESTS])[0][1] == before + 1
    assert "not-the-password" not in f"{refused.value!r} {refused.value.facts}"


@pytest.mark.parametrize("change", [{"user": "nobody"}, {"PRIVACY": "not-the-password"}])
def test_whom_the_agent_does_not_know_is_refused(snmpd, change):
    """An unknown user and a wrong encryption password are told as a credential that is refused, not as silence."""
    port, known = snmpd
    user = {"user": change["user"]} if "user" in change else {}
    over = line_of({**known, **{name: value for name, value in change.items() if name in known}})
    with pytest.raises(CredentialsRefused):
        list(CONNECTOR.fetch(TARGET, settings(port, timeout=0.3, **user), over))


def test_no_agent_is_unreachable_with_version_3_too():
    """Where nobody answers at all, no credential is blamed."""
    over = line_of({"AUTHENTICATION": "long-enough", "PRIVACY": "long-enough"})
    with pytest.raises(Unreachable):
        list(CONNECTOR.fetch(TARGET, settings(free_port(), timeout=0.2), over))
