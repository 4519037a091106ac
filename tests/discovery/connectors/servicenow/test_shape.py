"""What becomes of ServiceNow's records: classes, identifiers, and which end of a relation depends on which."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cmdb.model.observation import Observation
from discovery.connectors.servicenow import CONNECTOR
from discovery.connectors.servicenow.config import ServiceNowSettings
from discovery.ports import Shaped, TargetError, Unreachable, Unreadable
from discovery.testing import TrialLine, told
from discovery.testing.samples import parts_of
from tests.discovery.connectors.importing import read, serving, shaped
from tests.discovery.connectors.servicenow.world import CIS, RELATED, Instance, rows_of, sys_id

SAMPLES = Path(__file__).parents[4] / "discovery" / "connectors" / "servicenow" / "sample"


@pytest.fixture
def shown() -> Shaped:
    with serving(Instance().answer) as server:
        return shaped(CONNECTOR, {"url": server.url, "token": "env:T"}, TrialLine())


@pytest.fixture
def found(shown) -> dict[str, Observation]:
    return {str(each.name): each for each in shown.observations}


def ends(observation: Observation, type_: str, group: str | None = None) -> set[str]:
    names = {row["sys_id"]: row["name"] for row in CIS}
    return {
        names[str(each.target.native_id)]
        for each in observation.relations
        if each.type == type_ and each.group == group and each.target
    }


def notes(shown: Shaped, code: str) -> list[dict[str, Any]]:
    return [dict(note.facts) for note in shown.notes if note.code == code]


def test_the_parent_depends_on_the_child_where_the_type_says_so(found):
    """Of "Depends on::Used by" and "Runs on::Runs" the parent is the one that goes down."""
    assert ends(found["Online shop"], "depends_on") == {"shop production"}
    assert ends(found["tomcat@shop1"], "runs_on") == {"shop1"}
    assert not ends(found["shop1"], "runs_on") & {"tomcat@shop1"}


def test_the_child_is_the_source_where_the_type_says_so(found):
    """A rack contains a server: the server is a part of it. An instance instantiates a server: that runs on it."""
    assert ends(found["esx1"], "part_of") == {"R1"}
    assert ends(found["shop1"], "runs_on") == {"vm-shop1"}


def test_a_type_named_the_other_way_round_is_the_same(found):
    """ "Connected by::Connects to" is "Connects to::Connected by" with its ends exchanged."""
    assert ends(found["esx1"], "connects_to") == {"sw1"}


def test_a_relation_that_its_ends_do_not_allow_becomes_the_general_one(found):
    """A server is powered by a strip; an application that is said to be depends on it."""
    assert ends(found["esx1"], "powered_by") == {"pdu-a"}
    assert ends(found["tomcat@shop1"], "depends_on") == {"pdu-a"}


def test_a_cluster_needs_one_of_its_nodes(found):
    """The parent of "Cluster of::Cluster" is the cluster."""
    cluster = found["shop-cluster"]

    assert [(group.name, group.needs) for group in cluster.groups] == [("nodes", 1)]
    assert ends(cluster, "depends_on", "nodes") == {"esx1", "esx2"}
    assert ends(found["esx1"], "member_of") == {"shop-cluster"}


def test_what_is_retired_is_left_out_and_counted(found, shown):
    """Neither the server nor the relation to it is there; both are counted."""
    assert "old1" not in found
    assert {"table": "cmdb_ci_server", "because": "it is retired", "count": 1} in notes(shown, "servicenow.left_out")
    assert {
        "type": "Depends on::Used by",
        "because": "an end of it is not taken, or its name is not unique",
        "count": 1,
    } in notes(shown, "servicenow.relation_left_out")


def test_a_type_that_nothing_is_known_of_is_counted_and_not_guessed(shown):
    """Until the settings say what it is."""
    assert {"type": "Blessed by::Blesses", "because": "nothing is known of its type", "count": 1} in notes(
        shown, "servicenow.relation_left_out"
    )
    with serving(Instance().answer) as server:
        settings = {"url": server.url, "token": "env:T", "relation_types": {"Blessed by::Blesses": "uses"}}
        told = {str(each.name): each for each in shaped(CONNECTOR, settings, TrialLine()).observations}
    assert ends(told["Online shop"], "uses") == {"sw1"}


def test_a_record_that_two_tables_list_is_one_of_the_special_one(found, shown):
    """A database instance is listed among applications too."""
    listed = [each for each in shown.observations if each.name == "postgres@shop1"]

    assert [(each.ci_class, each.scope) for each in listed] == [("database_instance", "servicenow/cmdb_ci_db_instance")]
    assert found["postgres@shop1"].attributes["port"] == 5432


def test_a_class_of_ones_own_is_that_of_the_table_it_extends(found, shown):
    """And a note says so."""
    assert found["kiosk1"].ci_class == "server"
    assert notes(shown, "servicenow.class_of_table")[-1] == {"table": "u_cmdb_ci_kiosk", "class": "server", "count": 1}


def test_a_server_is_known_by_serial_name_address_and_mac(found):
    """Whatever other sources know it by."""
    assert {f"{each.kind}={each.value}" for each in found["esx1"].identifiers} == {
        "serial=Acme|AC003",
        "fqdn=esx1.example.org",
        "ip=10.1.0.11",
        "mac=3c:ec:ef:00:00:01",
    }
    assert found["esx1"].attributes["asset_tag"] == "A-3"
    assert found["esx1"].attributes["cpu_cores"] == 32
    assert found["esx1"].attributes["memory_mb"] == 262_144


def test_a_virtual_address_identifies_no_host(found):
    """The address of a load balancer's service is a vip."""
    assert [f"{each.kind}={each.value}" for each in found["www"].identifiers] == ["vip=10.1.0.80:443"]


