"""Sources over the API: entered, changed, switched, read; and where the values of a CI are from."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from cmdb.configuration import register
from discovery import sources
from tests.discovery.conftest import Paper

URL = "/api/v1/sources"
WEB = {"name": "web1", "serial": "Acme|S1", "os": "debian", "listens": ["nginx:80"]}


@pytest.fixture
def home(house):
    """An empty store and its people."""
    return house()


@pytest.fixture
def dc1(home, with_paper, tmp_path):
    """A source on paper in which one host stands."""
    paper = Paper(tmp_path / "dc1", "dc1", home.context)
    paper.write("row1", WEB)
    return paper


def seen(answer):
    """Return the header that says: I have seen what this answer showed."""
    return {"If-Match": answer.headers["ETag"]}


def test_a_source_is_entered_changed_and_switched_off(home, with_paper, tmp_path):
    """Each answer is the record with its version; who has not seen the newest is refused."""
    client = home.client()
    entered = client.post(URL, json={"id": "dc2", "connector": "paper", "settings": {"folder": str(tmp_path)}})
    assert entered.status_code == 201, entered.json
    assert (entered.json["schedule"], entered.json["enabled"]) == (None, True)
    body = {"connector": "paper", "settings": {"folder": "elsewhere"}, "schedule": " 15 *  * * * "}
    assert client.put(f"{URL}/dc2", json=body).status_code == 428
    changed = client.put(f"{URL}/dc2", json=body, headers=seen(entered))
    assert changed.json["schedule"] == "15 * * * *"
    assert client.put(f"{URL}/dc2", json=body, headers=seen(entered)).status_code == 412
    off = client.post(f"{URL}/dc2/off", headers=seen(changed))
    assert off.json["enabled"] is False
    asked = client.post(f"{URL}/dc2/runs", json={})
    assert (asked.status_code, asked.json["code"]) == (409, "source.off")
    assert client.post(f"{URL}/dc2/on", headers=seen(off)).json["enabled"] is True
    assert client.post(URL, json={"id": "dc2", **body}).status_code == 409


def test_all_that_is_wrong_with_a_source_is_told_at_once(home, with_paper):
    """Each with its place; a credential is never repeated."""
    settings = {"token": "hunter2-hunter2", "colour": 1}
    body = {"id": "a/b", "connector": "paper", "settings": settings, "schedule": "0 0 30 2 *", "at_once": 0}
    answer = home.client().post(URL, json=body)
    assert answer.status_code == 422
    told = {fault["pointer"]: fault["message"] for fault in answer.json["errors"]}
    assert told.keys() == {"/id", "/at_once", "/schedule", "/settings/folder", "/settings/token", "/settings/colour"}
    assert told["/settings/folder"] == "is missing: the folder of the files"
    assert told["/settings/colour"].startswith("is not known here; there are: ")
    assert "hunter2" not in answer.text


def test_connectors_tell_the_settings_they_take(home, with_paper):
    """Which of them a source needs, and what each means."""
    rows = {row["name"]: row for row in home.client("viewer").get("/api/v1/connectors").json["rows"]}
    assert rows["paper"]["settings"][0] == {
        "name": "folder",
        "type": "text",
        "required": True,
        "default": None,
        "description": "the folder of the files",
        "parts": [],
    }
    table = next(each for each in rows["files"]["settings"] if each["name"] == "table")
    parts = {each["name"]: each for each in table["parts"]}
    assert (table["type"], parts["header"]["default"], parts["id"]["required"]) == ("object", 1, True)
    assert [each["name"] for each in parts["relations"]["parts"]] == ["column", "type", "reverse"]


def test_a_run_is_asked_for_and_its_source_tells_how_far_it_was_read(home, dc1):
    """202 with the run's address; then the list and the coverage of the source name it."""
    client = home.client()
    assert client.get(URL).json["rows"][0]["read_at"] is None
    accepted = client.post(f"{URL}/dc1/runs", json={"targets": ["row1"]})
    assert accepted.status_code == 202
    run = client.get(accepted.headers["Location"]).json
    assert (run["state"], run["parameters"]) == ("queued", {"targets": ["row1"]})
    client.post(f"{accepted.headers['Location']}/cancel")
    done = dc1.run()
    row = client.get(URL).json["rows"][0]
    assert (row["id"], row["run"], row["behind"]) == ("dc1", done.id, 0)
    dc1.write("row1", WEB, cut=True)
    home.clock.forward(hours=1)
    dc1.run()
    read = client.get(f"{URL}/dc1/coverage").json
    behind = [{"scope": "row1", "readings": 1, "read_at": "2026-03-02T12:00:00Z"}]
    assert (read["read_at"], read["behind"]) == ("2026-03-02T13:00:00Z", behind)


