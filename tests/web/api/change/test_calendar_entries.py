"""The calendar over the API: entries with their versions, questions, iCalendar, and the pair once more."""

from __future__ import annotations

import pytest

from tests.builders import a_back_out, a_change, a_server, a_service, a_window, needs

SHOP = (
    a_service("shop", tier=2),
    *(a_server(name, unavailability=0.001) for name in ("web1", "web2")),
    *needs("shop", 1, "web1", "web2"),
)
API = "/api/v1/calendar"
ONCE = {"start": "2026-03-02T22:30Z", "end": "2026-03-04T00:00Z"}
FREEZE = {"name": "F", "schedule": ONCE, "covers": {"everything": True}}
WEEKLY = {"start": "2026-03-08T02:00[Europe/Berlin]", "end": "2026-03-08T05:00[Europe/Berlin]", "rule": "FREQ=WEEKLY"}
ENTRIES = {
    "freezes": FREEZE,
    "peaks": {**FREEZE, "demand": 12, "counts_as_freeze": True},
    "maintenance": {"name": "M", "schedule": WEEKLY, "covers": {"services": ["shop"]}, "agreed": True, "minutes": 9},
    "capacities": {"team": "network", "at_once": 2, "hours": WEEKLY},
}


@pytest.fixture
def home(house):
    changes = [
        a_change("web1", id="CHG-1", back_out=a_back_out()),
        a_change("web2", id="CHG-2", window=a_window("2026-03-02T22:59Z"), back_out=a_back_out()),
    ]
    return house(*SHOP, *changes)


@pytest.mark.parametrize("path", ENTRIES)
def test_an_entry_from_its_beginning_to_its_end(home, path):
    """Added, sent again, listed, shown with its version, withdrawn by who has seen it."""
    manager, viewer = home.client("change_manager"), home.client("viewer")
    key = {"Idempotency-Key": f"add-{path}"}
    made = manager.post(f"{API}/{path}", json=ENTRIES[path], headers=key)
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    again = manager.post(f"{API}/{path}", json=ENTRIES[path], headers=key)
    assert again.json == made.json
    listed = viewer.get(f"{API}/{path}").json
    assert ([row["id"] for row in listed["rows"]], listed["next"]) == ([made.json["id"]], None)
    one = f"{API}/{path}/{made.json['id']}"
    assert viewer.get(one).json == made.json
    assert manager.post(f"{one}/withdraw", json={"reason": "over"}).status_code == 428
    assert manager.post(f"{one}/withdraw", json={"reason": "over"}, headers={"If-Match": '"9"'}).status_code == 412
    gone = manager.post(f"{one}/withdraw", json={"reason": "over"}, headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.json["state"], gone.json["withdrawal"]["reason"]) == (200, "withdrawn", "over")
    assert manager.post(f"{one}/withdraw", json={"reason": "x"}, headers={"If-Match": '"2"'}).status_code == 409
    assert viewer.get(f"{API}/{path}").json["rows"] == []
    assert len(viewer.get(f"{API}/{path}?withdrawn=true").json["rows"]) == 1
    assert viewer.get(f"{one}?at={home.context.store.revision() - 1}").json["state"] == "active"
    assert viewer.post(f"{API}/{path}", json=ENTRIES[path]).status_code == 403
    assert viewer.get(f"{API}/{path}/nope").status_code == 404


def test_all_faults_of_a_new_entry(home):
    """Each at its JSON pointer; unknown fields are refused."""
    manager = home.client("change_manager")
    schedule = {"start": "2026-03-29T02:30[Europe/Berlin]", "end": "soon", "rule": "FREQ=MINUTELY"}
    body = {"name": "", "schedule": schedule, "covers": {"services": ["web1"]}}
    refused = manager.post(f"{API}/freezes", json=body)
    assert refused.status_code == 422
    assert {(fault["code"], fault["pointer"]) for fault in refused.json["errors"]} == {
        ("calendar.missing", "/name"),
        ("time.skipped", "/schedule/start"),
        ("time.unreadable", "/schedule/end"),
        ("schedule.frequency", "/schedule/rule"),
        ("calendar.no_service", "/covers/services/0"),
    }
    assert manager.post(f"{API}/freezes", json={**FREEZE, "color": "red"}).status_code == 422
    assert manager.post(f"{API}/peaks", json=FREEZE).status_code == 422


