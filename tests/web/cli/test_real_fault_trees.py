"""Real fault trees and a small data centre through the command line: known figures, to the last one."""

from __future__ import annotations

import json

import pytest

from bench.fat_tree import FatTree


@pytest.fixture(scope="module")
def expected(data):
    """What is known of the trees of the Aralia benchmark that are there."""
    return json.loads((data / "aralia" / "expected.json").read_text())


TREES = (
    *("chinese", "baobab1", "baobab2", "baobab3", "das9201", "das9209", "isp9602", "isp9603"),
    *("edf9201", "edfpa15p", "elf9601", "jbd9601"),
)


@pytest.mark.parametrize("name", TREES)
def test_a_tree_of_the_benchmark_has_its_probability_and_its_cut_sets(foreshock, data, expected, name):
    """Six digits of the probability, and the number of minimal cut sets exactly, 82,000,000,000 among them."""
    service = foreshock("import", "open-psa", str(data / "aralia" / f"{name}.xml"), "-o", "json").ok().json["service"]
    outage = foreshock("outage", service, "-o", "json").ok().json
    groups = foreshock("risk-groups", service, "--top", "1", "-o", "json").ok().json

    assert outage["method"] == "exact"
    assert f"{outage['probability']:.6g}" == f"{expected[name]['probability']:.6g}"
    assert (groups["count"], groups["count_method"]) == (expected[name]["minimal_cut_sets"], "exact")


@pytest.mark.parametrize(("k", "replicas", "needs"), [(8, 3, 1), (8, 5, 3)])
def test_a_small_fat_tree_is_as_probable_to_fail_as_its_edges(foreshock, tmp_path, k, replicas, needs):
    """What the ways up add is about a millionth of a millionth there."""
    tree = FatTree(k, replicas, needs)
    tree.write(tmp_path / "estate.jsonl.gz")
    foreshock("import", "estate", str(tmp_path / "estate.jsonl.gz")).ok()

    answer = foreshock("outage", "service", "-o", "json").ok().json
    assert answer["method"] == "exact"
    assert answer["probability"] == pytest.approx(tree.expected(), rel=1e-5)
