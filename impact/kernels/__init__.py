"""Kernels: plain functions over the graph's arrays, compiled for wide questions and those about the whole estate."""

from __future__ import annotations


def warm() -> None:
    """
    Compile every kernel, or read what an earlier process has kept.

    For the background of a server: half a second to one where they are kept, some ten seconds where they are not.
    Questions asked meanwhile are answered by plain code.
    """
    from impact.kernels.compiling import compiled
    from impact.kernels.walks import blast_walk, paths_walk, states_walk

    for kernel in (paths_walk, blast_walk, states_walk):
        compiled(kernel)
