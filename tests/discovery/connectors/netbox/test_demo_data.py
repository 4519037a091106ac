"""NetBox's own demo data, whole: every object of 6,915 is accounted for, and its cable paths are NetBox's."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from discovery.connectors.netbox import CONNECTOR
from discovery.ports import Shaped
from discovery.testing import TrialLine
from tests.discovery.connectors.importing import read, serving, shaped
from tests.discovery.connectors.netbox.api_form import ApiForm

PAGE = Path(__file__).parents[4] / "discovery" / "connectors" / "netbox" / "demo-data.md"
OBSERVED = (
    "circuits.circuit", "circuits.provider", "circuits.providernetwork", "dcim.device", "dcim.interface",
    "dcim.location", "dcim.powerfeed", "dcim.powerpanel", "dcim.rack", "dcim.region", "dcim.site",
    "dcim.virtualchassis", "ipam.ipaddress", "ipam.prefix", "ipam.vlan", "tenancy.contactgroup", "tenancy.tenant",
    "virtualization.cluster", "virtualization.virtualmachine", "virtualization.vminterface",
)  # fmt: skip


@pytest.fixture(scope="module")
def dump(data):
    path = data / "netbox-demo" / "netbox-demo-v3.6.json.gz"
    if not path.is_file():
        pytest.skip(f"no data: {path} is not there")
    return path


@pytest.fixture(scope="module")
def records(dump) -> list[dict[str, Any]]:
    return json.loads(gzip.decompress(dump.read_bytes()))


@pytest.fixture(scope="module")
def found(dump) -> Shaped:
    return shaped(CONNECTOR, {"dump_file": str(dump)}, TrialLine())


def accounted(found: Shaped) -> dict[str, Counter[str]]:
    """Return what became of the objects of each model, and of how many."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for each in found.observations:
        table[str(each.evidence["model"])][f"CI: {each.ci_class}"] += 1
    for note in found.notes:
        if note.code == "netbox.taken_as":
            table[note.facts["model"]][f"taken as {note.facts['as']}"] += note.facts["count"]
        elif note.code == "netbox.left_out":
            table[note.facts["model"]][f"left out: {note.facts['because']}"] += note.facts["count"]
    return table


def test_every_object_is_accounted_for(records, found):
    """For each of 73 models: CIs, objects taken as something of a CI, and objects left out add up to NetBox's count."""
    own = Counter(record["model"] for record in records)

    assert {model: sum(rows.values()) for model, rows in accounted(found).items()} == dict(own)
    assert (len(own), sum(own.values())) == (73, 6_915)


def table_of(records: list[dict[str, Any]], found: Shaped) -> str:
    """Return the account of all objects as a page of Markdown."""
    own, table = Counter(record["model"] for record in records), accounted(found)
    lines = [
        "# NetBox's demo data, object by object",
        "",
        "What becomes of the 6,915 objects of netbox-demo-data, version 3.6. A test holds this page to the connector.",
        "",
        "| model | objects | what became of them |",
        "|---|---|---|",
    ]
    for model, count in sorted(own.items()):
        became = "; ".join(f"{number:,} {words}" for words, number in sorted(table[model].items()))
        lines.append(f"| {model} | {count:,} | {became} |")
    return "\n".join([*lines, ""])


def test_the_page_says_what_became_of_every_object(records, found):
    """Whoever reads it sees what is taken as what, what is left out and why."""
    assert PAGE.read_text(encoding="utf-8") == table_of(records, found)


def test_what_is_a_ci_of_its_own_is_one_for_each_object(records, found):
    """Sites, racks, devices, interfaces, machines and the like: as many CIs as NetBox has objects."""
    own = Counter(record["model"] for record in records)
    ours = Counter(str(each.evidence["model"]) for each in found.observations)

    assert ours == {model: own[model] for model in OBSERVED}


def test_nothing_is_related_to_what_is_not_there(found):
    """Every relation leads to an observation, and every group has at least two members."""
    there = {each.native_id for each in found.observations}

    for each in found.observations:
        assert {str(relation.target.native_id) for relation in each.relations if relation.target} <= there
        for group in each.groups:
            assert sum(relation.group == group.name for relation in each.relations) >= 2


def test_connections_are_those_that_netbox_traced(records, found):
    """NetBox keeps each path it traced, through panels and all; interface by interface ours lead to the same ends."""
    rows = {(record["model"], record.get("pk")): record["fields"] for record in records}
    own = set()
    for (model, id_), fields in rows.items():
        if model == "dcim.interface" and fields["_path"]:
            own.add((id_, *_first_end(rows, rows["dcim.cablepath", fields["_path"]]["path"])))
    ours = set()
    for each in found.observations:
        for relation in each.relations if each.evidence["model"] == "dcim.interface" else ():
            if relation.type == "connects_to":
                here, there = _number(each.native_id), str(relation.target and relation.target.native_id)
                if "interface" in there:
                    ours |= {(here, "interface", _number(there)), (_number(there), "interface", here)}
                else:
                    ours.add((here, "circuit", _number(there)))

    assert ours == own
    assert len(own) == 102


def _first_end(rows: dict[Any, dict[str, Any]], path: list[list[str]]) -> tuple[str, int]:
    """Return the first circuit on a path, or the interface at its end."""
    steps = [tuple(map(int, step[0].split(":"))) for step in path]
    # The dump does not say which model a number stands for: paths start at interfaces, and only a circuit's two
    # terminations follow each other without a cable or a panel between them, or end a path that goes no further.
    interface = steps[0][0]
    for at, (kind, id_) in enumerate(steps[1:], 1):
        if (at + 1 < len(steps) and steps[at + 1][0] == kind) or (at + 1 == len(steps) and kind != interface):
            return "circuit", rows["circuits.circuittermination", id_]["circuit"]
    return "interface", steps[-1][1]


def _number(native_id: str) -> int:
    return int(native_id.rpartition(":")[2])


@pytest.mark.parametrize("version", [(3, 6), (4, 3)])
def test_the_api_and_the_dump_of_one_netbox_say_the_same(records, found, version):
    """The demo data served page by page over HTTP gives the same observations as the dump, in either version's form."""
    with serving(ApiForm(records, version).answer) as server:
        settings = {"url": server.url, "token": "env:T"}
        over_http = shaped(CONNECTOR, settings, TrialLine())

    assert over_http.observations == found.observations
    assert over_http.complete == found.complete | {"netbox/ipam.service"}


def test_no_name_of_a_person_is_read(dump, records):
    """Of contacts and users nothing but counts; the demo's names, mails and hashes are in no part."""
    _, _, parts = read(CONNECTOR, {"dump_file": str(dump)}, TrialLine())
    everything = json.dumps([part.body for part in parts])

    for record in records:
        fields = record["fields"]
        if record["model"] == "tenancy.contact":
            assert fields["name"] not in everything
            assert fields["email"] not in everything
        if record["model"] == "auth.user":
            assert fields["password"] not in everything