def test_a_dry_run_tells_its_differences(home, dc1):
    """Page by page, at the address that the run names; other runs tell none."""
    client, dry, wet = home.client("viewer"), dc1.run(dry_run=True), dc1.run()
    where = client.get(f"/api/v1/runs/{dry.id}").json["result"]
    assert where.endswith("/differences")
    page = client.get(where, query_string={"limit": 2}).json
    assert [row["kind"] for row in page["rows"]] == ["ci", "ci"]
    rest = client.get(where, query_string={"after": page["next"]}).json
    assert ([row["kind"] for row in rest["rows"]], rest["next"]) == (["relation"], None)
    refused = client.get(f"/api/v1/runs/{wet.id}/differences")
    assert (refused.status_code, refused.json["code"]) == (409, "discover.no_differences")


def test_the_same_key_is_the_same_run(home, dc1):
    """Sent again, the request is answered with the run it made the first time."""
    client = home.client()
    first, again = (client.post(f"{URL}/dc1/runs", json={}, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.json["id"] == again.json["id"]


def test_viewers_read_and_change_nothing(home, dc1):
    """Rights are the desk's, whichever route is taken."""
    client = home.client("viewer")
    assert client.get(f"{URL}/dc1").status_code == 200
    body = {"connector": "paper", "settings": {"folder": "x"}}
    requests = [
        client.post(URL, json={"id": "dc2", **body}),
        client.put(f"{URL}/dc1", json=body, headers={"If-Match": '"1"'}),
        client.post(f"{URL}/dc1/off", headers={"If-Match": '"1"'}),
        client.post(f"{URL}/dc1/runs", json={}),
        client.post("/api/v1/identity/merge", json={"one": "a", "other": "b"}),
        client.post("/api/v1/discovery/settle"),
    ]
    assert {answer.status_code for answer in requests} == {403}


def test_where_the_values_of_a_ci_are_from(home, dc1, tmp_path):
    """Whose each value is, whether it is fresh, what a person locked, and what lost."""
    dc2 = Paper(tmp_path / "dc2", "dc2", home.context)
    dc2.write("all", {"name": "srv-17", "serial": "acme|s1", "os": "Debian GNU/Linux", "listens": ["sshd:22"]})
    dc1.run()
    home.clock.forward(minutes=5)
    dc2.run()
    client = home.client("viewer")

    def values(ci):
        found = client.get(f"/api/v1/provenance/{quote(ci, safe='')}").json
        return found, {row["place"]: row for row in found["values"]}

    found, by_place = values("dc1:web1")
    assert found["seen_as"] == [["dc1", "web1"], ["dc2", "srv-17"]]
    assert by_place["/attributes/os"] == {
        "place": "/attributes/os",
        "value": "debian",
        "source": "dc1",
        "fresh": True,
        "locked": False,
        "others": [{"source": "dc2", "value": "Debian GNU/Linux"}],
        "untold_since": None,
    }
    assert (by_place["/name"]["value"], by_place["/name"]["source"]) == ("web1", "dc1")
    register.set_ci(home.context, "dc1:web1", {"attributes": {"os": "hardened"}})
    dc1.run()
    _, by_place = values("dc1:web1")
    held = by_place["/attributes/os"]
    assert (held["value"], held["source"], held["locked"]) == ("hardened", None, True)
    assert {each["source"] for each in held["others"]} == {"dc1", "dc2"}
    assert values("dc1:web1/nginx")[1]["/class"]["value"] == "application_component"


def test_what_people_entered_is_from_people(home):
    """A CI that no source sees has its values from whoever stated them."""
    register.add_ci(home.context, id="web9", ci_class="server", name="Web 9", attributes={"os": "debian"})
    found = home.client("viewer").get("/api/v1/provenance/web9").json
    assert [(row["place"], row["source"], row["others"]) for row in found["values"]] == [
        ("/class", None, []),
        ("/name", None, []),
        ("/attributes/os", None, []),
    ]
    assert home.client("viewer").get("/api/v1/provenance/web8").status_code == 404


def test_a_source_none_of_whose_targets_was_ever_read_tells_of_the_attempt(home, dc1):
    """It was never read, though it was run; a dry run of it is no attempt."""
    dc1.write("row1", fail="Unreadable")
    run = dc1.run()
    dc1.run(dry_run=True)
    read = home.client("viewer").get(f"{URL}/dc1/coverage").json
    assert (read["read_at"], read["run"]) == (None, None)
    assert read["attempt"] == {"run": run.id, "ended_at": "2026-03-02T12:00:00Z", "state": "failed"}


def test_a_source_that_was_never_read_is_told_so(home, dc1):
    """Nothing is behind where nothing was read."""
    sources.put(home.context, "dc3", "paper", {"folder": "nowhere"})
    read = home.client("viewer").get(f"{URL}/dc3/coverage").json
    never = {"readings": 0, "read_at": None, "run": None, "attempt": None}
    assert read == {"source": "dc3", **never, "behind": []}
    assert home.client("viewer").get(f"{URL}/dc9/coverage").status_code == 404
