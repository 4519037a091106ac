"""NetBox's API over a real socket: pages, faults, and what never leaves ``fetch``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

from discovery.connectors.netbox import CONNECTOR
from discovery.connectors.netbox.config import NetBoxSettings
from discovery.ports import CredentialsRefused, Throttled, Unreachable, Unreadable
from discovery.testing import SECRET, Ended, TrialLine
from tests.discovery.connectors.importing import Asked, Loopback, Reply, read, serving, shaped
from tests.discovery.connectors.netbox.api_form import ApiForm
from tests.discovery.connectors.netbox.world import PLANTED, records

DEVICES = "/api/dcim/devices/"


def settings_for(server: Loopback, **more: Any) -> dict[str, Any]:
    return {"url": server.url, "token": "env:NETBOX_TOKEN", "page_size": 5, **more}


def with_fault(fault: Callable[[Asked], Reply | None], version: tuple[int, int] = (4, 3)) -> Callable[[Asked], Reply]:
    """Return the answers of the fictional NetBox, but for those that ``fault`` gives."""
    form = ApiForm(records(), version)
    return lambda asked: fault(asked) or form.answer(asked)


def test_every_page_is_read_with_the_token_and_paced():
    """12 devices in pages of 5 are three requests, each after asking for its turn, and each with the token."""
    line = TrialLine()
    with serving(ApiForm(records(), (4, 3)).answer) as server:
        _, _, parts = read(CONNECTOR, settings_for(server), line)

    asked = [each for each in server.asked if each.path == DEVICES]
    assert [(each.query["limit"], each.query["offset"]) for each in asked] == [("5", "0"), ("5", "5"), ("5", "10")]
    assert all(each.query["exclude"] == "config_context" for each in asked)
    assert {each.headers["authorization"] for each in server.asked} == {f"Token {SECRET}"}
    assert line.paced == len(server.asked)
    assert sorted(row["id"] for part in parts if part.name == "dcim.device" for row in part.body) == list(range(1, 13))


@pytest.mark.parametrize("version", [(3, 6), (4, 0), (4, 2), (4, 3)])
def test_versions_with_other_fields_give_the_same_observations(version):
    """Whether a role, a scope, a MAC address or a parent stands in one field or another changes nothing."""
    with serving(ApiForm(records(), version).answer) as server, serving(ApiForm(records(), (3, 6)).answer) as old:
        found = shaped(CONNECTOR, settings_for(server), TrialLine())
        first = shaped(CONNECTOR, settings_for(old), TrialLine())

    def without_disks(observations: Any) -> list[Any]:
        # NetBox 4.1 counts disks in MB instead of GB.
        return [
            (each.native_id, {**each.attributes, "disk_gb": 0}, each.relations, each.identifiers, each.groups)
            for each in observations
        ]

    assert without_disks(found.observations) == without_disks(first.observations)
    assert found.complete == first.complete


def test_nothing_personal_and_no_secret_leaves_fetch():
    """Names, telephones, comments, contexts, unnamed custom fields, keys: none is in a part, nor the token."""
    with serving(ApiForm(records(), (4, 3)).answer) as server:
        line = TrialLine()
        _, _, parts = read(CONNECTOR, settings_for(server, custom_fields=["cost_centre"]), line)

    everything = json.dumps([part.body for part in parts]) + repr(line.notes)
    assert not [word for word in (*PLANTED, SECRET) if word in everything]
    assert "K7" in everything


def test_too_many_requests_are_waited_out():
    """After 429 with Retry-After the same page is asked for again, that many seconds later."""
    refused: list[str] = []

    def once(asked: Asked) -> Reply | None:
        if asked.path == DEVICES and len(refused) < 2:
            refused.append(asked.path)
            return Reply({"detail": "throttled"}, status=429, headers={"Retry-After": "7"})
        return None

    line = TrialLine()
    with serving(with_fault(once)) as server:
        found = shaped(CONNECTOR, settings_for(server), line)

    assert line.waits == [7.0, 7.0]
    assert "netbox/dcim.device" in found.complete


def test_patience_beyond_the_time_left_is_told():
    """A NetBox that wants an hour is not waited for; whoever runs it learns how long it asked for."""
    answer = with_fault(lambda _: Reply(status=429, headers={"Retry-After": "3600"}))
    with serving(answer) as server, pytest.raises(Throttled) as told:
        read(CONNECTOR, settings_for(server), TrialLine(seconds=60))

    assert told.value.facts["seconds"] == 3600


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_tried_once(status):
    """One request, then an error that is not tried again by itself, and that does not hold the token."""
    with serving(with_fault(lambda _: Reply({"detail": "no"}, status=status))) as server:
        with pytest.raises(CredentialsRefused) as refused:
            read(CONNECTOR, settings_for(server), TrialLine())

        assert len(server.asked) == 1
    assert SECRET not in str(refused.value) + repr(refused.value.facts)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500, body={}), Unreachable),
        (Reply(status=502, body={}), Unreachable),
        (Reply(raw=b'{"count": 12, "results": [{"id": 1'), Unreadable),
        (Reply(body={"count": 12, "results": [{"id": n} for n in range(5)]}, cut=30), Unreachable),
        (Reply(raw=b"<html>maintenance</html>"), Unreadable),
        (Reply(body={"results": "many"}), Unreadable),
        (Reply(body={"count": 12, "results": [{"name": "no id"}]}), Unreadable),
        (Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}), Unreadable),
        (Reply(raw=b"[" * 100_000), Unreadable),
        (Reply(raw=b'{"count": NaN, "results": []}'), Unreadable),
    ],
)
def test_a_fault_in_the_middle_fails_the_whole_target(reply, error):
    """The second page of devices is broken: nothing of what was read before is shaped, so nothing can be retired."""
    answer = with_fault(lambda asked: reply if asked.path == DEVICES and asked.query["offset"] == "5" else None)
    with serving(answer) as server, pytest.raises(error):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_a_server_that_gives_one_page_for_ever_is_found_out():
    """It says there are a million and gives the first five each time."""
    page = {"count": 1_000_000, "results": [{"id": n} for n in range(1, 6)]}
    answer = with_fault(lambda asked: Reply(page) if asked.path == DEVICES else None)
    with serving(answer) as server, pytest.raises(Unreadable, match="same page again"):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_a_listing_without_an_end_stops_at_the_limit_and_certifies_nothing():
    """Each page is new and the count grows: the reading stops, says so, and what rests on it is not complete."""

    def endless(asked: Asked) -> Reply | None:
        if asked.path != DEVICES:
            return None
        offset = int(asked.query["offset"])
        return Reply({"count": offset + 100, "results": [{"id": offset + n + 1, "name": "x"} for n in range(5)]})

    line = TrialLine()
    with serving(with_fault(endless)) as server:
        found = shaped(CONNECTOR, settings_for(server, most_objects=50), line)

    assert ("netbox.not_whole", {"model": "dcim.device", "read": 50, "count": 145}) in line.notes
    assert not found.complete & {"netbox/dcim.device", "netbox/dcim.interface", "netbox/dcim.virtualchassis"}
    assert "netbox/dcim.region" in found.complete


def test_a_deletion_while_pages_are_read_is_noticed():
    """One device is passed over as the rest moves up; so none may be taken for gone."""
    form = ApiForm(records(), (4, 3))

    def shrinking(asked: Asked) -> Reply:
        if asked.path == DEVICES and asked.query["offset"] == "5":
            form._by_model["dcim.device"].pop(1, None)
        return form.answer(asked)

    with serving(shrinking) as server:
        found = shaped(CONNECTOR, settings_for(server), TrialLine())

    assert "netbox/dcim.device" not in found.complete


def test_cancelling_ends_the_reading_of_a_silent_server():
    """The server never answers; the reading ends when it is cancelled, not when its time is up."""
    line = TrialLine(end_after=3)
    with serving(lambda _: Reply(hold=True)) as server:
        began = time.monotonic()
        with pytest.raises(Ended):
            read(CONNECTOR, settings_for(server), line)

    assert time.monotonic() - began < 10  # It would be 60 s.


def test_what_is_no_netbox_is_told():
    """Another service at the address is no reason to take its listings for NetBox's."""
    with serving(lambda _: Reply({"status": "ok"})) as server, pytest.raises(Unreadable, match="NetBox"):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_tokens_of_the_second_kind_are_sent_as_they_ask():
    """NetBox 4.5 gives tokens that begin with nbt_ and go as Bearer."""

    class Line(TrialLine):
        def secret(self, _: str) -> str:
            return "nbt_abc.def\n"

    with serving(ApiForm(records(), (4, 3)).answer) as server:
        read(CONNECTOR, settings_for(server), Line())

    assert server.asked[0].headers["authorization"] == "Bearer nbt_abc.def"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "_schema"),
        ({"url": "https://n.example.org"}, "token"),
        ({"url": "https://n.example.org", "token": "s3cret"}, "token"),
        ({"url": "https://u:s3cret@n.example.org", "token": "env:T"}, "url"),
        ({"url": "file:///etc/passwd", "token": "env:T"}, "url"),
        ({"url": "https://n.example.org", "token": "env:T", "dump_file": "x"}, "_schema"),
        ({"dump_file": "x", "leave_out": ["dcim.nothing"]}, "leave_out"),
        ({"dump_file": "x", "roles": {"core": "toaster"}}, "roles"),
        ({"dump_file": "x", "colour": "red"}, "colour"),
    ],
)
def test_wrong_settings_are_named(settings, field):
    """Each fault names its field, and none repeats a credential that was set where a reference belongs."""
    with pytest.raises(ValidationError) as wrong:
        NetBoxSettings().load(settings)

    assert field in wrong.value.messages
    assert "s3cret" not in str(wrong.value)
