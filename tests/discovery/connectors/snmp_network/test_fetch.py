"""A device is read over a real socket: whole, in part, or not at all, and always told which."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from discovery.connectors.snmp_network import CONNECTOR
from discovery.connectors.snmp_network.config import SnmpSettings
from discovery.connectors.snmp_network.tables import NAMES, SCALARS, TABLES
from discovery.ports import Target, TimedOut, Unreachable
from discovery.testing import Ended, TrialLine

COMMUNITY = "only-for-this-test"
NAME = SCALARS["sys_name"]


def settings(port, **more):
    given = {"devices": ["127.0.0.1"], "version": "2c", "community": "env:COMMUNITY", "port": port, "timeout": 0.3}
    return SnmpSettings().load({**given, "retries": 0, **more})


def line(**more):
    return TrialLine({"env:COMMUNITY": COMMUNITY}, **more)


@pytest.fixture
def small():
    """Return a device of two interfaces, as an agent's values."""
    from pysnmp.proto import rfc1902

    names = {(*NAMES.root, 1, index): rfc1902.OctetString(f"eth{index}") for index in (1, 2)}
    return {SCALARS["sys_descr"]: rfc1902.OctetString("a box"), NAME: rfc1902.OctetString("box1"), **names}


@pytest.fixture
def responder():
    from tests.discovery.connectors.snmp_network.responder import Responder

    def of(values, **more):
        return Responder(values, community=COMMUNITY, **more)

    return of


def fetched(agent, given, *, over=None, address="127.0.0.1"):
    return list(CONNECTOR.fetch(Target(address), settings(agent.port, **given), over or line()))


def test_a_recorded_switch_is_read_whole(recording, responder):
    """Every table of a real switch arrives as it was recorded, and its column of names in the order of ports."""
    values = recording("network/switch/cisco-c3750")
    with responder(values) as agent:
        parts = {part.name: part for part in fetched(agent, {"timeout": 5.0})}
    assert set(parts) == {"system", *(table.name for table in TABLES)}
    assert all(part.whole for part in parts.values())
    names = parts["interface_names"].body["columns"]["1"]
    recorded = {oid[-1]: bytes(value).decode() for oid, value in values.items() if oid[:-1] == (*NAMES.root, 1)}
    assert {int(index): name for index, name in names.items()} == recorded
    assert len(recorded) == 19


def test_each_request_waits_for_its_turn(small, responder):
    """As many turns are asked for as requests are sent."""
    over = line()
    with responder(small) as agent:
        fetched(agent, {}, over=over)
        assert over.paced == agent.asked > len(TABLES)


def test_a_wrong_community_is_told_as_no_answer(small, responder):
    """Version 2c does not say that a community is wrong; nor does the error say what it was."""
    with responder(small) as agent, pytest.raises(Unreachable) as refused:
        fetched(agent, {}, over=TrialLine({"env:COMMUNITY": "another"}))
    assert "community" in str(refused.value)
    assert "another" not in f"{refused.value!r} {refused.value.facts}"


def test_nobody_there_is_unreachable():
    """A port without an agent is no answer, be it refused or silent."""
    with pytest.raises(Unreachable):
        list(CONNECTOR.fetch(Target("127.0.0.1"), settings(9), line()))


def test_a_device_that_falls_silent_before_it_said_who_it_is_took_too_long(small, responder):
    """It answered once, so it is there and the community is right."""
    with responder(small, fault=lambda number: "silent" if number else "") as agent, pytest.raises(TimedOut):
        fetched(agent, {})


def test_a_value_that_is_empty_does_not_end_a_table(small, responder):
    """A row whose value is null is a row; what follows it is read."""
    from pysnmp.proto import rfc1902

    with responder({**small, (*NAMES.root, 1, 1): rfc1902.Null("")}) as agent:
        names = fetched(agent, {})[2]
    assert (names.whole, names.body["columns"]["1"]) == (True, {"1": "", "2": "eth2"})


def test_an_unknown_name_is_unreachable():
    """A device that is listed by a name nobody knows is told as that."""
    with pytest.raises(Unreachable, match="name"):
        list(CONNECTOR.fetch(Target("no-such-host.invalid"), settings(9), line()))


