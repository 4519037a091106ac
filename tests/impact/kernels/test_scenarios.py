"""Scenarios sixty-four a word: each is the fixpoint of its own failures, and together they are drawn as promised."""

from __future__ import annotations

from hashlib import sha256
from itertools import chain, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.synthetic import Synthetic
from cmdb.errors import InvalidInput
from impact.graph import Graph, build
from impact.graph.states import states_of
from impact.kernels import laying
from impact.kernels.compiling import compiled
from impact.kernels.laying import layout_of
from impact.kernels.scenarios import BLOCK, BLOCK_WORDS, settle_scenarios
from impact.reliability import scenarios
from impact.reliability.scenarios import block_seeds, masks, sampled, survival
from tests.impact.kernels.ailing import ailing_estates
from tests.impact.sketch import sketch
from tests.impact.strategies import estates
from tests.oracles import impact as oracle
from tests.oracles.estate import rows_of

EXAMPLES = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=["compiled", "uncompiled"])
def settle(request, monkeypatch):
    """The kernel as it runs, or the very same function as plain Python; there words wrap round with a warning."""
    if request.param == "compiled":
        yield compiled(settle_scenarios)
    else:
        for module in (scenarios, laying):
            monkeypatch.setattr(module, "compiled", lambda kernel: kernel)
        with np.errstate(over="ignore"):
            yield settle_scenarios


def settled(settle, graph: Graph, chances: np.ndarray, seed: int, *, needs: bool = True) -> list[list[set[int]]]:
    """Return who is down in each scenario of a block, word by word; without ``needs``, who fails by itself."""
    layout = layout_of(graph)
    if not needs:
        none = np.zeros(len(graph) + 1, np.int32)
        none.flags.writeable = False
        layout = layout._replace(alone_starts=none, gate_starts=none)
    planes = np.full((len(graph), BLOCK_WORDS), 2**63 + 5, np.uint64)
    times = np.zeros(len(graph), np.int64)
    settle(*layout, *survival(graph, layout, chances), block_seeds(seed, 0, 1), masks(1, BLOCK), planes, times)
    words = [[set() for _ in range(64)] for _ in range(BLOCK_WORDS)]
    for place, ci in enumerate(layout.order.tolist()):
        for word, bits in enumerate(planes[place].tolist()):
            for bit in range(64):
                if bits >> bit & 1:
                    words[word][bit].add(ci)
    assert times.tolist() == [sum(ci in down for word in words for down in word) for ci in range(len(graph))]
    return words


@given(ailing_estates(), st.integers(0, 2**70), st.floats(0, 1))
@EXAMPLES
def test_each_scenario_of_a_word_is_the_fixpoint_of_its_failures(settle, estate, seed, chance):
    """Bit by bit: who is down in a scenario is down by the walk from those that failed in it; cycles, k of n, all."""
    graph = build(revision=7, **rows_of(estate))
    chances = np.full(len(graph), chance)
    failed = settled(settle, graph, chances, seed, needs=False)
    down = settled(settle, graph, chances, seed)
    for word in range(2):
        for failures, found in zip(failed[word], down[word], strict=True):
            assert found == states_of(graph, failures).down


def test_each_scenario_of_a_large_estate_is_the_fixpoint_of_its_failures():
    """Thousands of CIs with rare failures: all 512 scenarios of a block, by the kernel and by the walk."""
    graph = build(revision=1, **Synthetic(3_000).rows())
    chances, settle = np.full(len(graph), 0.004), compiled(settle_scenarios)
    failed, down = settled(settle, graph, chances, 3, needs=False), settled(settle, graph, chances, 3)
    for failures, found in zip(chain(*failed), chain(*down), strict=True):
        assert found == states_of(graph, failures).down


