"""The estate as a compact immutable graph: build it from rows, walk it, carry it to networkx and back."""

from __future__ import annotations

from impact.graph.building import build
from impact.graph.conversion import from_networkx, to_networkx
from impact.graph.structure import Graph

__all__ = ["Graph", "build", "from_networkx", "to_networkx"]
