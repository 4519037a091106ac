"""A version of the model that foretells failures of changes, kept as it was for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class FailureModelVersion:
    """
    One model: learned at a moment from ``changes`` outcomes known by then, ``failures`` of them bad.

    ``document`` holds all that a prediction needs besides the change's own figures; ``digest`` is the SHA-256 of its
    canonical JSON, so whatever cites a model can be held to it. ``method`` is "pooled" or "weighed".
    """

    id: str
    learned_at: datetime
    changes: int
    failures: int
    method: str
    digest: str
    document: Mapping[str, Any]


FAILURE_MODELS = Kind(
    FailureModelVersion, name="failure_model", series="PFM", indexed=("learned_at", "digest"), text=("id",)
)