def exact(estate, chances: dict[str, float]) -> dict[str, float]:
    """Return the probability that each CI is down, by all 2^n failure sets."""
    needs, ids = estate.requirements(), list(estate.items)
    found = dict.fromkeys(ids, 0.0)
    for pattern in product((False, True), repeat=len(ids)):
        weight = 1.0
        for ci, fails in zip(ids, pattern, strict=True):
            weight *= chances[ci] if fails else 1 - chances[ci]
        if weight:
            for ci in oracle.down_of(needs, {ci for ci, fails in zip(ids, pattern, strict=True) if fails}):
                found[ci] += weight
    return found


@given(estates(most=6), st.data())
@settings(EXAMPLES, max_examples=60, derandomize=True)
def test_estimates_agree_with_enumeration(estate, data):
    """
    The share of 20,000 scenarios lies by the exact probability, within what Bernstein's inequality allows.

    A right sampler would break it less than once in ten million comparisons, of which there are some hundred here; the
    examples are the same in every run.
    """
    graph = build(revision=7, **rows_of(estate))
    some = st.sampled_from((0.0, 1e-3, 0.02, 0.3, 0.9, 1.0))
    chances = {ci: data.draw(some) for ci in estate.items}
    count = 20_000
    by_ci = np.array([chances[ci] for ci in graph.ids])
    found = sampled(graph, by_ci, seed=data.draw(st.integers(0, 99)), scenarios=count)
    for number, (_, probability) in enumerate(sorted(exact(estate, chances).items())):
        variance = count * probability * max(0.0, 1 - probability)
        allowed = 6 + (36 + 36 * variance) ** 0.5  # 2 exp(-18) is 3e-8.
        assert abs(int(found.times_down[number]) - count * probability) <= allowed
    services = [ci for ci, facts in enumerate(graph.service_flags) if facts]
    assert found.services_down.sum() == found.times_down[services].sum()


def test_rare_failures_are_drawn_as_often_as_they_should_be():
    """Failures, gaps between them and pairs of neighbours have the frequencies of independent draws."""
    chance, cis = 0.01, 400
    graph = sketch(*(f"c{number:03}:" for number in range(cis)))
    drawn = settled(compiled(settle_scenarios), graph, np.full(cis, chance), 11)
    table = np.zeros((cis, BLOCK), bool)
    for scenario, failures in enumerate(chain(*drawn)):
        table[list(failures), scenario] = True
    cells = table.size

    def near(seen: int, among: int, probability: float) -> bool:
        return abs(seen - among * probability) < 5 * (among * probability * (1 - probability)) ** 0.5

    assert near(table.sum(), cells, chance)
    assert near(table[:, :64].sum(), cis * 64, chance)
    assert near(table[:, -64:].sum(), cis * 64, chance)
    assert near((table[:, 1:] & table[:, :-1]).sum(), cis * (BLOCK - 1), chance**2)
    assert near((table[1:] & table[:-1]).sum(), (cis - 1) * BLOCK, chance**2)
    assert near((~table.any(axis=1)).sum(), cis, (1 - chance) ** BLOCK)


@pytest.mark.parametrize("rings", [1, 2, 5])
def test_every_one_of_several_cycles_is_brought_to_its_least_fixpoint(settle, rings):
    """Rings of CIs that need each other, one above the other, and groups that lead from one into the next."""
    lines = []
    for ring in range(rings):
        below = f", 1 of (a{ring - 1} b{ring - 1})" if ring else ""
        lines += [f"a{ring}: b{ring}", f"b{ring}: c{ring}{below}", f"c{ring}: a{ring}, 2 of (x{ring} y{ring} z{ring})"]
    graph = sketch(*lines)
    chances = np.full(len(graph), 0.02)
    failed, down = settled(settle, graph, chances, 4, needs=False), settled(settle, graph, chances, 4)
    assert len(layout_of(graph).cycles) == 2 * rings
    for failures, found in zip(chain(*failed), chain(*down), strict=True):
        assert found == states_of(graph, failures).down


