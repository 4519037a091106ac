"""The states of a change, as options name them; here, so that asking for help does not load the model."""

from __future__ import annotations

CHANGE_STATES = (
    "draft",
    "submitted",
    "assessed",
    "approved",
    "rejected",
    "deferred",
    "scheduled",
    "implementing",
    "implemented",
    "partly_implemented",
    "backed_out",
    "failed",
    "reviewed",
    "closed",
    "expired",
    "cancelled",
)
