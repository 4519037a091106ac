"""The policy on its page: what is in force, whether a text passes its tests, and past changes judged by it."""

from __future__ import annotations

import pytest

from cmdb.change.policy.policy import default
from impact.questions.assess import assess
from tests.builders import a_change, add, as_actor
from tests.policies import FIRST, changed


@pytest.fixture
def reader(house):
    """A viewer of a change that takes a spare of a service whose tier nobody gave, assessed: a peer decides."""
    add(house.context, a_change("web1", id="CHG-1"), a_change("db-b", id="CHG-2"))
    for change in ("CHG-1", "CHG-2"):
        assess(as_actor(house.context, "engineer"), change)
    return house.person("viewer")


def test_the_policy_in_force_passes_its_own_tests_and_says_what_it_said(reader):
    """From the list of changes to the page; trying the text as it stands changes nothing."""
    reader.opens("/changes")
    page = reader.follows("Policy")
    assert "In force is version 0, the one that comes with Foreshock." in page.words
    page = reader.presses("Try it on past changes")
    assert "tests pass" in page.words
    assert "Under default, 2 changes would have got the verdict they got." in page.words


def test_a_stricter_policy_shows_whom_it_would_have_stopped(reader):
    """The change with both verdicts and the reason of the new one, and that all facts are known."""
    reader.opens("/policy")
    strict = changed(('other = "down"', 'other = "unaffected"'), ('tier1 = "reduced"', 'tier1 = "unaffected"'))
    page = reader.presses("Try it on past changes", policy=strict)
    assert "more would have gone to the CAB, no failure among them, as there was none." in page.words
    assert "beyond_peer_limit" in page.words
    assert "the stored facts lack" not in page.words
    assert "The text has no tests." in page.words


def test_a_text_that_fails_its_tests_is_told_so(reader):
    """The failing test with what it wants and what it gets."""
    reader.opens("/policy")
    lenient = default().text.replace("joint_conflict = true", "joint_conflict = false")
    page = reader.presses("Try it on past changes", policy=lenient)
    assert "together with the other of the pair" in page.words
    assert "so this text can not be put in force" in page.words


def test_every_fault_of_a_text_stands_at_the_form(reader):
    """With what was typed."""
    reader.opens("/policy")
    page = reader.presses("Try it on past changes", status=422, policy=FIRST + "\nmore = 1\n")
    assert "more is no key of a policy" in page.words
    page = reader.presses("Try it on past changes", status=422, policy=FIRST, **{"from": "soon"})
    assert "'soon' is no time" in page.words
    assert "joint_conflict = true" in page.source


def test_two_persons_override_a_block_on_the_page_of_the_change(house):
    """One asks with a reason, a board member confirms, and only then is there a button to approve."""
    add(house.context, a_change("db-b", id="CHG-1", back_out=None))
    assess(as_actor(house.context, "engineer"), "CHG-1")
    peer, board = house.person("engineer", "peer"), house.person("cab_member", "chair")
    page = board.opens("/changes/CHG-1")
    assert "nobody may approve it while the reasons above hold" in page.words
    assert "Override BLOCK" not in page.words
    peer.opens("/changes/CHG-1")
    page = peer.presses("Ask to override BLOCK", status=422)
    assert "The comment is missing" in page.words
    page = peer.presses("Ask to override BLOCK", **{"ask-for-override-comment": "Reports rest this week"})
    assert "Another person has to confirm it." in page.words
    page = board.opens("/changes/CHG-1")
    assert "Asked for an override" in page.words
    page = board.presses("Override BLOCK", **{"override-comment": "Agreed"})
    assert "Two persons overrode BLOCK. One approval by a CAB member" in page.words
    page = board.presses("Approve")
    assert "Overrode BLOCK" in page.words
    assert "It is approved." in page.words


def test_whose_change_it_is_is_offered_no_override(house):
    """Nor is anybody where the verdict is another."""
    add(house.context, a_change("db-b", id="CHG-1", back_out=None), a_change("web1", id="CHG-2"))
    for change in ("CHG-1", "CHG-2"):
        assess(as_actor(house.context, "engineer"), change)
    assert "override" not in house.person("engineer").opens("/changes/CHG-1").words.lower().replace("overrides", "")
    assert "Ask to override" not in house.person("cab_member", "chair").opens("/changes/CHG-2").words
