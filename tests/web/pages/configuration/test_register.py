"""Registering, editing and retiring CIs on the pages, without JavaScript."""

from __future__ import annotations

import pytest

from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from tests.builders import a_ci, add


def test_a_class_is_chosen_then_its_form_filled_in_once(house):
    """Class by a step in the address, then one form: the CI, a hard relation and a group, all in one revision."""
    engineer = house.person("engineer")
    before = house.context.store.revision()
    engineer.opens("/register")
    engineer.presses("Next", **{"class": "switch"})
    engineer.presses("Another connection", name="sw-b5", c0__cis="db-b", c0__way="in")

    page = engineer.presses(
        "Register", c1__cis="web1\nweb2", c1__counts="group", c1__group="uplink", c1__needs="1", c1__type="depends_on"
    )

    assert "sw-b5 is registered, with 3 connections." in page.words
    assert "hard, 1 of 2 in uplink" in page.words
    assert "hard: without this, it goes down" in page.words
    assert house.context.store.revision() == before + 1
    assert house.context.records.get(GROUPS, '["sw-b5","uplink"]').needs == 1
    assert house.context.store.get(RELATIONS, '["db-b","depends_on","sw-b5",null]') is not None


def test_a_new_spare_joins_a_group_that_is_there(house):
    """A third balancer joins checkout's group: nobody has to write the group again."""
    engineer = house.person("engineer")
    engineer.opens("/register?class=server")
    page = engineer.presses(
        "Register", name="lb3", c0__way="in", c0__cis="checkout", c0__counts="group", c0__group="lb"
    )

    assert "hard, 1 of 3 in lb" in page.words


def test_every_fault_stands_at_its_field_and_on_top_and_nothing_is_written(house):
    """Attributes, figures, ends and groups are judged together; what was typed is still there."""
    engineer = house.person("engineer")
    before = house.context.store.revision()
    engineer.opens("/register?class=switch")
    page = engineer.presses(
        "Register",
        status=422,
        **{"name": "sw-b9", "id": "sw-b4", "unavailability": "often", "a.management_ip": "10.0.0.300"},
        **{"c0.cis": "nowhere", "c0.type": "depends_on", "c0.counts": "hard", "c0.needs": "2"},
    )

    for field in ("id", "unavailability", "c0.cis", "c0.needs"):
        assert f'href="#{field}"' in page.source, field
    assert "sw-b4 is there already" in page.words
    assert "There is no CI nowhere; correct the id, or register it first" in page.words
    form, _ = page.form("Register")
    assert form.fields["unavailability"] == "often"
    assert form.fields["c0.cis"] == "nowhere"
    assert house.context.store.revision() == before


@pytest.mark.parametrize("button", ["Show the attributes of another class", "Another connection"])
def test_changing_the_form_itself_keeps_what_was_typed(house, button):
    """Reloading for another class, or for one connection more, loses nothing and writes nothing."""
    engineer = house.person("engineer")
    engineer.opens("/register?class=server")
    page = engineer.presses(button, **{"name": "数据库 1", "class": "switch", "c0.cis": "web1"})

    form, _ = page.form("Register")
    assert form.fields["name"] == "数据库 1"
    assert form.fields["c0.cis"] == "web1"
    assert form.fields["class"] == "switch"


def test_values_are_typed_by_their_class(house):
    """Whole numbers, yes and no, lists a line each: documents hold them as JSON of their type."""
    engineer = house.person("engineer")
    engineer.opens("/register?class=service")
    engineer.presses(
        "Register", name="Search", a__tier="2", a__page="yes", a__tags="public\nfast", unavailability="0.25"
    )

    held = house.context.records.get(CIS, "search")
    assert held.attributes == {"tier": 2, "page": True, "tags": ["public", "fast"]}
    assert held.unavailability == 0.25


