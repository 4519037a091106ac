"""The whole walk on a real estate: from search to an approved change and its replay, page by page."""

from __future__ import annotations

import pytest

from cmdb.configuration.intake import import_estate
from tests.web.pages.walking import House


@pytest.fixture(scope="module")
def real(data) -> House:
    """The Wikimedia estate: 3,233 CIs with pools of up to 240 members."""
    house = House()
    with (data / "wikimedia" / "estate.json.gz").open("rb") as stream:
        import_estate(house.context, stream, source="wikimedia")
    return house


def test_from_search_to_approval_and_replay(real):
    """An engineer finds a host, sees what hangs on it, raises the change; the board reads one page and approves."""
    engineer, board = real.person("engineer"), real.person("cab_member")
    assert "3,233" in engineer.opens("/").words
    engineer.opens("/estate?q=kubernetes2005")
    engineer.follows("host:kubernetes2005.codfw.wmnet")
    assert "keep a spare fewer" in engineer.page.words
    assert "19 more" in engineer.page.links
    engineer.follows("Change it")
    engineer.presses(
        "Save and submit",
        title="Replace a fan",
        reason="It is loud",
        zone="UTC",
        plan="Put it back",
        **{"from": "2026-03-03T09:00", "to": "2026-03-03T10:00"},
    )
    engineer.presses("Assess")
    assert "nodes for 91 CIs" in engineer.page.words
    assert "33 more." in engineer.page.words
    address = engineer.url.rstrip("?")

    board.opens(address)
    assert "You approved" in board.presses("Approve").words
    assert "Replays, byte for byte" in board.follows("Replay it").words


def test_a_pool_of_240_and_its_owner_are_readable(real):
    """The owner counts its members and shows the first ones; all of them are one link away."""
    viewer = real.person("viewer")
    page = viewer.opens("/ci?id=service:citoid@eqiad")

    assert "Depends on 240" in page.words
    assert "240" in page.words
    assert 'rel="next"' not in viewer.follows("215 more").source
