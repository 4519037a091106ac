"""The words of evidence: how it became known that one CI depends on another; the same at every door."""

from __future__ import annotations

from collections.abc import Mapping

EVIDENCE_WORDS: Mapping[str, str] = {
    "configuration": "configured so",
    "inventory": "in an inventory",
    "neighbour": "heard each other",
    "traffic_out": "connection, seen at the client",
    "traffic_in": "connection, seen at the server",
    "trace": "call within a trace",
    "scan": "looked at from outside",
    "declared": "a person said so",
}
