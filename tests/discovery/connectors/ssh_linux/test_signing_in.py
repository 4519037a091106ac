"""Signing in to a real sshd: host keys are checked, credentials are tried once, and what goes wrong has its kind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from discovery.connectors.ssh_linux import CONNECTOR
from discovery.ports import CredentialsRefused, HostKeyChanged, Part, Target, TargetError, Unreachable
from tests.discovery.connectors.ssh_linux.helpers import SSHD, Line, Sshd, free_port, make_key

pytest.importorskip("asyncssh", reason="needs asyncssh (foreshock[ssh])")
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not Path(SSHD).exists(), reason="needs root and Debian's openssh-server"
)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    server = Sshd(tmp_path, passwords=True)
    server.start()
    yield server
    server.stop()


def read(server: Sshd, line: Line | None = None, **given: object) -> list[Part]:
    """Read the one target of a server."""
    loaded = server.settings(**given)
    line = line or server.line()
    (target,) = CONNECTOR.targets(loaded, line)
    return list(CONNECTOR.fetch(target, loaded, line))


def sign_in(server: Sshd, line: Line | None = None, **given: object) -> None:
    """Sign in to a server and leave after the first command."""
    loaded = server.settings(**given)
    line = line or server.line()
    (target,) = CONNECTOR.targets(loaded, line)
    parts = CONNECTOR.fetch(target, loaded, line)
    assert [next(parts).name, next(parts).name] == ["session", "kernel"]
    parts.close()


def test_a_host_is_read_over_ssh(sshd):
    """All commands are run over one connection, each after asking for leave, and tell what this machine is."""
    line = sshd.line()
    parts = {part.name: part for part in read(sshd, line)}
    assert parts["kernel"].body.startswith("Linux ")
    assert parts["session"].body["host_key"].startswith("SHA256:")
    assert line.paced == 1 + len(parts) - 1 + 1  # connecting, each command once, and the second look at the sockets
    shaped = CONNECTOR.shape(Target("here"), sshd.settings(), list(parts.values()))
    assert "here" in shaped.complete
    assert sshd.log.count("Accepted publickey") == 1
    assert {o.ci_class for o in shaped.observations} >= {"interface", "application_component"}


def test_nothing_of_this_account_is_used(sshd, tmp_path, monkeypatch):
    """Only the credential of the settings is shown to a host: no agent, no keys and no configuration of the account."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    make_key(home / ".ssh" / "id_ed25519")
    (home / ".ssh" / "config").write_text("Host *\n  User nobody\n  ProxyCommand false\n")
    (home / ".ssh" / "known_hosts").write_text(sshd.known_hosts.read_text())
    monkeypatch.setenv("HOME", str(home))
    sign_in(sshd)
    assert sshd.log.count("Failed publickey") == 0
    with pytest.raises(TargetError, match="not in known_hosts"):
        read(sshd, known_hosts=None)


def test_a_wrong_key_is_tried_once(sshd, tmp_path):
    """A key the host refuses is its own kind of error, and the host saw one attempt."""
    wrong = make_key(tmp_path / "wrong")
    with pytest.raises(CredentialsRefused) as refused:
        read(sshd, Line(secrets={"file:key": wrong.read_text()}))
    assert sshd.log.count("Failed publickey") == 1
    assert "PRIVATE KEY" not in str(refused.value)


def test_a_wrong_password_is_tried_once(sshd):
    """One wrong password locks no account: it is given once, in one way, and appears nowhere."""
    line = Line(secrets={"env:PASSWORD": "planted-password\n"})
    with pytest.raises(CredentialsRefused) as refused:
        read(sshd, line, key=None, password="env:PASSWORD")
    assert sshd.log.count("Failed password") == 1
    assert "planted" not in f"{refused.value} {refused.value!r} {refused.value.facts} {line.notes}"


def test_a_key_that_can_not_be_read_is_told_without_it(sshd):
    """Text that is no key, or one whose passphrase is wrong, is refused before the host is asked."""
    before = sshd.log
    with pytest.raises(CredentialsRefused) as refused:
        read(sshd, Line(secrets={"file:key": "planted text that is no key"}))
    assert "planted" not in str(refused.value)
    assert sshd.log == before


def test_an_unknown_host_is_not_trusted(sshd):
    """Without its key on file a host is not even told who we are; the fingerprint is shown for a person to compare."""
    sshd.known_hosts.write_text("")
    with pytest.raises(TargetError, match=r"its host key SHA256:\S+ is not in known_hosts"):
        read(sshd)
    assert "Accepted" not in sshd.log


def test_a_changed_host_key_is_refused(sshd):
    """A host that shows another key than the known one is not signed in to, also where new hosts are accepted."""
    sshd.change_host_key()
    for mode in ("known", "accept_new"):
        with pytest.raises(HostKeyChanged, match="SHA256:"):
            read(sshd, host_keys=mode)
    assert "Accepted" not in sshd.log


def test_the_key_of_a_new_host_is_accepted_once_and_recorded(sshd):
    """Where the settings allow it the first key is taken, told and written down; from then on it is the known one."""
    sshd.known_hosts.unlink()
    first, second = sshd.line(), sshd.line()
    sign_in(sshd, first, host_keys="accept_new")
    sign_in(sshd, second, host_keys="accept_new")
    assert [code for code, _ in first.notes] == ["ssh.host_key_accepted"]
    assert second.notes == []
    assert len(sshd.known_hosts.read_text().splitlines()) == 1
    sshd.change_host_key()
    with pytest.raises(HostKeyChanged):
        read(sshd, host_keys="accept_new")


def test_an_accepted_key_is_recorded_only_for_a_host_that_let_us_in(sshd, tmp_path):
    """A stranger at the address can not plant its key by being asked."""
    sshd.known_hosts.unlink()
    wrong = make_key(tmp_path / "wrong")
    with pytest.raises(CredentialsRefused):
        read(sshd, Line(secrets={"file:key": wrong.read_text()}), host_keys="accept_new")
    assert not sshd.known_hosts.exists()


def test_a_host_that_is_not_there_is_unreachable(sshd):
    """Nobody listening is an error that may be tried again."""
    sshd.port = free_port()
    with pytest.raises(Unreachable):
        read(sshd)


def test_a_name_that_does_not_resolve_is_unreachable(sshd):
    """So is a name nobody has."""
    with pytest.raises(Unreachable):
        read(sshd, hosts=[{"address": "no-such-host.invalid"}])


def test_a_reading_that_is_given_up_leaves_nothing_open(sshd):
    """Whoever stops asking for parts has closed the connection."""
    sign_in(sshd)
    for _ in range(100):
        if "Disconnected" in sshd.log or "Connection closed" in sshd.log:
            break
        time.sleep(0.05)
    else:
        pytest.fail(sshd.log)
