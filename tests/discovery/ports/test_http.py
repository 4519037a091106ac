"""Asking an HTTP API: what goes wrong becomes one of the ports' errors, and a credential goes nowhere else."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from marshmallow import ValidationError

from discovery.ports import CredentialsRefused, TargetError, TimedOut, Unreachable, Unreadable
from discovery.ports.http import MIB, Api, WebAddress, bearer
from discovery.testing import SECRET, Ended, TrialLine
from tests.discovery.connectors.importing import Reply, serving


def api(url: str, line: TrialLine | None = None, **more: object) -> Api:
    return Api(url, line or TrialLine(), target="t", headers=bearer("Bearer", SECRET), **more)  # type: ignore[arg-type]


@contextlib.contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection by hand."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread.join(5)


def test_one_connection_serves_many_requests():
    """It is kept, and made again when the server let go of it."""
    with serving(lambda asked: Reply({"path": asked.path})) as server, api(server.url + "/base/") as asking:
        assert [asking.get(f"/{n}").body["path"] for n in range(3)] == ["/base/0", "/base/1", "/base/2"]


def test_a_connection_that_was_let_go_of_is_made_again():
    """A server may close a kept connection between two requests."""
    with serving(lambda _: Reply({}, headers={"Connection": "close"})) as server, api(server.url) as asking:
        asking.get("/1")
        asking.get("/2")
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", Unreachable),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Unreadable),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500 + b"\r\n", Unreadable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1", Unreachable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1", Unreachable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[1", Unreachable),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", Unreadable),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Unreadable),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Unreadable),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Unreachable),
    ],
)
def test_what_is_no_answer_is_one_of_the_errors(answer, error):
    """Nothing, another protocol, endless headers, cut off, packed, empty, elsewhere, broken."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(answer)

    with raw_server(talk) as url, api(url) as asking, pytest.raises(error) as told:
        asking.get("/x")
    assert SECRET not in str(told.value) + repr(told.value.facts) + repr(told.value.__cause__)


def test_an_answer_without_an_end_stops_at_its_bound():
    """A megabyte is enough for one page here."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
        while True:
            connection.sendall(b" " * 65_536)

    with (
        raw_server(talk) as url,
        api(url, most_bytes=MIB) as asking,
        pytest.raises(Unreadable, match="larger than 1 MiB"),
    ):
        asking.get("/x")


def drip(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def test_an_answer_that_drips_ends_with_its_time():
    """Each byte comes in time, the answer does not."""
    with raw_server(drip) as url, api(url, seconds=0.5) as asking, pytest.raises(TimedOut):
        asking.get("/x")


def test_the_time_left_for_the_target_bounds_an_answer_too():
    """However long one answer may take."""
    line = TrialLine(seconds=0.3)
    with raw_server(drip) as url, api(url, line) as asking, pytest.raises(TimedOut):
        asking.get("/x")


def test_cancelling_ends_an_answer_in_the_middle():
    """The thread that reads it ends too."""
    before = threading.active_count()
    with raw_server(drip) as url, api(url, TrialLine(end_after=4)) as asking, pytest.raises(Ended):
        asking.get("/x")

    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_nobody_there_is_unreachable():
    """A closed port, and a name that nobody knows."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}", "http://nobody.invalid"):
        with api(address) as asking, pytest.raises(Unreachable):
            asking.get("/x")


def test_a_certificate_that_nobody_vouches_for_is_told_and_one_that_the_settings_name_is_taken(tmp_path):
    """The certificate is made here and now, as every key of the tests."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
    ]
    command += ["2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs openssl")
    with serving(lambda _: Reply({})) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        url = server.url.replace("http://127.0.0.1", "https://localhost")
        with api(url) as asking, pytest.raises(Unreadable, match="certificate"):
            asking.get("/x")
        with api(url, ca_file=str(certificate)) as asking:
            assert asking.get("/x").body == {}


def test_an_authority_that_is_not_there_is_told():
    """Before anything is sent."""
    with pytest.raises(TargetError, match="authority"):
        api("https://localhost", ca_file="/nowhere/ca.pem")


@pytest.mark.parametrize("secret", ["two\nlines", "naïve", "nul\x00"])
def test_a_credential_that_no_header_can_carry_is_refused_without_being_told(secret):
    """The library's own message would repeat it."""
    with pytest.raises(CredentialsRefused) as refused:
        Api("http://localhost", TrialLine(), target="t", headers=bearer("Bearer", secret))

    assert secret not in str(refused.value) + repr(refused.value.facts)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x.example.org",
        "x.example.org",
        "https://",
        "https://u:p@x.example.org",
        "https://x.example.org/?a=1",
        "https://x.example.org/#a",
        "https://x.example.org:99999",
        "https://x.example.org/a b",
        "https://x\r\nHost: y",
    ],
)
def test_what_is_no_address_of_an_api_is_refused(address):
    """A user or a password in it too, as settings are shown."""
    with pytest.raises(ValidationError):
        WebAddress().deserialize(address)


def test_an_address_ends_with_its_path():
    """A slash at its end would stand there twice."""
    assert WebAddress().deserialize("https://x.example.org/netbox/") == "https://x.example.org/netbox"