def test_the_same_seed_gives_the_same_bytes_and_fewer_scenarios_are_the_first_of_more(monkeypatch):
    """However many blocks fit into a row; and another seed gives others."""
    graph = build(revision=1, **Synthetic(300).rows())
    chances = np.full(len(graph), 0.02)
    more = sampled(graph, chances, seed=5, scenarios=2_000)
    monkeypatch.setattr(scenarios, "ROW_BLOCKS", 1)
    again, fewer = sampled(graph, chances, seed=5, scenarios=2_000), sampled(graph, chances, seed=5, scenarios=777)
    assert again.times_down.tobytes() == more.times_down.tobytes()
    assert again.services_down.tobytes() == more.services_down.tobytes()
    assert fewer.services_down.tobytes() == more.services_down[:777].tobytes()
    assert sampled(graph, chances, seed=6, scenarios=2_000).services_down.tobytes() != more.services_down.tobytes()


def test_what_was_drawn_once_stays_as_it_was(settle):
    """Replay survives releases and machines: these figures may change only together with a word about it."""
    graph = build(revision=1, **Synthetic(100).rows())
    chances = np.array([0.001 * (ci % 50) for ci in range(len(graph))])
    found = sampled(graph, chances, seed=1, scenarios=1_000)
    digest = sha256(found.times_down.tobytes() + found.services_down.tobytes()).hexdigest()
    assert (int(found.times_down.sum()), digest[:16]) == (7868, "e25bd96e3fd4a0e9")


def test_the_interval_holds_what_was_sampled():
    """Wilson's interval lies within 0 and 1, around the share, and is not empty where nothing was seen."""
    graph = sketch("a: b", "c:")
    found = sampled(graph, np.array([0.0, 0.25, 0.0]), seed=1, scenarios=10_000)
    low, high = found.interval(0)
    assert low < 0.25 < high
    assert high - low < 0.02
    assert found.interval(2)[0] == 0.0 < found.interval(2)[1] < 0.001


def test_the_layout_puts_needs_first_and_is_made_once_for_shared_arrays():
    """Every CI stands behind what it needs, cycles together; graphs with the same effects and needs share a layout."""
    from dataclasses import replace

    graph = sketch("top: mid1, 2 of (mid2 x y)", "mid1: mid2", "mid2: mid1, low", "low: low")
    layout = layout_of(graph)
    place = {ci: place for place, ci in enumerate(graph.ids_of(layout.order))}
    assert place["low"] < min(place["mid1"], place["mid2"]) <= max(place["mid1"], place["mid2"]) < place["top"]
    assert layout.cycles.tolist() == [min(place["mid1"], place["mid2"]), min(place["mid1"], place["mid2"]) + 2]
    assert layout_of(replace(graph, revision=9)) is layout
    kept = len(laying._KEPT)
    del graph, layout
    assert len(laying._KEPT) < kept


def test_bad_probabilities_are_all_named():
    """Missing, negative, above 1, and no scenarios at all: every fault in one answer."""
    graph = sketch("a: b", "c: d")
    with pytest.raises(InvalidInput) as refused:
        sampled(graph, np.array([np.nan, -0.1, 1.5, 0.5]), seed=1, scenarios=0)
    found = [(problem.code, problem.pointer) for problem in refused.value.problems]
    assert found == [
        ("probability.missing", "/items/a/unavailability"),
        ("probability.range", "/items/b/unavailability"),
        ("probability.range", "/items/c/unavailability"),
        ("scenarios.none", "/scenarios"),
    ]


def test_what_the_last_question_left_in_the_rows_does_not_show():
    """Rows are used again where they fit; larger ones, and those of another estate, are not kept or not taken."""
    graph, other = sketch("Shop: 1 of (a b)"), sketch("Shop: c, 2 of (a b)")
    likely = np.full(len(graph), 0.5)
    first = sampled(graph, likely, seed=1)
    sampled(graph, np.ones(len(graph)), seed=2)
    sampled(other, np.ones(len(other)), seed=2)
    again = sampled(graph, likely, seed=1)
    assert again.times_down.tobytes() == first.times_down.tobytes()
    assert again.services_down.tobytes() == first.services_down.tobytes()
