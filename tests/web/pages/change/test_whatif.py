"""What would help, on its page without JavaScript: from the change, in both languages, beside an alternative."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.model.change import ChangeState, Effect, Target
from tests.builders import a_change, a_window, add

BOTH = [Target("lb1", Effect.RESTART, 0, 10), Target("lb2", Effect.RESTART, 0, 10)]


@pytest.fixture
def reader(house):
    """A viewer of a draft that restarts both load balancers at once, in a window meant in Berlin."""
    window = replace(a_window("2026-03-02T22:00+01:00"), zone="Europe/Berlin")
    add(house.context, a_change(*BOTH, id="CHG-1", window=window, state=ChangeState.DRAFT))
    add(house.context, a_change(id="CHG-2", window=None, state=ChangeState.DRAFT))
    return house.person("viewer")


def test_from_the_change_to_what_would_help(reader):
    """A link, and the measures with their gains."""
    reader.opens("/changes/CHG-1")
    page = reader.follows("What would help")
    assert "Work in 2 waves, each brought back before the next: 22:00 lb1 (10 minutes); 22:10 lb2" in page.words
    assert "Checkout stays up without a spare instead of being down." in page.words
    assert "It saves 10 minutes of planned outage." in page.words


def test_an_alternative_is_chosen_on_the_form(reader):
    """One target less, in another night: both outcomes stand in the table, and the address holds all of it."""
    reader.opens("/changes/CHG-1/whatif")
    page = reader.presses("Show side by side", without="lb2", **{"from": "2026-03-03T22:00"})
    assert "Otherwise: Tue 3 Mar 2026, 22:00-23:00 CET" in page.words
    assert "Redundancy lost" in page.words
    assert "without=lb2" in reader.url


def test_in_chinese(reader):
    """The headings, the measures and the gains; a link leads back."""
    page = reader.opens("/changes/CHG-1/whatif?lang=zh")
    assert "有帮助的措施" in page.words
    assert "分 2 批进行" in page.words
    assert "English" in page.links
    assert 'lang="zh-Hans"' in page.source


def test_what_is_wrong_is_said_and_the_answer_stays(reader):
    """A target that is none; a change that lacks what is asked about says what it lacks."""
    page = reader.opens("/changes/CHG-1/whatif?without=web1&from=soon", status=422)
    assert "web1 is no target of the change" in page.words
    assert "Work in 2 waves" in page.words
    page = reader.opens("/changes/CHG-2/whatif", status=422)
    assert "The window is missing" in page.words
    assert "A target is missing" in page.words
    assert "No change with id CHG-9." in reader.opens("/changes/CHG-9/whatif", status=404).words
