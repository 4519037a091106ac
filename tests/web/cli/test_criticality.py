"""Criticality at the command line: the costliest first, every figure explained, nothing cut silently."""

from __future__ import annotations

import pytest


def test_the_shape_that_scripts_rely_on(foreshock, estate):
    """Each CI with what it takes down and what that costs a year; what is not listed is counted."""
    answer = foreshock("criticality", "--top", "3", "-o", "json").ok().json
    whole = foreshock("criticality", "--top", "100000", "-o", "json").ok().json

    assert len(answer["cis"]) == 3
    assert answer["more"] == len(whole["cis"]) - 3 > 0
    assert whole["cis"][:3] == answer["cis"]
    assert whole["more"] == 0


def test_a_ci_is_as_critical_as_its_impact(foreshock, estate):
    """The counts are those of its failure alone, and a year's minutes are its unavailability's."""
    impact = foreshock("impact", "pdu-b4-1", "-o", "json").ok().json
    (found,) = foreshock("criticality", "pdu-b4-1", "-o", "json").ok().json["cis"]
    known = foreshock("ci", "show", "pdu-b4-1", "--reliability", "-o", "json").ok().json["reliability"]

    down = [service for service in impact["services"] if service["outcome"] == "DOWN"]
    assert found["cis_lost"] == len(impact["down"]) + 1
    assert sum(lost["services"] for lost in found["services_lost"]) == len(down) == 1
    assert found["services_lost"] == [{"tier": 3, "services": 1}]
    assert found["outage_minutes_a_year"] == pytest.approx(known["unavailability"] * 365 * 24 * 60)


def test_people_read_a_table(foreshock, estate):
    """Minutes first, and how many more there are."""
    lines = foreshock("criticality", "--top", "2").ok().out.splitlines()

    assert "MINUTES/YEAR" in lines[0]
    assert lines[-1].startswith("and ")


def test_unknown_cis_are_all_named(foreshock, estate):
    """Two of them."""
    refused = foreshock("criticality", "nope", "web1", "nada")

    assert refused.status == 4
    assert "nada, nope" in refused.err
