"""CIs that may be one: found in what they say themselves, and not where something tells them apart."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.likeness import alike

CATALOGUE = built_in()


def server(ci: str, **attributes: Any) -> dict[str, Any]:
    return {"id": ci, "class": "server", "name": attributes.pop("name", ci), "attributes": attributes}


def pairs(*documents: dict[str, Any], apart: frozenset[frozenset[str]] = frozenset()) -> dict[frozenset[str], str]:
    found = alike({each["id"]: each for each in documents}, RULES, CATALOGUE, apart)
    return {
        frozenset((ci, other)): each.way or ""
        for ci, several in found.items()
        for each in several
        for other in each.others
    }


def test_one_serial_number_in_two_spellings_makes_two_records_one():
    """The way is told; junk that a factory left in is none."""
    one, other = server("a", vendor="Dell", serial_number="S1"), server("b", vendor="DELL", serial_number="s1")
    assert pairs(one, other) == {frozenset("ab"): "serial"}
    assert pairs(*(server(ci, vendor="Dell", serial_number="To be filled by O.E.M.") for ci in "ab")) == {}


def test_what_says_more_tells_them_apart_and_so_does_a_person():
    """The same name and MAC with different serials are two; a pair that is kept apart is not asked about again."""
    same = {"fqdn": "web1.example", "mac_addresses": ["3c:ec:ef:12:34:56"]}
    assert pairs(server("a", **same), server("b", **same)) == {frozenset("ab"): "fqdn+mac"}
    differing = (server(ci, **same, vendor="Dell", serial_number=f"S-{ci}") for ci in "ab")
    assert pairs(*differing) == {}
    assert pairs(server("a", **same), server("b", **same), apart=frozenset([frozenset("ab")])) == {}


def test_a_name_makes_services_one_and_servers_not():
    """What people name is known by its name among its class; a host name is written on many things."""
    shops = [{"id": ci, "class": "service", "name": "Shop", "attributes": {}} for ci in ("s1", "s2")]
    assert pairs(*shops) == {frozenset(("s1", "s2")): "name"}
    assert pairs(server("a", name="web1"), server("b", name="web1")) == {}


def test_what_three_have_identifies_nothing():
    """As in identification: cloned machine ids are no reason to ask about every pair."""
    clone = {"machine_id": "0123456789abcdef0123456789abcdef"}
    assert pairs(server("a", **clone), server("b", **clone)) == {frozenset("ab"): "machine_id"}
    assert pairs(*(server(ci, **clone) for ci in "abc")) == {}


chances = st.fixed_dictionaries(
    {},
    optional={
        "uuid": st.sampled_from(["4c4c4544-0031-3610-8052-b4c04f4d4d32", "5d4c4544-0031-3610-8052-b4c04f4d4d33"]),
        "machine_id": st.sampled_from(["0123456789abcdef0123456789abcdef", "1123456789abcdef0123456789abcdef"]),
        "fqdn": st.sampled_from(["a.example", "b.example"]),
        "mac_addresses": st.lists(st.sampled_from(["3c:ec:ef:12:34:56", "3c:ec:ef:12:34:57"]), max_size=2, unique=True),
    },
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), chances, max_size=4))
def test_it_finds_the_pairs_that_a_look_at_each_pair_finds(told):
    """The strongest way two share and nothing stronger denies, unless three or more share that very value."""
    ways = (("uuid",), ("machine_id",), ("fqdn", "mac_addresses"))

    def keys(ci: str, way: tuple[str, ...]) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = {()}
        for name in way:
            held = told[ci].get(name, [])
            found = {(*key, value) for key in found for value in (held if isinstance(held, list) else [held])}
        return found

    expected = {}
    for one, other in combinations(sorted(told), 2):
        for way in ways:
            mine, theirs = keys(one, way), keys(other, way)
            common = [key for key in mine & theirs if sum(key in keys(ci, way) for ci in told) < 3]
            if common:
                expected[frozenset((one, other))] = "+".join(way).replace("mac_addresses", "mac")
                break
            if mine and theirs and not mine & theirs:
                break
    assert pairs(*(server(ci, **attributes) for ci, attributes in told.items())) == expected
