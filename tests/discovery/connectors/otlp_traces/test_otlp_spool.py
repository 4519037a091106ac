"""From receivers over the spool to a run: what is kept, for how long, and when silence proves something."""

from __future__ import annotations

import json
import stat
import threading

import pytest
from marshmallow import ValidationError

from discovery.connectors.otlp_traces import CONNECTOR
from discovery.connectors.otlp_traces.decoding import Decoded, from_json
from discovery.connectors.otlp_traces.opening import receive
from discovery.connectors.otlp_traces.spans import Resource
from discovery.connectors.otlp_traces.spool import Spool
from discovery.ports import Part, Target, Unreachable
from discovery.testing import Ended, TrialLine
from tests.discovery.connectors.otlp_traces.serving import read, receiver_at, relations
from tests.discovery.connectors.otlp_traces.traces import address, document, queue, service, span, told

NOON = 1_800_000_000  # a full hour


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> float:
        return float(self.now)


@pytest.fixture
def clock():
    return Clock(NOON)


def spans(trace: int = 1) -> Decoded:
    made = [
        span(trace, 1, 0, "front", "CLIENT", address("cart")),
        span(trace, 2, 1, "cart", "SERVER"),
        span(trace, 3, 2, "cart", "PRODUCER", queue("orders")),
    ]
    return Decoded([Resource(service("front"), {}), Resource(service("cart"), {})], made)


def shape(folder, at, hours=1):
    """What a run at a moment makes of a spool."""
    spool, settings = Spool(folder), {"keep_hours": hours}
    slices = [Part("slice", json.loads(spool.read(name))) for name in spool.names()]
    return CONNECTOR.shape(Target("traces"), settings, [Part("reading", {"at": at}), *slices])


def codes(made):
    return [note.code for note in made.notes]


def test_an_hour_is_a_file_and_the_next_begins_another(tmp_path, clock):
    """What was added up before stays as it was."""
    receiver = receiver_at(tmp_path, clock=clock, name="a" * 16)
    receiver.take(spans(1))
    receiver.flush()
    clock.now += 3_600
    receiver.take(spans(2))
    receiver.flush()
    receiver.flush()

    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        f"{NOON:012d}-{'a' * 16}.json",
        f"{NOON + 3_600:012d}-{'a' * 16}.json",
    ]


def test_the_scope_is_complete_when_somebody_listened_for_all_the_hours_that_are_kept(tmp_path, clock):
    """Only then has a service that was never seen fallen silent; before, nobody would have heard it."""
    receiver = receiver_at(tmp_path, clock=clock)
    complete = []
    for _ in range(8):
        receiver.flush()
        complete.append(bool(shape(tmp_path, clock.now).complete))
        clock.now += 600

    assert complete == [False] * 6 + [True, True]


def test_a_time_when_nobody_listened_is_told(tmp_path, clock):
    """The receiver was down for ten minutes within the hour."""
    for start, minutes in ((NOON, 40), (NOON + 50 * 60, 10)):
        clock.now = start
        receiver = receiver_at(tmp_path, clock=clock)
        clock.now += minutes * 60
        receiver.flush()
    made = shape(tmp_path, clock.now)

    assert not made.complete
    assert [(note.code, note.facts) for note in made.notes] == [("traces.not_listened", {"seconds": 600, "of": 3_600})]


def test_what_was_seen_long_ago_says_when(tmp_path, clock):
    """Its evidence fades from then on; what was seen within the hour is as of the reading."""
    receiver = receiver_at(tmp_path, clock=clock)
    receiver.take(spans())
    receiver.flush()
    fresh = shape(tmp_path, NOON + 60, hours=24)
    old = shape(tmp_path, NOON + 7_200, hours=24)
    key = ("service:/front/test", "depends_on", "service:/cart/test")

    assert relations(fresh)[key].seen_at is None
    assert relations(old)[key].seen_at.timestamp() == NOON


