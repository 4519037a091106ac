"""Labels: keys in any case, values as the rules mean them and the attribute holds them, and what they can not say."""

from __future__ import annotations

import pytest

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovery_rules_text import read_rules
from cmdb.configuration.labels import Labels, services_of
from cmdb.errors import InvalidInput

KNOWN = built_in().attributes_of("business_service")
TEXT = """
format = "foreshock-discovery-rules/1"
[labels]
environment = ["env"]
page = ["on-call"]
tags = ["tags"]
[label_values.environment]
live = "production"
[label_values.tier]
gold = 1
[label_values.service]
web-shop = "shop"
"""


@pytest.fixture
def labels():
    """Labels read by rules that map values."""
    return Labels(read_rules(TEXT.encode()))


def test_a_key_is_found_in_any_case_and_the_best_one_counts(labels):
    """One source writes Team, another owner; blank ones say nothing."""
    assert labels.values_of("a", {"Team": "Web"}, KNOWN) == {"owner": "Web"}
    assert labels.values_of("a", {"TEAM": "Web", "Owner": "Shop"}, KNOWN) == {"owner": "Shop"}
    assert labels.values_of("a", {"owner": "  ", "team": "Web"}, KNOWN) == {"owner": "Web"}
    assert labels.values_of("a", {"colour": "red"}, KNOWN) == {}
    assert labels.values_of("a", {}, KNOWN) == {}


@pytest.mark.parametrize(
    ("said", "tier"),
    [("1", 1), ("tier-2", 2), ("Tier 3", 3), ("T4", 4), ("1 - most critical", 1), ("GOLD", 1)]
    + [(each, None) for each in ("0", "5", "high", "1.5", "-1", "tier", "1 2", "٣", "9" * 30)],
)
def test_a_tier_is_the_number_a_label_means(labels, said, tier):
    """What is no tier is told, with the CIs that say so, and not taken."""
    assert labels.values_of("a", {"tier": said}, KNOWN) == ({} if tier is None else {"tier": tier})
    labels.values_of("b", {"tier": said}, KNOWN)
    told = [(each.code, dict(each.facts)) for each in labels.findings()]
    unfit = {"attribute": "tier", "values": [said], "cis": ["a", "b"], "count": 2}
    assert told == ([("label.unfit_value", unfit)] if tier is None else [])


def test_values_are_mapped_and_read_as_the_attribute_holds_them(labels):
    """An environment by its other name, a yes, a list, and a team as Backstage refers to it."""
    said = {"env": "Live", "on-call": "yes", "tags": "a, b,", "owner": "group:default/team-shop"}
    wanted = {"environment": "production", "page": True, "tags": ["a", "b"], "owner": "team-shop"}
    assert labels.values_of("a", said, KNOWN) == wanted
    assert labels.values_of("a", {"on-call": "sometimes"}, KNOWN) == {}


def test_a_service_is_found_by_id_or_name_and_never_guessed(labels):
    """One that nobody, or several are called is told once, however many CIs say so."""
    shops = [{"id": "shop", "name": "Web Shop"}, {"id": "pay1", "name": "Pay"}, {"id": "pay2", "name": "Pay"}]
    named = services_of(shops)
    for text in ("shop", "SHOP", "web shop", "web-shop"):
        part = labels.part_of("a", {"Service": text}, named)
        assert part.type == "part_of"
        assert part.target.identifiers[0].value == "shop"
    assert labels.part_of("shop", {"service": "shop"}, named) is None
    assert labels.part_of("a", {}, named) is None
    for ci in ("a", "b"):
        assert labels.part_of(ci, {"service": "pay"}, named) is None
        assert labels.part_of(ci, {"app.kubernetes.io/part-of": "ghost"}, named) is None
    told = {(each.code, tuple(each.facts["values"])): each.facts for each in labels.findings()}
    assert told["label.ambiguous_service", ("pay",)]["of"] == ["pay1", "pay2"]
    assert told["label.unknown_service", ("ghost",)]["count"] == 2
    assert len(told) == 2


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ('label_values = "x"', "/label_values"),
        ("[label_values]\ntier = 1", "/label_values/tier"),
        ("[label_values.tier]\ngold = 1.5", "/label_values/tier/gold"),
        ("[label_values.tier]\ngold = true", "/label_values/tier/gold"),
        ('[label_values.tier]\ngold = " "', "/label_values/tier/gold"),
    ],
)
def test_rules_that_map_to_nothing_are_refused(text, pointer):
    """Each fault by its place."""
    with pytest.raises(InvalidInput) as refused:
        read_rules(f'format = "foreshock-discovery-rules/1"\n{text}\n'.encode())
    assert [each.pointer for each in refused.value.problems] == [pointer]
