"""Recorded devices to ask."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from discovery.connectors.snmp_network.tables import SCALARS, TABLES
from discovery.ports import Part

pytest.importorskip("pysnmp", reason="pysnmp is not installed")

SAMPLES = Path(__file__).parents[4] / "discovery" / "connectors" / "snmp_network" / "sample"


@pytest.fixture
def recording():
    """Return the values of a recorded device by its name in snmpsim-data, only those that are read."""
    from tests.discovery.connectors.snmp_network.responder import recorded

    found = find_spec("snmpsim_data")
    if found is None or found.origin is None:
        pytest.skip("snmpsim-data is not installed")
    within = [table.root for table in TABLES] + [oid[:-1] for oid in SCALARS.values()]

    def of(name):
        return recorded(Path(found.origin).parent / "data" / f"{name}.snmprec.bz2", within)

    return of


@pytest.fixture
def sample():
    """Return the parts of a sample of the connector by its name."""

    def of(name):
        files = sorted((SAMPLES / name / "parts").iterdir())
        return [
            Part(
                path.name[3:].split(".")[0], json.loads(path.read_text(encoding="utf-8")), ".partial." not in path.name
            )
            for path in files
        ]

    return of
