"""Graphs in a form that compares: two are the same if every byte of every field is."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from impact.graph import Graph


def content(graph: Graph, *, revision: bool = True) -> dict[str, Any]:
    """Return every field of a graph, arrays with their type and bytes; all of them must be out of anybody's reach."""
    found: dict[str, Any] = {}
    for field in fields(Graph):
        value = getattr(graph, field.name)
        if field.name == "names":
            value, found["block"] = value.starts, value.block
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable, field.name
            value = value.dtype, value.tobytes()
        assert not isinstance(value, list | dict | set), field.name
        found[field.name] = value
    if not revision:
        del found["revision"]
    return found
