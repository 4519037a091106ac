"""Go or no-go over the API: the same check with the version that was seen, its list, and the inbox."""

from __future__ import annotations

import pytest

from tests.builders import depends, needs
from tests.web.api.change.test_changes import SHOP, assessed
from tests.web.api.change.test_life import move


@pytest.fixture
def shop(house):
    """A tier 1 shop on one of two web servers and one database."""
    return house(*SHOP, *needs("shop", 1, "web1", "web2"), *depends("shop", "db1"))


def test_a_failed_twin_is_no_go_and_told(shop):
    """The answer, its facts and the notice are documents; a viewer reads them and may not check."""
    engineer, board = shop.client("engineer"), shop.client("cab_member", "board")
    change, _ = assessed(engineer)
    move(board, change, "approve", 201, comment="")
    assert move(engineer, change, "go", 201)["answer"] == "GO"
    body = {"title": "Down", "cis": ["web2"], "priority": 2}
    incident = engineer.post("/api/v1/incidents", json=body).json
    check = move(engineer, change, "go", 201)
    fact = check["facts"][0]
    assert (check["answer"], check["suspended"], check["failed"]) == ("NO-GO", True, ["web2"])
    assert (fact["code"], fact["record"], fact["near"], fact["of"]) == ("incident", incident["id"], "twin", "web1")
    viewer = shop.client("viewer")
    assert [row["answer"] for row in viewer.get(f"/api/v1/changes/{change}/go").json["rows"]] == ["GO", "NO-GO"]
    assert move(viewer, change, "go", 403)["code"] == "not_allowed"
    assert viewer.get("/api/v1/inbox").json == {"rows": []}
    (notice,) = board.get("/api/v1/inbox").json["rows"]
    assert (notice["change"], notice["check"], notice["by"]) == (change, check["id"], "go_check")
    assert (notice["because"], notice["found"]["fact"], notice["found"]["check"]) == ("", fact, check["id"])
