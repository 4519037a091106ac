"""Null never overwrites a value: what a source told once and tells no more stays, and says since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.untold import UNTOLD, with_last_values
from tests.discovery.histories import T0, Estate

HOST = {"serial": "", "fqdn": "", "os": "debian", "team": "shop", "process": False, "needs": []}


def hosts(count: int, **more: Any) -> dict[str, Any]:
    return {str(n): {**HOST, "serial": f"acme|S{n}", **more} for n in range(count)}


def read(*listings: dict[str, Any], source: str = "aws") -> Estate:
    estate = Estate()
    for listing in listings:
        estate.run(source, "all", listing, True, 1)
    return estate


def told(estate: Estate) -> list[tuple[Any, ...]]:
    return [(f.code, f.facts["attribute"], f.facts["count"], f.facts["had"]) for f in estate.reconciled().findings]


def test_an_emptied_column_takes_no_value_away_and_is_a_finding():
    """Forty of forty values that go at once are kept, told as not fresh, and somebody is told of it."""
    estate = read(hosts(40), hosts(40, os=""))
    found = estate.reconciled()
    assert [ci["attributes"]["os"] for ci in found.cis.values()] == ["debian"] * 40
    believed = found.beliefs["aws:7"]["os"]
    assert (believed.fresh, believed.source, believed.untold_since) == (False, "aws", T0 + timedelta(days=2))
    assert told(estate) == [(UNTOLD, "os", 40, 40)]


def test_labels_that_were_taken_off_are_kept_for_the_values_they_tell():
    """An owner group that a label told stays, as does one in an attribute."""
    estate = read(hosts(40), hosts(40, team=""))
    assert {ci["attributes"]["owner"] for ci in estate.reconciled().cis.values()} == {"shop"}
    assert told(estate) == [(UNTOLD, "owner", 40, 40)]


def test_a_label_that_is_blank_says_nothing():
    """It is kept like one that was taken off; and a service that a label named is left with it."""
    (before,) = read(hosts(1)).known["aws"]
    before = replace(before, labels={"team": "shop", "service": "checkout"})
    kept = with_last_values(before, replace(before, labels={"team": " "}), RULES, T0)
    assert (kept.labels, dict(kept.untold)) == ({"team": "shop"}, {"owner": T0})


@pytest.mark.parametrize(("silent", "opens"), [(5, False), (6, True)])
def test_a_few_are_no_finding(silent, opens):
    """The limit is that of the sweep guard: a tenth, and more than five."""
    less = {**hosts(40), **hosts(silent, os="")}
    assert bool(told(read(hosts(40), less))) is opens


def test_what_is_told_again_is_fresh_again():
    """The value that it tells then, and the finding is gone."""
    estate = read(hosts(40), hosts(40, os=""), hosts(40, os="ubuntu"))
    assert estate.reconciled().beliefs["aws:7"]["os"].untold_since is None
    assert estate.reconciled().cis["aws:7"]["attributes"]["os"] == "ubuntu"
    assert told(estate) == []


def test_another_source_that_tells_it_is_believed():
    """However low it stands: what it says is fresh, and what was left out is not."""
    estate = read(hosts(3), hosts(3, os=""))
    estate.run("nmap_sweep", "all", hosts(3, os="ubuntu"), True, 0)
    assert estate.reconciled().cis["aws:1"]["attributes"]["os"] == "ubuntu"


def test_a_null_is_left_out():
    """A connector that hands in null has told nothing either."""
    estate = read(hosts(1))
    (before,) = estate.known["aws"]
    kept = with_last_values(before, replace(before, attributes={"os": None}), RULES, estate.now)
    assert kept.attributes == {"os": "debian"}
    assert with_last_values(None, replace(before, attributes={"os": None}), RULES, estate.now).attributes == {}


def test_a_name_that_is_left_out_is_kept():
    """It is known by what it was called."""
    estate = read(hosts(1))
    (before,) = estate.known["aws"]
    kept = with_last_values(before, replace(before, name=None), RULES, estate.now)
    assert (kept.name, dict(kept.untold)) == ("aws-0", {"/name": estate.now})
