"""A pipeline or a Git host reports how a change went: signed it counts, once; anything else is refused."""

from __future__ import annotations

import json

import pytest

from cmdb.model.change import ChangeState
from discovery.hooks import signature_of
from tests.builders import a_change, moment
from tests.web.api.change.test_changes import SHOP

SECRET = "only-for-tests-of-outcomes"
PATH = "/api/v1/changes/CHG-1/outcome"


@pytest.fixture
def shop(house, monkeypatch):
    """The shop with a change that is being implemented, and the secret of its pipeline."""
    monkeypatch.setenv("OUTCOME_SECRET", SECRET)
    monkeypatch.setenv("FORESHOCK_OUTCOME_HOOK", "env:OUTCOME_SECRET")
    begun = a_change("web1", state=ChangeState.IMPLEMENTING, started_at=moment("2026-03-02T11:00Z"))
    return house(*SHOP, begun)


def call(client, clock, *, secret=SECRET, change="CHG-1", ago=0, **body):
    content = json.dumps(body).encode()
    timestamp = str(int(clock.now().timestamp()) - ago)
    signature = "sha256=" + signature_of(secret, change, timestamp, content)
    headers = {"X-Foreshock-Timestamp": timestamp, "X-Foreshock-Signature": signature}
    return client.post(PATH, data=content, headers=headers, content_type="application/json")


def test_a_signed_call_finishes_the_change_once(shop):
    """It needs no rights of the server's own actor; the same call again is told so."""
    client = shop.client("viewer")
    done = call(client, shop.clock, outcome="failed", comment="apply failed")
    assert (done.status_code, done.json["state"], done.json["ended_by"]) == (200, "failed", "hook:outcome")
    again = call(client, shop.clock, outcome="failed", comment="apply failed")
    assert (again.status_code, again.json["code"]) == (409, "hook.repeated")


@pytest.mark.parametrize("wrong", [{"secret": "another-secret-altogether"}, {"change": "CHG-2"}, {"ago": 301}])
def test_a_call_that_proves_nothing_changes_nothing(shop, wrong):
    """Another secret, another change's signature, too old."""
    client = shop.client("administrator")
    refused = call(client, shop.clock, outcome="success", **wrong)
    assert (refused.status_code, refused.json["code"]) == (403, "hook.refused")
    assert client.get("/api/v1/changes/CHG-1").json["state"] == "implementing"


def test_without_the_setting_nothing_is_heard(shop, monkeypatch):
    monkeypatch.delenv("FORESHOCK_OUTCOME_HOOK")
    assert call(shop.client("administrator"), shop.clock, outcome="success").status_code == 403


def test_an_outcome_that_is_none_is_refused(shop):
    """Every fault of the body; and a failure says what happened."""
    client = shop.client("viewer")
    assert call(client, shop.clock, outcome="great", more=1).status_code == 422
    assert call(client, shop.clock, outcome="failed").json["errors"][0]["pointer"] == "/comment"
