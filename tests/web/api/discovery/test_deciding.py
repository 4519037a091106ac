"""Findings, decisions on identity and rules over the API: what is doubted, what people decide, what that changes."""

from __future__ import annotations

import pytest

from cmdb.configuration import register
from cmdb.model.ci import CIS
from tests.discovery.conftest import Paper

IDENTITY = "/api/v1/identity"
RULES = "/api/v1/discovery/rules"
TOML = {"content_type": "application/toml"}
A = {"name": "web1", "serial": "Acme|S1", "fqdn": "web1.example", "mac": "3c:ec:ef:12:34:56"}
B = {"name": "srv-17", "serial": "Acme|S2", "fqdn": "web1.example", "mac": "3c:ec:ef:12:34:56"}
TEXT = 'format = "foreshock-discovery-rules/1"\n'


@pytest.fixture
def home(house):
    """An empty store and its people."""
    return house()


@pytest.fixture
def both(home, with_paper, tmp_path):
    """Two sources with a host each that have a name in common, and serial numbers that differ."""
    papers = [Paper(tmp_path / name, name, home.context) for name in ("dc1", "dc2")]
    for paper, host in zip(papers, (A, B), strict=True):
        paper.write("row1", host)
        paper.run()
        home.clock.forward(minutes=5)
    return papers


def cis(home):
    return {ci.id: ci for ci in home.context.records.find(CIS)}


def test_a_doubt_is_a_finding_until_somebody_decides(home, both):
    """Both sides stand in it; kept apart, the finding closes, and taken back it is open again."""
    client = home.client()
    (found,) = client.get("/api/v1/findings", query_string={"code": "identity.vetoed"}).json["rows"]
    assert found["cis"] == ["dc1:web1", "dc2:srv-17"]
    assert client.get(f"/api/v1/findings/{found['id']}").json == found
    one, other = ({"source": source, "native_id": native} for source, native in found["facts"]["things"])
    made = client.post(f"{IDENTITY}/keep-apart", json={"one": one, "other": other, "reason": "two boxes"})
    assert made.status_code == 200, made.json
    (decision,) = made.json["decisions"]
    assert (decision["same"], decision["reason"], made.json["differences"]) == (False, "two boxes", [])
    assert client.get("/api/v1/findings").json["rows"] == []
    (closed,) = client.get("/api/v1/findings", query_string={"closed": "true"}).json["rows"]
    assert closed["id"] == found["id"]
    client.post(f"{IDENTITY}/decisions/{decision['id']}/revoke")
    assert [row["id"] for row in client.get("/api/v1/findings").json["rows"]] == [found["id"]]


