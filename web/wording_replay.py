"""What a replay comes to, in words: the same, or what the difference comes from."""

from __future__ import annotations

from cmdb.model.replay_finding import ReplayFinding

REPLAY_WORDS: dict[ReplayFinding, str] = {
    ReplayFinding.SAME: "Replays, byte for byte",
    ReplayFinding.RECORD_ALTERED: "Does not replay: the record was altered",
    ReplayFinding.SOURCES_ALTERED: "Does not replay: what it was computed from was altered",
    ReplayFinding.METHOD_UNKNOWN: "Can not be replayed: a later release made it",
    ReplayFinding.COMPUTATION_DIFFERS: "Does not replay: this release computes otherwise",
}

REPLAY_SENTENCES: dict[ReplayFinding, str] = {
    ReplayFinding.SAME: "Computed again from its inputs alone, it is the same, byte for byte.",
    ReplayFinding.RECORD_ALTERED: (
        "The record, or one it is linked with, is not what was written: its hash, a link or the log does not fit. "
        "A backup made before has what was."
    ),
    ReplayFinding.SOURCES_ALTERED: (
        "The record is what was written, but what it was computed from is not: the log or a kept text was altered "
        "or is missing. `foreshock audit verify` names what."
    ),
    ReplayFinding.METHOD_UNKNOWN: (
        "The record is what was written, by a method that this release does not know. A later release can replay it."
    ),
    ReplayFinding.COMPUTATION_DIFFERS: (
        "The record, its links, the log and the kept texts are what was written; this release computes another answer "
        "from the same inputs. The record stands; please report it as a fault of this release."
    ),
}
