"""Every connector that asks over a network, against counterparts that behave badly; see ``discovery.testing``."""

from __future__ import annotations

import random
import subprocess
from typing import ClassVar

import pytest

from discovery.ports import CredentialsRefused, Throttled, TimedOut, Unreachable, Unreadable
from discovery.registry import connectors
from discovery.testing import SECRET, HttpChecks, NetworkedChecks, TrialLine, hostile
from discovery.testing.hostile import Behaviour
from discovery.testing.trial import let_out, read

OURS = connectors()


class Test_netbox(HttpChecks):  # noqa: N801  Named after the connector.
    """NetBox's API."""

    connector = OURS["netbox"]

    def settings_at(self, place, seconds=0.25):
        return {"url": place.url, "token": "env:TOKEN", "request_seconds": seconds}

    few: ClassVar = {"most_objects": 50, "page_size": 25}

    def endless(self, head, number):
        if "/api/status/" in head:
            return {"netbox-version": "4.1.0"}
        return {"count": 10**9, "results": [{"id": number * 25 + n, "name": f"n{n}"} for n in range(25)]}


class Test_servicenow(HttpChecks):  # noqa: N801
    """ServiceNow's Table API; a table that is not there is noted, and the rest read."""

    connector = OURS["servicenow"]
    ways = (
        {},
        {"token": None, "api_key": "env:KEY"},
        {"token": None, "user": "reader", "password": "env:PASSWORD"},
    )

    def settings_at(self, place, seconds=0.25):
        return {"url": place.url, "token": "env:TOKEN", "request_seconds": seconds}

    few: ClassVar = {"most_records": 50, "page_size": 25}

    def endless(self, _head, number):
        return {"result": [{"sys_id": f"{number * 25 + n:032x}", "name": f"n{n}"} for n in range(25)]}


class Test_itop(HttpChecks):  # noqa: N801
    """iTop's REST service."""

    connector = OURS["itop"]
    ways = ({}, {"token": None, "user": "reader", "password": "env:PASSWORD"})

    def settings_at(self, place, seconds=0.25):
        return {"url": place.url, "token": "env:TOKEN", "request_seconds": seconds}

    few: ClassVar = {"most_objects": 50, "page_size": 25}

    def endless(self, _head, number):
        found = {f"o{n}": {"key": str(number * 25 + n), "fields": {"name": f"n{n}"}} for n in range(25)}
        return {"code": 0, "message": "Found: 1000000", "objects": found}


class Test_backstage(HttpChecks):  # noqa: N801
    """Backstage's catalog."""

    connector = OURS["backstage"]

    def settings_at(self, place, seconds=0.25):
        return {"url": place.url, "token": "env:TOKEN", "request_seconds": seconds}

    few: ClassVar = {"most_entities": 50}

    def endless(self, _head, number):
        entity = {"kind": "Component", "metadata": {"name": f"n{number}"}, "spec": {"type": "service"}}
        return {"items": [entity], "totalItems": 10**6, "pageInfo": {"nextCursor": f"c{number}"}}


class Test_kubernetes(HttpChecks):  # noqa: N801
    """A cluster's API; where it forbids every listing, the cluster itself is there all the same."""

    connector = OURS["kubernetes"]
    told_by_settings = frozenset({"c"})
    ways = ({}, {"token": None, "client_certificate": "env:CERTIFICATE", "client_key": "env:KEY"})

    def read(self, place, line, *, seconds=0.25, way=None):
        # A certificate is shown over TLS alone.
        over = {"server": place.url.replace("http:", "https:")} if "client_certificate" in (way or {}) else {}
        return super().read(place, line, seconds=seconds, way={**(way or {}), **over})

    def settings_at(self, place, seconds=0.25):
        return {
            "cluster": "c",
            "server": place.url,
            "token": "env:TOKEN",
            "tries": 1,
            "connect_seconds": seconds,
            "answer_seconds": seconds,
        }

    few: ClassVar = {"most": 50}

    def endless(self, head, number):
        if "/version" in head:
            return {"gitVersion": "v1.31.0"}
        items = [
            {"metadata": {"name": f"n{number}-{n}", "namespace": "shop", "uid": f"u{number}-{n}"}} for n in range(25)
        ]
        return {"items": items, "metadata": {"continue": f"c{number}"}}