def test_an_adapter_is_a_part_of_its_host(found):
    """Known by its name within it."""
    assert found["eth0"].owner == sys_id("shop1")
    assert [f"{each.kind}={each.value}" for each in found["eth0"].identifiers] == ["part=interface:eth0"]


def test_the_most_critical_service_is_of_the_first_tier(found):
    """ServiceNow's own four levels of criticality."""
    assert found["Online shop"].attributes["tier"] == 1
    assert found["Online shop"].attributes["owner"] == "Platform operations"


def _values(row: dict[str, Any], key: str) -> dict[str, str]:
    return {name.removesuffix(".name"): value[key] if isinstance(value, dict) else value for name, value in row.items()}


def test_an_exported_json_gives_what_the_api_gives(tmp_path, shown):
    """Written with display values beside the values, as displayvariables=all does."""
    for table in ("cmdb_ci_datacenter", "cmdb_ci_rack", "cmdb_ci_pdu", "cmdb_ci_server", "cmdb_ci_netgear"):
        rows = [
            _values(row, "value") | {f"dv_{name}": value for name, value in _values(row, "display_value").items()}
            for row in rows_of(table)
        ]
        (tmp_path / f"{table}.json").write_text(json.dumps({"records": rows}))
    (tmp_path / "cmdb_rel_ci.json").write_text(json.dumps({"records": [_values(row, "value") for row in RELATED]}))
    exported = shaped(CONNECTOR, {"export_folder": str(tmp_path)}, TrialLine())

    over_http = {each.native_id: each for each in shown.observations}
    assert {each.name for each in exported.observations} >= {"esx1", "sw1", "R1"}
    for each in exported.observations:
        assert (each.ci_class, each.attributes, each.identifiers) == (
            over_http[each.native_id].ci_class,
            over_http[each.native_id].attributes,
            over_http[each.native_id].identifiers,
        )


def test_an_exported_csv_names_its_ends(tmp_path):
    """Without sys_ids a record is its table and name, and a relation joins the records with those names."""
    servers = [_values(row, "display_value") for row in rows_of("cmdb_ci_server")]
    services = [_values(row, "display_value") for row in rows_of("cmdb_ci_service")]
    related = [_values(row, "display_value") for row in RELATED]
    for table, rows, columns in (
        ("cmdb_ci_server", servers, ["name", "sys_class_name", "operational_status", "serial_number", "manufacturer"]),
        ("cmdb_ci_service", services, ["name", "operational_status"]),
        ("cmdb_rel_ci", related, ["parent", "type", "child"]),
    ):
        with (tmp_path / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(rows)
    found = shaped(CONNECTOR, {"export_folder": str(tmp_path)}, TrialLine())

    by_name = {str(each.name): each for each in found.observations}
    assert by_name["esx1"].native_id == "cmdb_ci_server:esx1"
    assert "old1" not in by_name
    assert [str(each.target and each.target.native_id) for each in by_name["Online shop"].relations] == [
        "cmdb_ci_service:shop production"
    ]
    assert found.complete == {"servicenow/cmdb_ci_server", "servicenow/cmdb_ci_service"}


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("cmdb_ci_server.json", b'{"records": [', Unreadable),
        ("cmdb_ci_server.json", b'{"rows": []}', Unreadable),
        ("cmdb_ci_server.json", b'{"records": [], "error": {}}', Unreadable),
        ("cmdb_ci_server.csv", b"colour,shape\nred,round\n", Unreadable),
        ("cmdb_ci_server.csv", b"name,sys_id\na,b,c\n", Unreadable),
        ("cmdb_ci_server.csv", b'name,sys_id\n"a,b\n', Unreadable),
        ("cmdb_ci_server.csv", "name,sys_id\nä,b\n".encode("utf-16"), Unreadable),
        ("something.csv", b"name\nx\n", Unreachable),
    ],
)
def test_what_is_no_export_is_told(tmp_path, name, content, error):
    """Cut off, of other columns, in another encoding, or not there: one error, and nothing was read."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(error) as told:
        read(CONNECTOR, {"export_folder": str(tmp_path)}, TrialLine())
    assert isinstance(told.value, TargetError)


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_recorded_sample_gives_what_is_expected_of_it(name):
    """The parts of each sample, shaped twice, give its expected.json."""
    folder = SAMPLES / name
    settings = ServiceNowSettings().load(json.loads((folder / "settings.json").read_text()))
    target = next(iter(CONNECTOR.targets(settings, TrialLine())))
    expected = json.loads((folder / "expected.json").read_text())

    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