def test_questions_of_the_calendar(home):
    """Facts, a move that is tried, the next window, the projected outage and the calendar itself."""
    manager = home.client("change_manager")
    for path, body in ENTRIES.items():
        assert manager.post(f"{API}/{path}", json=body).status_code == 201
    viewer = home.client("viewer")
    facts = viewer.get(f"{API}/changes/CHG-1/facts").json
    assert facts["reasons"] == ["freeze", "peak_freeze", "peak", "outside_maintenance"]
    elsewhere = viewer.get(f"{API}/changes/CHG-1/facts?from=2026-03-08T02:00Z&to=2026-03-08T03:00Z").json
    assert elsewhere["reasons"] == []
    moved = viewer.get(f"{API}/changes/CHG-2/moved?to=2026-03-02T23:00Z").json
    assert (moved["ended"], moved["minutes"], moved["then"]["conflicts"]) == ([["CHG-1"]], 1, [])
    found = viewer.get(f"{API}/changes/CHG-1/next-window").json
    assert found["window"]["from"] == "2026-03-08T01:00:00+00:00"
    outage = viewer.get(f"{API}/outage").json
    assert [(each["service"], each["planned_minutes"], each["joint_minutes"]) for each in outage["services"]] == [
        ("shop", 1, 1)
    ]
    shown = viewer.get(f"{API}?from=2026-03-02T00:00Z&to=2026-03-09T00:00Z").json
    assert [row["kind"] for row in shown["rows"]] == ["change", "freeze", "peak", "change", "maintenance"]
    assert [each["changes"] for each in shown["conflicts"]] == [["CHG-1", "CHG-2"]]
    assert manager.post(f"{API}/renew").json == {"renewed": []}


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("?from=soon", 422, "/from"),
        ("?to=2030-01-01T00:00Z", 422, "/to"),
        ("/outage?to=2020-01-01T00:00Z", 422, "/to"),
        ("/changes/CHG-9/facts", 404, None),
        ("/changes/CHG-1/facts?from=2026-03-08T02:00Z", 422, ""),
        ("/changes/CHG-1/facts?from=x&to=y", 422, "/window/start"),
        ("/changes/CHG-1/moved", 422, "/to"),
        ("/changes/CHG-1/moved?to=2020-01-01T00:00Z", 422, "/to"),
        ("/changes/CHG-9/next-window", 404, None),
        ("/changes/CHG-1/next-window?days=0&grid=7", 422, "/days"),
        ("/feed.ics?what=everything", 422, None),
        ("/feed.ics?from=2026-03-08T02:00", 422, "/from"),
    ],
)
def test_bad_questions(home, query, status, pointer):
    """A problem with its place."""
    refused = home.client("viewer").get(API + query)
    assert refused.status_code == status, refused.json
    assert pointer is None or refused.json["errors"][0]["pointer"] == pointer


def test_icalendar_out_and_in(home, house):
    """The feed of one server brought into another; a second time nothing is new; not as another media type."""
    manager = home.client("change_manager")
    for path in ("freezes", "maintenance"):
        manager.post(f"{API}/{path}", json=ENTRIES[path])
    answer = home.client("viewer").get(f"{API}/feed.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    other = house(*SHOP).client("change_manager")

    def brought(query="", **more):
        given = {"data": answer.data, "content_type": "text/calendar", **more}
        return other.post(f"{API}/import?source=x{query}", **given)

    dry = brought("&dry_run=true")
    assert (dry.status_code, dry.json["new"], dry.json["revision"], dry.json["passed_over"]) == (200, 2, None, 2)
    assert (brought().json["new"], brought().json["unchanged"]) == (2, 2)
    shown = [row["name"] for path in ("freezes", "maintenance") for row in other.get(f"{API}/{path}").json["rows"]]
    assert shown == ["F", "M"]
    lines = (b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", b"UID:u", b"SUMMARY:S", b"DTSTART;VALUE=DATE:20260401")
    theirs = b"\r\n".join((*lines, b"END:VEVENT", b"END:VCALENDAR"))
    assert brought("&as=freeze&everything=true&zone=Europe/Berlin", data=theirs).json["new"] == 1
    assert brought("&as=peak&services=shop&demand=2.5", data=theirs.replace(b"UID:u", b"UID:v")).json["new"] == 1
    broken = brought(data=theirs.replace(b"UID:u", b"UID:w"))
    assert (broken.status_code, broken.json["errors"][0]["line"]) == (422, 2)
    assert brought(content_type="text/plain").status_code == 415
    viewer = house(*SHOP).client("viewer")
    assert viewer.post(f"{API}/import?source=x", data=b"", content_type="text/calendar").status_code == 403


def test_the_pair_over_the_api(home):
    """At once for a minute both are blocked; apart a spare is lost and a peer approves; one moves, and again."""
    engineer = home.client("engineer")

    def assessed(change):
        version = engineer.get(f"/api/v1/changes/{change}").headers["ETag"]
        made = engineer.post(f"/api/v1/changes/{change}/assess", headers={"If-Match": version})
        assert made.status_code in (200, 201), made.json
        return made.json["verdict"], made.json["services"][0]["outcome"]

    def placed(change, start, end):
        version = engineer.get(f"/api/v1/changes/{change}").headers["ETag"]
        window = {"start": f"2026-03-02T{start}Z", "end": f"2026-03-02T{end}Z"}
        answer = engineer.patch(f"/api/v1/changes/{change}", json={"window": window}, headers={"If-Match": version})
        assert answer.status_code == 200

    def conflicts():
        found = engineer.get(f"{API}/conflicts").json["conflicts"]
        return [(each["changes"], {move["change"]: move["minutes"] for move in each["moves"]}) for each in found]

    both = ["CHG-1", "CHG-2"]
    assert conflicts() == [(both, {"CHG-1": -1, "CHG-2": 1})]
    assert [assessed(change) for change in both] == [("BLOCK", "REDUNDANCY_LOST")] * 2
    placed("CHG-2", "23:00", "23:59")
    assert conflicts() == []
    assert [assessed(change) for change in both] == [("PEER", "REDUNDANCY_LOST")] * 2
    placed("CHG-1", "22:10", "23:10")
    assert conflicts() == [(both, {"CHG-1": -10, "CHG-2": 10})]
    assert assessed("CHG-2") == ("BLOCK", "REDUNDANCY_LOST")
