"""Incidents over the API: opened, edited, resolved, found and brought in, and what they say about a component."""

from __future__ import annotations

import pytest

from cmdb.model.change import ChangeState
from cmdb.model.change_outcome import ChangeOutcome
from tests.builders import a_change, a_server, add, moment

NEW = {"title": "It is down", "cis": ["web1"], "priority": 2, "opened": "2026-03-02T09:00:00Z"}
CSV = (
    "id,title,cis,opened,resolved,priority,caused_by\n"
    "OPS-1,Disk full,web1,2026-02-01T10:00Z,2026-02-01T12:00Z,2,\n"
    "OPS-2,Slow,web2|web1,2026-03-01T10:00Z,,4,CHG-1\n"
)
URL = "/api/v1/incidents"


@pytest.fixture
def shop(house):
    """Two servers and a change."""
    return house(a_server("web1", unavailability=0.002), a_server("web2"), a_change("web1"))


def seen(answer):
    """Return the header that says: I have seen what this answer showed."""
    return {"If-Match": answer.headers["ETag"]}


def brought(client, text=CSV, **query):
    return client.post(f"{URL}/import", query_string={"source": "ops", **query}, data=text, content_type="text/csv")


def test_from_opened_to_resolved(shop):
    """An engineer opens, corrects and resolves; each answer is the record with its version."""
    client = shop.client()
    opened = client.post(URL, json=NEW)

    assert opened.status_code == 201
    assert opened.json == {
        "id": "INC-1001",
        "title": "It is down",
        "cis": ["web1"],
        "opened": "2026-03-02T09:00:00Z",
        "priority": 2,
        "state": "open",
        "source": "form",
        "resolved": None,
        "caused_by": None,
        "declined": [],
    }
    edited = client.patch(f"{URL}/INC-1001", json={"caused_by": "CHG-1", "priority": 1}, headers=seen(opened))
    assert (edited.json["caused_by"], edited.json["priority"], edited.headers["ETag"]) == ("CHG-1", 1, '"2"')
    stale = client.post(f"{URL}/INC-1001/resolve", json={}, headers=seen(opened))
    assert (stale.status_code, stale.json["code"]) == (412, "store.version_conflict")
    over = client.post(f"{URL}/INC-1001/resolve", json={"resolved": "2026-03-02T11:00Z"}, headers=seen(edited))
    assert (over.json["state"], over.json["resolved"]) == ("resolved", "2026-03-02T11:00:00Z")
    again = client.post(f"{URL}/INC-1001/resolve", json={}, headers=seen(over))
    assert (again.status_code, again.json["code"]) == (409, "incident.already_resolved")
    assert client.get(f"{URL}/INC-1001").json == over.json
    assert client.get(f"{URL}/INC-1001?at=2").json == opened.json


def test_what_is_wrong_is_told_with_its_pointer(shop):
    """All of it at once; unknown names and wrong types by the door, the rest by the desk."""
    wrong = {"title": "", "cis": ["web1", "web-2"], "priority": 7, "opened": "2036-01-01T00:00Z", "caused_by": "CHG-9"}
    refused = shop.client().post(URL, json=wrong)

    assert refused.status_code == 422
    assert {fault["pointer"]: fault["code"] for fault in refused.json["errors"]} == {
        "/title": "incident.missing",
        "/cis/1": "incident.unknown_ci",
        "/priority": "incident.priority",
        "/opened": "incident.not_yet",
        "/caused_by": "incident.unknown_change",
    }
    for body in ({**NEW, "urgency": 1}, {**NEW, "priority": "1"}, {**NEW, "cis": "web1"}, {"title": "x"}):
        assert shop.client().post(URL, json=body).status_code == 422


def test_a_proposed_cause_is_declined_with_a_reason(shop):
    """With the version that was seen; what the change shows then, and what is refused."""
    times = {name: moment("2026-03-02T08:30Z") for name in ("started_at", "ended_at", "outcome_at")}
    done = a_change("web1", state=ChangeState.REVIEWED, outcome=ChangeOutcome.SUCCESS, **times)
    add(shop.context, done)
    client = shop.client()
    opened = client.post(URL, json=NEW)
    where, change = f"{URL}/{opened.json['id']}/decline", "/api/v1/changes/CHG-1/dossier"
    assert [link["confirmed"] for link in client.get(change).json["afterwards"]["incidents"]] == [False]
    body = {"change": "CHG-1", "code": "began_before"}
    assert client.post(where, json=body).status_code == 428
    assert client.post(where, json={**body, "code": "bad luck"}, headers=seen(opened)).status_code == 422
    missing = client.post(where, json={**body, "code": "other"}, headers=seen(opened))
    assert (missing.status_code, missing.json["errors"][0]["pointer"]) == (422, "/note")
    declined = client.post(where, json=body, headers=seen(opened))
    assert [(each["change"], each["code"], each["by"]) for each in declined.json["declined"]] == [
        ("CHG-1", "began_before", "engineer")
    ]
    after = client.get(change).json["afterwards"]
    assert (after["incidents"], [link["incident"] for link in after["declined"]]) == ([], [opened.json["id"]])
    again = client.post(where, json=body, headers=seen(declined))
    assert (again.status_code, again.json["code"]) == (409, "incident.not_proposed")
    assert shop.client("viewer").post(where, json=body, headers=seen(declined)).status_code == 403


