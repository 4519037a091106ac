"""Calls from outside: signed, heard once, and however many come, one run waits at a time."""

from __future__ import annotations

import threading

import pytest

from cmdb.model.run import RUNS, RunState
from discovery import sources
from discovery.hooks import APART, AROUND, MOST, signature_of
from tests.discovery.conftest import Paper

URL = "/api/v1/sources/dc1/trigger"
WEB = {"name": "web1", "serial": "Acme|S1"}


@pytest.fixture
def home(house, with_paper, tmp_path, monkeypatch):
    """A store with a source that calls may ask for, and its people."""
    monkeypatch.setenv("HOOK", "only-for-tests")
    home = house()
    home.dc1 = Paper(tmp_path / "dc1", "dc1", home.context)
    home.dc1.write("row1", WEB)
    settings = {"folder": str(home.dc1.folder)}
    home.version = sources.put(home.context, "dc1", "paper", settings, hook="env:HOOK").version
    home.outside = home.app("viewer")
    return home


def signed(home, body=b"{}", secret="only-for-tests", source="dc1", later=0.0):
    timestamp = str(int(home.clock.now().timestamp() + later))
    signature = f"sha256={signature_of(secret, source, timestamp, body)}"
    return {"data": body, "headers": {"X-Foreshock-Timestamp": timestamp, "X-Foreshock-Signature": signature}}


def call(home, n=0, **more):
    return home.outside.test_client().post(URL, **signed(home, f"call {n}".encode(), **more))


def done(home, run):
    """Do a run that was asked for, as a worker would."""
    from cmdb.running import Pace, Runner
    from discovery.run import job_of
    from tests.discovery.conftest import Told

    job = job_of(sources.get(home.context, "dc1").record, Told())
    runner = Runner(home.context.store, home.clock, {job.name: job}, holder="w", pace=Pace(tick=0.02))
    assert runner.step(only=run)
    return home.context.records.get(RUNS, run)


def test_a_signed_call_asks_for_a_run(home):
    """In its own name, whoever the server acts as."""
    answer = call(home)
    assert answer.status_code == 202, answer.json
    run = home.client().get(answer.headers["Location"]).json
    assert (run["requested_by"], run["because"]["code"]) == ("hook:dc1", "hook.called")
    assert done(home, run["id"]).state is RunState.OK


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"secret": "guessed"}, "signature"),
        ({"source": "dc2"}, "signature"),
        ({"later": -AROUND - 1}, "clocks differ"),
        ({"later": AROUND + 2}, "clocks differ"),
    ],
)
def test_a_call_that_proves_nothing_is_refused(home, wrong, says):
    """Signed with another secret, for another source, too long ago, or for a moment to come."""
    answer = call(home, **wrong)
    assert (answer.status_code, answer.json["code"]) == (403, "hook.refused")
    assert says in answer.json["title"]
    assert not list(home.context.records.find(RUNS))


def test_a_call_without_headers_or_to_a_source_that_expects_none_is_refused(home):
    """And says nothing of which sources there are."""
    client = home.client()
    assert client.post(URL).status_code == 403
    odd = {"X-Foreshock-Timestamp": "²٣", "X-Foreshock-Signature": "ä"}
    assert client.post(URL, headers=odd).status_code == 403
    Paper(home.dc1.folder.parent / "dc2", "dc2", home.context)
    answers = [client.post(f"/api/v1/sources/{name}/trigger", **signed(home, source=name)) for name in ("dc2", "no")]
    answers.append(client.post(URL, **signed(home, secret="guessed")))
    assert [(each.status_code, each.json["title"]) for each in answers] == [
        (403, "the call is refused: its signature is wrong, or no such call is expected")
    ] * 3


def test_a_call_counts_once(home):
    """Sent again by whoever overheard it, it is refused, and changes nothing."""
    request = signed(home)
    client = home.client()
    assert client.post(URL, **request).status_code == 202
    again = client.post(URL, **request)
    assert (again.status_code, again.json["code"]) == (409, "hook.repeated")
    other = {**request, "data": b"{ }"}
    assert client.post(URL, **other).status_code == 403


def test_many_calls_are_one_run_and_one_that_comes_later_is_another(home):
    """While a run waits; once it has begun, what changed since needs the next, which does not begin at once."""
    first = {call(home, n).json["id"] for n in range(20)}
    assert len(first) == 1
    done(home, first.pop())
    second = {call(home, n).json["id"] for n in range(20, 40)}
    assert second == {"discover:dc1@hook-000000002"}
    take = home.context.coordination.take
    assert take("runs", holder="w", seconds=1) is None
    home.clock.forward(seconds=APART)
    assert take("runs", holder="w", seconds=1).id == "discover:dc1@hook-000000002"


def test_calls_at_the_same_moment_are_one_run(home):
    """However many servers hear them."""
    found = []

    def one(n):
        found.append(call(home, n).json["id"])
        home.context.store.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == ["discover:dc1@hook-000000001"] * 8


def test_more_calls_than_anybody_needs_are_put_off(home):
    """For a minute; then they are heard again."""
    codes = [call(home, n).status_code for n in range(MOST + 3)]
    assert codes == [202] * MOST + [503] * 3
    home.clock.forward(seconds=61)
    assert call(home, 999).status_code == 202


def test_a_source_that_is_off_is_not_run_by_calls(home, monkeypatch):
    """Nor one whose secret the server can not read; where that should have been is not told."""
    sources.enable(home.context, "dc1", enabled=False)
    assert call(home).json["code"] == "source.off"
    monkeypatch.delenv("HOOK")
    answer = call(home)
    assert (answer.status_code, "HOOK" in answer.text) == (403, False)


def test_neither_secret_nor_signature_is_kept(home):
    """In no record; the source holds the reference."""
    call(home)
    written = str([entry for revision in home.context.store.changes(0) for entry in revision.entries])
    assert "only-for-tests" not in written
    assert home.client().get("/api/v1/sources/dc1").json["hook"] == "env:HOOK"
