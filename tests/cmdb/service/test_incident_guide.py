"""The guide to incidents says what the reader and the desk do."""

from __future__ import annotations

import io
import re
from pathlib import Path

from cmdb.exchange.estate.limits import MIB
from cmdb.exchange.incidents_csv import MAX_BYTES, MAX_LINES
from cmdb.service.checks import LONGEST
from cmdb.service.incident_intake import import_incidents
from impact.reliability.unavailability import PRIOR_HOURS, Source
from tests.builders import a_change, a_server, the_context

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "guides" / "incidents.md").read_text(encoding="utf-8")


def test_the_file_of_the_guide_can_be_imported():
    """What people copy from it works."""
    [example] = re.findall(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    servers = [a_server(ci) for ci in ("db-a", "sw-b4", "web4", "reports")]
    context = the_context(*servers, a_change("db-a", id="CHG-1001"))

    report = import_incidents(context, io.BytesIO(example.encode()), source="guide")

    assert report.new == 3


def test_the_guide_names_the_figures_of_the_code():
    """A limit, a weight or a source that changes changes here too."""
    assert f"at most {LONGEST['id']} characters" in GUIDE
    assert f"at most {LONGEST['title']} characters" in GUIDE
    assert f"at most {MAX_LINES:,} lines and {MAX_BYTES // MIB} MiB" in GUIDE
    assert f"{PRIOR_HOURS:,.0f} hours" in GUIDE
    assert all(f"| `{source.value}` |" in GUIDE for source in Source)
