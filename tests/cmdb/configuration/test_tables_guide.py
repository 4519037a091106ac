"""The guide to tables: its table and its mapping do what it says."""

from __future__ import annotations

import io
import re
from pathlib import Path

from cmdb.configuration.table_import import import_table
from cmdb.configuration.tables.stated import document_of, mapping_of
from cmdb.exchange.bounded_yaml import MAX_YAML
from cmdb.exchange.estate.limits import MIB
from cmdb.exchange.tables import limits
from cmdb.model.ci import CIS
from tests.builders import the_context

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "tables.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Return the first example in a language."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_table_of_the_guide_goes_in_as_it_stands():
    """Three servers, every column understood, and web1 with both of its addresses."""
    context = the_context()
    report = import_table(context, io.BytesIO(block("csv").encode()), source="inventory", ci_class="server")
    assert (report.report.items.new, report.report.relations.new, report.unmapped) == (3, 2, ())
    web1 = context.records.get(CIS, "web1")
    assert web1.attributes["ip_addresses"] == ["10.0.0.1", "10.0.1.1"]
    assert web1.attributes["owner"] == "Team Web"


def test_the_mapping_of_the_guide_is_one():
    """Every key it shows is read, and none is wrong."""
    mapping, problems = mapping_of(document_of(block("yaml")), "inventory")
    assert problems == []
    assert mapping is not None
    assert mapping.relations[1].reverse
    assert mapping.sheet == "Servers"


def test_the_limits_of_the_guide_are_those_there_are():
    """Each figure as the reader has it."""
    figures = (f"{limits.MAX_BYTES // MIB} MiB", f"{limits.MAX_ROWS:,} rows", f"{limits.MAX_COLUMNS} columns")
    more = (f"{limits.MAX_CELL:,} characters", f"{limits.MAX_UNPACKED // MIB} MiB", f"{limits.MAX_RATIO} times")
    for figure in (*figures, *more, f"{MAX_YAML // MIB} MiB"):
        assert figure in GUIDE
