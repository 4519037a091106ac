"""Attributes are judged by their class: every fault named with its place, no value rewritten, nothing guessed."""

from __future__ import annotations

import copy
import ipaddress
import json
import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration import attribute_fields
from cmdb.configuration.attributes import EXAMPLES, _ValueJudge, example_of, problems_of, problems_of_value
from cmdb.configuration.catalogue import built_in
from cmdb.configuration.faults import SENTENCES
from cmdb.model.ci_class import Attribute, AttributeType, CIClass

CATALOGUE = built_in()
NO_CHOICE = object()


def an_attribute(kind: str, **more) -> Attribute:
    """An attribute of the type, with what the type needs to mean something."""
    needed = {
        "enum": {"choices": ("core", "edge")},
        "reference": {"refers_to": "rack"},
        "list": {"of": AttributeType.TEXT},
    }
    return Attribute("it", AttributeType(kind), **{**needed.get(kind, {}), **more})


def codes(kind: str, value, **more) -> list[str]:
    """The codes of what is wrong with the value."""
    attribute = an_attribute(kind, **more)
    found = problems_of_value(attribute, value)
    assert _ValueJudge(attribute).passes(value) == (not found)
    assert all(each.message for each in found)  # Every sentence finds the facts it needs.
    return [each.code for each in found]


RIGHT = {
    "text": ["", "a", "两地三中心", "line\nbreak", "x" * 65_536, "\N{MAN}" * 16_384],
    "integer": [0, -1, 2**53 - 1, 1 - 2**53],
    "decimal": [0, 1, -2.5, 1e300, 5e-324, 0.1],
    "boolean": [True, False],
    "date": ["2026-03-02", "2024-02-29"],
    "time": ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.123456+08:00", "1999-12-31T23:59:59-03:30"],
    "enum": ["core", "edge"],
    "ip": ["192.0.2.17", "2001:db8::1", "::1", "2001:DB8:0:0:0:0:0:1"],
    "cidr": ["192.0.2.0/24", "2001:db8::/32", "10.0.0.1/32", "0.0.0.0/0"],
    "mac": ["00:00:5e:00:53:2a", "00-00-5E-00-53-2A", "0000.5e00.532a", "00005e00532a", "02:00:5e:10:00:00:00:01"],
    "fqdn": ["web1.example.org", "WEB1.example.org.", "_sip._tcp.example.org", "xn--fsqu00a.xn--fiqs8s", "a.b"],
    "url": ["https://example.org/", "http://intranet:8080/a?b=c#d", "ssh://git@host/x", "https://[2001:db8::1]/x"],
    "reference": ["srv:web1", "机柜 7"],
    "list": [[], ["a", "b"], ["a"] * 10_000],
    "json": [{}, [], "x", 1, 2.5, True, {"a": [None, {"b": 1}]}],
}
WRONG = {
    "text": [1, True, 2.5, ["a"], {}, "\ud800"],
    "integer": [True, 1.0, "1", 2**53, -(2**53), [1], 10**400],
    "decimal": [True, "1.5", math.nan, math.inf, -math.inf, 2**53, 10**400, [1.5]],
    "boolean": [0, 1, "true", "yes", []],
    "date": ["2026-02-29", "20260302", "2026-W10-1", "2026-03-02T00:00:00Z", "02.03.2026", 20260302, "２０２６-03-02"],
    "time": [
        "2026-03-02T09:00:00",
        "2026-03-02 09:00:00Z",
        "2026-03-02T24:30:00Z",
        "2026-13-02T09:00:00Z",
        "2026-03-02T09:00Z",
        "2026-03-02T09:00:00+0100",
        "2026-03-02T09:00:00+99:99",
        "2026-03-02",
        1772442000,
    ],
    "enum": ["Core", "", 1, ["core"]],
    "ip": ["192.0.2.256", "192.0.2.017", "192.0.2.0/24", "web1", 3221226001, "", "::1::"],
    "cidr": ["192.0.2.0", "192.0.2.0/33", "192.0.2.0/255.255.255.0", "net", "/24", 24],
    "mac": ["00:00:5e:00:53", "00:00:5e:00:53:zz", "00:00-5e:00:53:2a", "0000.5e00", 97, "00005e00532"],
    "fqdn": [
        "web1",
        "192.0.2.17",
        "-a.example.org",
        "a..b",
        "例子.中国",
        "a." * 130 + "org",
        "x" * 64 + ".org",
        "a b.org",
    ],
    "url": [
        "example.org",
        "//example.org",
        "https://",
        "https://exa mple.org",
        "javascript:alert(1)",
        "gopher://a/",
        1,
    ],
    "reference": ["", " ", " srv:web1", 7, ["srv:web1"]],
    "list": ["a", {"0": "a"}, 1],
    "json": [math.nan, {"a": math.inf}, [2**53], {1: "a"}, "\ud800", {"\ud800": 1}],
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in RIGHT.items() for v in values])
def test_a_right_value_passes_and_is_left_as_it_is(kind, value):
    """Checking converts nothing, so an estate goes out with the values it came in with."""
    before = copy.deepcopy(value)
    assert codes(kind, value) == []
    assert value == before


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in WRONG.items() for v in values])
def test_a_wrong_value_is_refused_by_its_type_and_told_what_would_be_right(kind, value):
    """Nothing is coerced: "1" is no integer, 1 no boolean, a time without offset no time."""
    assert codes(kind, value) == [f"attribute.not_{kind}"]


