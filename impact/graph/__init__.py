"""The estate as a compact immutable graph: build it from rows, walk it, carry it to networkx and back."""

from __future__ import annotations

from impact.graph.building import build
from impact.graph.conversion import from_networkx, to_networkx
from impact.graph.differences import Delta
from impact.graph.splicing import spliced
from impact.graph.structure import Graph

__all__ = ["Delta", "Graph", "build", "from_networkx", "spliced", "to_networkx"]
