"""Series of meetings and their packs over the API: by a rule, laid out, moved, ended, read as HTML and PDF."""

from __future__ import annotations

import pytest

from cmdb.change.boards import boards
from cmdb.people import persons
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, as_actor, needs
from tests.web.summary.reading import pdf_or_skip, read

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
API = "/api/v1"
RULE = {"starts": ["2026-03-05T14:00[Europe/Berlin]"], "rule": "FREQ=WEEKLY;BYDAY=TH", "duration": 45}


@pytest.fixture
def chair(house):
    """The chair of a board that a change waits for."""
    made = house(*SHOP, a_change("web1", id="CHG-1"))
    persons.add(made.context, "chair", name="Chair", roles=["cab_member"])
    boards.add(made.context, "cab", name="CAB", chair="chair", members=[])
    assess(as_actor(made.context, "change_manager"), "CHG-1")
    return made.client("cab_member", "chair")


def tag(answer):
    return {"If-Match": answer.headers["ETag"]}


def test_a_series_is_planned_moved_and_ended_over_the_api(chair):
    """Each answer carries the tag for the next act; a stale one is refused."""
    made = chair.post(f"{API}/boards/cab/meetings", json=RULE)
    assert (made.status_code, made.json["schedule"]["zone"]) == (201, "Europe/Berlin")
    rows = chair.get(f"{API}/meetings?board=cab").json["rows"]
    assert [row["start"] for row in rows[3:5]] == ["2026-03-26T13:00:00Z", "2026-04-02T12:00:00Z"]
    assert chair.get(f"{API}/meeting-series?board=cab").json["rows"][0]["id"] == made.json["id"]
    path = f"{API}/meetings/{rows[1]['id']}"
    seen, moving = chair.get(path), {"start": "2026-03-13T09:00[Europe/Berlin]"}
    moved = chair.post(f"{path}/move", json=moving, headers=tag(seen))
    assert (moved.json["start"], moved.json["planned_start"]) == ("2026-03-13T08:00:00Z", "2026-03-12T13:00:00Z")
    assert chair.post(f"{path}/move", json=moving, headers=tag(seen)).status_code == 412
    assert chair.post(f"{path}/move", json=moving).status_code == 428
    assert chair.post(f"{API}/meeting-series/lay-out").json == {"meetings": []}
    series = f"{API}/meeting-series/{made.json['id']}"
    found = chair.get(series)
    ended = chair.post(f"{series}/end", json={"reason": "Monthly now"}, headers=tag(found))
    assert ended.json["ended"]["reason"] == "Monthly now"
    assert {row["state"] for row in chair.get(f"{API}/meetings?board=cab").json["rows"]} == {"cancelled"}


def test_every_fault_of_a_rule_is_told_at_once(chair):
    """At the field it stands in."""
    wrong = {**RULE, "rule": "FREQ=NEVER;BYDAY", "duration": 0, "excluded": ["soon"]}
    answer = chair.post(f"{API}/boards/cab/meetings", json=wrong)
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json["errors"]} == {"/rule", "/duration", "/excluded/0"}


def test_the_pack_is_sent_as_json_html_and_pdf(chair):
    """The same bytes in three forms; the HTML loads nothing and holds the ten points of the change."""
    chair.post(f"{API}/boards/cab/meetings", json={"starts": ["2026-03-05T14:00Z"]})
    path = f"{API}/meetings/MTG-1001"
    frozen = chair.post(f"{path}/freeze", headers=tag(chair.get(path)))
    document = chair.get(f"{path}/pack").json
    assert document["changes"]["CHG-1"]["summary"]["reasons"]
    assert document["projected_outage"]["considered"] == 1
    shown = chair.get(f"{path}/pack.html?language=zh")
    assert "default-src 'none'; style-src 'sha256-" in shown.headers["Content-Security-Policy"]
    assert frozen.json["pack"] in shown.text
    assert "待决定" in shown.text
    assert 'id="CHG-1-point-10"' in shown.text
    pdf_or_skip()
    assert read(chair.get(f"{path}/pack.pdf?pack={frozen.json['pack']}").data).pages == 2
    assert chair.get(f"{path}/pack.pdf?pack={'0' * 64}").status_code == 404
