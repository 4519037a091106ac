"""What comes with Foreshock: classes that inherit, relation types that read both ways, all of it described."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import ROOT, built_in, families
from cmdb.configuration.catalogue.reference import classes_page
from cmdb.configuration.definitions import attribute_problems
from cmdb.model.ci_class import Attribute, AttributeType, CIClass
from cmdb.model.relation import Strength
from cmdb.model.relation_type import RelationType

CATALOGUE = built_in()
CLASSES = sorted(CATALOGUE.classes)
CHINESE = re.compile("[\u4e00-\u9fff]")
ASKED_FOR = """
    data_center rack power_feed pdu switch interface load_balancer vip server virtual_machine container
    kubernetes_workload storage_array volume database_instance message_queue certificate software licence application
    business_service supplier document contract service service_instance external_service logical_gate
"""


@pytest.mark.parametrize("name", ASKED_FOR.split())
def test_the_classes_an_estate_needs_are_there(name):
    """What the product promises to know can be registered, so none of these is abstract or retired."""
    found = CATALOGUE.find_class(name)
    assert found is not None
    assert not found.abstract
    assert not found.retired


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_descends_from_the_root_and_is_described_in_both_languages(name):
    """A class is never a bare name: a reader of either language learns what it is."""
    each = CATALOGUE.classes[name]
    assert CATALOGUE.lineage(name)[-1] == ROOT
    assert each.label
    assert each.description.endswith(".")
    assert CHINESE.search(each.label_zh)
    for attribute in each.attributes:
        assert attribute.label
        assert attribute.label_zh != attribute.label


@pytest.mark.parametrize("name", CLASSES)
def test_every_built_in_class_would_pass_the_checks_of_an_own_one(name):
    """No attribute contradicts an inherited one, refers to nothing, or has a default its own class refuses."""
    each = CATALOGUE.classes[name]
    names = [attribute.name for attribute in each.attributes]
    inherited = {a for ancestor in CATALOGUE.lineage(name)[1:] for a in CATALOGUE.attributes_of(ancestor)}
    assert len(set(names)) == len(names)
    assert not inherited & set(names)
    for attribute in each.attributes:
        assert attribute_problems(CATALOGUE, attribute, "") == []


@pytest.mark.parametrize("name", CLASSES)
def test_default_figures_are_possible_and_belong_together(name):
    """Unavailability is repair time over time between failures, and a repair takes minutes to days."""
    unavailability, mtbf = CATALOGUE.unavailability_of(name), CATALOGUE.mtbf_hours_of(name)
    assert unavailability is None or 0 <= unavailability <= 0.01
    if mtbf is not None:
        assert 0.1 <= unavailability * mtbf / (1 - unavailability) <= 30


@pytest.mark.parametrize("name", sorted(CATALOGUE.relation_types))
def test_every_relation_type_reads_both_ways_in_both_languages(name):
    """'runs on' and 'hosts' are the same relation seen from its two ends."""
    each = CATALOGUE.relation_type(name)
    assert len({each.reading, each.reverse}) == 2
    assert all(map(CHINESE.search, (each.reading_zh, each.reverse_zh)))
    assert each.reading_zh != each.reverse_zh
    assert each.description.endswith(".")
    assert {*each.source_classes, *each.target_classes} <= set(CATALOGUE.classes)


def test_depends_on_and_runs_on_are_hard_and_uses_is_soft_between_any_ends():
    """The three types of the estate document mean what its page says."""
    found = {name: CATALOGUE.relation_type(name).strength for name in ("depends_on", "runs_on", "uses")}
    assert found == {"depends_on": Strength.HARD, "runs_on": Strength.HARD, "uses": Strength.SOFT}
    assert all(CATALOGUE.allowed(name, "document", "rack") for name in found)


def test_a_business_service_is_a_service_and_an_instance_of_one_is_not():
    """Impact gives an outcome to services alone, so what merely carries the word must not count as one."""
    assert CATALOGUE.services == {"service", "business_service", "technical_service"}
    for name in ("service_instance", "kubernetes_workload", "kubernetes_service", "external_service"):
        assert not CATALOGUE.is_below(name, "service")


def test_a_class_has_the_attributes_of_its_ancestors_first():
    """A hypervisor host is a server, is hardware, is a CI."""
    names = list(CATALOGUE.attributes_of("hypervisor_host"))
    assert CATALOGUE.lineage("hypervisor_host") == ("hypervisor_host", "server", "hardware", "ci")
    assert names.index("owner") < names.index("serial_number") < names.index("fqdn") < names.index("hypervisor")


def test_figures_are_inherited_and_a_logical_gate_never_fails_by_itself():
    """A switch has no figures of its own and takes a network device's; 0 is a figure, not the lack of one."""
    assert CATALOGUE.classes["switch"].mtbf_hours is None
    assert CATALOGUE.mtbf_hours_of("switch") == CATALOGUE.mtbf_hours_of("network_device") == 100_000
    assert CATALOGUE.unavailability_of("logical_gate") == 0
    assert CATALOGUE.unavailability_of("document") is None


