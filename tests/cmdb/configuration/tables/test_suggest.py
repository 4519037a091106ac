"""What headers suggest: English, Chinese, with units and in any spelling; and never two meanings at once."""

from __future__ import annotations

import pytest

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.tables import words
from cmdb.configuration.tables.suggest import class_named, suggest
from cmdb.model.table_mapping import RelationColumn


def suggested(*columns: str, ci_class: str = "server"):
    return suggest("s", columns, built_in(), [ci_class], class_column=None)


@pytest.mark.parametrize(
    ("header", "attribute"),
    [
        ("IP", "ip_addresses"),
        ("ip_addresses", "ip_addresses"),
        ("IP Address(es)", "ip_addresses"),
        ("ＩＰ地址", "ip_addresses"),
        ("管理IP", "ip_addresses"),
        ("MAC 地址", "mac_addresses"),
        ("Serial No.", "serial_number"),
        ("S/N", "serial_number"),
        ("序列号", "serial_number"),
        ("品牌", "vendor"),
        ("CPU核数", "cpu_cores"),
        ("vCPUs", "cpu_cores"),
        ("内存（MB）", "memory_mb"),
        ("Memory [MB]", "memory_mb"),
        ("操作系统版本", "os_version"),
        ("所属部门", "owner"),
        ("环境", "environment"),
        ("保修截止日期", "warranty_until"),
        ("U位", "rack_position"),
        ("备注", "description"),
    ],
)
def test_a_header_of_a_server_leads_to_its_attribute(header, attribute):
    """By the catalogue's names and labels, and by the words that people use besides."""
    assert suggested("主机名", header).mapping.attributes == {header: attribute}


def test_every_label_of_every_class_leads_to_its_attribute():
    """Whoever heads a column with an attribute's own name or label, in either language, is understood."""
    catalogue = built_in()
    for ci_class in catalogue.classes:
        attributes = catalogue.attributes_of(ci_class)
        for each in attributes.values():
            for label in (each.name, each.label, each.label_zh):
                twins = [one for one in attributes.values() if words.plain(label) in _called(one)]
                if not label or len(twins) > 1 or words.plain(label) in words.ID | words.NAME:
                    continue
                found = suggested("the id of it", label, ci_class=ci_class)
                assert found.mapping is None or found.mapping.attributes.get(label) == each.name, (ci_class, label)


def _called(one):
    return {words.plain(label) for label in (one.name, one.label, one.label_zh)}


@pytest.mark.parametrize(
    ("header", "relation"),
    [
        ("Depends on", ("depends_on", False)),
        ("依赖", ("depends_on", False)),
        ("runs_on", ("runs_on", False)),
        ("宿主机", ("runs_on", False)),
        ("供电来自", ("powered_by", False)),
        ("is needed by", ("depends_on", True)),
        ("被依赖于", ("depends_on", True)),
        ("下游系统", ("depends_on", True)),
    ],
)
def test_a_header_of_a_relation_leads_to_its_type_and_direction(header, relation):
    """By its readings from both ends, in both languages."""
    assert suggested("Name", header).mapping.relations == (RelationColumn(header, *relation),)


def test_a_row_is_known_by_its_id_then_its_name_then_what_is_its_own():
    """An id column first; without one the name; without that what hardly two things share."""
    assert (suggested("编号", "主机名").mapping.id_column, suggested("编号", "主机名").mapping.name_column) == (
        "编号",
        "主机名",
    )
    assert (suggested("Hostname", "IP").mapping.id_column, suggested("Hostname").mapping.name_column) == (
        "Hostname",
        None,
    )
    assert suggested("Serial", "Asset tag", "IP").mapping.id_column == "Asset tag"
    assert suggested("IP", "OS").mapping is None


def test_what_can_not_be_meant_is_left_out_with_its_reason():
    """A word nobody knows, another unit, and a second column for what the first has already."""
    found = suggested("Name", "Hostname", "IP", "IP address", "Memory (GB)", "Colour")
    assert found.left == (
        ("Hostname", "taken"),
        ("IP address", "taken"),
        ("Memory (GB)", "unit"),
        ("Colour", "unknown"),
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [("server", "server"), ("Server", "server"), ("服务器", "server"), ("Database instance", "database_instance")],
)
def test_a_class_is_named_by_name_or_label(text, name):
    """In either language; what is no class is none."""
    assert class_named(built_in(), text) == name
    assert class_named(built_in(), f"{text}?!x") is None
    assert class_named(built_in(), "") is None
