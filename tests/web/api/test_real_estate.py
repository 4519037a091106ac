"""From import to proof on a real estate, over HTTP alone."""

from __future__ import annotations

import pytest

from cmdb.chain import digest
from cmdb.model.assessment import ASSESSMENTS
from cmdb.records import to_document

WINDOW = {"start": "2026-03-02T22:00:00Z", "end": "2026-03-02T23:00:00Z"}


@pytest.fixture
def served(house, data):
    """A house whose store holds the real estate, brought in over the API, and its largest pool."""
    made = house()
    content = (data / "wikimedia" / "estate.json.gz").read_bytes()
    answer = made.client().post("/api/v1/estate?source=wikimedia&show=0", data=content, content_type="application/gzip")
    assert answer.status_code == 200, answer.text
    assert [answer.json["by_kind"][kind]["new"] for kind in ("items", "relations", "groups")] == [3233, 21753, 356]
    return made


def test_a_change_on_a_real_estate_goes_from_request_to_proof(served):
    """Taking one server of the largest pool out: asked for, assessed, approved by another, computed again."""
    engineer, board = served.client("engineer"), served.client("cab_member")
    estate = engineer.get("/api/v1/estate").json
    pools: dict[tuple[str, str], list[str]] = {}
    for relation in estate["relations"]:
        if "group" in relation:
            pools.setdefault((relation["source"], relation["group"]), []).append(relation["target"])
    member = max(pools.values(), key=len)[0]

    targets = [{"ci": member, "effect": "restart", "minutes": 10}]
    new = {
        "title": "Reboot",
        "reason": "Kernel",
        "window": WINDOW,
        "targets": targets,
        "back_out": {"plan": "Boot the old"},
    }
    raised = engineer.post("/api/v1/changes", json=new)
    path = f"/api/v1/changes/{raised.json['id']}"
    submitted = engineer.post(f"{path}/submit", headers={"If-Match": raised.headers["ETag"]})
    assessment = engineer.post(f"{path}/assess", headers={"If-Match": submitted.headers["ETag"]}).json

    asked = engineer.get("/api/v1/impact", query_string={"ci": member}).json
    assert asked["failed"] == [member]
    assert {(s["id"], s["outcome"]) for s in assessment["services"]} == {
        (s["id"], s["outcome"]) for s in asked["services"]
    }
    assert {s["outcome"] for s in asked["services"]} <= {"REDUCED", "REDUNDANCY_LOST"}

    seen = {"If-Match": board.get(path).headers["ETag"]}
    decision = board.post(f"{path}/approve", json={"assessment": assessment["hash"]}, headers=seen)
    assert (decision.status_code, decision.json["assessment_hash"]) == (201, assessment["hash"])
    replay = board.get(f"{path}/replay").json
    assert (replay["same"], replay["differences"]) == (True, [])

    stored = served.context.records.get(ASSESSMENTS, assessment["id"])
    assert assessment == to_document(ASSESSMENTS, stored)
    assert assessment["hash"] == digest({key: value for key, value in assessment.items() if key != "hash"})
    assert board.get("/api/v1/changes").json["rows"][0]["state"] == "approved"
