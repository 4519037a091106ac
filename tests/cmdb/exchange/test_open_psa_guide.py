"""The guide to fault trees says what the reader does."""

from __future__ import annotations

import re
from pathlib import Path

from cmdb.exchange.open_psa.expressions import OPERATIONS
from cmdb.exchange.open_psa.faults import MAX_BYTES, MAX_DEPTH, MAX_TAG
from tests.fault_trees import of_kind, taken

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "guides" / "fault-trees.md").read_text(encoding="utf-8")


def test_the_tree_of_the_guide_can_be_read():
    """What people copy from it works."""
    [example] = re.findall(r"```xml\n(.*?)```", GUIDE, re.DOTALL)
    tree = taken(example.encode())
    assert (tree.service, tree.items) == ("no-cooling", 6)
    assert of_kind(tree, "group") == [{"item": "no-pump", "name": "atleast", "needs": 2}]


def test_the_guide_names_operations_and_limits_of_the_code():
    """What changes there changes here too."""
    [listed] = re.findall(r"of those: `([^`]*)`", GUIDE)
    assert {*listed.split(), "exponential"} == set(OPERATIONS)
    assert f"nested up to {MAX_DEPTH} deep" in GUIDE
    assert f"{MAX_BYTES // 2**20} MiB at most, a single tag to {MAX_TAG // 2**20} MiB" in GUIDE