def test_a_request_that_is_sent_again_opens_one_incident(shop):
    """The Idempotency-Key tells a repetition from a second incident."""
    client, key = shop.client(), {"Idempotency-Key": "k1"}
    first, second = (client.post(URL, json=NEW, headers=key) for _ in range(2))

    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(client.get(URL).json["rows"]) == 1


def test_a_file_is_brought_in_once(shop):
    """As one revision; a dry run before writes nothing, the same again changes nothing."""
    client = shop.client()

    dry = brought(client, dry_run="true").json
    assert (dry["new"], dry["revision"], [one["id"] for one in dry["differences"]]) == (2, None, ["OPS-1", "OPS-2"])
    assert client.get(URL).json["rows"] == []
    assert brought(client).json["new"] == 2
    again = brought(client, source="other").json
    assert (again["new"], again["changed"], again["unchanged"], again["revision"]) == (0, 0, 2, None)
    assert [row["id"] for row in client.get(URL).json["rows"]] == ["OPS-2", "OPS-1"]


def test_a_wrong_file_is_refused_line_by_line(shop):
    """Nothing of it is written, and another kind of file is not tried."""
    client = shop.client()
    refused = brought(client, CSV.replace("web2|", "nope|").replace("2026-02-01T10:00Z", "yesterday"))

    assert refused.status_code == 422
    assert [(fault["line"], fault["code"]) for fault in refused.json["errors"]] == [
        (2, "time.unreadable"),
        (3, "incident.unknown_ci"),
    ]
    assert client.get(URL).json["rows"] == []
    xlsx = client.post(f"{URL}/import?source=x", data=b"PK", content_type="application/zip")
    assert xlsx.status_code == 415
    assert shop.client("viewer").post(f"{URL}/import?source=x", data=CSV, content_type="text/csv").status_code == 403


def test_incidents_are_found_by_ci_state_and_time(shop):
    """Page by page, the last opened first."""
    client = shop.client()
    brought(client)

    def ids(**query):
        return [row["id"] for row in client.get(URL, query_string=query).json["rows"]]

    assert ids(ci="web2") == ["OPS-2"]
    assert ids(state="resolved") == ["OPS-1"]
    assert ids(open_at="2026-02-01T11:00Z") == ["OPS-1"]
    assert ids(since="2026-02-02T00:00Z", until="2026-03-02T00:00Z") == ["OPS-2"]
    first = client.get(URL, query_string={"limit": 1}).json
    assert ids(limit=1, after=first["next"]) == ["OPS-1"]
    wrong = client.get(URL, query_string={"since": "yesterday"})
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/since")


def test_a_component_says_where_its_numbers_come_from(shop):
    """From its incidents where it has some, with what was observed; else what is stated, else its class."""
    client = shop.client()
    client.post(URL, json={**NEW, "opened": "2026-03-02T00:00Z"})

    answer = client.get("/api/v1/unavailability?ci=web1&ci=web2&window=4")

    assert answer.status_code == 200
    web1, web2 = answer.json["cis"]
    assert (web1["unavailability_source"], web1["mtbf_source"], web1["window"]) == ("history", "history", "counted")
    assert (web1["failures"], web1["down_hours"], web1["observed_hours"]) == (1, 12.0, 12.0)
    assert (web2["unavailability_source"], web2["failures"]) == ("class_default", None)
    assert moment(answer.json["since"]) == moment("2026-03-02T00:00Z")
    assert answer.json["revision"] == 2
    later = client.post("/api/v1/unavailability", json={"cis": ["web1"], "until": "2026-03-03T00:00:00Z"})
    assert later.json["cis"][0]["down_hours"] == 24.0
    assert client.get("/api/v1/unavailability?ci=nope").status_code == 404
    assert client.get("/api/v1/unavailability?ci=web1&window=-1").status_code == 422
