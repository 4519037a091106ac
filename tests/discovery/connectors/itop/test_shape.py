"""What becomes of iTop's objects: links as dependencies, and redundancy as its users set it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from cmdb.model.observation import Observation
from discovery.connectors.itop import CONNECTOR
from discovery.connectors.itop.config import ITopSettings
from discovery.connectors.itop.model import READ
from discovery.ports import Shaped
from discovery.testing import TrialLine, told
from discovery.testing.samples import parts_of
from tests.discovery.connectors.importing import serving, shaped
from tests.discovery.connectors.itop.world import OBJECTS, ITop

SAMPLES = Path(__file__).parents[4] / "discovery" / "connectors" / "itop" / "sample"


@pytest.fixture
def shown() -> Shaped:
    with serving(ITop().answer) as server:
        return shaped(CONNECTOR, {"url": server.url, "token": "env:T"}, TrialLine())


@pytest.fixture
def found(shown) -> dict[str, Observation]:
    return {str(each.name): each for each in shown.observations}


def ends(observation: Observation, type_: str, group: str | None = None) -> set[str]:
    return {
        str(each.target.native_id)
        for each in observation.relations
        if each.type == type_ and each.group == group and each.target
    }


def groups(observation: Observation) -> list[tuple[str, int | str]]:
    return [(group.name, group.needs) for group in observation.groups]


def test_a_count_set_on_a_solution_is_what_its_group_needs(found):
    """Two of three machines."""
    assert groups(found["Shop"]) == [("components", 2)]
    assert ends(found["Shop"], "depends_on", "components") == {
        "VirtualMachine::50",
        "VirtualMachine::51",
        "VirtualMachine::52",
    }


def test_a_share_set_on_a_farm_is_what_its_group_needs(found):
    """Half of its hypervisors."""
    assert groups(found["farm1"]) == [("hypervisors", "50%")]
    assert ends(found["farm1"], "runs_on", "hypervisors") == {"Hypervisor::41", "Hypervisor::42"}


def test_power_a_and_b_are_a_group_where_the_device_says_so(found):
    """One of two strips is enough for the first host; the second says that it is not."""
    assert groups(found["host1.example.org"]) == [("power", 1)]
    assert ends(found["host1.example.org"], "powered_by", "power") == {"PDU::14", "PDU::15"}
    assert groups(found["host2"]) == []
    assert ends(found["host2"], "powered_by") == {"PDU::14", "PDU::15"}
    assert ends(found["pdu-a"], "powered_by") == {"PowerSource::12"}


def test_redundancy_that_is_disabled_makes_each_of_them_needed(found):
    """Two relations, and no group."""
    assert groups(found["Billing"]) == []
    assert ends(found["Billing"], "depends_on") == {"DBServer::60", "DatabaseSchema::61"}


def test_a_setting_that_can_not_be_read_is_told_and_makes_each_needed(found, shown):
    """Nothing is guessed in favour of availability."""
    assert groups(found["Archive"]) == []
    assert ("itop.left_out", "ApplicationSolution") in {
        (note.code, note.facts["class"]) for note in shown.notes if "redundancy" in str(note.facts["because"])
    }


def test_software_runs_on_its_system_and_that_on_what_is_below(found):
    """From the schema down to the location."""
    assert ends(found["shop"], "runs_on") == {"DBServer::60"}
    assert found["shop"].owner == "DBServer::60"
    assert ends(found["pg-main"], "runs_on") == {"Server::20"}
    assert ends(found["host1.example.org"], "located_in") == {"Rack::10"}
    assert ends(found["host2"], "located_in") == {"Enclosure::11"}
    assert ends(found["R1"], "located_in") == {"Location::1"}
    assert ends(found["web1"], "runs_on") == {"Farm::40"}


def test_services_and_processes_depend_on_solutions(found):
    """What customers get stands on top."""
    assert ends(found["Online shop"], "depends_on") == {"ApplicationSolution::70"}
    assert ends(found["Selling"], "depends_on") == {"ApplicationSolution::70"}


def test_what_is_plugged_in_is_connected_in_the_direction_of_the_link(found):
    """A host at a switch; over an uplink the switch needs the router."""
    assert ends(found["host1.example.org"], "connects_to") == {"NetworkDevice::30"}
    assert ends(found["sw1"], "connects_to") == {"NetworkDevice::31"}
    assert found["sw1"].ci_class == "switch"


def test_numbers_of_different_series_are_not_mixed_up(found):
    """Service 3 is no CI 3, and VLAN 1 no location 1."""
    assert found["Online shop"].native_id == "Service::3"
    assert ends(found["servers"], "depends_on") == {"VLAN::1"}
    assert found["servers"].attributes["cidr"] == "10.1.0.0/24"


def test_a_host_is_known_by_all_its_interfaces(found):
    """Its own address and those of its interfaces, and the vendor with the serial number."""
    assert {f"{each.kind}={each.value}" for each in found["host1.example.org"].identifiers} == {
        "serial=Acme|AC003",
        "fqdn=host1.example.org",
        "ip=10.1.0.11",
        "ip=10.1.0.31",
        "mac=3c:ec:ef:00:00:01",
    }
    assert found["host1.example.org"].attributes["purchased_on"] == "2025-03-01"
    assert "warranty_until" not in found["host1.example.org"].attributes


def test_teams_own_and_persons_are_counted(found, shown):
    """Of the two contacts of the shop one is a team."""
    assert found["Shop"].attributes["owner"] == "Platform operations"
    assert ends(found["Shop"], "owned_by") == {"Team::7"}
    assert {"class": "lnkContactToFunctionalCI", "because": "a person, or a team that is not taken", "count": 1} in [
        dict(note.facts) for note in shown.notes
    ]


def test_what_is_obsolete_is_left_out_with_its_links(found, shown):
    """Counted, both."""
    assert "old1" not in found
    counted = {(note.facts["class"], note.facts["because"]): note.facts["count"] for note in shown.notes}
    assert counted["Server", "it is obsolete"] == 1
    assert counted["lnkApplicationSolutionToFunctionalCI", "an end of it is not taken"] == 1


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = ["id", *(name for name in READ[path.stem] if any(name in row for row in rows))]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows)


def _write_xml(path: Path, rows: list[dict[str, Any]]) -> None:
    objects = (
        f'<{path.stem} alias="{path.stem}" id="{row["id"]}">'
        + "".join(f"<{name}>{escape(str(row[name]))}</{name}>" for name in READ[path.stem] if name in row)
        + f"</{path.stem}>"
        for row in rows
    )
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<Set>\n{"".join(objects)}\n</Set>\n')


@pytest.mark.parametrize(("ending", "write"), [("csv", _write_csv), ("xml", _write_xml)])
def test_an_export_gives_what_the_api_gives(tmp_path, shown, ending, write):
    """Every class as a file: the same observations; a class that has no file is not complete."""
    for name, rows in OBJECTS.items():
        write(tmp_path / f"{name}.{ending}", rows)
    exported = shaped(CONNECTOR, {"export_folder": str(tmp_path)}, TrialLine())

    assert exported.observations == shown.observations
    assert exported.complete == {f"itop/{name}" for name in OBJECTS if not name.startswith("lnk")}


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_recorded_sample_gives_what_is_expected_of_it(name):
    """The parts of each sample, shaped twice, give its expected.json."""
    folder = SAMPLES / name
    settings = ITopSettings().load(json.loads((folder / "settings.json").read_text()))
    target = next(iter(CONNECTOR.targets(settings, TrialLine())))
    expected = json.loads((folder / "expected.json").read_text())

    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