def _of_aws(name, status, code, errors):
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>".encode()
    return Behaviour(name, hostile.reply(body, f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\n".encode()), errors)


_PATIENCE = f"429 Too Many Requests\r\nRetry-After: {hostile.PATIENCE:.0f}"
_AWS = {
    "refuses": _of_aws("refuses", "403 Forbidden", "InvalidClientTokenId", (CredentialsRefused,)),
    "forbids": _of_aws("forbids", "403 Forbidden", "AccessDenied", (CredentialsRefused,)),
    "stumbles": _of_aws("stumbles", "500 Internal Server Error", "InternalFailure", (Unreachable,)),
    "asks_for_patience": _of_aws("asks_for_patience", _PATIENCE, "Throttling", (Throttled,)),
}


class Test_aws(HttpChecks):  # noqa: N801
    """AWS through boto3, at another address; it says no in XML."""

    behaviours = tuple(_AWS.get(each.name, each) for each in HttpChecks.behaviours)

    connector = OURS["aws"]
    ways = ({}, {"session_token": "env:SESSION"})
    KEYS: ClassVar = {"env:ID": "AKIA" + "Q7" * 8, "env:KEY": SECRET, "env:SESSION": "s3ssion-" + "fedcba98" * 3}

    def secrets(self, folder):  # noqa: ARG002
        return self.KEYS

    def settings_at(self, place, seconds=0.25):
        return {
            "accounts": [{"id": "123456789012"}],
            "regions": ["eu-central-1"],
            "access_key_id": "env:ID",
            "secret_access_key": "env:KEY",
            "endpoint_url": place.url,
            "tries": 1,
            "connect_seconds": seconds,
            "answer_seconds": seconds,
        }


class Test_ssh_linux(NetworkedChecks):  # noqa: N801
    """A host over SSH."""

    connector = OURS["ssh_linux"]
    ways = ({}, {"passphrase": "env:PHRASE"}, {"key": None, "password": "env:PASSWORD"})

    def secrets(self, folder):
        key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
        return {"file:key": key.read_text(), "env:PHRASE": SECRET, "env:PASSWORD": SECRET}

    def settings_at(self, place, seconds=0.25):
        return {
            "hosts": [{"address": place.host, "port": place.port}],
            "user": "reader",
            "key": "file:key",
            "known_hosts": "/dev/null",
            "connect_seconds": seconds,
        }


class Datagrams:
    """What answers each datagram badly."""

    WAYS: ClassVar = {
        "silent": lambda _: None,
        "garbage": lambda _: hostile.GARBAGE[:400],
        "echo": lambda heard: heard,
        "huge": lambda _: hostile.GARBAGE[:60_000],
        "empty": lambda _: b"",
        "bent": lambda heard: heard[:-3] + b"\xff\xff\xff",
        "cut": lambda heard: heard[: len(heard) // 2],
        "changed": lambda heard: bytes(random.Random(len(heard)).choices(heard, k=len(heard))),
    }


@pytest.mark.parametrize("way", Datagrams.WAYS)
@pytest.mark.parametrize("version", ["2c", "3"])
def test_snmp_of_a_device_that_answers_badly(way, version, caplog):
    """Garbage, silence and echoes end in time with one of the ports' errors, and no secret is told."""
    caplog.set_level("DEBUG")
    checks = NetworkedChecks()
    line = TrialLine(seconds=2.0, runs=True)
    with hostile.listening_udp(Datagrams.WAYS[way]) as place:
        trial = hostile_trial(place, version, line)
    assert trial.ended
    # An echo is an answer; that it is not signed as it should be looks like a credential of somebody else's.
    checks.judge(trial, (Unreachable, Unreadable, TimedOut, *([CredentialsRefused] if way == "echo" else [])))
    assert place.requests
    if way != "echo":  # Of which the library takes what it hears for a request, and says so.
        assert place.requests <= line.paced + 1, "beside what is asked, version 3 asks once who the other is"
    assert not list(let_out(trial.said() + caplog.text, [SECRET]))


def hostile_trial(place, version, line):
    """Read a device at a place."""
    given = {
        "devices": [place.host],
        "port": place.port,
        "version": version,
        "timeout": 0.1,
        "retries": 0,
        **(
            {"community": "env:COMMUNITY"}
            if version == "2c"
            else {"user": "reader", "authentication_secret": "env:A", "privacy_secret": "env:P"}
        ),
    }
    return read(OURS["snmp_network"], OURS["snmp_network"].settings().load(given), line)
