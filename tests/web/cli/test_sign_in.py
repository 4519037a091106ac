"""Sign-in from the terminal: the first link, tokens, and the same commands against a server that asks who it is."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager

import pytest

from web.settings import Secret, read


@pytest.fixture
def guarded(environment):
    """The settings of a machine at whose server persons sign in."""
    environment |= {"FORESHOCK_SIGN_IN": "on", "FORESHOCK_ACTOR": "", "FORESHOCK_URL": ""}
    return environment


@contextmanager
def serving(process, *words, **more):
    """Serve on a free port; yields the address, and ends the server with SIGTERM."""
    with process("serve", "--port", "0", "-o", "json", *words, **more) as server:
        try:
            yield json.loads(b"".join(server.stdout.readline() for _ in range(3)))["address"]
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=20)


def test_init_prints_a_link_for_the_first_administrator_until_somebody_can_sign_in(foreshock, guarded):
    """No default password; without sign-in there is no link."""
    assert "link" not in foreshock("init", "-o", "json", env={"FORESHOCK_SIGN_IN": "off"}).ok().json
    first = foreshock("init", "-o", "json", env={"FORESHOCK_PUBLIC_URL": "https://cmdb.example.org"}).ok().json
    assert first["link"].startswith("https://cmdb.example.org/sign-in/link/1001_")
    assert "link" not in foreshock("init", "-o", "json").ok().json
    (person,) = foreshock("person", "list", "-o", "json").ok().json["rows"]
    assert person["roles"] == ["administrator"]


def test_a_token_is_made_used_over_a_server_listed_and_revoked(foreshock, guarded, process):
    """The twin routes do what the desk does; without a token, or with one that was revoked, nothing is answered."""
    foreshock("person", "add", "dba", "--name", "Database team", "--role", "engineer").ok()
    made = foreshock("token", "new", "--role", "administrator", "-o", "json").ok().json
    assert made["token"].startswith("fsk_")
    with serving(process) as address:
        there = {"FORESHOCK_URL": address, "FORESHOCK_TOKEN": made["token"]}
        assert foreshock("ci", "list", env={**there, "FORESHOCK_TOKEN": ""}).status == 7
        wrong = foreshock("ci", "list", env={**there, "FORESHOCK_TOKEN": "fsk_1001_" + "canary" * 7 + "x"})
        assert (wrong.status, "canary" in wrong.out + wrong.err) == (7, False)
        foreshock("ci", "add", "web1", "--class", "server", "--name", "web1", env=there).ok()
        link = foreshock("person", "invite", "dba", "-o", "json", env=there).ok().json["link"]
        assert "/sign-in/link/" in link
        (row,) = foreshock("token", "list", "--all", "-o", "json", env=there).ok().json["rows"]
        assert row["last_used"]
        assert "hash" not in row
        refused = foreshock("token", "new", "--name", "another", env=there)
        assert refused.status == 7
        (event, *_) = foreshock("person", "sign-ins", "-o", "json", env=there).ok().json["rows"]
        assert event["outcome"] == "invited"
        assert foreshock("session", "list", "--person", "dba", "-o", "json", env=there).ok().json["rows"] == []
        foreshock("token", "revoke", made["id"], env=there).ok()
        assert foreshock("ci", "list", env=there).status == 7
    assert made["token"].encode() not in b"".join(p.read_bytes() for p in _files(guarded))


def _files(environment):
    from pathlib import Path

    return list(Path(environment["FORESHOCK_STORE"].removeprefix("sqlite:///")).parent.glob("estate.db*"))


def test_only_with_sign_in_does_a_server_listen_to_other_machines(foreshock, guarded, process):
    """At every address only when it is known by which name people come; the reasons are told."""
    off = foreshock("serve", "--host", "0.0.0.0", "--port", "0", env={"FORESHOCK_SIGN_IN": ""})
    assert (off.status, "sign-in is off" in off.err) == (2, True)
    nameless = foreshock("serve", "--host", "0.0.0.0", "--port", "0")
    assert (nameless.status, "FORESHOCK_PUBLIC_URL" in nameless.err) == (2, True)
    public = {"FORESHOCK_PUBLIC_URL": "https://cmdb.example.org"}
    with serving(process, "--host", "0.0.0.0", env=public) as address:
        assert address.startswith("http://0.0.0.0:")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("FORESHOCK_SIGN_IN", "yes"),
        ("FORESHOCK_PUBLIC_URL", "cmdb.example.org"),
        ("FORESHOCK_PUBLIC_URL", "https://user:secret@cmdb.example.org"),
        ("FORESHOCK_PUBLIC_URL", "https://cmdb.example.org/path"),
        ("FORESHOCK_PUBLIC_URL", "https://cmdb.example.org:port"),
        ("FORESHOCK_SESSION_MINUTES", "sixty"),
        ("FORESHOCK_SESSION_MINUTES", "720,60"),
        ("FORESHOCK_SESSION_MINUTES", "0,0"),
    ],
)
def test_a_wrong_setting_of_sign_in_is_named(foreshock, guarded, setting, value):
    """Before anything listens."""
    run = foreshock("serve", "--port", "0", env={setting: value})
    assert run.status == 2
    assert value.rpartition("@")[2] in run.err
    assert "secret" not in run.err


def test_a_token_is_shown_by_no_repr_and_no_refusal(foreshock, guarded):
    """Settings may be printed; what can not be sent is refused without being shown."""
    settings = read({"FORESHOCK_TOKEN": "fsk_canary"})
    assert "canary" not in repr(settings)
    assert settings.token == "fsk_canary"
    assert repr(Secret()) == "''"
    run = foreshock("ci", "list", env={"FORESHOCK_URL": "http://127.0.0.1:1", "FORESHOCK_TOKEN": "fsk canary\n"})
    assert (run.status, "canary" in run.out + run.err) == (2, False)
