"""When something is compiled, and when not: small questions never touch it, and it works where nothing can be kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from impact.kernels import compiling, warm
from impact.kernels.walks import paths_walk, states_walk

ROOT = Path(__file__).resolve().parents[3]

SMALL = """
import sys
from bench.synthetic import Synthetic
from impact.answers import blast_radius, criticality, reasons, single_points, what_goes_down
from impact.graph import build
graph = build(revision=1, **Synthetic(2_000).rows())
switch = graph.ids[graph.ids.index("switch:0000000")]
assert len(what_goes_down(graph, [switch]).down) >= 0 and reasons(graph, [switch]) and blast_radius(graph, [switch])
assert criticality(graph, [switch])[switch].cis_lost
"""

NOWHERE_TO_KEEP = """
from numba.core import caching
# None of the places numba may try says that it can be written to.
caching.CompileResultCacheImpl._locator_classes = []
from impact.graph.states import kernel_states
from tests.impact.sketch import sketch
graph = sketch("a: b", "b: 1 of (c d)")
assert graph.ids_of(sorted(kernel_states(graph, (2, 3)).down)) == ("a", "b", "c", "d")
from impact.kernels import compiling
from impact.kernels.walks import states_walk
assert type(compiling.compiled(states_walk)._cache).__name__ == "NullCache"
"""


def run(code: str) -> None:
    """Run ``code`` in a process of its own; its failure is ours."""
    asked = [sys.executable, "-c", code]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def test_questions_of_a_new_process_import_no_compiler():
    """A command asks once and ends: whatever it asks of an estate of thousands, numba stays out of it."""
    run(SMALL + "assert not any(name.split('.')[0] in ('numba', 'llvmlite') for name in sys.modules)")


def test_kernels_work_where_nothing_can_be_kept():
    """No folder may be written: kernels are compiled for the process alone, and answer the same."""
    run(NOWHERE_TO_KEEP)


def test_a_full_disk_is_no_reason_to_fail(monkeypatch):
    """A kernel that can not be written to the cache is used nevertheless."""
    import numba

    real = numba.njit

    def njit(*arguments, cache=False, **options):
        if cache:
            raise OSError(28, "No space left on device")
        return real(*arguments, **options)

    monkeypatch.setattr(numba, "njit", njit)
    made = compiling._made(compiling_test_kernel, None)
    assert made(3) == 5


def compiling_test_kernel(number: int) -> int:
    """A kernel that calls a function of its own module."""
    return _helper(number) + 1


def _helper(number: int) -> int:
    return number + 1


def test_a_warm_up_ends_when_it_is_told_to():
    """It asks before each kernel; what was compiled by then stays."""
    asked = []

    def stop() -> bool:
        asked.append(len(asked))
        return len(asked) > 1

    warm(stop)
    assert asked == [0, 1]
    assert compiling.is_ready(paths_walk)


def test_a_warm_up_leaves_every_kernel_ready():
    """After it, wide questions are answered by kernels."""
    warm()
    assert compiling.is_ready(states_walk)


def test_a_kernel_with_an_argument_of_no_known_type_is_refused():
    """A slip in an annotation is seen at once, not compiled into something else."""

    def kernel(values: Strange) -> None:  # noqa: F821
        pass

    with pytest.raises(KeyError, match="Strange"):
        compiling.compiled(kernel)