def test_relation_ends_take_the_classes_below_those_named():
    """A switch is hardware and may be powered by a PDU; a document draws no power; an unknown type joins nothing."""
    assert CATALOGUE.allowed("powered_by", "switch", "pdu")
    assert not CATALOGUE.allowed("powered_by", "document", "pdu")
    assert not CATALOGUE.allowed("powered_by", "switch", "document")
    assert not CATALOGUE.allowed("plays_with", "switch", "pdu")


def test_own_classes_and_extensions_stand_on_top_of_the_built_in_ones():
    """An organisation's class inherits, its extension adds to a built-in class and all below it; the original stays."""
    robot = CIClass("robot", parent="server", attributes=(Attribute("arms", AttributeType.INTEGER),))
    more = CIClass("hardware", extends=True, attributes=(Attribute("colour", AttributeType.TEXT),), mtbf_hours=9.0)
    joint = RelationType("holds_hands_with", "holds hands with", "holds hands with", source_classes=("robot",))

    own = CATALOGUE.with_([more, robot], [joint])

    assert {"arms", "fqdn", "colour", "owner"} <= set(own.attributes_of("robot"))
    assert own.find_class("hardware").label == "Hardware"
    assert (own.mtbf_hours_of("hardware"), own.mtbf_hours_of("switch")) == (9.0, 100_000)
    assert own.allowed("holds_hands_with", "robot", "document")
    assert not own.allowed("holds_hands_with", "server", "document")
    assert "robot" in own.descendants("hardware")
    assert "robot" not in CATALOGUE.classes
    assert "colour" not in CATALOGUE.attributes_of("server")


def test_a_cycle_among_recorded_classes_ends_every_walk():
    """Two writers who each checked alone could record a cycle; it must not hang whoever reads it."""
    broken = CATALOGUE.with_([CIClass("a", parent="b"), CIClass("b", parent="a"), CIClass("c", parent="nowhere")])
    assert broken.lineage("a") == ("a", "b")
    assert broken.lineage("c") == ("c",)
    assert broken.descendants("a") == ("a", "b")
    assert broken.unavailability_of("a") is None


def test_unknown_names_are_answered_by_nothing():
    """Asking about a class that is not there is no error: the caller tells the reader in its own words."""
    assert CATALOGUE.find_class("robot") is None
    assert CATALOGUE.relation_type("robot") is None
    assert not CATALOGUE.attributes_of("robot")
    assert CATALOGUE.lineage("robot") == CATALOGUE.descendants("robot") == CATALOGUE.unique_attributes("robot") == ()


def test_uniqueness_reaches_over_the_class_that_declares_it_and_all_below():
    """An asset tag is unique among all hardware, however deep the class stands."""
    assert [(a.name, scope) for a, scope in CATALOGUE.unique_attributes("hypervisor_host")] == [
        ("asset_tag", "hardware")
    ]


def test_the_reference_page_agrees_with_the_catalogue():
    """The page in docs is what the catalogue says, word for word, and leaves no class, attribute or type out."""
    root = Path(__file__).parents[3]
    page = (root / "docs" / "reference" / "classes.md").read_text(encoding="utf-8")
    assert page == classes_page()
    for family in families().values():
        for each in family:
            assert f"### `{each.name}`" in page
            assert all(f"| `{attribute.name}` |" in page for attribute in each.attributes)
    assert all(f"| `{name}` |" in page for name in CATALOGUE.relation_types)
    assert all(f"| `{kind}` |" in page for kind in AttributeType)


def test_the_catalogue_is_built_without_any_library():
    """Small commands pay for it at every start."""
    code = "import sys; from cmdb.configuration.catalogue import built_in; built_in(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    roots = {name.partition(".")[0] for name in loaded}
    assert not roots & {
        name for name in ("marshmallow", "numpy", "flask", "rich", "click") if importlib.util.find_spec(name)
    }


def test_the_real_estate_fits_the_built_in_classes(data):
    """The Wikimedia estate comes in as it is: every class, attribute and relation is known, and nothing is created."""
    with gzip.open(data / "wikimedia" / "estate.json.gz") as file:
        estate = json.load(file)
    classes = {item["id"]: item["class"] for item in estate["items"]}

    faults = [
        fault for item in estate["items"] for fault in problems_of(CATALOGUE, item["class"], item.get("attributes", {}))
    ]
    joints = {(each["type"], classes[each["source"]], classes[each["target"]]) for each in estate["relations"]}

    assert len(classes) == 3_233
    assert faults == []
    assert all(CATALOGUE.allowed(*joint) for joint in joints)
