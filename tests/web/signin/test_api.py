"""API tokens at the API, and what a cookie may do there."""

from __future__ import annotations

import pytest

from cmdb.context import Context
from cmdb.people import persons, tokens
from cmdb.roles import Actor

NEW = {"id": "web9", "class": "server", "name": "web9"}


@pytest.fixture
def api(entrance):
    """Ask the API with a token of a person, with these scopes."""

    def token(person="dba", **given):
        here = entrance.context
        actor = persons.recorded(here.store, Actor(person, frozenset()))
        return tokens.make(Context(here.store, here.coordination, here.clock, actor), name="test", **given).token

    def ask(method, path, body=None, bearer=None, **headers):
        sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return entrance.client().open(f"/api/v1/{path}", method=method, json=body, headers={**sent, **names})

    ask.token = token
    return ask


def test_a_token_is_its_account_and_without_one_nobody_is_answered(api):
    """401 says how to prove who one is (RFC 9110, RFC 6750)."""
    refused = api("GET", "cis")
    assert (refused.status_code, refused.json["code"]) == (401, "sign_in.needed")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert api("POST", "cis", NEW, bearer=api.token()).status_code == 201
    assert api("GET", "cis/web9", bearer=api.token("keeper")).status_code == 200


@pytest.mark.parametrize("text", ["fsk_", "fsk_1001_" + "x" * 43, "other", "é"])
def test_a_wrong_token_is_refused_also_beside_a_good_cookie(api, entrance, text):
    """Whoever sends one wants to be judged by it."""
    browser = entrance.browser()
    browser.signs_in()
    answer = browser.client.get("/api/v1/cis", headers={"Authorization": f"Bearer {text}"})
    assert (answer.status_code, answer.json["code"]) == (401, "token.refused")
    assert text not in answer.text or text == "other"


def test_scopes_bound_what_a_token_may(api):
    """403 names the scope that is missing."""
    reading = api.token("keeper", scopes=["ci:read"])
    assert api("GET", "cis", bearer=reading).status_code == 200
    refused = api("POST", "cis", NEW, bearer=reading)
    assert (refused.status_code, refused.json["code"]) == (403, "out_of_scope")
    assert "ci:write" in refused.json["title"]


def test_a_cookie_writes_to_the_api_from_our_own_pages_alone(api, entrance):
    """A browser says where a request comes from; one that does not is refused."""
    browser = entrance.browser()
    browser.signs_in()
    assert browser.client.get("/api/v1/cis").status_code == 200
    for headers, status in (
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
    ):
        assert browser.client.post("/api/v1/cis", json=NEW, headers=headers).status_code == status, headers


def test_tokens_sessions_links_and_events_over_the_api(api, entrance):
    """All that the pages do; a token that was made is told once, and its use is seen."""
    keeper, engineer = api.token("keeper"), api.token()
    body = {"name": "more", "scopes": ["ci:read"]}
    assert api("POST", "tokens", body, bearer=keeper).status_code == 403
    browser = entrance.browser()
    browser.signs_in()
    own = {"headers": {"Sec-Fetch-Site": "same-origin"}}
    made = browser.client.post("/api/v1/tokens", json=body, **own)
    assert (made.status_code, made.json["scopes"], made.json["last_used"]) == (201, ["ci:read"], None)
    assert api("GET", "cis", bearer=made.json["token"]).status_code == 200
    rows = api("GET", "tokens?all=true", bearer=keeper).json["rows"]
    assert [row["account"] for row in rows] == ["keeper", "dba", "dba"]
    assert all("token" not in row and "hash" not in row for row in rows)
    assert rows[-1]["last_used"] == "2026-03-02T12:00:00Z"
    assert api("GET", "tokens?all=true", bearer=engineer).status_code == 403
    assert api("POST", f"tokens/{made.json['id']}/revoke", bearer=engineer).json["ended"]
    assert api("GET", "cis", bearer=made.json["token"]).status_code == 401

    sessions = api("GET", "sessions?person=dba", bearer=keeper).json["rows"]
    assert api("GET", "sessions?person=keeper", bearer=engineer).status_code == 403
    assert api("POST", f"sessions/{sessions[-1]['id']}/revoke", bearer=engineer).status_code == 403
    assert api("POST", f"sessions/{sessions[-1]['id']}/revoke", bearer=keeper).json["because"] == "session:revoked"
    assert browser.client.get("/account").status_code == 303

    assert api("POST", "persons/dba/invitations", bearer=engineer).status_code == 403
    link = api("POST", "persons/dba/invitations", bearer=keeper).json["link"]
    assert entrance.browser().client.get(link).status_code == 200
    events = api("GET", "sign-in-events?outcome=invited&limit=1", bearer=keeper).json
    assert events["rows"][0]["person"] == "dba"
    assert api("GET", "sign-in-events", bearer=engineer).status_code == 403


@pytest.mark.parametrize("field", ["account", "ends", "id", "by"])
def test_nothing_but_what_is_asked_for_can_be_set(entrance, field):
    """No mass assignment: a token for another account, or for ever."""
    browser = entrance.browser()
    browser.signs_in()
    body = {"name": "x", field: "keeper"}
    answer = browser.client.post("/api/v1/tokens", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422


def test_whether_the_server_is_well_is_told_to_everybody(entrance):
    """Monitoring has no account."""
    client = entrance.client()
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.get("/static/base.css", buffered=True).status_code == 200
