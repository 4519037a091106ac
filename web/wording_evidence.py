"""The words of evidence: how it became known that one CI depends on another, and how sure; the same at every door."""

from __future__ import annotations

import math
from collections.abc import Mapping

EVIDENCE_WORDS: Mapping[str, str] = {
    "itself": "read on it itself",
    "configuration": "configured so",
    "inventory": "in an inventory",
    "neighbour": "heard each other",
    "traffic_out": "connection, seen at the client",
    "traffic_in": "connection, seen at the server",
    "trace": "call within a trace",
    "scan": "looked at from outside",
    "declared": "a person said so",
}


def sure_words(confidence: float) -> str:
    """
    Return a confidence as a percentage that is 100% only for what is certain, and 0% only for what is ruled out.

    >>> sure_words(1), sure_words(0.996), sure_words(0.99999), sure_words(0.9), sure_words(0.001), sure_words(0)
    ('100%', '99.6%', '99.9%', '90%', 'under 1%', '0%')
    """
    if 0.995 <= confidence < 1:
        return f"{math.floor(round(1000 * confidence, 6)) / 10 if confidence < 0.999 else 99.9:g}%"
    return "under 1%" if 0 < confidence < 0.005 else f"{confidence:.0%}"
