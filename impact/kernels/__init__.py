"""Kernels: plain functions over the graph's arrays, compiled for wide questions and those about the whole estate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def warm(stop: Callable[[], bool] = bool) -> None:
    """
    Compile every kernel, or read what an earlier process has kept, until ``stop`` says so, which is asked before each.

    For the background of a server: a second where they are kept, half a minute where they are not. Questions asked
    meanwhile are answered by plain code.
    """
    from impact.kernels.compiling import compiled
    from impact.kernels.diagrams import branch, combine, downwards, minimal, reached, rehashed, restrict, upwards
    from impact.kernels.failures import services_stopped, single_failures
    from impact.kernels.layout import hard_needs, topological_order
    from impact.kernels.scenarios import count_services, settle_scenarios
    from impact.kernels.walks import blast_walk, paths_walk, states_walk

    # The walks come first, for they answer what is asked most; once the last of them is there, all of them are used.
    walks: list[Callable[..., Any]] = [paths_walk, blast_walk, services_stopped, states_walk]
    whole: list[Callable[..., Any]] = [
        single_failures,
        topological_order,
        hard_needs,
        settle_scenarios,
        count_services,
    ]
    diagrams: list[Callable[..., Any]] = [combine, branch, rehashed, reached, upwards, downwards, restrict, minimal]
    for kernel in walks + diagrams + whole:
        if stop():
            return
        compiled(kernel)