def test_what_is_older_than_the_hours_that_are_kept_is_forgotten(tmp_path, clock):
    """By runs at once, and by the receiver that writes the next hour."""
    first = receiver_at(tmp_path, clock=clock)
    first.take(spans())
    first.close()
    clock.now += 5 * 3_600
    second = receiver_at(tmp_path, clock=clock)
    second.flush()

    assert not shape(tmp_path, clock.now).observations
    clock.now += 3_600
    second.flush()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_slice_that_can_not_be_read_makes_the_scope_incomplete(tmp_path, clock):
    """The others count."""
    receiver = receiver_at(tmp_path, clock=clock)
    clock.now += 3_600
    receiver.take(spans())
    receiver.flush()
    (tmp_path / f"{NOON:012d}-{'b' * 16}.json").write_text('{"format": 1', encoding="utf-8")
    (tmp_path / f"{NOON:012d}-{'c' * 16}.json").write_text('{"format": 2}', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no slice", encoding="utf-8")
    settings = CONNECTOR.settings().load({"folder": str(tmp_path), "keep_hours": 2_160})
    parts = list(CONNECTOR.fetch(Target("traces"), settings, TrialLine()))
    made = CONNECTOR.shape(
        Target("traces"), settings | {"keep_hours": 1}, [Part("reading", {"at": clock.now}), *parts[1:]]
    )

    assert sorted(part.whole for part in parts) == [False, True, True, True, True]
    assert [note.facts for note in made.notes if note.code == "traces.unreadable"] == [{"slices": 2}]
    assert not made.complete
    assert {each.name for each in made.observations} >= {"front", "cart"}


@pytest.mark.parametrize("dropped", ["service_limit", "edge_limit", "slice_limit"])
def test_where_a_limit_kept_something_out_the_scope_is_incomplete(tmp_path, clock, dropped):
    """What found no room was not absent."""
    receiver = receiver_at(tmp_path, clock=clock)
    clock.now += 3_600
    receiver.take(Decoded())
    receiver.flush()
    whole = shape(tmp_path, clock.now)
    path = min(tmp_path.iterdir())
    held = json.loads(path.read_text(encoding="utf-8"))
    held["calls"]["dropped"] = {dropped: 1}
    path.write_text(json.dumps(held), encoding="utf-8")

    assert whole.complete
    assert not shape(tmp_path, clock.now).complete
    assert "traces.dropped" in codes(shape(tmp_path, clock.now))


def test_the_spool_is_its_owners_alone(tmp_path, clock):
    """Names of services are nobody else's business."""
    folder = tmp_path / "deep" / "spool"
    receiver_at(folder, clock=clock).flush()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_disk_that_takes_nothing_loses_no_sum_until_it_does(tmp_path, clock):
    """The receiver goes on, and tries again at its next turn."""
    folder = tmp_path / "spool"
    folder.write_text("in the way", encoding="utf-8")
    receiver = receiver_at(folder, clock=clock)
    receiver.take(spans())
    with pytest.raises(OSError, match="exists"):
        receiver.flush()
    clock.now += 3_600
    with pytest.raises(OSError, match="exists"):
        receiver.flush()
    folder.unlink()
    receiver.flush()

    assert {each.name for each in shape(folder, clock.now).observations} >= {"front", "cart"}
    assert len(list(folder.iterdir())) == 2


def test_many_threads_may_hand_over_spans(tmp_path, clock):
    """Every span is counted once."""
    receiver = receiver_at(tmp_path, clock=clock)

    def send(first: int) -> None:
        for trace in range(first, first + 25):
            receiver.take(spans(trace))

    threads = [threading.Thread(target=send, args=(1 + 25 * each,)) for each in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    receiver.close()
    (path,) = tmp_path.iterdir()

    assert json.loads(path.read_text(encoding="utf-8"))["calls"]["spans"] == 8 * 25 * 3


def test_without_a_folder_nobody_has_received_yet(tmp_path):
    """It may be there the next time."""
    with pytest.raises(Unreachable):
        read(tmp_path / "none")


@pytest.mark.parametrize("steps", range(3))
def test_reading_ends_where_it_is_cancelled(tmp_path, clock, steps):
    """Between any two slices; each is asked for in its turn."""
    for name in ("a", "b"):
        receiver_at(tmp_path, clock=Clock(NOON), name=name * 16).flush()
    settings = CONNECTOR.settings().load({"folder": str(tmp_path), "keep_hours": 2_160})
    line = TrialLine(end_after=steps)

    with pytest.raises(Ended):
        list(CONNECTOR.fetch(Target("traces"), settings | {"keep_hours": 10**6}, line))
    assert line.paced == (steps + 1) // 2  # It looks once more before each.


def test_two_services_with_one_name_are_two_by_environment_and_namespace(tmp_path, clock):
    """And a slash in a name divides nothing."""
    receiver = receiver_at(tmp_path, clock=clock)
    for namespace, name, environment in (
        ("", "cart", "prod"),
        ("", "cart", "test"),
        ("a/b", "cart", ""),
        ("a", "b/cart", ""),
    ):
        about = {"service_name": name, "service_namespace": namespace, "deployment_environment": environment}
        receiver.take(from_json(json.dumps(document([told()], **about)).encode()))
    receiver.close()
    found = shape(tmp_path, clock.now).observations

    assert len({each.native_id for each in found}) == 4
    assert sorted(each.identifiers[0].value for each in found) == [
        "/cart/prod",
        "/cart/test",
        "a%2Fb/cart/",
        "a/b%2Fcart/",
    ]


def test_a_source_opens_its_receivers_with_its_token(tmp_path):
    """The settings hold a reference; what it stands for is in no repr."""
    pytest.importorskip("grpc", reason="needs foreshock[traces]")
    settings = CONNECTOR.settings().load({"folder": str(tmp_path), "token": "env:TOKEN", "grpc_address": "127.0.0.1:0"})
    opened = receive(settings, {"env:TOKEN": "made-up-token"}.__getitem__, True)
    body = json.dumps(document([told()])).encode()
    headers = {"content-type": "application/json"}
    statuses = [
        opened.take("v1/traces", headers, body).status,
        opened.take("v1/traces", headers | {"Authorization": "Bearer made-up-token"}, body).status,
    ]
    opened.close()

    assert opened.grpc.port
    assert statuses == [401, 200]
    assert opened.guarded
    assert opened.take("v1/metrics", headers, body).status == 404
    assert "made-up-token" not in repr(opened)
    assert [each.name for each in read(tmp_path).observations] == ["front"]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"folder": ""},
        {"folder": "x", "keep_hours": 0},
        {"folder": "x", "token": "the token itself"},
        {"folder": "x", "grpc_address": "no port"},
        {"folder": "x", "grpc_key": "file:/x"},
        {"folder": "x", "verbose": True},
    ],
)
def test_settings_that_can_not_be_meant_are_refused(raw):
    """By key, before anything listens."""
    with pytest.raises(ValidationError):
        CONNECTOR.settings().load(raw)