def test_every_type_has_right_and_wrong_values_here_and_an_example():
    """A new type can not be forgotten in these tests, and each example is itself right."""
    assert set(RIGHT) == set(WRONG) == set(AttributeType)
    for kind in AttributeType:
        assert codes(kind, json.loads(EXAMPLES[kind])) == []
    assert json.loads(example_of(an_attribute("list", of=AttributeType.IP))) == ["192.0.2.17"]


@pytest.mark.parametrize(
    ("kind", "value", "more", "code"),
    [
        ("text", "x" * 65_537, {}, "attribute.too_long"),
        ("text", "\N{MAN}" * 16_385, {}, "attribute.too_long"),
        ("text", "ab1", {"pattern": "[a-z]+"}, "attribute.not_matching"),
        ("text", "a\n", {"pattern": "[a-z]+"}, "attribute.not_matching"),
        ("text", "a" * 201, {"pattern": "[a-z]+"}, "attribute.not_matching"),
        ("url", "https://example.org/" + "x" * 2_048, {}, "attribute.too_long"),
        ("integer", 0, {"minimum": 1}, "attribute.out_of_range"),
        ("integer", 5, {"minimum": 1, "maximum": 4}, "attribute.out_of_range"),
        ("decimal", 100.5, {"maximum": 100}, "attribute.out_of_range"),
        ("cidr", "192.0.2.17/24", {}, "attribute.host_bits"),
        ("list", ["a"] * 10_001, {}, "attribute.too_many"),
        ("json", ["x" * 65_536], {}, "attribute.too_long"),
        ("text", None, {}, "attribute.null"),
        ("json", None, {}, "attribute.null"),
    ],
)
def test_limits_and_restrictions_have_their_own_words(kind, value, more, code):
    """Whoever breaks one is told which, with the limit, the range or the network that would be right."""
    assert codes(kind, value, **more) == [code]


def test_json_may_be_32_levels_deep_and_not_33():
    """A deeper value would break readers that recurse; the check itself does not."""

    def nested(levels):
        value = 1
        for _ in range(levels):
            value = [value]
        return value

    assert codes("json", nested(32)) == []
    assert codes("json", nested(33)) == codes("json", nested(5_000)) == ["attribute.too_deep"]


def test_an_address_within_a_network_is_told_the_network():
    """The most common slip with a CIDR gets the right answer, not only a refusal."""
    [fault] = problems_of_value(an_attribute("cidr"), "192.0.2.17/24")
    assert "192.0.2.0/24" in fault.message


def test_every_fault_of_a_ci_is_told_at_once_with_its_place():
    """One list, in the order of the document, a pointer to each attribute or entry; what is missing comes last."""
    own = CATALOGUE.with_(
        [CIClass("robot", parent="server", attributes=(Attribute("arms", AttributeType.INTEGER, required=True),))]
    )
    attributes = {
        "roles": ["a", 3, None],
        "site": 5,
        "fdqn": "web1.example.org",
        "a/b~c": 1,
        "ip_addresses": ["192.0.2.1", "x"],
    }
    found = [(each.place, each.code) for each in problems_of(own, "robot", attributes)]
    assert found == [
        ("/attributes/roles/1", "attribute.not_text"),
        ("/attributes/roles/2", "attribute.null"),
        ("/attributes/site", "attribute.not_text"),
        ("/attributes/fdqn", "attribute.unknown"),
        ("/attributes/a~1b~0c", "attribute.unknown"),
        ("/attributes/ip_addresses/1", "attribute.not_ip"),
        ("/attributes/arms", "attribute.missing"),
    ]


def test_an_unknown_attribute_is_answered_with_the_nearest_names():
    """A slip of the keyboard is named; where nothing is near, the reader sees what there is."""
    [near] = problems_of(CATALOGUE, "server", {"fdqn": "web1.example.org"})
    [far] = problems_of(CATALOGUE, "document", {"zzz": 1})
    assert "did you mean fqdn" in near.message
    assert "review_on" in far.message


def test_a_required_attribute_with_a_default_may_be_left_out():
    """The default stands in for it, but is not written into the CI."""
    arms = Attribute("arms", AttributeType.INTEGER, required=True, default=2)
    own = CATALOGUE.with_([CIClass("robot", parent="ci", attributes=(arms,))])
    attributes: dict[str, int] = {}
    assert problems_of(own, "robot", attributes) == []
    assert attributes == {}


@pytest.mark.parametrize("attributes", [[], "x", None, 3])
def test_attributes_that_are_no_object_are_refused_whole(attributes):
    """There is nothing in them that could be looked at one by one."""
    [fault] = problems_of(CATALOGUE, "server", attributes)
    assert (fault.code, fault.place) == ("attribute.not_object", "/attributes")


