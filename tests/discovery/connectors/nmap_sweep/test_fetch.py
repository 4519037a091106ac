"""A range is swept with the real nmap; what goes wrong with it is told, and nothing is left running."""

from __future__ import annotations

import shutil
import socket
import sys
import time
from pathlib import Path

import pytest

from discovery.connectors.nmap_sweep import CONNECTOR, process
from discovery.connectors.nmap_sweep.config import NmapSettings
from discovery.ports import Target, TargetError, Unreadable
from discovery.testing import Ended, TrialLine

needs_nmap = pytest.mark.skipif(shutil.which("nmap") is None, reason="nmap is not installed")
NETWORK = "127.0.0.0/30"


def settings(**more):
    return NmapSettings().load({"ranges": [NETWORK], "names": False, **more})


def fetched(over=None, network=NETWORK, **more):
    return list(CONNECTOR.fetch(Target(network), settings(**more), over or TrialLine()))


@pytest.fixture
def listening():
    """Return a TCP port that somebody listens on at 127.0.0.1, and at no other address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a programme of Python in the place of nmap."""

    def put(text):
        program = tmp_path / "nmap"
        program.write_text(f"#!{sys.executable}\nimport os, sys, time\n{text}\n")
        program.chmod(0o755)
        monkeypatch.setitem(process._ENVIRONMENT, "PATH", str(tmp_path))

    return put


@needs_nmap
def test_the_open_port_of_who_listens_is_found(listening):
    """An open port is seen at the address that listens, a closed one nowhere, and the end is told."""
    over = TrialLine()
    hosts, finished = fetched(over, ports=f"{listening},1")
    found = {address: host["ports"] for host in hosts.body["hosts"] for address in host["addresses"]}
    assert found["127.0.0.1"] == [[listening, "tcp"]]
    assert found["127.0.0.2"] == []
    assert (finished.whole, finished.body["exit"], finished.body["total"]) == (True, "success", 4)
    assert over.paced == 1


@needs_nmap
def test_an_address_that_is_left_out_is_not_looked_at(listening):
    """What is excluded neither answers nor counts."""
    hosts, finished = fetched(ports=str(listening), excluded=["127.0.0.1"])
    assert "127.0.0.1" not in [address for host in hosts.body["hosts"] for address in host["addresses"]]
    assert finished.body["total"] == 3


@needs_nmap
def test_a_range_that_is_left_out_as_a_whole_is_not_whole():
    """Where nothing was looked at, nothing is certified."""
    (finished,) = fetched(excluded=[NETWORK])
    assert not finished.whole
    assert CONNECTOR.shape(Target(NETWORK), settings(), [finished]).complete == frozenset()


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_cancelling_kills_nmap(stand_in, tmp_path):
    """Nmap is gone when the reading was ended, and so is what it had started itself."""
    stand_in(
        f"pids = open({str(tmp_path / 'pids')!r}, 'w')\n"
        "child = os.fork()\n"
        "if child: pids.write(f'{os.getpid()} {child}'); pids.close(); print('<nmaprun>', flush=True)\n"
        "time.sleep(600)"
    )
    with pytest.raises(Ended):
        fetched(TrialLine(end_after=5))
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 2
    # Nobody waits for a grandchild: it is gone once the system has come round to it.
    end = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [pid for pid in pids if alive(pid)]


def test_when_the_time_runs_out_what_was_found_stays(stand_in):
    """The hosts of the groups that were done are given; the range is not whole."""
    host = '<host><status state=\\"up\\"/><address addr=\\"127.0.0.1\\" addrtype=\\"ipv4\\"/></host>'
    stand_in(f'print("<nmaprun>{host}", flush=True)\ntime.sleep(600)')
    hosts, finished = fetched(TrialLine(looks_at_time=4))
    assert hosts.body["hosts"][0]["addresses"] == ["127.0.0.1"]
    assert (finished.whole, finished.body) == (False, {"exit": "time"})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("sys.exit('no route; x' + 'y' * 5000)", TargetError),
        ("os.kill(os.getpid(), 9)", TargetError),
        ("print('what?')", Unreadable),
        ("sys.stdout.buffer.write(bytes(range(256)) * 9)", Unreadable),
        ("print('<nmaprun></host>')", Unreadable),
        ("print('<!DOCTYPE a [<!ENTITY b \"bomb\">]><nmaprun>&b;</nmaprun>')", Unreadable),
    ],
)
def test_an_nmap_that_fails_is_an_error_of_the_range(stand_in, text, error):
    """An exit status, a signal, or output that is no XML of nmap's ends the reading with a short reason."""
    stand_in(text)
    with pytest.raises(error) as raised:
        fetched()
    assert type(raised.value) is error
    assert len(str(raised.value)) < 600


def test_an_nmap_that_stops_in_the_middle_is_not_whole(stand_in):
    """Without the last words of nmap a range was not read to its end, whatever the exit status says."""
    stand_in("print('<nmaprun>')")
    (finished,) = fetched()
    assert not finished.whole


def test_a_missing_nmap_is_told_with_what_to_install(monkeypatch, tmp_path):
    """The error says which package brings it."""
    monkeypatch.setitem(process._ENVIRONMENT, "PATH", str(tmp_path))
    with pytest.raises(TargetError, match="install"):
        fetched()


def test_each_range_is_a_target():
    """Ranges are read on their own, in the order they were named."""
    given = settings(ranges=["10.0.2.0/24", "10.0.1.0/24"])
    assert [target.id for target in CONNECTOR.targets(given, TrialLine())] == ["10.0.2.0/24", "10.0.1.0/24"]
