"""The policy over the API: tested, simulated, and BLOCK overridden by two persons."""

from __future__ import annotations

from cmdb.change.policy.policy import default
from tests.builders import a_change, a_server, a_service, depends
from tests.policies import UNTESTED

WIKI = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))


def version(client):
    return {"If-Match": client.get("/api/v1/changes/CHG-1").headers["ETag"]}


def test_a_policy_is_tested_and_simulated(house):
    """Both read, neither writes; faults of the text and of the period come with their places."""
    home = house(*WIKI, a_change("db1", id="CHG-1", back_out=None))
    client = home.app("engineer", "peer").test_client()
    client.post("/api/v1/changes/CHG-1/assess", headers=version(client))
    before = home.context.store.revision()
    tested = client.post("/api/v1/policy/test", json={"policy": default().text}).json
    assert (tested["failed"], tested["results"][0]["passed"]) == (0, True)
    cases = '[[test]]\nname = "x"\nverdict = "CAB"'
    more = client.post("/api/v1/policy/test", json={"policy": UNTESTED, "cases": cases})
    assert [(each["name"], each["passed"]) for each in more.json["results"]] == [("x", False)]
    found = client.post("/api/v1/policy/simulate", json={"policy": default().text, "from": "2026-01-01T00:00Z"})
    assert (found.status_code, found.json["changes"], found.json["rows"]) == (200, 1, [])
    assert found.json["shifts"] == [{"before": "BLOCK", "after": "BLOCK", "changes": 1, "failures": 0}]
    assert client.post("/api/v1/policy/simulate", json={"policy": UNTESTED, "limit": 0}).json["unlisted"] == 0
    wrong = client.post("/api/v1/policy/simulate", json={"policy": UNTESTED, "from": "x", "to": "y"})
    assert (wrong.status_code, [each["pointer"] for each in wrong.json["errors"]]) == (422, ["/from", "/to"])
    assert client.post("/api/v1/policy/test", json={"policy": "x"}).status_code == 422
    assert client.post("/api/v1/policy/test", json={"policy": UNTESTED, "why": 1}).status_code == 422
    assert home.context.store.revision() == before


def test_block_is_overridden_by_two(house):
    """Each decision answers with its record; the board approves what nobody could before."""
    home = house(*WIKI, a_change("db1", id="CHG-1", back_out=None))
    peer, board = (home.app(role, name).test_client() for role, name in (("engineer", "peer"), ("cab_member", "board")))
    peer.post("/api/v1/changes/CHG-1/assess", headers=version(peer))

    def says(client, what, status, **body):
        answer = client.post(f"/api/v1/changes/CHG-1/{what}", json=body, headers=version(client))
        assert answer.status_code == status, answer.text
        return answer.json

    assert "verdict_not_block" in says(board, "approve", 409)["title"]
    assert "override_asked" in says(board, "override", 409, comment="Now")["title"]
    assert says(peer, "ask_override", 201, comment="Now")["choice"] == "ask for override"
    assert says(peer, "override", 403, comment="Now")["code"] == "change.not_the_authority"
    assert says(board, "override", 201, comment="Agreed")["choice"] == "override"
    assert says(board, "approve", 201)["verdict"] == "BLOCK"
