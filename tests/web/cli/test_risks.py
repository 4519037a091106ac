"""Outage probability and minimal risk groups at the command line: shapes, faults, and what people read."""

from __future__ import annotations

import json

import pytest


def test_the_shape_of_an_outage_that_scripts_rely_on(foreshock, estate):
    """A probability with its bounds, the method, and each component with the source of its number."""
    answer = foreshock("outage", "checkout", "-o", "json").ok().json

    assert answer["method"] == "exact"
    assert 0 < answer["low"] == answer["probability"] == answer["high"] < 0.01
    assert answer["nodes"] > 0
    assert answer["components"][0].keys() >= {"id", "unavailability", "source", "birnbaum", "fussell_vesely"}
    births = [component["birnbaum"] for component in answer["components"]]
    assert births == sorted(births, reverse=True)


def test_what_is_down_makes_an_outage_more_probable(foreshock, estate):
    """With one load balancer down the other is alone; --down takes several ids."""
    before, one, all_down = (
        foreshock("outage", "checkout", *down, "-o", "json").ok().json["probability"]
        for down in ((), ("--down", "lb1"), ("--down", "lb1", "lb2"))
    )

    assert before < one < all_down == 1.0


def test_a_longer_window_is_more_dangerous(foreshock, estate):
    """The probability grows with the hours; none is the steady state."""
    chances = [foreshock("outage", "checkout", "--window", h, "-o", "json").ok().json["probability"] for h in "048"]

    assert chances == sorted(chances)
    assert chances[0] == foreshock("outage", "checkout", "-o", "json").ok().json["probability"]


def test_a_budget_of_nothing_gives_bounds(foreshock, estate):
    """What was spent is in the answer, and the bounds hold."""
    exact = foreshock("outage", "checkout", "-o", "json").ok().json["probability"]
    answer = foreshock("outage", "checkout", "--budget", "0", "-o", "json").ok().json

    assert (answer["method"], answer["budget"], answer["components"]) == ("bounds", 0, None)
    assert answer["low"] * (1 - 1e-12) <= exact <= answer["high"] * (1 + 1e-12)
    assert "between these bounds" in foreshock("outage", "checkout", "--budget", "0").ok().out


def test_the_shape_of_risk_groups_that_scripts_rely_on(foreshock, estate):
    """An exact count, the smallest size, and as many groups as were asked for."""
    answer = foreshock("risk-groups", "checkout", "--top", "2", "-o", "json").ok().json

    assert answer["count_method"] == "exact"
    assert answer["count"] >= answer["smallest"] >= 1
    assert len(answer["groups"]) == 2
    assert all(group["members"] == sorted(group["members"]) for group in answer["groups"])


def test_what_is_down_adds_risk_groups(foreshock, estate):
    """The twin of what is down is a group now, marked as new."""
    answer = foreshock("risk-groups", "checkout", "--down", "lb1", "-o", "json").ok().json

    assert answer["added"] > 0
    assert {"members": ["lb2"], "added": True}.items() <= next(
        group for group in answer["groups"] if group["members"] == ["lb2"]
    ).items()
    assert "only because of what is down" in foreshock("risk-groups", "checkout", "--down", "lb1").ok().out


@pytest.mark.parametrize("command", ["outage", "risk-groups"])
def test_all_unknown_ids_are_named_at_once(foreshock, estate, command):
    """The service and what is down together; nothing is guessed."""
    refused = foreshock(command, "nope", "--down", "web9", "-o", "json")

    assert refused.status == 4
    assert "nope" in refused.out
    assert "web9" in refused.out


@pytest.mark.parametrize("words", [("--window", "-1"), ("--window", "nan"), ("--budget", "-1"), ("--window", "x")])
def test_what_is_no_window_or_budget_is_refused(foreshock, estate, words):
    """Status 2, and the sentence says what would be right."""
    assert foreshock("outage", "checkout", *words).status == 2


def test_more_groups_than_can_be_listed_are_refused_with_what_can(foreshock, estate):
    """Ten billion would fill the memory: a sentence names the limit, all faults at once; the limit itself is fine."""
    refused = foreshock("risk-groups", "checkout", "--top", "10000000000", "--budget", "-1")

    assert refused.status == 2
    assert "from 0 to 10000 risk groups can be listed, not 10000000000" in refused.err
    assert "not -1" in refused.err
    answer = foreshock("risk-groups", "checkout", "--top", "10000", "-o", "json").ok().json
    assert len(answer["groups"]) == answer["count"]


def test_people_read_a_sentence_first(foreshock, estate):
    """The probability, how it was found, then the components."""
    lines = foreshock("outage", "checkout").ok().out.splitlines()

    assert lines[0].startswith("Checkout: down with probability")
    assert "exact" in lines[1]
    assert foreshock("risk-groups", "checkout").ok().out.startswith("Checkout: ")


def test_the_same_question_has_the_same_bytes(foreshock, estate):
    """Also in another process; --timing speaks on standard error."""
    first = foreshock("outage", "checkout", "-o", "json").ok()
    again = foreshock("outage", "checkout", "-o", "json", "--timing").ok()

    assert first.out == again.out
    assert json.loads(again.err).keys() == {"load", "compute", "total"}