def test_an_id_is_made_from_the_name_and_never_given_twice(house):
    """A second Web1 becomes web1-2, a Chinese name keeps its characters."""
    engineer = house.person("engineer")
    engineer.opens("/register?class=server")
    assert "web1-2 is registered." in engineer.presses("Register", name="Web1").words
    engineer.opens("/register?class=server")
    assert "支付-网关 is registered." in engineer.presses("Register", name="支付 网关").words
    assert "支付 网关" in engineer.opens("/estate?q=支付").words


def test_an_edit_changes_what_was_changed_and_nothing_else(house):
    """A figure that a form would write otherwise, and a text of two lines, stay as they were to the byte."""
    two_lines = "first\r\n  second"
    add(house.context, a_ci("odd", "service", attributes={"tier": 1, "description": two_lines}, unavailability=1e-7))
    engineer = house.person("engineer")
    engineer.opens("/ci/edit?id=odd")

    page = engineer.presses("Save", name="Odd one", a__customers="all")

    assert "odd is saved." in page.words
    held = house.context.records.get(CIS, "odd")
    assert held.name == "Odd one"
    assert held.attributes == {"tier": 1, "description": two_lines, "customers": "all"}
    assert held.unavailability == 1e-7
    assert "name odd → Odd one" in page.words


def test_what_the_class_has_lost_stands_at_its_own_field(house):
    """An attribute without a place in the class is shown, refused with its reason, and can be taken away."""
    add(house.context, a_ci("odd", "service", attributes={"left_over": {"a": [1, 2]}}))
    engineer = house.person("engineer")
    engineer.opens("/ci/edit?id=odd")

    page = engineer.presses("Save", status=422, name="Odd one")
    assert 'href="#a.left_over"' in page.source
    engineer.presses("Save", a__left_over="")

    assert house.context.records.get(CIS, "odd").attributes == {}


def test_a_value_is_taken_away_by_emptying_its_field(house):
    """An emptied field ends the attribute; the history says so."""
    engineer = house.person("engineer")
    engineer.opens("/ci/edit?id=reports")
    page = engineer.presses("Save", a__tier="")

    assert "tier" not in house.context.records.get(CIS, "reports").attributes
    assert "removed" in page.words


def test_two_edits_at_once_one_is_refused_and_shown_the_other(house):
    """The later form is stale: nothing is written, and the page tells what the other changed."""
    one, other = house.person("engineer"), house.person("engineer", "colleague")
    one.opens("/ci/edit?id=web1")
    other.opens("/ci/edit?id=web1")
    one.presses("Save", name="web one")

    page = other.presses("Save", status=412, name="web uno")

    assert "web1 → web one" in page.words
    assert house.context.records.get(CIS, "web1").name == "web one"


def test_retiring_asks_for_a_decision_where_a_group_would_break(house):
    """Of four web servers two are needed: the third retirement has to be decided, with the group named."""
    engineer = house.person("engineer")
    for web in ("web1", "web2"):
        engineer.opens(f"/ci?id={web}")
        engineer.follows("Retire this CI")
        assert "is retired" in engineer.presses(f"Retire {web}").words

    engineer.opens("/ci/retire?id=web3")
    page = engineer.presses("Retire web3", status=409)
    assert "web of checkout would keep 1, and needs 2" in page.words
    page = engineer.presses("Retire web3", decided="yes")
    assert "Retired" in page.words
    assert "hard: without it, this goes down" in engineer.opens("/ci?id=checkout").words


def test_a_retired_ci_has_no_forms(house):
    """Its record stays readable, but editing it is refused by a rule."""
    engineer = house.person("engineer")
    engineer.opens("/ci/retire?id=web1")
    engineer.presses("Retire web1")

    assert "ci.retired" in engineer.opens("/ci/edit?id=web1", status=409).words


def test_a_viewer_reads_but_has_no_way_to_write(house):
    """No link to a form, and the form itself refused with the roles that may."""
    viewer = house.person("viewer")
    assert "Register a CI" not in viewer.opens("/estate").words
    page = viewer.opens("/register", status=403)
    assert "engineer or change_manager or administrator" in page.words
