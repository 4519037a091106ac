"""Changing the connections of a CI on its page: relate, end, set a group's needs, each with what it means."""

from __future__ import annotations

from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS


def test_the_page_shows_groups_with_both_readings_and_everything_else(house):
    """From the CI page by one link: what it needs, what it is needed by, and how each counts."""
    engineer = house.person("engineer")
    engineer.opens("/ci?id=checkout")
    page = engineer.follows("Change connections")
    assert "Group lb : needs 1 of 2" in page.words.replace("lb:", "lb :")
    assert "needs all 4 of them" in page.words
    assert "Now 2 may fail and it stays up; one more, and it goes down." in page.words
    assert "It depends on nothing else." in page.words


def test_needs_are_set_to_any_k_and_to_all(house):
    """All is kept as a share, so that a member that joins later is needed as well."""
    engineer = house.person("engineer")
    engineer.opens("/ci/relations?id=checkout")
    page = engineer.presses("Save the needs of web", reading="any", needs="3")
    assert "checkout needs 3 of web." in page.words
    assert house.context.records.get(GROUPS, '["checkout","web"]').needs == 3
    page = engineer.presses("Save the needs of web", reading="all")
    assert "checkout needs all of web." in page.words
    assert house.context.records.get(GROUPS, '["checkout","web"]').needs == "100%"


def test_needs_that_can_not_be_met_stand_at_their_field(house):
    """Five of four, and nothing at all: the page says so beside the field and writes nothing."""
    engineer = house.person("engineer")
    engineer.opens("/ci/relations?id=checkout")
    page = engineer.presses("Save the needs of web", status=422, reading="any", needs="5")
    assert 'href="#needs-2"' in page.source
    engineer.opens("/ci/relations?id=checkout")
    page = engineer.presses("Save the needs of web", status=422, reading="any", needs="")
    assert "Write how many must be up" in page.words
    assert house.context.records.get(GROUPS, '["checkout","web"]').needs == 2


def test_connections_are_added_as_one_revision(house):
    """A hard one and a group of two, on a CI that is there already."""
    engineer = house.person("engineer")
    before = house.context.store.revision()
    engineer.opens("/ci/relations?id=reports")
    engineer.presses("Another connection", c0__cis="sw-b4", c0__counts="hard")
    page = engineer.presses("Add", c1__cis="web1\nweb2", c1__counts="group", c1__group="web", c1__needs="1")
    assert "reports has 3 connections more." in page.words
    assert house.context.store.revision() == before + 1
    assert house.context.records.get(GROUPS, '["reports","web"]').needs == 1


def test_a_spare_joins_a_group_without_its_needs_being_said_again(house):
    """Its name is enough."""
    engineer = house.person("engineer")
    engineer.opens("/ci/relations?id=checkout")
    page = engineer.presses("Add", c0__cis="db-b", c0__counts="group", c0__group="lb")
    assert "needs 1 of 3" in page.words


def test_every_fault_comes_back_with_what_was_typed(house):
    """An unknown CI and needs without a group, both at their fields."""
    engineer = house.person("engineer")
    before = house.context.store.revision()
    engineer.opens("/ci/relations?id=reports")
    page = engineer.presses("Add", status=422, c0__cis="nowhere", c0__counts="hard", c0__needs="2")
    assert "There is no CI nowhere" in page.words
    assert 'href="#c0.needs"' in page.source
    form, _ = page.form("Add")
    assert form.fields["c0.cis"] == "nowhere"
    engineer.opens("/ci/relations?id=reports")
    page = engineer.presses("Add", status=422)
    assert "Name at least one CI" in page.words
    assert house.context.store.revision() == before


def test_a_relation_is_ended_and_a_breaking_group_asks_for_a_decision_first(house):
    """Of the pair of balancers one may go; taking the second asks, and deciding ends the group with it."""
    engineer = house.person("engineer")
    engineer.opens("/ci/relations?id=lb2")
    page = engineer.presses("End")
    assert "is ended. Its history stays." in page.words
    assert house.context.store.get(RELATIONS, '["lb2","depends_on","sw-b4",null]') is None

    engineer.opens("/ci/relations?id=checkout")
    engineer.presses("Save the needs of lb", reading="all")
    page = engineer.presses("Save the needs of lb", reading="any", needs="2")
    page = engineer.presses("End", status=409)
    assert "lb of checkout would keep 1, and needs 2" in page.words
    page = engineer.presses("I decide it: end the group too")
    assert house.context.store.get(GROUPS, '["checkout","lb"]') is None
    assert "Group lb" not in page.words


def test_ending_a_group_asks_first(house):
    """Its relations would each hold alone from then on."""
    engineer = house.person("engineer")
    engineer.opens("/ci/relations?id=checkout")
    engineer.presses("End the group web", status=409)
    page = engineer.presses("I decide it: end the group too")
    assert "Group web of checkout is ended; checkout now needs each of its members." in page.words


def test_who_may_not_write_is_not_offered_it(house):
    """A viewer sees the connections on the CI page alone."""
    viewer = house.person("viewer")
    page = viewer.opens("/ci?id=checkout")
    assert "Change connections" not in page.links
    viewer.opens("/ci/relations?id=checkout", status=403)


def test_a_stale_page_changes_nothing(house):
    """Somebody else set the needs meanwhile: the second press is refused."""
    first, second = house.person("engineer"), house.person("engineer", "other")
    first.opens("/ci/relations?id=checkout")
    second.opens("/ci/relations?id=checkout")
    first.presses("Save the needs of web", reading="any", needs="1")
    second.presses("Save the needs of web", status=412, reading="any", needs="3")
    assert house.context.records.get(GROUPS, '["checkout","web"]').needs == 1
