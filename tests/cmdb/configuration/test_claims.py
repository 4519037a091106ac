"""What a CI claims for itself alone, by what its values mean; and whom its attributes refer to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.claims import claims_of, normalised, references_of
from cmdb.model.ci import CI, CIStatus
from cmdb.model.ci_class import Attribute, AttributeType, CIClass

CATALOGUE = built_in()


def a(kind: str, of: str | None = None) -> Attribute:
    """A unique attribute of the type."""
    return Attribute("it", AttributeType(kind), of=AttributeType(of) if of else None, unique=True)


def test_an_asset_tag_is_claimed_for_all_hardware():
    """A switch and a server with the same tag claim the same, so the store lets only one of them live."""
    switch = CI("a", "switch", "a", {"asset_tag": "4711"})
    server = CI("b", "hypervisor_host", "b", {"asset_tag": "4711", "site": "eqiad"})
    assert claims_of(CATALOGUE, switch) == claims_of(CATALOGUE, server) == ("hardware.asset_tag:4711",)


def test_a_retired_ci_and_one_without_the_value_claim_nothing():
    """The tag of a scrapped server may be stuck on a new one."""
    assert claims_of(CATALOGUE, CI("a", "server", "a", {"asset_tag": "1"}, status=CIStatus.RETIRED)) == ()
    assert claims_of(CATALOGUE, CI("a", "server", "a")) == claims_of(CATALOGUE, CI("a", "robot", "a")) == ()


@pytest.mark.parametrize(
    ("attribute", "one", "other"),
    [
        (a("mac"), "00:00:5E:00:53:2A", "0000.5e00.532a"),
        (a("ip"), "2001:DB8:0:0::1", "2001:db8::1"),
        (a("cidr"), "2001:DB8::/32", "2001:db8:0::/32"),
        (a("fqdn"), "Web1.Example.org.", "web1.example.org"),
        (a("url"), "HTTPS://Example.org/A", "https://example.org/A"),
        (a("time"), "2026-03-02T09:00:00+01:00", "2026-03-02T08:00:00Z"),
        (a("decimal"), 1.0, 1),
        (a("list", "mac"), ["00-00-5E-00-53-2A"], ["00:00:5e:00:53:2a"]),
        (a("json"), {"a": 1, "b": 2}, {"b": 2, "a": 1.0}),
    ],
    ids=lambda value: value.type.value if isinstance(value, Attribute) else "",
)
def test_two_ways_to_write_a_value_claim_the_same(attribute, one, other):
    """A MAC with hyphens is no second interface."""
    assert normalised(attribute, one) == normalised(attribute, other)


@pytest.mark.parametrize(
    ("attribute", "one", "other"),
    [
        (a("text"), "ABC", "abc"),
        (a("url"), "https://example.org/A", "https://example.org/a"),
        (a("list", "text"), ["a", "b"], ["a,b"]),
        (a("text"), "x" * 500 + "a", "x" * 500 + "b"),
    ],
)
def test_different_values_claim_different_things(attribute, one, other):
    """Serial numbers differ by case, lists by their entries, long texts by their end."""
    assert normalised(attribute, one) != normalised(attribute, other)


@given(st.sampled_from(list(AttributeType)), st.text() | st.integers(-9, 9) | st.booleans() | st.lists(st.text()))
def test_a_value_that_is_wrong_for_its_type_is_taken_as_it_stands(kind, value):
    """Values are judged elsewhere; here no value breaks anything, and a claim stays short enough for any index."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return
    assert len(normalised(Attribute("it", kind), value).encode()) <= 200


def test_references_are_named_with_the_class_they_must_lead_to():
    """Single ones and lists of them, so that the desk can look all of them up at once."""
    many = Attribute("peers", AttributeType.LIST, of=AttributeType.REFERENCE, refers_to="switch")
    own = CATALOGUE.with_([CIClass("switch", extends=True, attributes=(many,))])
    switch = CI("a", "switch", "a", {"rack": "rack:7", "peers": ["b", "c"], "site": "eqiad"})
    assert list(references_of(own, switch)) == [
        ("/rack", "rack:7", "rack"),
        ("/peers/0", "b", "switch"),
        ("/peers/1", "c", "switch"),
    ]
