"""The health of the records and audit samples over the API."""

from __future__ import annotations

import pytest

from tests.builders import a_ci, depends

URL, SAMPLES = "/api/v1/health", "/api/v1/samples"


@pytest.fixture
def home(house):
    """Six servers, of which one has an owner and one a relation."""
    return house(*(a_ci(f"web{n}") for n in range(5)), a_ci("db", attributes={"owner": "data"}), *depends("web0", "db"))


def test_figures_are_told_in_all_and_by_part(home):
    """With their shares; the entity tag stands for as long as nothing changes."""
    client = home.client("viewer")
    answer = client.get(f"{URL}?by=owner")
    assert answer.status_code == 200
    assert answer.json["all"]["cis"] == 6
    assert answer.json["all"]["measures"]["orphans"] == {"asked": 6, "faulty": 4, "share": 0.3333}
    assert {name: part["cis"] for name, part in answer.json["parts"].items()} == {"": 5, "data": 1}
    assert client.get(f"{URL}?by=owner", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_faults_are_paged_and_say_what_to_do(home):
    """Each with its command and its page."""
    client = home.client("viewer")
    first = client.get(f"{URL}/faults?measure=orphans&class=hardware&limit=3").json
    rest = client.get(f"{URL}/faults", query_string={"measure": "orphans", "after": first["next"]}).json
    assert [row["ci"] for row in (*first["rows"], *rest["rows"])] == ["web1", "web2", "web3", "web4"]
    assert (first["total"], rest["next"]) == (4, None)
    assert first["rows"][0] == {
        "ci": "web1",
        "measure": "orphans",
        "code": "orphans.alone",
        "facts": {},
        "says": "it has no relation to anything",
        "todo": "Record what it depends on, or what depends on it",
        "command": "foreshock ci relate web1 TYPE TARGET",
        "page": "/ci/relations?id=web1",
    }
    assert client.get(f"{URL}/faults?owner=data").json["total"] > 0
    assert client.get(f"{URL}/trend").json == {"rows": [], "next": None}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?by=x", 422),
        ("/faults?measure=x", 422),
        ("/faults?class=x", 404),
        ("/faults?after=x", 422),
        ("/faults?limit=0", 422),
        ("/faults?colour=red", 422),
    ],
)
def test_questions_that_can_not_be_answered(home, query, status):
    """Refused, with what is wrong."""
    assert home.client("viewer").get(URL + query).status_code == status


def test_a_sample_is_drawn_once_and_judged_by_who_has_seen_it(home):
    """A request that is sent again draws no second sample; judging says which version was seen."""
    client = home.client("auditor")
    key = {"Idempotency-Key": "draw-it-once"}
    drawn = client.post(SAMPLES, json={"size": 2, "seed": 4}, headers=key)
    assert drawn.status_code == 201, drawn.json
    assert client.post(SAMPLES, json={"size": 2, "seed": 4}, headers=key).json == drawn.json
    assert len(client.get(SAMPLES).json["rows"]) == 1
    where, results = f"{SAMPLES}/{drawn.json['id']}", [{"ci": drawn.json["judgements"][0]["ci"], "right": True}]
    assert client.post(f"{where}/results", json={"results": results}).status_code == 428
    stale = client.post(f"{where}/results", json={"results": results}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    seen = {"If-Match": drawn.headers["ETag"]}
    assert client.post(f"{where}/results", json={"results": results}, headers=seen).status_code == 200
    assert client.get(where).json["judgements"][0]["right"] is True
    assert home.client("viewer").post(SAMPLES, json={"size": 2}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"size": "2"}, {"size": 0}, {"size": 2.5}, {"size": 10**9}, {"size": 2, "seed": -1}, {"size": 2, "x": 1}],
)
def test_what_is_no_sample_is_refused(home, body):
    """And nothing is drawn."""
    client = home.client("engineer")
    assert client.post(SAMPLES, json=body).status_code == 422
    assert client.get(SAMPLES).json["rows"] == []