@pytest.mark.parametrize("name", ["Meta", "fields", "opts", "load", "context", "class", "__init__", "validate"])
def test_an_attribute_may_have_a_name_that_means_something_to_python(name):
    """The organisation's words are not ours to forbid, and do not get in the way of the checking."""
    own = CATALOGUE.with_([CIClass("robot", parent="ci", attributes=(Attribute(name, AttributeType.INTEGER),))])
    assert problems_of(own, "robot", {name: 1}) == []
    [fault] = problems_of(own, "robot", {name: "1"})
    assert fault.place == f"/attributes/{name}"


def test_a_verdict_once_given_is_given_again():
    """Remembered values stay apart by type: after True was right for a boolean, 1 still is not, nor 1.0 for 1."""
    judge = problems_of
    seen = _ValueJudge(an_attribute("decimal"))
    for _ in range(3):
        assert [seen.passes(value) for value in (1, True, 1.0, 0, False)] == [True, False, True, True, False]
        assert judge(CATALOGUE, "service", {"page": True, "tier": 1, "state": "production"}) == []
        assert [p.code for p in judge(CATALOGUE, "service", {"page": 1})] == ["attribute.not_boolean"]
        assert [p.code for p in judge(CATALOGUE, "service", {"tier": 1.0})] == ["attribute.not_integer"]
        assert [p.code for p in judge(CATALOGUE, "service", {"tier": True})] == ["attribute.not_integer"]
        assert [p.code for p in judge(CATALOGUE, "service", {"tier": 5})] == ["attribute.out_of_range"]


def test_more_values_than_are_remembered_are_judged_as_well():
    """The memory is bounded; what falls out of it is simply judged again."""
    judge = _ValueJudge(an_attribute("ip"))
    addresses = [str(ipaddress.IPv4Address(number)) for number in range(20_100)]
    assert all(map(judge.passes, addresses))
    assert len(judge._right) <= 10_000
    assert judge.passes(addresses[0])
    assert not judge.passes("192.0.2.256")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(AttributeType)), json_values)
def test_the_quick_look_and_the_thorough_one_agree_on_any_value(kind, value):
    """What is waved through as plainly right is exactly what marshmallow takes, for every type."""
    attribute = an_attribute(kind)
    thorough = attribute_fields.is_right(attribute_fields.field_of(attribute), value)
    quick = _ValueJudge(attribute)
    assert quick.passes(value) == thorough
    assert quick.passes(value) == thorough, "remembered otherwise than judged"
    assert (problems_of_value(attribute, value) == []) == thorough


@settings(max_examples=300, deadline=None)
@given(
    st.integers(-5, 5) | st.floats(-5, 5),
    st.none() | st.integers(-3, 0),
    st.none() | st.integers(0, 3),
    st.sampled_from(["integer", "decimal"]),
)
def test_ranges_hold_on_both_ways_through(value, low, high, kind):
    """The bounds belong to the range."""
    inside = (low is None or low <= value) and (high is None or value <= high)
    right = inside and (kind == "decimal" or isinstance(value, int))
    attribute = an_attribute(kind, minimum=low, maximum=high)
    assert _ValueJudge(attribute).passes(value) == right == (problems_of_value(attribute, value) == [])


@given(st.dates(), st.datetimes(), st.integers(-23 * 60, 23 * 60), st.ip_addresses())
def test_whatever_the_standard_library_writes_is_right(day, moment, minutes, address):
    """Days, moments in any offset, addresses and the networks around them."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    network = ipaddress.ip_network(f"{address}/20", strict=False)
    assert codes("date", day.isoformat()) == []
    assert codes("time", aware.isoformat(timespec="microseconds")) == []
    assert codes("ip", str(address)) == codes("cidr", str(network)) == []


def test_the_earliest_and_latest_day_are_days():
    """No hidden window of years."""
    assert codes("date", date.min.isoformat()) == codes("date", date.max.isoformat()) == []
    assert codes("time", datetime.max.replace(tzinfo=UTC).isoformat()) == []


@given(st.sampled_from(sorted(CATALOGUE.classes)), st.dictionaries(st.text(max_size=8), json_values, max_size=4))
@settings(max_examples=200, deadline=None)
def test_no_attributes_whatever_break_the_judge(ci_class, attributes):
    """Every unknown attribute is told, whatever else is wrong, and every sentence can be said."""
    found = problems_of(CATALOGUE, ci_class, attributes)
    unknown = [name for name in attributes if name not in CATALOGUE.attributes_of(ci_class)]
    assert len(found) >= len(unknown)
    assert all(each.message and each.code in SENTENCES for each in found)


def test_no_value_takes_long_however_it_is_made():
    """Texts that make careless patterns backtrack are judged like any other; a test of hours would never end here."""
    nasty = [
        "a" * 65_000,
        "a-" * 30_000,
        "1." * 30_000,
        ":" * 60_000,
        "https://" + "a" * 60_000,
        "https://" + "a." * 1_000,
    ]
    for value in nasty:
        for kind in ("date", "time", "ip", "cidr", "mac", "fqdn", "url", "reference"):
            codes(kind, value)
        codes("text", value, pattern="[a-z]*[a-z]*[a-z]*[a-z]*!")