@pytest.mark.parametrize(
    ("fault", "because"), [("silent", "silent"), ("garbage", "silent"), ("circle", "circle"), ("empty", "garbage")]
)
def test_a_table_that_goes_wrong_is_not_whole_and_the_next_is_read(small, responder, fault, because):
    """The second table goes wrong; it says why, and all others are whole."""
    # Requests: the single values, the first address, the two walks of the first table; then the second table begins.
    with responder(small, fault=lambda number: fault if number == 4 else "") as agent:
        parts = {part.name: part for part in fetched(agent, {})}
    broken = parts["interface_names"]
    assert (broken.whole, broken.body["because"]) == (False, because)
    assert [part.name for part in parts.values() if not part.whole] == ["interface_names"]


def test_a_table_without_end_is_cut_at_the_limit(small, responder):
    """A device that always has another row gives as many as the settings allow."""
    with responder(
        small, fault=lambda number: "endless" if number == 4 else "endless" if 4 < number < 9 else ""
    ) as agent:
        parts = {part.name: part for part in fetched(agent, {"rows": 100})}
    broken = parts["interface_names"]
    assert (broken.whole, broken.body["because"]) == (False, "rows")
    assert len(broken.body["columns"]["1"]) == 100


def test_an_agent_that_can_not_answer_much_is_asked_for_less(small, responder):
    """One that says "too big" is asked for half as much until it can answer, and nothing is missing."""
    with responder(small, fault=lambda number: "tiny" if number > 1 else "") as agent:
        parts = fetched(agent, {})
    assert all(part.whole for part in parts)
    assert parts[2].body["columns"]["1"] == {"1": "eth1", "2": "eth2"}


def test_a_device_that_falls_silent_is_not_asked_for_ever(small, responder):
    """After three tables without an answer the rest is not asked for, and none of them counts as read."""
    with responder(small, fault=lambda number: "silent" if number > 1 else "") as agent:
        parts = fetched(agent, {"timeout": 0.1})
        assert agent.asked == 2 + 3
    assert [part.whole for part in parts] == [True] + [False] * len(TABLES)


def test_when_the_time_runs_out_the_rest_is_told_as_not_read(small, responder):
    """What there is no time for is a part that is not whole."""
    with responder(small) as agent:
        parts = fetched(agent, {}, over=line(seconds=1.0))
    assert [part.body.get("because") for part in parts] == [None] + ["time"] * len(TABLES)


def test_cancelling_ends_the_reading_while_it_waits_for_an_answer(small, responder):
    """A device that does not answer for a minute does not hold who wants to stop."""
    with responder(small, fault=lambda _: "silent") as agent, pytest.raises(Ended):
        fetched(agent, {"timeout": 60.0}, over=line(end_after=4))


def test_a_reading_that_is_left_closes_its_socket(small, responder):
    """Who takes the first part only leaves nothing open; a warning of an open socket would fail this test."""
    with responder(small) as agent:
        parts = CONNECTOR.fetch(Target("127.0.0.1"), settings(agent.port), line())
        assert next(parts).body["sys_name"] == "box1"
        parts.close()


def test_several_devices_are_read_at_one_time(small, responder):
    """Readings in several threads do not meet."""
    other = {**small, NAME: type(small[NAME])("box2")}
    with responder(small) as one, responder(other) as two, ThreadPoolExecutor(4) as several:
        read = list(several.map(lambda agent: fetched(agent, {"timeout": 5.0}), [one, two] * 2))
    assert [parts[0].body["sys_name"] for parts in read] == ["box1", "box2"] * 2
    assert read[0] == read[2]


def test_an_address_of_version_6_is_asked_too(small, responder):
    """A device may be listed by its IPv6 address."""
    with responder(small, address="::1") as agent:
        assert fetched(agent, {}, address="::1")[0].body["address"] == "::1"


def test_a_device_is_one_target_however_often_it_is_listed():
    """Targets come in the order of the list, each once, without anybody being asked."""
    given = settings(161, devices=["10.0.0.2", "sw1.example.com", " 10.0.0.2 "])
    assert [target.id for target in CONNECTOR.targets(given, line())] == ["10.0.0.2", "sw1.example.com"]
