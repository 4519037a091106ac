"""Compiled and plain walks: the same bytes, those of the definitions, and nothing left behind in what they borrow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.synthetic import Synthetic
from impact.graph import Graph, build
from impact.graph.blast import blast_of, plain_blast
from impact.graph.reasons import kernel_paths, plain_causes, plain_losses
from impact.graph.states import States, kernel_states, plain_states
from impact.kernels import asking, patience, scratch, walks
from impact.kernels.compiling import compiled
from impact.kernels.patience import Patience, TooWide
from tests.impact.kernels.ailing import ailing_estates
from tests.impact.sketch import sketch
from tests.oracles import impact as oracle
from tests.oracles.estate import rows_of

ALWAYS = Patience(10**9)
EXAMPLES = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=["compiled", "uncompiled"])
def kernels(request, monkeypatch) -> str:
    """The kernels as they run, or the very same functions as plain Python."""
    if request.param == "uncompiled":
        monkeypatch.setattr(asking, "compiled", lambda kernel: kernel)
    return request.param


def facts(states: States) -> tuple[Any, ...]:
    return (
        states.failed,
        frozenset(states.down),
        frozenset(states.degraded),
        dict(states.lost),
        dict(states.lost_or_degraded),
    )


def check_alike(graph: Graph, failed: tuple[int, ...]) -> None:
    """Compare states, both kinds of paths and the blast radius of some CIs, by a kernel and by plain code."""
    plain, walked = plain_states(graph, failed, ALWAYS), kernel_states(graph, failed)
    assert facts(walked) == facts(plain)
    first = {*failed, *graph.failing}
    ailing = first.union(ci for ci in graph.ailing if ci in plain.degraded)
    for states in (plain, walked):
        assert kernel_paths(graph, states, ailing, of_state=True) == plain_causes(graph, plain, ailing, ALWAYS)
        assert kernel_paths(graph, states, first, of_state=False) == plain_losses(graph, plain, first, ALWAYS)
    rings, ends = asking.walked_blast(graph, failed)
    want = plain_blast(graph, list(failed), ALWAYS)
    assert (rings.tobytes(), ends.tobytes()) == (want.cis.tobytes(), want.ends.tobytes())
    assert rings.dtype == want.cis.dtype
    check_left_as_found()


def check_left_as_found() -> None:
    """Whatever lies in the pool of working arrays is zeros where it must be."""
    for each in scratch._POOL:
        assert not any(array.any() for array in (each.marks, each.bits, each.lost, each.hurt))


@given(ailing_estates(), st.data())
@EXAMPLES
def test_kernels_equal_plain_code_and_brute_force(kernels, estate, data):
    """States, reasons, losses and blast radius of any failed CIs: a kernel says what the others say."""
    graph, needs = build(revision=7, **rows_of(estate)), estate.requirements()
    for failed in [set(), *(data.draw(st.sets(st.sampled_from(list(estate.items)), max_size=4)) for _ in range(4))]:
        numbers = tuple(graph.indexes(failed))
        check_alike(graph, numbers)
        states = kernel_states(graph, numbers)
        down = oracle.down_of(needs, failed)
        assert set(graph.ids_of(states.down)) == down
        assert set(graph.ids_of(states.degraded)) == oracle.degraded_of(needs, down)


@pytest.fixture(scope="module")
def synthetic() -> Graph:
    return build(revision=1, **Synthetic(6_000).rows())


def test_kernels_equal_plain_code_on_a_large_estate(kernels, synthetic):
    """Hubs of an estate of thousands, where rings are wide enough to be read off bits, and pairs of them."""
    widest = np.argsort(synthetic.effect_starts[:-1] - synthetic.effect_starts[1:], kind="stable")[:12].tolist()
    for ci in widest:
        check_alike(synthetic, (ci,))
    check_alike(synthetic, tuple(sorted(widest)))
    assert len(blast_of(synthetic, widest).cis) > 2_000


def test_a_ring_of_cis_that_need_each_other_does_not_fall_by_itself(kernels):
    """The fixpoint is the least one, for states that are down and for those that are degraded."""
    graph = sketch("a: b", "b: a, 1 of (x y)", "s: soft a", "t: s", "u: 1 of (u z)")
    assert not kernel_states(graph, ()).down
    assert graph.ids_of(kernel_states(graph, tuple(graph.indexes(["x"]))).down) == ("x",)
    states = kernel_states(graph, tuple(graph.indexes(["x", "y"])))
    assert graph.ids_of(sorted(states.down)) == ("a", "b", "x", "y")
    assert graph.ids_of(sorted(states.degraded)) == ("s", "t")


def test_threads_that_ask_at_once_do_not_disturb_each_other(synthetic):
    """Kernels run side by side, since they hold no lock, each in working arrays of its own."""
    asked = list(range(0, len(synthetic), 7))
    want = [len(kernel_states(synthetic, (ci,)).down) for ci in asked]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            assert [*threads.map(lambda ci: len(kernel_states(synthetic, (ci,)).down), asked)] == want
    check_left_as_found()
    assert len(scratch._POOL) <= scratch.KEPT


def test_an_estate_without_relations_or_without_cis_is_no_special_case(kernels):
    """The smallest estates there are."""
    check_alike(sketch("only:"), ())
    check_alike(sketch("only:"), (0,))
    check_alike(build(revision=1, items=[], relations=[], groups=[]), ())


def test_a_walk_that_fails_does_not_give_its_arrays_back(synthetic):
    """Arrays that may not be zeros any more would make a later answer wrong."""
    with scratch.borrowed(len(synthetic), 1):
        pass
    before = len(scratch._POOL)

    def break_off() -> None:
        with scratch.borrowed(len(synthetic), 1) as lent:
            lent.marks[0] = 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert len(scratch._POOL) == before - 1


def test_plain_code_gives_up_only_where_a_kernel_is_ready_or_worth_loading(monkeypatch):
    """A wide question goes to a ready kernel; without one, plain code answers until it has cost what loading costs."""
    monkeypatch.setattr(patience, "_spent", 0)
    monkeypatch.setattr(patience, "is_ready", lambda _: False)
    plain = Patience()
    plain.spend(patience.PRICE)
    plain.settle()
    with pytest.raises(TooWide):
        Patience().spend(patience.SMALL + 1)
    Patience().spend(patience.SMALL)
    monkeypatch.setattr(patience, "_spent", 0)
    monkeypatch.setattr(patience, "is_ready", lambda _: True)
    with pytest.raises(TooWide):
        Patience().spend(patience.SMALL + 1)


def test_both_ways_to_answer_are_taken_by_size(synthetic):
    """With kernels ready a small cone comes as Python's own set, a wide one as numbers in an array: alike to use."""
    from impact.graph.numbers import Numbers
    from impact.graph.states import states_of

    for kernel in (walks.paths_walk, walks.blast_walk, walks.states_walk):
        compiled(kernel)
    leaf = synthetic.index("service:0000029")
    wide, small = states_of(synthetic, range(0, len(synthetic), 9)), states_of(synthetic, [leaf])
    assert isinstance(wide.down, Numbers)
    assert isinstance(small.down, set)
    assert wide.down - {0} == frozenset(wide.down) - {0}
    assert {0} - wide.down == set()
    assert (0 in wide.down, -1 in wide.down) == (True, False)
