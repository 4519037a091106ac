"""A real server: one process for each person, one store, and nobody from outside."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cmdb.ports.store import Put
from cmdb.records import to_document
from cmdb.stores.sqlite import open_store
from tests.builders import KINDS, a_server, a_service, needs
from web.serve import LoopbackOnly, refuse_foreign

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = """
[[person]]
id = "network-team"
roles = ["engineer"]
[[person]]
id = "change-board"
roles = ["cab_member"]
"""
WINDOW = {"start": "2999-03-02T22:00:00Z", "end": "2999-03-02T23:00:00Z"}
NEW = {
    "title": "Swap web1",
    "reason": "Old",
    "window": WINDOW,
    "targets": [{"ci": "web1"}],
    "back_out": {"plan": "Swap back"},
}


@pytest.fixture
def environment(tmp_path):
    """The settings of servers on one store, which holds a shop on one of two web servers."""
    store = open_store(tmp_path / "foreshock.db")
    things = [a_service("shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2")]
    puts = [Put(KINDS[type(thing)], to_document(KINDS[type(thing)], thing)) for thing in things]
    store.apply(puts, txn_id="built", actor="test", reason="test:built")
    store.close()
    (tmp_path / "people.toml").write_text(PEOPLE, encoding="utf-8")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("FORESHOCK_")},
        "FORESHOCK_STORE": f"sqlite:///{tmp_path / 'foreshock.db'}",
        "FORESHOCK_PEOPLE": str(tmp_path / "people.toml"),
    }


def started(environment, *arguments):
    """Start ``foreshock serve`` and return the process."""
    command = [sys.executable, "-m", "web.cli", "serve", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@contextmanager
def serving(environment, person):
    """Serve as this person on a free port; yields a function that asks, and ends the server with SIGTERM."""
    with started({**environment, "FORESHOCK_ACTOR": person}, "--port", "0", "-o", "json") as process:
        lines = [process.stdout.readline() for _ in range(3)]  # {, the address, }
        where = urlsplit(json.loads("".join(lines))["address"])

        def ask(method, path, body=None, **headers):
            connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
            sent = None if body is None else json.dumps(body)
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, sent, {**names, **({"Content-Type": "application/json"} if sent else {})})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            return answer.status, json.loads(content) if content else None, answer.headers

        ask.process, ask.where = process, where
        try:
            yield ask
        finally:
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=20)
            assert (process.returncode, rest) == (0, ""), errors


def test_two_people_take_a_change_from_request_to_proof_over_two_servers(environment):
    """One server for each person on one store: what the one writes the other decides about and proves."""
    with serving(environment, "network-team") as engineer, serving(environment, "change-board") as board:
        _, change, headers = engineer("POST", "/api/v1/changes", NEW)
        path = f"/api/v1/changes/{change['id']}"
        _, _, headers = engineer("POST", f"{path}/submit", If_Match=headers["ETag"])
        status, assessment, _ = engineer("POST", f"{path}/assess", If_Match=headers["ETag"])
        assert (status, assessment["verdict"]) == (201, "CAB")

        _, _, headers = board("GET", path)
        status, own, _ = engineer("POST", f"{path}/approve", {}, If_Match=headers["ETag"])
        assert (status, own["code"]) == (403, "change.own_change")
        status, decision, _ = board("POST", f"{path}/approve", {"comment": "fine"}, If_Match=headers["ETag"])
        assert (status, decision["by"]) == (201, "change-board")

        assert engineer("GET", path)[1]["state"] == "approved"
        for person in (engineer, board):
            status, replayed, _ = person("GET", f"{path}/replay")
            assert (status, replayed["same"], replayed["differences"]) == (200, True, [])


def test_many_requests_at_once_lose_nothing(environment):
    """Eight threads on one store: every change that was answered with 201 is there, each number once."""
    with serving(environment, "network-team") as ask, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask("POST", "/api/v1/changes", {"title": f"{n}", "reason": "x"}), range(40)))
        _, listed, _ = ask("GET", "/api/v1/changes?limit=1000")

    assert [status for status, _, _ in answers] == [201] * 40
    assert sorted(row["id"] for row in listed["rows"]) == sorted(answer["id"] for _, answer, _ in answers)
    assert len({row["id"] for row in listed["rows"]}) == 40


def test_one_request_sent_by_many_at_once_happens_once(environment):
    """An impatient client that sends a request eight times under one key gets eight times the same answer."""
    with serving(environment, "network-team") as ask, ThreadPoolExecutor(8) as pool:
        once = {"Idempotency_Key": "impatient"}
        answers = list(pool.map(lambda _: ask("POST", "/api/v1/changes", NEW, **once), range(8)))
        _, listed, _ = ask("GET", "/api/v1/changes")

    assert {(status, answer.get("id")) for status, answer, _ in answers} == {(201, listed["rows"][0]["id"])}
    assert len(listed["rows"]) == 1


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"nonsense\r\n\r\n", 400), (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501)],
    ids=["no HTTP", "an unknown transfer"],
)
def test_what_is_not_even_http_gets_a_problem_document(environment, request_line, status):
    """Every failure has one shape, also those that never reach the application."""
    with (
        serving(environment, "network-team") as ask,
        socket.create_connection((ask.where.hostname, ask.where.port), timeout=20) as connection,
    ):
        connection.sendall(request_line)
        with connection.makefile("rb") as answers:
            answer = answers.read()

    head, _, body = answer.partition(b"\r\n\r\n")
    assert f" {status} ".encode() in head.split(b"\r\n")[0]
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_a_port_that_is_taken_is_said_so(environment):
    """The failure names the address and the cause, and nothing is left running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with started(environment, "--port", str(taken.getsockname()[1])) as process:
            _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "can not listen on 127.0.0.1" in errors


def test_asked_for_more_than_this_machine_it_says_why_not(environment):
    """The refusal gives the reason and what would do instead; nothing listens."""
    with started({**environment, "FORESHOCK_ACTOR": "network-team"}, "--host", "0.0.0.0") as process:
        out, errors = process.communicate(timeout=20)

    assert process.returncode == 2
    assert out == ""
    assert "sign-in is off" in errors
    assert "network-team" in errors


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", "", "127.0.0.1.example.org"])
def test_only_addresses_of_this_machine_alone_are_taken(host):
    """An address others can reach, or a name of which nobody knows where it leads."""
    with pytest.raises(LoopbackOnly):
        refuse_foreign(host, actor="anybody")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_every_loopback_address_will_do(host):
    """All of 127/8 and ::1 lead here and nowhere else."""
    refuse_foreign(host, actor="anybody")