def test_findings_come_in_pages(home, with_paper, tmp_path):
    """Each once, the closed ones between them passed over."""
    dc1 = Paper(tmp_path / "dc1", "dc1", home.context)
    for row in range(7):
        dc1.write(f"row{row}", *({"name": f"h{row}{n}"} for n in range(3)))
    dc1.run()
    for row in range(7):
        dc1.write(f"row{row}")
    dc1.run()
    dc1.write("row3", *({"name": f"h3{n}"} for n in range(3)))
    dc1.run()
    client, ids, after = home.client("viewer"), [], None
    while True:
        page = client.get("/api/v1/findings", query_string={"limit": 2, **({"after": after} if after else {})}).json
        assert len(page["rows"]) <= 2
        ids += [row["facts"]["scope"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(ids) == ["row0", "row1", "row2", "row4", "row5", "row6"]


def test_a_merge_tells_what_it_changed_and_can_be_taken_back(home, both):
    """The answer holds the decision and the differences; sent again, it is decided once."""
    client = home.client()
    body, key = {"one": "dc1:web1", "other": "dc2:srv-17", "reason": "the label"}, {"Idempotency-Key": "k1"}
    merged = client.post(f"{IDENTITY}/merge", json=body, headers=key)
    assert merged.status_code == 200, merged.json
    assert merged.json["merged"] == 1
    assert {row["key"] for row in merged.json["differences"]} == {"dc1:web1", "dc2:srv-17"}
    again = client.post(f"{IDENTITY}/merge", json=body, headers=key)
    assert again.json["decisions"] == merged.json["decisions"]
    assert cis(home)["dc2:srv-17"].merged_into == "dc1:web1"
    rows = client.get(f"{IDENTITY}/decisions").json["rows"]
    assert [row["id"] for row in rows] == [merged.json["decisions"][0]["id"]]
    revoked = client.post(f"{IDENTITY}/decisions/{rows[0]['id']}/revoke").json
    assert revoked["decisions"][0]["revoked_by"] == "engineer"
    assert cis(home)["dc2:srv-17"].merged_into is None


def test_a_split_names_the_thing(home, with_paper, tmp_path):
    """It becomes a CI of its own at once."""
    for name, host in (("dc1", A), ("dc2", {**A, "name": "clone"})):
        paper = Paper(tmp_path / name, name, home.context)
        paper.write("row1", host)
        paper.run()
    thing = {"source": "dc2", "native_id": "clone"}
    answer = home.client().post(f"{IDENTITY}/split", json={"ci": "dc1:web1", "thing": thing})
    assert answer.json["created"] == 1, answer.json
    assert set(cis(home)) == {"dc1:web1", "dc2:clone"}
    nothing = home.client().post(f"{IDENTITY}/split", json={"ci": "dc1:web1", "thing": thing})
    assert (nothing.status_code, nothing.json["code"]) == (409, "identity.nothing_to_split")


def test_a_relation_is_rejected_and_accepted_again(home, with_paper, tmp_path):
    """The list says who rejected it; what was never rejected can not be accepted."""
    paper = Paper(tmp_path / "dc1", "dc1", home.context)
    web = {"name": "web1", "listens": ["nginx:80"], "needs": ["10.0.0.2:5432"]}
    paper.write("row1", web, {"name": "db1", "ip": "10.0.0.2", "listens": ["postgres:5432"]})
    paper.run()
    client = home.client()
    ends = {"source": "dc1:web1/nginx", "type": "depends_on", "target": "dc1:db1/postgres"}
    assert client.post(f"{IDENTITY}/rejections", json={**ends, "reason": "a scanner"}).json["ended"] == 1
    (row,) = client.get(f"{IDENTITY}/rejections").json["rows"]
    assert (row["rejected_by"], row["reason"]) == ("engineer", "a scanner")
    assert client.delete(f"{IDENTITY}/rejections", query_string=ends).json["created"] == 1
    assert client.delete(f"{IDENTITY}/rejections", query_string=ends).status_code == 404


def test_rules_are_tried_set_and_kept_by_version(home, both):
    """A rehearsal writes nothing; who sets rules says which version they have seen."""
    client = home.client()
    before = client.get(RULES)
    assert (before.json["version"], before.headers["ETag"]) == (0, '"0"')
    revision = home.context.store.revision()
    strict = f'{TEXT}proposing = ["dc2"]\n'
    tried = client.post(f"{RULES}/rehearse", data=strict, **TOML)
    assert tried.status_code == 200, tried.json
    assert [row["key"] for row in tried.json["differences"]] == ["dc2:srv-17"]
    assert client.post(f"{RULES}/rehearse", data=strict, query_string={"show": 0}, **TOML).json["more"] == 1
    assert home.context.store.revision() == revision
    assert client.put(RULES, data=strict, **TOML).status_code == 428
    assert client.put(RULES, data=strict, headers={"If-Match": '"7"'}, **TOML).status_code == 412
    made = client.put(RULES, data=strict, headers={"If-Match": '"0"'}, **TOML)
    assert made.json["version"] == 1
    assert client.get(RULES).json["text"] == strict
    assert [row["version"] for row in client.get(f"{RULES}/versions").json["rows"]] == [1]
    assert client.post("/api/v1/discovery/settle", query_string={"dry_run": "true"}).json["revision"] is None
    settled = client.post("/api/v1/discovery/settle").json
    assert settled["updated"] + settled["merged"] == 1, settled
    wrong = client.put(RULES, data=f"{TEXT}colour = 1\n", headers={"If-Match": '"1"'}, **TOML)
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/colour")
    assert client.put(RULES, data=strict, headers={"If-Match": '"1"'}, content_type="text/plain").status_code == 415


def test_a_finding_is_closed_by_hand_and_opened_again(home, both):
    """With a reason, by whoever may; what closed already, or by itself, is refused."""
    client = home.client()
    (found,) = client.get("/api/v1/findings").json["rows"]
    close = f"/api/v1/findings/{found['id']}/close"
    assert client.post(close, json={"reason": "  "}).json["errors"][0]["pointer"] == "/reason"
    assert client.post(close, json={"reason": "x" * 3000}).status_code == 422
    assert home.client("viewer").post(close, json={"reason": "no"}).status_code == 403
    key = {"Idempotency-Key": "once"}
    closed = client.post(close, json={"reason": "two boxes"}, headers=key).json
    assert (closed["closed_by"], closed["because"]) == ("engineer", "two boxes")
    assert client.post(close, json={"reason": "two boxes"}, headers=key).json == closed
    assert client.post(close, json={"reason": "again"}).status_code == 409
    both[0].run()
    query = {"open": "false", "closed": "true", "source": "dc1"}
    assert [row["id"] for row in client.get("/api/v1/findings", query_string=query).json["rows"]] == [found["id"]]
    assert client.get("/api/v1/findings", query_string={**query, "source": "dc7"}).json["rows"] == []
    assert client.get("/api/v1/findings", query_string={**query, "ci": "dc7"}).json["rows"] == []
    reopen = f"/api/v1/findings/{found['id']}/reopen"
    assert client.post(reopen).json["closed_at"] is None
    assert client.post(reopen).status_code == 409
    assert client.post("/api/v1/findings/nope/close", json={"reason": "x"}).status_code == 404


def test_values_are_held_and_let_go_of_at_the_version_that_was_seen(home, both):
    """What is held is told; what was never held, is unknown or not seen by discovery is refused."""
    client = home.client()
    given = {"ci": "dc1:web1", "attributes": ["fqdn"]}
    assert client.post("/api/v1/holding/lock", json={**given, "expected_version": 99}).status_code == 409
    assert client.post("/api/v1/holding/lock", json=given).json["locked"] == ["fqdn"]
    assert client.post("/api/v1/holding/lock", json={**given, "attributes": ["colour"]}).status_code == 409
    assert client.post("/api/v1/holding/unlock", json={**given, "attributes": ["os"]}).status_code == 409
    assert client.post("/api/v1/holding/unlock", json=given).json["locked"] == []
    assert client.post("/api/v1/holding/revive", json={"ci": "dc1:web1"}).status_code == 409
    assert home.client("viewer").post("/api/v1/holding/lock", json=given).status_code == 403
    register.add_ci(home.context, id="hand", ci_class="server")
    assert client.post("/api/v1/holding/lock", json={**given, "ci": "hand"}).status_code == 409
    register.retire_ci(home.context, ["hand"])
    assert client.post("/api/v1/holding/revive", json={"ci": "hand"}).json["status"] == "active"


def test_provenance_tells_sightings_aliases_and_decisions(home, both):
    """Where it was seen since when, the ids that lead to it, and who decided so."""
    client = home.client()
    client.post(f"{IDENTITY}/merge", json={"one": "dc1:web1", "other": "dc2:srv-17", "reason": "the label"})
    told = client.get("/api/v1/provenance/dc1:web1").json
    assert told["aliases"] == ["dc2:srv-17"]
    assert [(each["source"], each["native_id"]) for each in told["sightings"]] == [("dc1", "web1"), ("dc2", "srv-17")]
    assert all(each["first_seen"] <= each["last_seen"] for each in told["sightings"])
    assert [each["reason"] for each in told["decisions"]] == ["the label"]


def test_the_evidence_of_a_relation_is_told_until_nothing_is_known_of_it(home, with_paper, tmp_path):
    """Each piece with what it is worth; the rejection stands beside it."""
    paper = Paper(tmp_path / "dc1", "dc1", home.context)
    web = {"name": "web1", "listens": ["nginx:80"], "needs": ["10.0.0.2:5432"]}
    paper.write("row1", web, {"name": "db1", "ip": "10.0.0.2", "listens": ["postgres:5432"]})
    paper.run()
    client = home.client("viewer")
    ends = {"source": "dc1:web1/nginx", "type": "depends_on", "target": "dc1:db1/postgres"}
    told = client.get("/api/v1/evidence", query_string=ends).json
    (piece,) = told["evidence"]
    assert (piece["kind"], piece["source"], piece["thing"]) == ("traffic_out", "dc1", "web1/nginx")
    assert round(piece["worth"], 2) == told["relation"]["confidence"]
    home.client().post(f"{IDENTITY}/rejections", json={**ends, "reason": "a scanner"})
    told = client.get("/api/v1/evidence", query_string=ends).json
    assert (told["relation"], told["rejection"]["reason"], len(told["evidence"])) == (None, "a scanner", 1)
    assert client.get("/api/v1/evidence", query_string={**ends, "type": "runs_on"}).status_code == 404
