"""ServiceNow's Table API over a real socket, and exported files."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

from discovery.connectors.servicenow import CONNECTOR
from discovery.connectors.servicenow.config import ServiceNowSettings
from discovery.ports import CredentialsRefused, Throttled, TimedOut, Unreachable, Unreadable
from discovery.testing import SECRET, Ended, TrialLine
from tests.discovery.connectors.importing import Asked, Loopback, Reply, read, serving, shaped
from tests.discovery.connectors.servicenow.world import ABSENT, PLANTED, Instance, rows_of, sys_id

SERVERS = "/api/now/table/cmdb_ci_server"
SERVER_COUNT = 5


def settings_for(server: Loopback, **more: Any) -> dict[str, Any]:
    return {"url": server.url, "token": "env:SN_TOKEN", "page_size": 2, **more}


def with_fault(fault: Callable[[Asked], Reply | None]) -> Callable[[Asked], Reply]:
    instance = Instance()
    return lambda asked: fault(asked) or instance.answer(asked)


def test_every_page_begins_where_the_last_one_ended():
    """Pages of two by sys_id, each paced; what is made or deleted meanwhile moves nothing."""
    line = TrialLine()
    with serving(Instance().answer) as server:
        _, _, parts = read(CONNECTOR, settings_for(server), line)

    pages = [each.query["sysparm_query"] for each in server.asked if each.path == SERVERS]
    ids = [row["sys_id"] for row in rows_of("cmdb_ci_server")]
    assert pages == ["ORDERBYsys_id", f"sys_id>{ids[1]}^ORDERBYsys_id", f"sys_id>{ids[3]}^ORDERBYsys_id"]
    assert line.paced == len(server.asked)
    assert sum(len(part.body) for part in parts if part.name == "cmdb_ci_server") == SERVER_COUNT
    assert all(part.whole for part in parts)


def test_the_end_is_found_without_a_count_too():
    """An instance that sends no X-Total-Count is read until a page is short."""
    with serving(Instance(counts=False).answer) as server:
        _, _, parts = read(CONNECTOR, settings_for(server), TrialLine())

    assert sum(len(part.body) for part in parts if part.name == "cmdb_ci_server") == SERVER_COUNT


def test_tables_that_the_instance_does_not_have_are_noted():
    """A plug-in that is not active is no fault; its scope is not complete either."""
    line = TrialLine()
    with serving(Instance().answer) as server:
        found = shaped(CONNECTOR, settings_for(server), line)

    assert [facts["table"] for code, facts in line.notes if code == "servicenow.no_table"] == list(ABSENT)
    assert not found.complete & {f"servicenow/{table}" for table in ABSENT}


@pytest.mark.parametrize("hidden", ["esx1", "esx2", "shop1", "old1", "kiosk1"])
def test_records_that_the_account_may_not_read_make_a_table_incomplete(hidden):
    """They are cut out of a page after it was counted; the rest of the table is read, and nothing taken for gone."""
    line = TrialLine()
    with serving(Instance(frozenset((sys_id(hidden),))).answer) as server:
        target, settings, parts = read(CONNECTOR, settings_for(server), line)
        found = CONNECTOR.shape(target, settings, parts)

    assert sum(len(part.body) for part in parts if part.name == "cmdb_ci_server") == SERVER_COUNT - 1
    assert "servicenow/cmdb_ci_server" not in found.complete
    assert "servicenow/cmdb_ci_rack" in found.complete
    assert any(code == "servicenow.not_whole" for code, _ in line.notes)


def test_a_page_that_is_hidden_wholly_ends_the_table_and_says_so():
    """There is nothing to go on from; the table is not complete."""
    ids = frozenset(row["sys_id"] for row in rows_of("cmdb_ci_server")[:2])
    with serving(Instance(ids).answer) as server:
        found = shaped(CONNECTOR, settings_for(server), TrialLine())

    assert "servicenow/cmdb_ci_server" not in found.complete


def test_hidden_relations_leave_nothing_complete():
    """Where relations were not read to their end, none may be taken for gone, of whatever table."""
    ids = frozenset(row["sys_id"] for row in rows_of("cmdb_rel_ci")[:1])
    with serving(Instance(ids).answer) as server:
        found = shaped(CONNECTOR, settings_for(server), TrialLine())

    assert found.complete == frozenset()


def test_nothing_personal_and_no_secret_leaves_fetch():
    """Persons and comments are not asked for, and dropped where they are sent all the same."""

    def generous(asked: Asked) -> Reply | None:
        if asked.path != SERVERS:
            return None
        return Reply({"result": rows_of("cmdb_ci_server") if "sys_id>" not in asked.query["sysparm_query"] else []})

    line = TrialLine()
    with serving(with_fault(generous)) as server:
        _, _, parts = read(CONNECTOR, settings_for(server), line)

    everything = json.dumps([part.body for part in parts]) + repr(line.notes)
    assert not [word for word in (*PLANTED, SECRET) if word in everything]


@pytest.mark.parametrize(
    ("credential", "header", "value"),
    [
        ({"token": "env:T"}, "authorization", f"Bearer {SECRET}"),
        ({"api_key": "env:T"}, "x-sn-apikey", SECRET),
        (
            {"user": "reader", "password": "env:T"},
            "authorization",
            "Basic " + base64.b64encode(f"reader:{SECRET}".encode()).decode(),
        ),
    ],
)
def test_each_kind_of_credential_is_sent_as_it_is_meant(credential, header, value):
    """A token, a key, or a user with a password."""
    with serving(Instance().answer) as server:
        read(CONNECTOR, {"url": server.url, **credential}, TrialLine())

        assert {asked.headers[header] for asked in server.asked} == {value}


def test_too_many_requests_are_waited_out():
    """After 429 with Retry-After the same page is asked for again."""
    refused: list[str] = []

    def once(asked: Asked) -> Reply | None:
        if asked.path == SERVERS and not refused:
            refused.append(asked.path)
            return Reply({"error": {}}, status=429, headers={"Retry-After": "9"})
        return None

    line = TrialLine()
    with serving(with_fault(once)) as server:
        found = shaped(CONNECTOR, settings_for(server), line)

    assert line.waits == [9.0]
    assert "servicenow/cmdb_ci_server" in found.complete


def test_patience_without_an_end_is_told():
    """It answers 429 to every try: after a few the target fails as one to be tried again later."""
    answer = with_fault(lambda _: Reply(status=429, headers={"Retry-After": "1"}))
    with serving(answer) as server, pytest.raises(Throttled):
        read(CONNECTOR, settings_for(server), TrialLine())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_tried_once(status):
    """Accounts are locked by trying."""
    body = {"error": {"message": "User Not Authenticated", "detail": "x"}, "status": "failure"}
    with serving(with_fault(lambda _: Reply(body, status=status))) as server:
        with pytest.raises(CredentialsRefused) as refused:
            read(CONNECTOR, settings_for(server), TrialLine())

        assert len(server.asked) == 1
    assert SECRET not in repr(refused.value.facts)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500, body={}), Unreachable),
        (Reply(raw=b'{"result": [{"sys_id": {"value": "a"'), Unreadable),
        (Reply(body={"result": [{"sys_id": "a"}, {"sys_id": "b"}]}, cut=10), Unreachable),
        (
            Reply(
                {
                    "result": [{"sys_id": "a"}],
                    "error": {"message": "Transaction cancelled: maximum execution time exceeded"},
                    "status": "failure",
                }
            ),
            TimedOut,
        ),
        (Reply({"result": {"sys_id": "a"}}), Unreadable),
        (Reply({"result": [{"name": "no sys_id"}]}), Unreadable),
        (Reply(raw=b"<html>Hibernating instance</html>"), Unreadable),
    ],
)
def test_a_fault_in_the_middle_fails_the_whole_target(reply, error):
    """The second page of servers is broken, or ends with an error after some rows, which ServiceNow sends with 200."""
    fault = with_fault(
        lambda asked: reply if asked.path == SERVERS and "sys_id>" in asked.query["sysparm_query"] else None
    )
    with serving(fault) as server, pytest.raises(error):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_a_server_that_gives_one_page_for_ever_is_found_out():
    """It does not heed sys_id>, so each page is the first."""
    page = Reply({"result": [{"sys_id": "a"}, {"sys_id": "b"}]}, headers={"X-Total-Count": "1000000"})
    answer = with_fault(lambda asked: page if asked.path == SERVERS else None)
    with serving(answer) as server, pytest.raises(Unreadable, match="same page again"):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_a_listing_without_an_end_stops_at_the_limit_and_certifies_nothing():
    """Each page is new; the reading stops, says so, and the table is not complete."""

    def endless(asked: Asked) -> Reply | None:
        if asked.path != SERVERS:
            return None
        last = asked.query["sysparm_query"].partition("sys_id>")[2].partition("^")[0]
        first = int(last or 0) + 1
        rows = [{"sys_id": f"{n:09}", "name": f"n{n}"} for n in (first, first + 1)]
        return Reply({"result": rows}, headers={"X-Total-Count": "1000000"})

    line = TrialLine()
    with serving(with_fault(endless)) as server:
        found = shaped(CONNECTOR, settings_for(server, most_records=30), line)

    assert ("servicenow.not_whole", {"table": "cmdb_ci_server", "read": 30, "count": 1_000_000}) in line.notes
    assert "servicenow/cmdb_ci_server" not in found.complete


def test_cancelling_ends_the_reading_of_a_silent_server():
    """The server never answers; the reading ends when it is cancelled."""
    with serving(lambda _: Reply(hold=True)) as server:
        began = time.monotonic()
        with pytest.raises(Ended):
            read(CONNECTOR, settings_for(server), TrialLine(end_after=3))

    assert time.monotonic() - began < 10  # It would be 90 s.


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "_schema"),
        ({"url": "https://x.example.org"}, "_schema"),
        ({"url": "https://x.example.org", "password": "env:P"}, "user"),
        ({"url": "https://x.example.org", "user": "u", "password": "s3cret"}, "password"),
        ({"url": "https://x.example.org", "token": "env:T", "api_key": "env:K"}, "_schema"),
        ({"export_folder": "x", "tables": ["cmdb_ci_server/../sys_user"]}, "tables"),
        ({"export_folder": "x", "tables": ["cmdb_rel_ci"]}, "tables"),
        ({"export_folder": "x", "relation_types": {"Feeds": "uses"}}, "relation_types"),
        ({"export_folder": "x", "relation_types": {"A::B": "eats"}}, "relation_types"),
        ({"export_folder": "x", "classes": {"u_x": "toaster"}}, "classes"),
    ],
)
def test_wrong_settings_are_named(settings, field):
    """Each fault names its field, and none repeats a credential."""
    with pytest.raises(ValidationError) as wrong:
        ServiceNowSettings().load(settings)

    assert field in wrong.value.messages
    assert "s3cret" not in str(wrong.value)
