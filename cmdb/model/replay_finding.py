"""What a replay of an assessment comes to: the same, or what the difference comes from."""

from __future__ import annotations

from enum import StrEnum


class ReplayFinding(StrEnum):
    """
    What a replay comes to.

    A record that keeps its own hash, its links and its place in the log was not altered; where the log and the kept
    texts hold as well, nothing is left but the computation: this release answers otherwise than the one that made it.
    """

    SAME = "same"
    RECORD_ALTERED = "record_altered"
    SOURCES_ALTERED = "sources_altered"
    METHOD_UNKNOWN = "method_unknown"
    COMPUTATION_DIFFERS = "computation_differs"
