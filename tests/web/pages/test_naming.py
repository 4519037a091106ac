"""An estate that discovery filled is read by names on the pages, the ids a pointer away."""

from __future__ import annotations

import pytest

from tests.builders import as_actor
from tests.discovered import DB1, POSTGRES, SSH_DB1, discover_shop
from tests.web.pages.walking import House

DISCOVERED = ("process:", "database_instance:", "interface:", "endpoint:")


@pytest.fixture
def shop():
    """The pages on the discovered shop."""
    house = House()
    discover_shop(as_actor(house.context, "engineer"))
    return house


def test_the_impact_page_says_names(shop):
    """Sentences, the drawing, paths and lists; each leads to the CI."""
    page = shop.person("viewer").opens(f"/impact?ci={DB1}&explain=orders&all=yes")
    assert "Orders goes down because it hangs on postgresql on db1, which hangs on db1, which fails." in page.words
    assert "Logins needs 1 of sshd on db1 and sshd on web1" in page.words
    assert page.links["sshd on db1"].endswith(SSH_DB1.partition(":")[2].rpartition(":")[2])
    said = page.words.replace(f"[{POSTGRES}]", "").replace(f"[{DB1}]", "")
    assert not [part for part in DISCOVERED if part in said]


def test_the_page_of_a_change_says_names(shop):
    """Targets, paths, phases and what goes down with them; the id of a target stands below its name."""
    engineer = shop.person("engineer")
    window = {"from": "2026-04-01T22:00", "to": "2026-04-01T23:00", "zone": "UTC"}
    engineer.opens("/changes/new")
    given = {"title": "Patch", "reason": "R", "t0__ci": DB1, "t0__minutes": "20", **window}
    engineer.presses("Save and submit", **given)
    page = engineer.presses("Assess")
    assert "postgresql on db1" in page.words
    assert not [part for part in DISCOVERED if part in page.words]


def test_a_name_that_is_entered_for_an_id_is_told_the_id(shop):
    """On a form at its field, and of an address on the page that says there is none."""
    person = shop.person("engineer")
    assert f"db1 is the name of {DB1}; give that id" in person.opens("/impact?ci=db1").words
    assert f"db1 is the name of {DB1}; give that id" in person.opens("/ci?id=db1", status=404).words
