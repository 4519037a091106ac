"""The pages of verification: what differs, what explains it, and deciding about the rest."""

from __future__ import annotations

import doctest

import pytest

from cmdb.change.verification import dispositions, verifying
from cmdb.configuration import baselines
from tests.builders import as_actor, observed
from tests.web.pages.walking import House
from web import wording_drift
from web.cli.change import baselines as words

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def drifted():
    """A host whose operating system became what nobody approved, verified against an approved baseline."""
    home = House()
    observed(home.context, h1="Debian 12")
    baselines.create(home.context, "all")
    baselines.approve(as_actor(home.context, "service_owner"), "all")
    home.clock.forward(hours=1)
    observed(home.context, h1=EVIL)
    home.clock.forward(hours=1)
    verifying.verify(home.context, "all")
    return home


def test_a_difference_is_accepted_on_its_page_with_a_retrospective_change(drifted):
    """From the list to the draft; then nothing of it is left to decide."""
    engineer = drifted.person("engineer", "other")
    page = engineer.opens("/verifications")
    assert "the whole estate" in page.words
    engineer.follows("VER-1001")
    (row,) = dispositions.drift(drifted.context, "all")
    engineer.presses("Accept", difference=row.id, reason="the night of the outage")
    assert engineer.url.startswith("/changes/CHG-")
    assert dispositions.drift(drifted.context, "all") == ()
    assert "Nothing differs" in engineer.opens("/verifications/VER-1001").words


def test_what_was_discovered_is_shown_as_text(drifted):
    """A name or a value from outside is no markup, on either page and on that of the finding."""
    viewer = drifted.person("viewer")
    for address in ("/verifications", "/verifications/VER-1001", "/findings?code=verification.unauthorised"):
        # The page itself refuses markup that is not right; what was discovered stands there as it was read.
        page = viewer.opens(address)
        assert "49" not in page.words.replace(EVIL, "") or "{{7*7}}" in page.words
    assert EVIL in viewer.opens("/verifications/VER-1001").words


def test_a_finding_leads_to_its_verification(drifted):
    """And the verification to the CI."""
    viewer = drifted.person("viewer")
    viewer.opens("/findings?code=verification.unauthorised")
    viewer.follows("Accept it with a retrospective change, put it back, or let it be by a rule")
    assert "no approved change explains it" in viewer.opens("/verifications/VER-1001").words


def test_who_drew_a_baseline_up_is_not_offered_to_approve_it(drifted):
    """Somebody else is."""
    manager = as_actor(drifted.context, "change_manager")
    baselines.create(manager, "second")
    assert "Approve second" not in drifted.person("change_manager").opens("/verifications").words
    other = drifted.person("change_manager", "another")
    other.opens("/verifications")
    other.presses("Approve second")
    assert baselines.get(drifted.context, "second").record.approved_by == "another"


def test_the_words_are_as_their_examples_say():
    """Each example of the modules of words holds."""
    for module in (wording_drift, words):
        assert doctest.testmod(module).failed == 0
