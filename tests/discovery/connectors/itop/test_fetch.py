"""iTop's REST/JSON API over a real socket, and exported files."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

from discovery.connectors.itop import CONNECTOR
from discovery.connectors.itop.config import ITopSettings
from discovery.ports import CredentialsRefused, TargetError, Unreachable, Unreadable
from discovery.testing import SECRET, Ended, TrialLine
from tests.discovery.connectors.importing import Asked, Loopback, Reply, read, serving, shaped
from tests.discovery.connectors.itop.world import ABSENT, PLANTED, ITop, operation_of


def settings_for(server: Loopback, **more: Any) -> dict[str, Any]:
    return {"url": server.url, "token": "env:ITOP_TOKEN", "page_size": 2, **more}


def with_fault(fault: Callable[[Asked], Reply | None]) -> Callable[[Asked], Reply]:
    itop = ITop()
    return lambda asked: fault(asked) or itop.answer(asked)


def second_page_of_servers(reply: Reply) -> Callable[[Asked], Reply | None]:
    def fault(asked: Asked) -> Reply | None:
        operation = operation_of(asked)
        return reply if (operation["class"], operation["page"]) == ("Server", "2") else None

    return fault


def test_every_page_is_asked_for_with_oql_and_paced():
    """Three servers in pages of two are two requests with the token in its header and nowhere else."""
    line = TrialLine()
    with serving(ITop().answer) as server:
        _, _, parts = read(CONNECTOR, settings_for(server), line)

    asked = [operation_of(each) for each in server.asked if operation_of(each)["class"] == "Server"]
    assert [(each["key"], each["limit"], each["page"]) for each in asked] == [
        ("SELECT Server", "2", "1"),
        ("SELECT Server", "2", "2"),
    ]
    assert {each.headers["auth-token"] for each in server.asked} == {SECRET}
    assert SECRET not in json.dumps([each.form for each in server.asked])
    assert line.paced == len(server.asked)
    assert [row["id"] for part in parts if part.name == "Server" for row in part.body] == ["20", "21", "22"]


def test_a_user_with_a_password_is_sent_as_basic():
    """In the header, not among the fields of the form, which servers log."""
    with serving(ITop().answer) as server:
        read(CONNECTOR, {"url": server.url, "user": "reader", "password": "env:P"}, TrialLine())

        expected = "Basic " + base64.b64encode(f"reader:{SECRET}".encode()).decode()
        assert {each.headers["authorization"] for each in server.asked} == {expected}


def test_classes_of_modules_that_are_not_installed_are_noted():
    """Their scopes are not complete, and nothing else is less so."""
    line = TrialLine()
    with serving(ITop().answer) as server:
        found = shaped(CONNECTOR, settings_for(server), line)

    assert [facts["class"] for code, facts in line.notes if code == "itop.no_class"] == list(ABSENT)
    assert "itop/LogicalVolume" not in found.complete
    assert "itop/Server" in found.complete


def test_an_attribute_that_was_taken_out_of_the_model_is_done_without():
    """iTop refuses the whole request then; all attributes are asked for and those not needed dropped."""
    with serving(ITop(lacks=frozenset(("asset_number",))).answer) as server:
        _, _, parts = read(CONNECTOR, settings_for(server), TrialLine())

    assert [row["id"] for part in parts if part.name == "Server" for row in part.body] == ["20", "21", "22"]
    everything = json.dumps([part.body for part in parts])
    assert not [word for word in (*PLANTED, SECRET) if word in everything]


@pytest.mark.parametrize("reply", [Reply({"code": 1, "message": "denied"}), Reply(status=401), Reply(status=403)])
def test_a_refused_credential_is_tried_once(reply):
    """Also where iTop says it with 200 and a code."""
    with serving(with_fault(lambda _: reply)) as server:
        with pytest.raises(CredentialsRefused) as refused:
            read(CONNECTOR, settings_for(server), TrialLine())

        assert len(server.asked) == 1
    assert SECRET not in repr(refused.value.facts)


def test_too_many_requests_are_waited_out():
    """After 429 with Retry-After the same page is asked for again."""
    refused: list[str] = []

    def once(asked: Asked) -> Reply | None:
        if operation_of(asked)["class"] == "Server" and not refused:
            refused.append("Server")
            return Reply(status=429, headers={"Retry-After": "3"})
        return None

    line = TrialLine()
    with serving(with_fault(once)) as server:
        found = shaped(CONNECTOR, settings_for(server), line)

    assert line.waits == [3.0]
    assert "itop/Server" in found.complete


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500, body={}), Unreachable),
        (Reply(raw=b'{"code": 0, "message": "Found: 3", "objects": {"Server::22": {"co'), Unreadable),
        (Reply({"code": 0, "message": "Found: 3", "objects": {}}, cut=20), Unreachable),
        (Reply({"code": 100, "message": "Error"}), Unreadable),
        (Reply({"code": 0, "message": "hello", "objects": {}}), Unreadable),
        (Reply({"code": 0, "message": "Found: 3", "objects": {"Server::x": {"key": "x", "fields": {}}}}), Unreadable),
        (Reply(raw=b"<html>Maintenance</html>"), Unreadable),
    ],
)
def test_a_fault_in_the_middle_fails_the_whole_target(reply, error):
    """The second page of servers is broken: nothing of what was read is shaped."""
    with serving(with_fault(second_page_of_servers(reply))) as server, pytest.raises(error):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_a_server_that_gives_one_page_for_ever_is_found_out():
    """An iTop that does not know pages gives the first one each time."""

    def first(asked: Asked) -> Reply | None:
        if operation_of(asked)["class"] != "Server":
            return None
        objects = {f"Server::{n}": {"key": str(n), "fields": {"name": "x"}} for n in (1, 2)}
        return Reply({"code": 0, "message": "Found: 1000000", "objects": objects})

    with serving(with_fault(first)) as server, pytest.raises(Unreadable, match="same page again"):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_a_listing_without_an_end_stops_at_the_limit_and_certifies_nothing():
    """Each page is new; the reading stops, says so, and the class is not complete."""

    def endless(asked: Asked) -> Reply | None:
        operation = operation_of(asked)
        if operation["class"] != "Server":
            return None
        first = 2 * int(operation["page"])
        objects = {f"Server::{n}": {"key": str(n), "fields": {"name": f"n{n}"}} for n in (first, first + 1)}
        return Reply({"code": 0, "message": "Found: 1000000", "objects": objects})

    line = TrialLine()
    with serving(with_fault(endless)) as server:
        found = shaped(CONNECTOR, settings_for(server, most_objects=30), line)

    assert ("itop.not_whole", {"class": "Server", "read": 30, "count": 1_000_000}) in line.notes
    assert "itop/Server" not in found.complete
    assert "itop/Rack" in found.complete


def test_an_object_that_goes_while_pages_are_read_is_noticed():
    """Another one moves over the edge of the page; so none may be taken for gone."""
    itop = ITop()

    def shrinking(asked: Asked) -> Reply:
        operation = operation_of(asked)
        if (operation["class"], operation["page"]) == ("Server", "2"):
            itop.objects["Server"] = itop.objects["Server"][1:]
        return itop.answer(asked)

    with serving(shrinking) as server:
        found = shaped(CONNECTOR, settings_for(server), TrialLine())

    assert "itop/Server" not in found.complete


def test_cancelling_ends_the_reading_of_a_silent_server():
    """The server never answers; the reading ends when it is cancelled."""
    with serving(lambda _: Reply(hold=True)) as server:
        began = time.monotonic()
        with pytest.raises(Ended):
            read(CONNECTOR, settings_for(server), TrialLine(end_after=3))

    assert time.monotonic() - began < 10  # It would be 60 s.


BOMB = b"""<?xml version="1.0"?><!DOCTYPE Set [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Set><Server id="1"><name>&b;</name></Server></Set>"""


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("Server.csv", b"Name,Status\nhost1,production\n", Unreadable),
        ("Server.csv", b"id,name\n1\n", Unreadable),
        ("Server.csv", b"id,name\nx,host1\n", Unreadable),
        ("Server.csv", b'id,name\n1,"host', Unreadable),
        ("Server.csv", "id,name\n1,hôte\n".encode("latin-1"), Unreadable),
        ("Server.xml", b"<Set><Server id='1'><name>x</name>", Unreadable),
        ("Server.xml", b"<Sets/>", Unreadable),
        ("Server.xml", b"", Unreadable),
        ("Server.xml", b"<Set><Server><name>x</name></Server></Set>", Unreadable),
        ("Server.xml", b"<Set>" + b"<a>" * 50, Unreadable),
        ("Server.xml", BOMB, Unreadable),
        ("Toaster.csv", b"id\n1\n", Unreachable),
    ],
)
def test_what_is_no_export_is_told(tmp_path, name, content, error):
    """Cut off, with labels instead of codes, with entities that grow: one error, and nothing was read."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(error) as told:
        read(CONNECTOR, {"export_folder": str(tmp_path)}, TrialLine())
    assert isinstance(told.value, TargetError)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "_schema"),
        ({"url": "https://x.example.org"}, "_schema"),
        ({"url": "https://x.example.org", "user": "u", "password": "s3cret"}, "password"),
        ({"url": "https://x.example.org", "user": "u", "token": "env:T"}, "user"),
        ({"export_folder": "x", "leave_out": ["Person"]}, "leave_out"),
        ({"export_folder": "x", "device_types": {"Modem": "toaster"}}, "device_types"),
    ],
)
def test_wrong_settings_are_named(settings, field):
    """Each fault names its field, and none repeats a credential."""
    with pytest.raises(ValidationError) as wrong:
        ITopSettings().load(settings)

    assert field in wrong.value.messages
    assert "s3cret" not in str(wrong.value)
