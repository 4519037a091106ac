"""Questions asked in the background over the API: asked, followed, answered, cancelled."""

from __future__ import annotations

import json

import pytest

from cmdb import jobs
from cmdb.errors import NotAllowed
from cmdb.running import Pace, Runner
from tests.builders import a_change, a_server, a_service, as_actor, depends, needs
from web.settings import Settings
from web.worker.table import table

SHOP = (
    a_service("shop", tier=1),
    *(a_server(name, unavailability=0.01) for name in ("web1", "web2", "switch")),
    *needs("shop", 1, "web1", "web2"),
    *depends("web1", "switch"),
    *depends("web2", "switch"),
    a_change("web1", id="CHG-1"),
    a_change("web2", id="CHG-2"),
)
QUESTIONS = [
    ({"question": "impact", "cis": ["web1"]}, "/impact?ci=web1"),
    ({"question": "spof", "service": "shop", "down": ["web1"]}, "/services/shop/single-points?down=web1"),
    ({"question": "outage", "service": "shop", "window": 4}, "/services/shop/outage?window=4"),
    ({"question": "risk-groups", "service": "shop", "top": 1}, "/services/shop/risk-groups?top=1"),
    ({"question": "criticality"}, "/criticality"),
    (
        {"question": "conflicts", "from": "2026-03-01T00:00Z", "state": ["submitted"]},
        "/calendar/conflicts?from=2026-03-01T00:00Z&state=submitted",
    ),
]


@pytest.fixture
def shop(house):
    """A shop on two web servers that share a switch, and two changes that overlap."""
    return house(*SHOP)


def work(house) -> bool:
    """Let a worker do the next run that waits; False when there is none."""
    runner = Runner(
        house.context.store, house.clock, table(Settings(), house.context.store), holder="w1", pace=Pace(tick=0.02)
    )
    return runner.step()


@pytest.mark.parametrize(("asked", "direct"), QUESTIONS, ids=lambda value: value if isinstance(value, str) else None)
def test_a_question_in_the_background_has_the_answer_of_the_direct_one(shop, asked, direct):
    """202 with the run's address; then its answer, tagged by its bytes."""
    client = shop.client("viewer")
    # The direct routes write the offset of UTC out.
    expected = json.loads(client.get(f"/api/v1{direct}").text.replace("+00:00", "Z"))

    accepted = client.post("/api/v1/questions", json=asked)

    assert accepted.status_code == 202, accepted.json
    run = client.get(accepted.headers["Location"])
    assert (run.json["state"], run.json["result"]) == ("queued", None)
    assert client.get(f"{accepted.headers['Location']}/result").json["code"] == "question.not_answered"
    assert work(shop)
    run = client.get(accepted.headers["Location"]).json
    assert run["state"] == "ok", run
    answer = client.get(run["result"])
    assert answer.json == expected
    tag = answer.headers["ETag"]
    assert tag == f'"{run["figures"]["result"]}"'
    assert client.get(run["result"], headers={"If-None-Match": tag}).status_code == 304


def test_the_same_key_is_the_same_run(shop):
    """Sent again, the request is answered with the run it made the first time; without a key it is another."""
    client, body = shop.client("viewer"), {"question": "outage", "service": "shop"}
    first, again = (client.post("/api/v1/questions", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    other = client.post("/api/v1/questions", json=body)

    assert first.json["id"] == again.json["id"] != other.json["id"]
    assert first.headers["Location"] == again.headers["Location"]
    rows = client.get("/api/v1/runs?job=question").json["rows"]
    assert {row["id"] for row in rows} == {first.json["id"], other.json["id"]}


def test_every_fault_of_a_question_is_told_at_once_and_no_run_is_made(shop):
    """What it does not take, what it needs, and values that can not be, each with its place."""
    client = shop.client("viewer")
    refused = client.post(
        "/api/v1/questions", json={"question": "outage", "cis": ["web1"], "window": -1, "budget": -1, "top": 3}
    )
    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {"/cis", "/top", "/service", "/window", "/budget"}
    assert client.get("/api/v1/runs").json["rows"] == []


def test_a_run_that_waits_is_cancelled_by_whoever_may(shop):
    """Who asked may, and an engineer; another viewer may not. Then there is nothing to answer."""
    viewer, engineer = shop.client("viewer"), shop.client("engineer")
    run = viewer.post("/api/v1/questions", json={"question": "criticality"}).headers["Location"]
    own = viewer.post("/api/v1/questions", json={"question": "criticality"}).headers["Location"]
    assert viewer.post(f"{own}/cancel").json["state"] == "cancelled"
    with pytest.raises(NotAllowed):
        jobs.cancel(as_actor(shop.context, "viewer", "somebody-else"), run.rpartition("/")[2])
    assert engineer.post(f"{run}/cancel").json["state"] == "cancelled"
    assert engineer.post(f"{run}/cancel").status_code == 409
    assert viewer.get(f"{run}/result").status_code == 409
